import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { copyBytes } from '../../src/bytes/bytes.ts';
import type { PublicKey, SignatureAlgorithm } from '../../src/crypto/provider.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { MAX_REMEMBERED_CERTIFICATE_BYTES, MAX_REMEMBERED_SIGNATURES } from '../../src/x509/limits.ts';
import { SignatureMemo } from '../../src/x509/signature-memo.ts';
import { createAuthority, parseCertificate } from '../../src/x509.ts';
import { assertAccepted, assertRefused, DAY, NOW, random, root, schemes, verify } from './kit.ts';

/** A scheme that counts, and finds good what it is told to. */
function counting(result: boolean | ((message: Uint8Array) => boolean) = true): {
  readonly scheme: SignatureAlgorithm;
  readonly calls: () => number;
} {
  const [first] = schemes;
  assert.ok(first);
  let calls = 0;
  const verifyOne = (_key: PublicKey, message: Uint8Array): boolean => {
    calls += 1;
    return typeof result === 'boolean' ? result : result(message);
  };
  return { scheme: { ...first, verify: verifyOne }, calls: () => calls };
}

const { certificate } = root.issue({ names: ['a.example'] });
const key = root.certificate.publicKey;

function flipped(bytes: Uint8Array, at = 0): Uint8Array {
  const out = copyBytes(bytes);
  out[at] = (out[at] ?? 0) ^ 1;
  return out;
}

describe('signatures of certificates found good lately', () => {
  test('the same bytes, key and scheme are computed once, wherever they lie', () => {
    const { scheme, calls } = counting();
    const memo = new SignatureMemo();
    assert.ok(memo.verify(scheme, key, certificate));
    assert.ok(memo.verify(scheme, key, parseCertificate(certificate.raw)));
    assert.equal(calls(), 1);
  });

  const others: readonly [what: string, key: PublicKey, certificate: Certificate][] = [
    ['one bit of what is signed', key, { ...certificate, tbsRaw: flipped(certificate.tbsRaw, 40) }],
    [
      'its last bit',
      key,
      { ...certificate, tbsRaw: flipped(certificate.tbsRaw, certificate.tbsRaw.length - 1) },
    ],
    ['one bit of the signature', key, { ...certificate, signature: flipped(certificate.signature, 9) }],
    ['a shorter signature', key, { ...certificate, signature: certificate.signature.subarray(1) }],
    ['another key', createAuthority({ random, now: NOW }).certificate.publicKey, certificate],
    ['a key of another kind', { kind: 'ed25519', key: new Uint8Array(32) }, certificate],
    ['an unknown key', { kind: 'unknown', algorithmOid: '1.2.3' }, certificate],
  ];
  for (const [what, otherKey, other] of others) {
    test(`${what} is computed anew`, () => {
      const { scheme, calls } = counting();
      const memo = new SignatureMemo();
      assert.ok(memo.verify(scheme, key, certificate));
      assert.ok(memo.verify(scheme, otherKey, other));
      assert.equal(calls(), 2);
    });
  }

  test('another scheme, and the same one of another provider, are asked themselves', () => {
    const memo = new SignatureMemo();
    assert.ok(memo.verify(counting(true).scheme, key, certificate));
    const strict = counting(false);
    assert.ok(!memo.verify(strict.scheme, key, certificate));
    assert.equal(strict.calls(), 1);
  });

  test('the PSS parameters of a key are a part of it', () => {
    const numbers = { modulus: new Uint8Array(256).fill(255), exponent: Uint8Array.of(1, 0, 1) };
    const parameters = [
      undefined,
      { hash: 'SHA-256', saltLength: 32 },
      { hash: 'SHA-256', saltLength: 20 },
      { hash: 'SHA-384', saltLength: 32 },
    ] as const;
    const { scheme, calls } = counting();
    const memo = new SignatureMemo();
    for (const each of parameters)
      memo.verify(scheme, { kind: 'rsa-pss', ...numbers, parameters: each }, certificate);
    memo.verify(scheme, { kind: 'rsa', ...numbers }, certificate);
    assert.equal(calls(), parameters.length + 1);
    memo.verify(scheme, { kind: 'rsa', ...numbers }, certificate);
    assert.equal(calls(), parameters.length + 1);
  });

  test('a bad signature is computed each time, and is not good later', () => {
    const { scheme, calls } = counting(false);
    const memo = new SignatureMemo();
    for (let i = 0; i < 3; i += 1) assert.ok(!memo.verify(scheme, key, certificate));
    assert.equal(calls(), 3);
  });

  test('whoever writes into a certificate later does not change what was found good', () => {
    const written = parseCertificate(certificate.raw);
    const good = copyBytes(written.tbsRaw);
    const { scheme } = counting((message) => message.length === good.length && message[50] === good[50]);
    const memo = new SignatureMemo();
    assert.ok(memo.verify(scheme, key, written));
    written.tbsRaw[50] = (written.tbsRaw[50] ?? 0) ^ 1;
    assert.ok(!memo.verify(scheme, key, written));
  });

  test('keeps few, and drops what was not used for longest', () => {
    const { scheme, calls } = counting();
    const memo = new SignatureMemo();
    const nth = (n: number): Certificate => ({ ...certificate, signature: Uint8Array.of(n, n >> 8) });
    memo.verify(scheme, key, nth(0));
    for (let n = 1; n < MAX_REMEMBERED_SIGNATURES; n += 1) memo.verify(scheme, key, nth(n));
    memo.verify(scheme, key, nth(0));
    assert.equal(calls(), MAX_REMEMBERED_SIGNATURES);
    memo.verify(scheme, key, nth(MAX_REMEMBERED_SIGNATURES));
    memo.verify(scheme, key, nth(0));
    assert.equal(calls(), MAX_REMEMBERED_SIGNATURES + 1);
    memo.verify(scheme, key, nth(1));
    assert.equal(calls(), MAX_REMEMBERED_SIGNATURES + 2);
  });

  test('keeps no big one', () => {
    const { scheme, calls } = counting();
    const memo = new SignatureMemo();
    const big = { ...certificate, tbsRaw: new Uint8Array(MAX_REMEMBERED_CERTIFICATE_BYTES) };
    assert.ok(memo.verify(scheme, key, big));
    assert.ok(memo.verify(scheme, key, big));
    assert.equal(calls(), 2);
  });
});

