import assert from 'node:assert/strict';
import { constants, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { sha256, sha384, sha512 } from '../../src/crypto/noble/hash.ts';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import type { HashFunction, PublicKey, RsaPrivateNumbers } from '../../src/crypto/provider.ts';
import { toBytes, toInteger } from '../../src/crypto/rsa/integer.ts';
import {
  DEFAULT_RSA_LIMITS,
  type RsaPrivateKey,
  rsaKeyProblem,
  rsaPrivateKey,
  rsaPublicKey,
} from '../../src/crypto/rsa/key.ts';
import { signPkcs1, verifyPkcs1 } from '../../src/crypto/rsa/pkcs1.ts';
import { rsaPrivateOperation } from '../../src/crypto/rsa/private.ts';
import { signPss, verifyPss } from '../../src/crypto/rsa/pss.ts';
import { TLSError } from '../../src/wire/error.ts';
import { bytes, flip, hex, repeatable, scripted, vectors } from './support/vectors.ts';

type NumberNames =
  | 'modulus'
  | 'publicExponent'
  | 'privateExponent'
  | 'prime1'
  | 'prime2'
  | 'exponent1'
  | 'exponent2'
  | 'coefficient';
type Numbers = Readonly<Record<NumberNames, string>>;
interface Answer {
  readonly padding: 'pkcs1' | 'pss';
  readonly hash: HashFunction['name'];
  readonly message: string;
  readonly signature: string;
  readonly salt?: string;
}
interface File {
  readonly keys: readonly (Numbers & { readonly bits: number; readonly tests: readonly Answer[] })[];
}

const { keys } = vectors<File>('rsa-openssl.json');
const [first] = keys;
assert.ok(first);
const HASHES = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 } as const;

function numbersOf(key: Numbers, changed: Partial<Numbers> = {}): RsaPrivateNumbers {
  const all = { ...key, ...changed };
  const secret = (text: string): Secret => new Secret(hex(text));
  return {
    modulus: hex(all.modulus),
    publicExponent: hex(all.publicExponent),
    privateExponent: secret(all.privateExponent),
    prime1: secret(all.prime1),
    prime2: secret(all.prime2),
    exponent1: secret(all.exponent1),
    exponent2: secret(all.exponent2),
    coefficient: secret(all.coefficient),
  };
}

function privateKeyOf(key: Numbers): RsaPrivateKey {
  const parsed = rsaPrivateKey(numbersOf(key));
  assert.ok(parsed);
  return parsed;
}

const internal = (error: unknown): boolean => error instanceof TLSError && error.reason === 'internal_error';

for (const key of keys) {
  test(`RSA-${key.bits}: OpenSSL's signatures verify, and are made again byte for byte`, () => {
    assert.equal(key.tests.length, 6);
    const parsed = privateKeyOf(key);
    assert.equal(parsed.bits, key.bits);
    for (const answer of key.tests) {
      const hash = HASHES[answer.hash];
      const [message, signature] = [hex(answer.message), hex(answer.signature)];
      if (answer.padding === 'pkcs1') {
        assert.ok(verifyPkcs1(parsed, hash, message, signature));
        assert.ok(!verifyPss(parsed, hash, hash.outputLength, message, signature));
        assert.deepEqual(signPkcs1(parsed, hash, message, repeatable()), signature);
      } else {
        const salt = hex(answer.salt ?? '');
        assert.ok(verifyPss(parsed, hash, salt.length, message, signature));
        assert.ok(!verifyPkcs1(parsed, hash, message, signature));
        assert.deepEqual(signPss(parsed, hash, salt.length, message, scripted(salt)), signature);
      }
    }
  });
}

test('signatures do not verify under another hash, salt length, message or key', () => {
  const [a, b] = keys.map(privateKeyOf);
  assert.ok(a && b);
  for (const answer of first.tests) {
    const hash = HASHES[answer.hash];
    const [message, signature] = [hex(answer.message), hex(answer.signature)];
    const check = (key: RsaPrivateKey, h: HashFunction, salt: number, m: Uint8Array): boolean =>
      answer.padding === 'pkcs1' ? verifyPkcs1(key, h, m, signature) : verifyPss(key, h, salt, m, signature);
    assert.ok(check(a, hash, hash.outputLength, message));
    assert.ok(!check(b, hash, hash.outputLength, message));
    assert.ok(!check(a, hash, hash.outputLength, flip(message, 9)));
    for (const other of [sha256, sha384, sha512]) {
      if (other !== hash) assert.ok(!check(a, other, other.outputLength, message));
    }
    if (answer.padding === 'pss') {
      for (const salt of [0, hash.outputLength - 1, hash.outputLength + 1])
        assert.ok(!check(a, hash, salt, message));
    }
  }
});

