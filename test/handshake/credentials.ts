/** Certificates for the tests of the handshake: one CA, made when first asked for, the same in every run. */

import type { CryptoProvider, PrivateKey } from '../../src/crypto/provider.ts';
import { wasmProvider } from '../../src/crypto/wasm/provider.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import type { KeyUsageName } from '../../src/x509/extensions.ts';
import { createCertificate, generateKey, type KeyKind } from '../../src/x509/issue.ts';
import { publicKeyOf } from '../../src/x509/public-key.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';

/** The tests' clock stands still. */
export const NOW: number = Date.UTC(2030, 0, 15);
export const now = (): number => NOW;
/** The name in every server certificate. */
export const SERVER_NAME = 'server.test';

const DAY = 86_400_000;
const random = insecureSeededRandom(0x5eed);

export const provider: CryptoProvider = wasmProvider(insecureSeededRandom(1));

/** A provider whose random bytes are those of a seed. */
export function seededProvider(seed: number): CryptoProvider {
  return { ...provider, random: insecureSeededRandom(seed) };
}

export interface TestCredential {
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly privateKey: PrivateKey;
}

interface Request {
  readonly kind: KeyKind;
  readonly usage: 'serverAuth' | 'clientAuth';
  readonly names?: readonly string[];
  /** Days from now at which it ends; default 30. */
  readonly days?: number;
  /** Default digitalSignature. */
  readonly keyUsage?: readonly KeyUsageName[];
  /** False signs it with a CA that nobody trusts. */
  readonly trusted?: boolean;
  /** Signed with its own key. */
  readonly selfSigned?: boolean;
}

interface Authority {
  readonly certificate: Certificate;
  readonly key: PrivateKey;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function makeAuthority(subject: string): Authority {
  const key = generateKey('ed25519', random);
  const der = createCertificate({
    subject,
    publicKey: publicKeyOf(key),
    signingKey: key,
    random,
    notBefore: NOW - 365 * DAY,
    notAfter: NOW + 365 * DAY,
    isCA: true,
  });
  return { certificate: parseCertificate(der), key };
}

const authority = once(() => makeAuthority('CN=puretls test CA'));
const stranger = once(() => makeAuthority('CN=nobody trusts this CA'));

export const trust: () => TrustStore = once(() => TrustStore.fromCertificates([authority().certificate]));

/** A leaf and its key. */
export function issue(request: Request): TestCredential {
  const issuer = request.trusted === false ? stranger() : authority();
  const privateKey = generateKey(request.kind, random);
  const der = createCertificate({
    subject: `CN=${request.usage} ${request.kind}`,
    ...(request.selfSigned === true ? {} : { issuer: issuer.certificate }),
    publicKey: publicKeyOf(privateKey),
    signingKey: request.selfSigned === true ? privateKey : issuer.key,
    random,
    notBefore: NOW - 2 * DAY,
    notAfter: NOW + (request.days ?? 30) * DAY,
    isCA: false,
    keyUsage: request.keyUsage ?? ['digitalSignature'],
    extKeyUsage: [request.usage],
    subjectAltNames: request.names ?? [SERVER_NAME],
  });
  return { chain: [parseCertificate(der)], privateKey };
}

/** The usual credentials. Ed25519 and P-256 are cheap; RSA takes a second to make. */
export const credentials: {
  readonly server: () => TestCredential;
  readonly serverP256: () => TestCredential;
  readonly serverP384: () => TestCredential;
  readonly serverRsa: () => TestCredential;
  readonly client: () => TestCredential;
  readonly clientP256: () => TestCredential;
  readonly untrustedClient: () => TestCredential;
} = {
  server: once(() => issue({ kind: 'ed25519', usage: 'serverAuth' })),
  serverP256: once(() => issue({ kind: 'ecdsa-p256', usage: 'serverAuth' })),
  serverP384: once(() => issue({ kind: 'ecdsa-p384', usage: 'serverAuth' })),
  serverRsa: once(() => issue({ kind: 'rsa-2048', usage: 'serverAuth' })),
  client: once(() => issue({ kind: 'ed25519', usage: 'clientAuth' })),
  clientP256: once(() => issue({ kind: 'ecdsa-p256', usage: 'clientAuth' })),
  untrustedClient: once(() => issue({ kind: 'ed25519', usage: 'clientAuth', trusted: false })),
};
