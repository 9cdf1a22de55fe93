/**
 * Signatures that were not checked, or checked for something else.
 *
 *   goto fail, CVE-2014-1266   a doubled `goto` skipped the check of ServerKeyExchange     the handler gives no state but after the check
 *   GnuTLS, CVE-2014-0092      an error code read as success                               the answer is a boolean, an error is thrown
 *   role confusion             a CertificateVerify of the other end passes for one's own   the context string names the signer
 *   scheme confusion           a scheme that was not offered, or is not for the version    looked up among those offered
 *   psychic signatures, CVE-2022-21449   ECDSA with r = s = 0 fits every key               r and s are in 1..n-1
 *   Ed25519, GHSA-q67f-28xg-22rw           S >= L makes a second signature of any          S must be below L
 *   lax DER                                many encodings of one ECDSA signature           one encoding is read
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { wasmProvider } from '../../src/crypto/wasm/provider.ts';
import {
  append,
  clientHandshake,
  clientHandshake12,
  flipBit,
  serverHandshake,
  serverHandshake12,
  signKeyExchange,
  signTranscript,
  type Tamper,
} from '../../src/fuzz.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import type { Reason } from '../../src/wire/reason.ts';
import { NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { generateKey } from '../../src/x509/issue.ts';
import { publicKeyOf } from '../../src/x509/public-key.ts';
import { credentials } from '../handshake/credentials.ts';
import {
  type AlertName,
  againstClient,
  againstServer,
  assertRefused,
  type Played,
} from '../handshake/kit.ts';
import { againstClient12, againstServer12 } from '../tls12/kit.ts';

const p256 = credentials.serverP256();
const CURVES = [NamedGroup.x25519, NamedGroup.secp256r1];
const { ecdsa_secp256r1_sha256, ed25519, rsa_pkcs1_sha256, rsa_pss_rsae_sha256 } = SignatureScheme;

interface Signed {
  readonly algorithm: SignatureScheme;
  readonly signature: Uint8Array;
}
type Change = (signed: Signed) => Signed;

/** Who signs what, and our end that must notice. */
const PLACES: Readonly<Record<string, (change: Change, key: 'ed25519' | 'ecdsa') => Played>> = {
  'CertificateVerify of a server, TLS 1.3': (change, key) =>
    againstServer(
      serverHandshake().change('CertificateVerify', change),
      key === 'ecdsa' ? { peer: { credential: p256 } } : {},
    ),
  'CertificateVerify of a client, TLS 1.3': (change, key) =>
    againstClient(clientHandshake({ certificate: 'own' }).change('CertificateVerify', change), {
      options: { clientAuth: 'require' },
      ...(key === 'ecdsa' ? { peer: { credential: credentials.clientP256() } } : {}),
    }),
  'ServerKeyExchange, TLS 1.2': (change, key) =>
    againstServer12(
      serverHandshake12().change('ServerKeyExchange', (fields) => ({ ...fields, ...change(fields) })),
      key === 'ecdsa' ? { options: { groups: CURVES }, peer: { credential: p256 } } : {},
    ),
  'CertificateVerify of a client, TLS 1.2': (change, key) =>
    againstClient12(clientHandshake12({ certificate: 'own' }).change('CertificateVerify', change), {
      options: { clientAuth: 'require' },
      ...(key === 'ecdsa' ? { peer: { credential: credentials.clientP256() } } : {}),
    }),
};

const signature =
  (tamper: Tamper): Change =>
  (signed) => ({ ...signed, signature: tamper(signed.signature) });

const all =
  (byte: number): Tamper =>
  (bytes) =>
    new Uint8Array(bytes.length).fill(byte);
