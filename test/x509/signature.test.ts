/** Which scheme checks which signature with which key; the arithmetic is the provider's and faked here. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PublicKey, SignatureAlgorithm } from '../../src/crypto/provider.ts';
import type { SignatureKind } from '../../src/x509/algorithm.ts';
import { checkSignature, keyProblem } from '../../src/x509/signature.ts';
import { hex, root, schemes } from './kit.ts';

const modulus = new Uint8Array(256).fill(0xff);
const exponent = hex('010001');
const rsa: PublicKey = { kind: 'rsa', modulus, exponent };
const pss = (parameters?: { hash: 'SHA-256' | 'SHA-384' | 'SHA-512'; saltLength: number }): PublicKey => ({
  kind: 'rsa-pss',
  modulus,
  exponent,
  parameters,
});
const ec = (curve: 'P-256' | 'P-384' | 'P-521'): PublicKey => ({ kind: 'ec', curve, point: hex('04') });
const ed25519: PublicKey = { kind: 'ed25519', key: new Uint8Array(32) };
const ed448: PublicKey = { kind: 'ed448', key: new Uint8Array(57) };

/** The scheme that was asked, or the verdict when none was. */
function asked(
  signatureKind: SignatureKind,
  key: PublicKey,
  offered: readonly SignatureAlgorithm[] = schemes,
): string {
  let name = '';
  const spies = offered.map((scheme) => ({
    ...scheme,
    verify: (): boolean => {
      name = scheme.name;
      return true;
    },
  }));
  const verdict = checkSignature({ ...root.certificate, signatureKind }, key, spies);
  if (verdict.kind === 'unusable') return verdict.code;
  assert.equal(verdict.kind === 'good', name !== '');
  return name === '' ? verdict.kind : name;
}

