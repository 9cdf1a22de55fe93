import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519 as nobleEd25519, x25519 as nobleX25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { ed25519, FIELD_LENGTH, nistCurve, withEntropy, x25519 } from '../../src/crypto/noble/curves.ts';
import type { RandomSource } from '../../src/crypto/provider.ts';
import { TLSError } from '../../src/wire/error.ts';
import { bytes, repeatable } from './support/vectors.ts';

test('the parameters are those of noble', () => {
  for (const [name, noble] of [
    ['P-256', p256],
    ['P-384', p384],
    ['P-521', p521],
  ] as const) {
    assert.deepEqual(nistCurve(name).Point.CURVE(), noble.Point.CURVE());
    assert.equal(FIELD_LENGTH[name], noble.Point.Fp.BYTES);
    assert.equal(FIELD_LENGTH[name], noble.lengths.secretKey);
  }
  assert.deepEqual(ed25519().Point.CURVE(), nobleEd25519.Point.CURVE());
});

test('our own square root and inversion for 25519 agree with noble, also where there is no root', () => {
  const random = repeatable();
  let decoded = 0;
  for (let i = 0; i < 200; i++) {
    const encoding = bytes(32, random);
    const decode = (curve: typeof nobleEd25519): string | undefined => {
      try {
        return curve.Point.fromBytes(encoding).toHex();
      } catch {
        return undefined;
      }
    };
    assert.equal(decode(ed25519()), decode(nobleEd25519));
    if (decode(nobleEd25519) !== undefined) decoded += 1;
    const seed = bytes(32, random);
    const share = withEntropy(random, () => x25519().getPublicKey(seed));
    assert.deepEqual(share, nobleX25519.getPublicKey(seed));
  }
  assert.ok(decoded > 20 && decoded < 180, `${decoded} of 200 random encodings were points`);
});

test('blinding draws from the source given, at every secret multiplication', () => {
  let drawn = 0;
  const random: RandomSource = (out) => {
    drawn += 1;
    out.fill(drawn);
  };
  const count = (run: () => unknown): number => {
    drawn = 0;
    withEntropy(random, run);
    return drawn;
  };
  const scalar = bytes(32, repeatable());
  const point = withEntropy(random, () => nistCurve('P-256').getPublicKey(scalar, false));
  assert.ok(count(() => nistCurve('P-256').getPublicKey(scalar, false)) > 0);
  assert.ok(count(() => nistCurve('P-256').getSharedSecret(scalar, point)) > 0);
  assert.ok(count(() => nistCurve('P-256').sign(bytes(32, repeatable()), scalar, { prehash: false })) > 1);
  assert.ok(count(() => ed25519().sign(scalar, scalar)) > 1);
  assert.ok(count(() => x25519().getPublicKey(scalar)) > 0);
  assert.equal(
    count(() => nistCurve('P-256').verify(new Uint8Array(64).fill(1), scalar, point, { prehash: false })),
    0,
    'verification uses no secret',
  );
});

test('a secret used without a source is an error of ours, not silently unblinded', () => {
  const scalar = bytes(32, repeatable());
  assert.throws(
    () => nistCurve('P-256').getPublicKey(scalar),
    (error) => error instanceof TLSError && error.reason === 'internal_error',
  );
});

test('a source that throws ends the computation and leaves no trace for the next', () => {
  const scalar = bytes(32, repeatable());
  const broken: RandomSource = () => {
    throw new TLSError('no_random', 'none');
  };
  assert.throws(() => withEntropy(broken, () => nistCurve('P-384').getPublicKey(bytes(48, repeatable()))));
  assert.throws(() => nistCurve('P-256').getPublicKey(scalar), TLSError);
  withEntropy(repeatable(), () => {
    assert.throws(() => withEntropy(broken, () => nistCurve('P-256').getPublicKey(scalar)));
    assert.equal(nistCurve('P-256').getPublicKey(scalar).length, 33, 'the outer source is back');
  });
});

test('a result does not depend on the blinding', () => {
  const scalar = bytes(32, repeatable());
  const results = [1, 2, 3].map((seed) =>
    withEntropy(repeatable(seed), () => nistCurve('P-256').getPublicKey(scalar)),
  );
  assert.deepEqual(results[0], p256.getPublicKey(scalar));
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
});