test('any changed, longer, shorter or unreduced signature is refused', () => {
  const key = privateKeyOf(first);
  for (const answer of first.tests.filter((each) => each.hash === 'SHA-256')) {
    const message = hex(answer.message);
    const signature = hex(answer.signature);
    const check = (s: Uint8Array): boolean =>
      answer.padding === 'pkcs1'
        ? verifyPkcs1(key, sha256, message, s)
        : verifyPss(key, sha256, 32, message, s);
    assert.ok(check(signature));
    for (let bit = 0; bit < 2048; bit += 31) assert.ok(!check(flip(signature, bit)));
    assert.ok(!check(new Uint8Array(0)));
    assert.ok(!check(signature.subarray(1)));
    assert.ok(!check(Uint8Array.of(0, ...signature)));
    assert.ok(!check(Uint8Array.of(...signature, 0)));
    assert.ok(!check(new Uint8Array(256)));
    assert.ok(!check(new Uint8Array(256).fill(0xff)));
    assert.ok(!check(toBytes(key.n, 256)), 'n itself');
    assert.ok(!check(toBytes(key.n - 1n, 256)));
    assert.ok(!check(toBytes(1n, 256)));
    const again = toInteger(signature) + key.n;
    if (again < 1n << 2048n) assert.ok(!check(toBytes(again, 256)), 's + n is the same residue');
  }
});

test('PKCS#1: encodings that lenient verifiers took are refused', () => {
  const key = privateKeyOf(first);
  const message = Uint8Array.of(1, 2, 3);
  const digest = sha256.digest(message);
  const info = hex('3031300d060960864801650304020105000420');
  const noNull = hex('302f300b0609608648016503040201' + '0420');
  const forge = (
    tail: Uint8Array,
    front: readonly number[] = [0, 1],
    padding = 256 - 3 - tail.length,
  ): Uint8Array => {
    const em = Uint8Array.of(...front, ...new Uint8Array(Math.max(padding, 0)).fill(0xff), 0, ...tail);
    return toBytes(rsaPrivateOperation(key, toInteger(em), repeatable()), 256);
  };
  const whole = Uint8Array.of(...info, ...digest);
  assert.ok(verifyPkcs1(key, sha256, message, forge(whole)));
  const garbage = new Uint8Array(150);
  for (const bad of [
    forge(Uint8Array.of(...noNull, ...digest)),
    forge(digest),
    forge(Uint8Array.of(...whole, 0)),
    // Bleichenbacher 2006: short padding, then the digest, then garbage.
    forge(Uint8Array.of(...whole, ...garbage), [0, 1], 256 - 3 - whole.length - garbage.length),
    forge(whole, [0, 2]),
    forge(whole, [0, 0]),
    forge(Uint8Array.of(...hex('3021300906052b0e03021a05000414'), ...digest.subarray(0, 20))),
  ]) {
    assert.ok(!verifyPkcs1(key, sha256, message, bad));
  }
});

test('PSS: each field of the encoding is checked', () => {
  const key = privateKeyOf(first);
  const message = Uint8Array.of(1, 2, 3);
  const good = signPss(key, sha256, 32, message, repeatable());
  const encoded = toBytes(powPublic(key, toInteger(good)), 256);
  const resign = (changed: Uint8Array): Uint8Array =>
    toBytes(rsaPrivateOperation(key, toInteger(changed), repeatable()), 256);
  assert.ok(verifyPss(key, sha256, 32, message, resign(encoded)));
  assert.ok(!verifyPss(key, sha256, 32, message, resign(flip(encoded, 2040))), 'trailer');
  assert.ok(!verifyPss(key, sha256, 32, message, resign(flip(encoded, 1800))), 'H');
  assert.ok(!verifyPss(key, sha256, 32, message, resign(flip(encoded, 600))), 'padding');
  assert.ok(
    !verifyPss(key, sha256, 32, message, resign(flip(encoded, 8 * (256 - 1 - 32 - 33)))),
    'separator',
  );
  assert.ok(!verifyPss(key, sha256, 32, message, resign(flip(encoded, 8 * (256 - 1 - 32 - 5)))), 'salt');
});

function powPublic(key: RsaPrivateKey, value: bigint): bigint {
  let result = 1n;
  for (let i = 0n; i < key.e; i++) {
    if (key.e > 65537n) throw new Error('too long a way');
    result = (result * value) % key.n;
  }
  return result;
}