describe('a chain whose signatures were found good before', () => {
  const memo = new SignatureMemo();
  const middle = root.intermediate();
  const leaf = middle.issue({ names: ['a.example'] }).certificate;
  const chain = [leaf, middle.certificate];
  assertAccepted(verify(chain, { memo, name: 'a.example' }));

  test('is not computed again', () => {
    let calls = 0;
    const counted = schemes.map((scheme) => ({
      ...scheme,
      verify: (...args: Parameters<SignatureAlgorithm['verify']>): boolean => {
        calls += 1;
        return scheme.verify(...args);
      },
    }));
    assertAccepted(verify(chain, { memo, schemes: counted }));
    assert.equal(calls, 2);
    assertAccepted(verify(chain, { memo, schemes: counted }));
    assert.equal(calls, 2);
    assertAccepted(verify(chain, { schemes: counted }));
    assert.equal(calls, 4);
  });

  test('is judged anew: name, dates, purpose, trust and lengths', () => {
    assertRefused(verify(chain, { memo, name: 'b.example' }), 'HOSTNAME_MISMATCH');
    assertRefused(verify(chain, { memo, now: NOW + 4000 * DAY }), 'CERT_HAS_EXPIRED');
    assertRefused(verify(chain, { memo, now: NOW - 4000 * DAY }), 'CERT_NOT_YET_VALID');
    assertRefused(verify(chain, { memo, keyUsage: 'keyAgreement' }), 'INVALID_PURPOSE');
    const stranger = createAuthority({ random, now: NOW });
    assertRefused(verify(chain, { memo, trust: stranger.trust }), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    assertRefused(verify(chain, { memo, limits: { intermediates: 0 } }), 'CERT_CHAIN_TOO_LONG');
    assertRefused(verify(chain, { memo, limits: { signatureChecks: 1 } }), 'BUDGET_EXCEEDED');
    assertRefused(verify(chain, { memo, schemes: [] }), 'UNSUPPORTED_SIGNATURE_ALGORITHM');
  });

  test('a leaf of the same intermediate is computed, and refused when its signature is wrong', () => {
    const other = middle.issue({ names: ['b.example'] }).certificate;
    const raw = flipped(other.raw, other.raw.length - 1);
    assertAccepted(verify([other, middle.certificate], { memo }));
    assertRefused(verify([parseCertificate(raw), middle.certificate], { memo }), 'CERT_SIGNATURE_FAILURE');
  });

  test('a weak hash stays unusable', () => {
    const weak: Certificate = { ...leaf, signatureKind: { kind: 'weak' } };
    assertRefused(verify([weak, middle.certificate], { memo }), 'CA_MD_TOO_WEAK');
  });
});
