/**
 * Writes the seeds under corpus/ anew, from the messages of the tests and the project's vectors:
 *
 *   node dist/test/fuzz-targets/seeds.js
 *
 * Seeds that are there already stay, so inputs that a fuzzer once found are kept.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { concatBytes, EMPTY } from '../../src/bytes/bytes.ts';
import { fromHex, toHex, utf8Encode } from '../../src/bytes/encoding.ts';
import { encodePem } from '../../src/bytes/pem.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import { insecureSeededRandom } from '../../src/fuzz/random.ts';
import { wrapHandshake } from '../../src/message/handshake.ts';
import { encodeCertificate12 } from '../../src/message/tls12/certificate.ts';
import { encodeCertificateRequest12 } from '../../src/message/tls12/certificate-request.ts';
import { encodeCertificateStatus } from '../../src/message/tls12/certificate-status.ts';
import { encodeClientKeyExchange } from '../../src/message/tls12/client-key-exchange.ts';
import { encodeFinished12 } from '../../src/message/tls12/finished.ts';
import { encodeHelloRequest } from '../../src/message/tls12/hello-request.ts';
import { encodeNewSessionTicket12 } from '../../src/message/tls12/new-session-ticket.ts';
import { encodeServerHelloDone } from '../../src/message/tls12/server-hello-done.ts';
import { encodeServerKeyExchange } from '../../src/message/tls12/server-key-exchange.ts';
import { encodeSession, encodeStoredSession } from '../../src/session/codec.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { createAuthority } from '../../src/x509/authority.ts';
import { generateKey } from '../../src/x509/issue.ts';
import { exportPrivateKey } from '../../src/x509/key-format.ts';
import { projectRoot } from '../house/root.ts';
import { EXTENSIONS, filler, SAMPLES } from '../message/support.ts';
import { CHAINS, CRL } from './chains.ts';
import { CORPUS } from './targets.ts';

interface Trace {
  readonly records: readonly {
    readonly record: string;
    readonly messages?: readonly { readonly raw: string }[];
  }[];
}

const vectors = join(projectRoot(import.meta.url), 'vectors', 'rfc8448.json');
const { traces } = JSON.parse(readFileSync(vectors, 'utf8')) as {
  readonly traces: Readonly<Record<string, Trace>>;
};
const records = Object.values(traces).flatMap((trace) => trace.records);
const recorded = records.flatMap(({ messages = [] }) => messages.map(({ raw }) => fromHex(raw)));
const messages = [...SAMPLES.values(), ...recorded];

function save(target: string, seeds: readonly Uint8Array[]): void {
  const folder = join(CORPUS, target);
  mkdirSync(folder, { recursive: true });
  for (const seed of seeds) {
    if (seed.length > 4096) continue;
    writeFileSync(join(folder, toHex(sha256.digest(seed)).slice(0, 16)), seed);
  }
}

function bodies(type: HandshakeType): readonly Uint8Array[] {
  return messages.filter((raw) => raw[0] === type).map((raw) => raw.subarray(4));
}

save('handshake', messages);
save('handshake-12', [
  ...bodies(HandshakeType.server_hello)
    .slice(0, 3)
    .map((body) => wrapHandshake(HandshakeType.server_hello, body)),
  encodeHelloRequest(),
  encodeServerHelloDone(),
  encodeCertificate12({ certificateList: [filler(20), filler(1)] }),
  encodeCertificateRequest12({
    certificateTypes: [codePoint(64), codePoint(1)],
    signatureAlgorithms: [SignatureScheme.ed25519, SignatureScheme.rsa_pkcs1_sha256],
    certificateAuthorities: [filler(5)],
  }),
  encodeCertificateStatus({ ocspResponse: filler(9) }),
  encodeClientKeyExchange({ publicKey: filler(65) }),
  encodeServerKeyExchange({
    namedCurve: NamedGroup.x25519,
    publicKey: filler(32),
    algorithm: SignatureScheme.ecdsa_secp256r1_sha256,
    signature: filler(70),
  }),
  encodeNewSessionTicket12({ ticketLifetimeHint: 7200, ticket: filler(30) }),
  encodeFinished12({ verifyData: filler(12) }),
]);
save('client-hello', bodies(HandshakeType.client_hello));
save('server-hello', bodies(HandshakeType.server_hello));
save('encrypted-extensions', bodies(HandshakeType.encrypted_extensions));
save('certificate-request', bodies(HandshakeType.certificate_request));
save('certificate', bodies(HandshakeType.certificate));
save('new-session-ticket', bodies(HandshakeType.new_session_ticket));
save('alert', [Uint8Array.of(1, 0), Uint8Array.of(2, 40), Uint8Array.of(2, 255)]);

// Moduli of only ones, and of few bits; private operations under each key.
save('kernel-rsa', [
  new Uint8Array(520).fill(0xff),
  concatBytes(Uint8Array.of(200), filler(200)),
  concatBytes(Uint8Array.of(100, 1), new Uint8Array(700)),
  ...[0, 1, 2].map((key) => concatBytes(Uint8Array.of(key), filler(300 * key))),
]);

const small = [...SAMPLES.values()].filter((raw) => raw.length < 300);
save('joiner', [
  concatBytes(Uint8Array.of(0), ...small),
  concatBytes(Uint8Array.of(3), ...small.slice(4)),
  Uint8Array.of(200, 20, 0, 0, 65),
]);
save(
  'deframer',
  [0, 4, 255].map((step) =>
    concatBytes(
      Uint8Array.of(step),
      ...records.slice(step % 3, (step % 3) + 4).map(({ record }) => fromHex(record)),
    ),
  ),
);
save('deframer', [utf8Encode('\0GET / HTTP/1.1\r\n\r\n'), utf8Encode('\0SSH-2.0-x\r\n')]);

const random = insecureSeededRandom(1);
const now = Date.UTC(2026, 0, 1);
const authority = createAuthority({ random, now });
const leaves = [
  authority.certificate.raw,
  authority.issue({ names: ['www.example.com', '*.example.org', '192.0.2.1', '2001:db8::1'] }).certificate
    .raw,
  authority.issue({ names: ['a.example'], kind: 'ed25519' }).certificate.raw,
];
save('x509-certificate', leaves);
save('pem', [
  utf8Encode(leaves.map((der) => encodePem('CERTIFICATE', der)).join('between\n')),
  utf8Encode(
    '-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,\n 00\n\nAAEC\n-----END A-----\n',
  ),
]);
const keys = (['ecdsa-p256', 'ecdsa-p384', 'ed25519'] as const).map((kind) =>
  exportPrivateKey(generateKey(kind, random)),
);
save('x509-private-key', [...keys, ...keys.map((der) => utf8Encode(encodePem('PRIVATE KEY', der)))]);
save(
  'certificate',
  EXTENSIONS.CT.map(({ data }) => data),
);

const certificatePaths = CHAINS.map((chain) =>
  concatBytes(...chain.map(({ raw }) => concatBytes(Uint8Array.of(raw.length >> 8, raw.length & 0xff), raw))),
);
save('certificate-path', certificatePaths);
save('crl', [CRL]);

/** Each handshake as it should be, and one with each kind of fault. */
const talks = [0, 1, 2, 4, 5, 6].flatMap((bits) => [
  Uint8Array.of(bits, 0),
  Uint8Array.of(bits, 7),
  ...Array.from({ length: 20 }, (_, kind) => Uint8Array.of(bits, 0, 3 + kind, kind, 5 * kind, 1 + kind)),
]);
save('client-engine', talks);
save('server-engine', talks);