/** Order of the group of Ed25519, little-endian, to be added to S. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

function withS(change: (s: bigint) => bigint): Tamper {
  return (bytes) => {
    let s = 0n;
    for (let i = 63; i >= 32; i -= 1) s = s * 256n + BigInt(bytes[i] ?? 0);
    s = change(s);
    const out = Uint8Array.from(bytes);
    for (let i = 32; i < 64; i += 1) {
      out[i] = Number(s & 0xffn);
      s >>= 8n;
    }
    return out;
  };
}

const INTEGER = (bytes: Uint8Array): Uint8Array => Uint8Array.of(2, bytes.length, ...bytes);
const pair =
  (r: Uint8Array, s: Uint8Array): Tamper =>
  () => {
    const body = concatBytes(INTEGER(r), INTEGER(s));
    return Uint8Array.of(0x30, body.length, ...body);
  };
const ZERO = Uint8Array.of(0);
const ONE = Uint8Array.of(1);
/** The order of P-256, which is 0 for the arithmetic. */
const N = Uint8Array.from(
  Buffer.from('00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex'),
);

const WRONG: Readonly<Record<'ed25519' | 'ecdsa', Readonly<Record<string, Tamper>>>> = {
  ed25519: {
    'the first bit': flipBit(0),
    'a bit of R': flipBit(100),
    'the last bit of R': flipBit(255),
    'a bit of S': flipBit(300),
    'the last bit': flipBit(-1),
    'one byte more': append(0),
    'one byte less': (bytes) => bytes.slice(0, -1),
    nothing: () => new Uint8Array(0),
    zeros: all(0),
    ones: all(0xff),
    'S + L, which is the same to the arithmetic': withS((s) => s + L),
    'S = L': withS(() => L),
    'the identity and S = 0': () => Uint8Array.of(1, ...new Uint8Array(63)),
  },
  ecdsa: {
    'the tag': flipBit(7),
    'a bit of r': flipBit(8 * 10),
    'a bit of s': flipBit(-9),
    'the last bit': flipBit(-1),
    nothing: () => new Uint8Array(0),
    'r = s = 0': pair(ZERO, ZERO),
    'r = 0': pair(ZERO, ONE),
    's = 0': pair(ONE, ZERO),
    'r = s = n': pair(N, N),
    'r = s = 1': pair(ONE, ONE),
    'a byte behind': append(0),
    'a length in two bytes': (bytes) => Uint8Array.of(0x30, 0x81, ...bytes.slice(1)),
    'r with a zero in front': (bytes) =>
      Uint8Array.of(0x30, (bytes[1] ?? 0) + 1, 2, (bytes[3] ?? 0) + 1, 0, ...bytes.slice(4)),
    'r and s without their DER': (bytes) => bytes.slice(4, 36),
  },
};

for (const [where, play] of Object.entries(PLACES)) {
  for (const key of ['ed25519', 'ecdsa'] as const) {
    test(`${where}: every way of changing an ${key} signature is decrypt_error`, () => {
      for (const [what, tamper] of Object.entries(WRONG[key])) {
        const played = play(signature(tamper), key);
        assert.equal(played.tested.connection.error?.reason, 'bad_signature', what);
        assertRefused(played, 'bad_signature', 'decrypt_error');
      }
    });
  }

  test(`${where}: a scheme that does not fit, was not offered or does not exist is illegal_parameter`, () => {
    for (const algorithm of [
      rsa_pkcs1_sha256,
      rsa_pss_rsae_sha256,
      ecdsa_secp256r1_sha256,
      0,
      0x0203,
      0x0804,
    ]) {
      const played = play(
        (signed) => ({ ...signed, algorithm: codePoint<'SignatureScheme'>(algorithm) }),
        'ed25519',
      );
      assertRefused(played, 'unoffered_signature_scheme', 'illegal_parameter');
    }
    const other = play((signed) => ({ ...signed, algorithm: ed25519 }), 'ecdsa');
    assertRefused(other, 'unoffered_signature_scheme', 'illegal_parameter');
  });
}

type Case = readonly [play: () => Played, reason: Reason, alert: AlertName];

const BAD = ['bad_signature', 'decrypt_error'] as const;
const server = serverHandshake();
const client = clientHandshake({ certificate: 'own' });