describe('the scheme of a signature', () => {
  const rows: readonly [what: string, kind: SignatureKind, key: PublicKey, expected: string][] = [
    ['PKCS#1', { kind: 'rsa-pkcs1', hash: 'SHA-256' }, rsa, 'rsa_pkcs1_sha256'],
    ['PKCS#1', { kind: 'rsa-pkcs1', hash: 'SHA-384' }, rsa, 'rsa_pkcs1_sha384'],
    ['PKCS#1', { kind: 'rsa-pkcs1', hash: 'SHA-512' }, rsa, 'rsa_pkcs1_sha512'],
    ['PKCS#1 by a key bound to PSS', { kind: 'rsa-pkcs1', hash: 'SHA-256' }, pss(), 'bad'],
    ['PKCS#1 by an EC key', { kind: 'rsa-pkcs1', hash: 'SHA-256' }, ec('P-256'), 'bad'],
    ['PSS', { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 }, rsa, 'rsa_pss_rsae_sha256'],
    ['PSS', { kind: 'rsa-pss', hash: 'SHA-384', saltLength: 48 }, rsa, 'rsa_pss_rsae_sha384'],
    ['PSS', { kind: 'rsa-pss', hash: 'SHA-512', saltLength: 64 }, pss(), 'rsa_pss_pss_sha512'],
    [
      'PSS with another salt',
      { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 20 },
      rsa,
      'UNSUPPORTED_SIGNATURE_ALGORITHM',
    ],
    [
      'PSS with a longer salt',
      { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 48 },
      rsa,
      'UNSUPPORTED_SIGNATURE_ALGORITHM',
    ],
    [
      'PSS as the key demands',
      { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 },
      pss({ hash: 'SHA-256', saltLength: 32 }),
      'rsa_pss_pss_sha256',
    ],
    [
      'PSS with more salt than the key demands',
      { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 },
      pss({ hash: 'SHA-256', saltLength: 20 }),
      'rsa_pss_pss_sha256',
    ],
    [
      'PSS with less salt than the key demands',
      { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 },
      pss({ hash: 'SHA-256', saltLength: 48 }),
      'bad',
    ],
    [
      'PSS with another hash than the key demands',
      { kind: 'rsa-pss', hash: 'SHA-384', saltLength: 48 },
      pss({ hash: 'SHA-256', saltLength: 32 }),
      'bad',
    ],
    ['PSS by an Ed25519 key', { kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 }, ed25519, 'bad'],
    ['ECDSA', { kind: 'ecdsa', hash: 'SHA-256' }, ec('P-256'), 'ecdsa_secp256r1_sha256'],
    [
      'ECDSA, hash and curve apart',
      { kind: 'ecdsa', hash: 'SHA-256' },
      ec('P-384'),
      'ecdsa_secp256r1_sha256',
    ],
    [
      'ECDSA, hash and curve apart',
      { kind: 'ecdsa', hash: 'SHA-512' },
      ec('P-256'),
      'ecdsa_secp521r1_sha512',
    ],
    ['ECDSA by an RSA key', { kind: 'ecdsa', hash: 'SHA-256' }, rsa, 'bad'],
    ['Ed25519', { kind: 'ed25519' }, ed25519, 'ed25519'],
    ['Ed25519 by an Ed448 key', { kind: 'ed25519' }, ed448, 'bad'],
    ['Ed448', { kind: 'ed448' }, ed448, 'ed448'],
    ['Ed448 by an Ed25519 key', { kind: 'ed448' }, ed25519, 'bad'],
    ['SHA-1', { kind: 'weak' }, rsa, 'CA_MD_TOO_WEAK'],
    ['an unknown algorithm', { kind: 'unknown' }, rsa, 'UNSUPPORTED_SIGNATURE_ALGORITHM'],
    [
      'anything by an unknown key',
      { kind: 'ed25519' },
      { kind: 'unknown', algorithmOid: '1.2.3' },
      'UNSUPPORTED_KEY',
    ],
  ];
  for (const [what, kind, key, expected] of rows) {
    test(`${what}: ${JSON.stringify(kind)} by ${key.kind} is ${expected}`, () => {
      assert.equal(asked(kind, key), expected);
    });
  }

  test('of two schemes with the hash, the one of the curve is taken', () => {
    const p256 = schemes.find((scheme) => scheme.name === 'ecdsa_secp256r1_sha256');
    assert.ok(p256);
    const twin: SignatureAlgorithm = { ...p256, name: 'twin', curve: 'P-384' };
    assert.equal(asked({ kind: 'ecdsa', hash: 'SHA-256' }, ec('P-384'), [p256, twin]), 'twin');
    assert.equal(
      asked({ kind: 'ecdsa', hash: 'SHA-256' }, ec('P-256'), [twin, p256]),
      'ecdsa_secp256r1_sha256',
    );
  });
  test('a provider without the scheme', () => {
    for (const [kind, key] of [
      [{ kind: 'rsa-pkcs1', hash: 'SHA-256' }, rsa],
      [{ kind: 'rsa-pss', hash: 'SHA-256', saltLength: 32 }, rsa],
      [{ kind: 'ecdsa', hash: 'SHA-256' }, ec('P-256')],
      [{ kind: 'ed25519' }, ed25519],
    ] as const) {
      assert.equal(asked(kind, key, []), 'UNSUPPORTED_SIGNATURE_ALGORITHM');
    }
  });
});

describe('keys by themselves', () => {
  const sized = (bits: number, e = '010001'): PublicKey => {
    const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
    bytes[0] = 0xff >> ((8 - (bits % 8)) % 8);
    return { kind: 'rsa', modulus: bytes, exponent: hex(e) };
  };
  const rows: readonly [what: string, key: PublicKey, code: string | undefined][] = [
    ['2047 bits', sized(2047), 'KEY_TOO_SMALL'],
    ['2048 bits', sized(2048), undefined],
    ['2052 bits', sized(2052), undefined],
    ['8192 bits', sized(8192), undefined],
    ['8193 bits', sized(8193), 'UNSUPPORTED_KEY'],
    ['exponent 1', sized(2048, '01'), 'INVALID_KEY'],
    ['exponent 3', sized(2048, '03'), undefined],
    ['exponent 4', sized(2048, '04'), 'INVALID_KEY'],
    ['exponent of 33 bits', sized(2048, '0100000001'), undefined],
    ['exponent of 34 bits', sized(2048, '0200000001'), 'INVALID_KEY'],
    ['no RSA key', ec('P-256'), undefined],
    ['an unknown key', { kind: 'unknown', algorithmOid: '1.2.3' }, 'UNSUPPORTED_KEY'],
  ];
  for (const [what, key, code] of rows) test(what, () => assert.equal(keyProblem(key)?.code, code));
});