test('agrees with OpenSSL on random messages, both ways, at odd sizes of modulus', () => {
  const random = repeatable(9);
  const key = privateKeyOf(first);
  const jwk = {
    kty: 'RSA',
    n: Buffer.from(hex(first.modulus)).toString('base64url'),
    e: 'AQAB',
  };
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  for (const hash of [sha256, sha384, sha512]) {
    const name = hash.name.replace('-', '');
    for (let i = 0; i < 3; i++) {
      const message = bytes(i * 50, random);
      assert.ok(verify(name, message, publicKey, signPkcs1(key, hash, message, random)));
      const pss = signPss(key, hash, hash.outputLength, message, random);
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      assert.ok(verify(name, message, { key: publicKey, padding, saltLength: hash.outputLength }, pss));
    }
  }
});

test('the limits: too small, too large, even, and absurd exponents are refused before any arithmetic', () => {
  const exponent = hex('010001');
  const modulus = (bits: number): Uint8Array => {
    const out = new Uint8Array((bits + 7) >> 3).fill(0xff);
    out[0] = 0xff >> (8 * out.length - bits);
    return out;
  };
  assert.ok(rsaPublicKey(modulus(2048), exponent));
  assert.ok(rsaPublicKey(modulus(2049), exponent));
  assert.ok(rsaPublicKey(modulus(8192), exponent));
  assert.equal(
    rsaPublicKey(Uint8Array.of(0, 0, ...modulus(2048)), exponent)?.bits,
    2048,
    'leading zeros do not count',
  );
  for (const bits of [8, 512, 1024, 2047, 8193, 16384, 1 << 20]) {
    assert.equal(rsaPublicKey(modulus(bits), exponent), undefined, `${bits} bits`);
  }
  assert.equal(rsaPublicKey(new Uint8Array(0), exponent), undefined);
  assert.equal(rsaPublicKey(new Uint8Array(256), exponent), undefined);
  const even = modulus(2048);
  even[255] = 0xfe;
  assert.equal(rsaPublicKey(even, exponent), undefined);
  for (const bad of [
    '',
    '00',
    '01',
    '02',
    '010000',
    '0200000001',
    'ffffffffffffff',
    `01${'00'.repeat(255)}01`,
  ]) {
    assert.equal(rsaPublicKey(modulus(2048), hex(bad)), undefined, `exponent ${bad.slice(0, 20)}`);
  }
  for (const good of ['03', '11', '00010001', '0100000001', '01ffffffff']) {
    assert.ok(rsaPublicKey(modulus(2048), hex(good)), `exponent ${good}`);
  }
  assert.ok(rsaPublicKey(modulus(1024), exponent, { ...DEFAULT_RSA_LIMITS, minimumBits: 1024 }));
  assert.equal(rsaPublicKey(modulus(511), exponent, { minimumBits: 0, maximumBits: 1 << 30 }), undefined);
  assert.equal(rsaPublicKey(modulus(9000), exponent, { minimumBits: 0, maximumBits: 1 << 30 }), undefined);
});

test('a huge modulus costs nothing', () => {
  const huge = new Uint8Array(1 << 20).fill(0xff);
  const key: PublicKey = { kind: 'rsa', modulus: huge, exponent: hex('010001') };
  const started = performance.now();
  for (const algorithm of signatureAlgorithms()) {
    assert.equal(algorithm.verify(key, new Uint8Array(1), huge), false);
    assert.equal(algorithm.fits(key), false);
  }
  assert.ok(performance.now() - started < 200);
});

test('key check: a sound key passes, each wrong number is named', () => {
  assert.equal(rsaKeyProblem(numbersOf(first)), undefined);
  const [, second] = keys;
  assert.ok(second);
  for (const name of [
    'privateExponent',
    'prime1',
    'prime2',
    'exponent1',
    'exponent2',
    'coefficient',
  ] as const) {
    const changed = Buffer.from(flip(hex(first[name]), 8 * hex(first[name]).length - 2)).toString('hex');
    assert.notEqual(rsaKeyProblem(numbersOf(first, { [name]: changed })), undefined, name);
    assert.notEqual(rsaKeyProblem(numbersOf(first, { [name]: '01' })), undefined, name);
    assert.notEqual(rsaKeyProblem(numbersOf(first, { [name]: '' })), undefined, name);
    assert.notEqual(rsaKeyProblem(numbersOf(first, { [name]: `01${'00'.repeat(2000)}` })), undefined, name);
  }
  assert.notEqual(rsaKeyProblem(numbersOf(first, { modulus: second.modulus })), undefined);
  assert.notEqual(rsaKeyProblem(numbersOf(first, { publicExponent: '03' })), undefined);
  assert.notEqual(rsaKeyProblem(numbersOf(first, { prime1: first.prime2, prime2: first.prime1 })), undefined);
});