/** Good signatures, each over something else than what counts. */
const OTHER_CONTENT: Readonly<Record<string, Case>> = {
  "TLS 1.3: a server signs with the client's context string": [
    () =>
      againstServer(
        server.change('CertificateVerify', (_, peer) => signTranscript(peer, { role: 'client' })),
      ),
    ...BAD,
  ],
  "TLS 1.3: a client signs with the server's": [
    () =>
      againstClient(
        client.change('CertificateVerify', (_, peer) => signTranscript(peer, { role: 'server' })),
        { options: { clientAuth: 'require' } },
      ),
    ...BAD,
  ],
  'TLS 1.3: the transcript of nothing': [
    () =>
      againstServer(
        server.change('CertificateVerify', (_, peer) =>
          signTranscript(peer, {
            transcriptHash: peer.handshakeSecrets().suite.hash.digest(new Uint8Array(0)),
          }),
        ),
      ),
    ...BAD,
  ],
  "TLS 1.3: another key's": [
    () =>
      againstServer(
        server.change('CertificateVerify', (_, peer) =>
          signTranscript(peer, { credential: credentials.client() }),
        ),
      ),
    ...BAD,
  ],
  "TLS 1.2: another connection's client random": [
    () =>
      againstServer12(
        serverHandshake12().change('ServerKeyExchange', (fields, peer) =>
          signKeyExchange(peer, fields, { clientRandom: new Uint8Array(32) }),
        ),
      ),
    ...BAD,
  ],
  "TLS 1.2: another connection's server random": [
    () =>
      againstServer12(
        serverHandshake12().change('ServerKeyExchange', (fields, peer) =>
          signKeyExchange(peer, fields, { serverRandom: new Uint8Array(32) }),
        ),
      ),
    ...BAD,
  ],
  'TLS 1.2: other parameters': [
    () =>
      againstServer12(
        serverHandshake12().change('ServerKeyExchange', (fields, peer) =>
          signKeyExchange(peer, fields, {
            signed: Uint8Array.of(3, 0, 29, 32, ...new Uint8Array(32).fill(9)),
          }),
        ),
      ),
    ...BAD,
  ],
  'TLS 1.2: the share is put in another place than what was signed': [
    () =>
      againstServer12(
        serverHandshake12().change('ServerKeyExchange', (fields) => ({
          ...fields,
          publicKey: new Uint8Array(32).fill(9),
        })),
      ),
    ...BAD,
  ],
};

for (const [name, [play, reason, alert]] of Object.entries(OTHER_CONTENT)) {
  test(name, () => {
    assertRefused(play(), reason, alert);
  });
}

for (const provider of [nobleProvider(platformRandom), wasmProvider(platformRandom)]) {
  const message = Uint8Array.of(1, 2, 3);
  const keys = {
    ed25519: generateKey('ed25519', platformRandom),
    ecdsa: generateKey('ecdsa-p256', platformRandom),
    'ecdsa of P-384': generateKey('ecdsa-p384', platformRandom),
  };
  for (const [name, key] of Object.entries(keys)) {
    test(`${provider.name}, ${name}: the arithmetic by itself refuses the same, and takes what it signed`, () => {
      const scheme = provider.signatureAlgorithms.find((each) => each.handshake13 && each.fits(key));
      assert.ok(scheme);
      const publicKey = publicKeyOf(key);
      const good = scheme.sign(key, message, platformRandom);
      assert.equal(scheme.verify(publicKey, message, good), true);
      assert.equal(scheme.verify(publicKey, Uint8Array.of(1, 2, 4), good), false);
      for (const [what, tamper] of Object.entries(WRONG[name === 'ed25519' ? 'ed25519' : 'ecdsa'])) {
        assert.equal(scheme.verify(publicKey, message, tamper(good)), false, what);
      }
    });
  }
  test(`${provider.name}: an Ed25519 key of small order vouches for nothing`, () => {
    const scheme = provider.signatureAlgorithms.find(({ code }) => code === ed25519);
    assert.ok(scheme);
    const identity = Uint8Array.of(1, ...new Uint8Array(31));
    const zero = new Uint8Array(32);
    for (const key of [identity, zero]) {
      const signature = concatBytes(key, new Uint8Array(32));
      assert.equal(scheme.verify({ kind: 'ed25519', key }, message, signature), false);
    }
  });
}