const now13 = Date.UTC(2030, 0, 15);
const session: StoredSession = {
  version: 'tls13',
  cipherSuite: CipherSuite.TLS_AES_128_GCM_SHA256,
  secret: new Secret(filler(32)),
  extendedMasterSecret: true,
  createdAt: now13,
  authenticatedAt: now13,
  lifetime: 7200,
  ageAdd: 5,
  maxEarlyDataSize: 0,
  replayStore: new Uint8Array(0),
  serverName: 'server.test',
  alpnProtocol: 'h2',
  binding: filler(32),
  peerCertificates: [],
  peerRawPublicKey: undefined,
  peerValidity: { notBefore: 0, notAfter: now13 },
  verdict: undefined,
  externalPsk: undefined,
  ticket: filler(40),
  sessionId: EMPTY,
};
save('ticket', [
  concatBytes(Uint8Array.of(0, 0), encodeSession(session)),
  concatBytes(Uint8Array.of(9, 1), encodeStoredSession({ ...session, version: 'tls12' })),
]);

// Kernels: each operation and each path, with lengths below a block, around one, and beyond a chunk.
const stretched = concatBytes(Uint8Array.of(0xf5), filler(6), Uint8Array.of(9));
const texts = [0, 15, 64, 200].map((length) => concatBytes(Uint8Array.of(length), filler(length)));
save(
  'kernel-aead',
  [0, 1, 2, 3, 4, 5, 6].flatMap((aead) => {
    const keys = concatBytes(Uint8Array.of(aead), filler([1, 3, 5].includes(aead) ? 32 : 64));
    const records = [...texts, stretched].map((text, i) =>
      concatBytes(Uint8Array.of(i), filler(12), Uint8Array.of(5), filler(5), text, Uint8Array.of(0, i)),
    );
    return [concatBytes(keys, ...records), concatBytes(keys, ...records.slice(3).reverse())];
  }),
);
save(
  'kernel-sha2',
  [0, 1, 2].map((hash) => {
    const steps = [0, 6, 6, 1, 6, 2, 3, 4, 5].map((step, i) => {
      // The choice that selects both this hash and this step: they share a byte.
      const choice = Array.from({ length: 256 }, (_, each) => each).find(
        (each) => each % 3 === hash && ((each >> 2) & 7) === step,
      );
      return concatBytes(
        Uint8Array.of(choice ?? 0, i),
        texts[i % texts.length] ?? EMPTY,
        step === 6 ? EMPTY : stretched,
      );
    });
    return concatBytes(...steps);
  }),
);
save('kernel-x25519', [
  filler(64),
  concatBytes(filler(32), new Uint8Array(32)),
  concatBytes(filler(32), Uint8Array.of(0xec), new Uint8Array(30).fill(255), Uint8Array.of(0x7f)),
]);
for (const [target, length] of [
  ['kernel-p256', 170],
  ['kernel-p384', 250],
] as const) {
  save(
    target,
    [0, 1, 2, 4, 5, 6, 12, 20].map((choice) =>
      concatBytes(Uint8Array.of(choice), filler(length, choice + 1)),
    ),
  );
}

/** Both parameter sets: as it should be, with a coefficient that is not reduced, with another ciphertext. */
save(
  'kernel-mlkem',
  [0, 1, 2, 3].flatMap((choice) =>
    [0, 3, 1568].map((length) =>
      concatBytes(Uint8Array.of(choice), filler(96), new Uint8Array(length).fill(choice < 2 ? 255 : 7)),
    ),
  ),
);

/** Nothing laid over a signature, then a point of small order, a plain one and one that is not canonical over each part. */
save(
  'kernel-ed25519',
  [0, 1, 2, 3].flatMap((choice) =>
    [new Uint8Array(32), filler(32), new Uint8Array(32).fill(255)].map((point) =>
      concatBytes(Uint8Array.of(choice), filler(32), point, filler(20)),
    ),
  ),
);