test('a fault in either half never leaves: the result is checked', () => {
  const key = privateKeyOf(first);
  const m = toInteger(bytes(255, repeatable()));
  const s = rsaPrivateOperation(key, m, repeatable());
  assert.equal(powPublic(key, s), m);
  for (const faulty of [
    { ...key, dp: key.dp + 2n },
    { ...key, dq: key.dq + 2n },
    { ...key, qInv: key.qInv + 1n },
    { ...key, p: key.p + 2n },
    { ...key, q: key.q + 2n },
  ]) {
    assert.throws(() => rsaPrivateOperation(faulty, m, repeatable()), internal);
    assert.throws(() => signPkcs1(faulty, sha256, new Uint8Array(1), repeatable()), internal);
    assert.throws(() => signPss(faulty, sha256, 32, new Uint8Array(1), repeatable()), internal);
  }
});

test('the result does not depend on the blinding, which is drawn anew each time', () => {
  const key = privateKeyOf(first);
  let drawn = 0;
  const fill = repeatable(3);
  const results = [1, 2].map(() =>
    signPkcs1(key, sha256, new Uint8Array(4), (out) => {
      drawn += out.length;
      fill(out);
    }),
  );
  assert.deepEqual(results[0], results[1]);
  assert.equal(drawn, 2 * (256 + 8 + 8 + 8));
});

test('a source that gives no invertible factor is an error, not an endless loop', () => {
  assert.throws(
    () => rsaPrivateOperation(privateKeyOf(first), 5n, (out) => out.fill(0)),
    (error) => error instanceof TLSError && error.reason === 'no_random',
  );
});

test('keys too short for hash and salt neither fit nor sign', () => {
  const limits = { minimumBits: 512, maximumBits: 8192 };
  const modulus = new Uint8Array(64).fill(0xff);
  const key: PublicKey = { kind: 'rsa', modulus, exponent: hex('010001') };
  for (const algorithm of signatureAlgorithms(limits)) {
    if (algorithm.keyKind !== 'rsa') continue;
    const fits = algorithm.padding === 'pkcs1' && algorithm.hash?.name === 'SHA-256';
    assert.equal(algorithm.fits(key), fits, algorithm.name);
    assert.equal(algorithm.verify(key, new Uint8Array(1), new Uint8Array(64).fill(1)), false);
  }
});

test('rsa-pss keys: their parameters bind hash and salt, and they do not serve rsae schemes', () => {
  const pss = (hash: HashFunction['name'], saltLength: number): PublicKey => ({
    kind: 'rsa-pss',
    modulus: hex(first.modulus),
    exponent: hex(first.publicExponent),
    parameters: { hash, saltLength },
  });
  const answer = first.tests.find((each) => each.padding === 'pss' && each.hash === 'SHA-256');
  assert.ok(answer);
  const [message, signature] = [hex(answer.message), hex(answer.signature)];
  const ALL = signatureAlgorithms();
  const accepted = (key: PublicKey): string[] =>
    ALL.filter((each) => each.verify(key, message, signature)).map((each) => each.name);
  const fitting = (key: PublicKey): string[] => ALL.filter((each) => each.fits(key)).map((each) => each.name);
  assert.deepEqual(accepted(pss('SHA-256', 32)), ['rsa_pss_pss_sha256']);
  assert.deepEqual(fitting(pss('SHA-256', 20)), ['rsa_pss_pss_sha256']);
  assert.deepEqual(accepted(pss('SHA-384', 48)), []);
  assert.deepEqual(fitting(pss('SHA-384', 48)), ['rsa_pss_pss_sha384']);
  assert.deepEqual(fitting(pss('SHA-256', 33)), [], 'a minimum that TLS cannot meet');
  const rsae: PublicKey = { kind: 'rsa', modulus: hex(first.modulus), exponent: hex(first.publicExponent) };
  assert.deepEqual(accepted(rsae), ['rsa_pss_rsae_sha256']);
});

test('OpenSSL reads our numbers as its key', () => {
  const part = (name: NumberNames): string => Buffer.from(hex(first[name])).toString('base64url');
  const key = createPrivateKey({
    key: {
      kty: 'RSA',
      n: part('modulus'),
      e: part('publicExponent'),
      d: part('privateExponent'),
      p: part('prime1'),
      q: part('prime2'),
      dp: part('exponent1'),
      dq: part('exponent2'),
      qi: part('coefficient'),
    },
    format: 'jwk',
  });
  const message = bytes(40, repeatable());
  assert.deepEqual(
    signPkcs1(privateKeyOf(first), sha512, message, repeatable()),
    new Uint8Array(sign('SHA512', message, key)),
  );
});
