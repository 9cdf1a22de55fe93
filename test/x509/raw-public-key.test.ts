/** SubjectPublicKeyInfo on its own: read strictly, and held to what is asked of certificates' keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePem } from '../../src/bytes/pem.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { X509Error, type X509ErrorCode } from '../../src/x509/error.ts';
import { encodePublicKey } from '../../src/x509/public-key.ts';
import {
  parseRawPublicKey,
  parseRawPublicKeys,
  rawKeyCredential,
  rawPublicKeyOf,
  sameRawPublicKey,
} from '../../src/x509/raw-public-key.ts';
import { exportPrivateKey, generateKey, type KeyKind } from '../../src/x509.ts';

const random = insecureSeededRandom(9);
const ed25519 = generateKey('ed25519', random);
const KEY = rawPublicKeyOf(ed25519).raw;

const coded =
  (code: X509ErrorCode) =>
  (error: unknown): boolean =>
    error instanceof X509Error && error.code === code;

for (const kind of ['ed25519', 'ecdsa-p256', 'ecdsa-p384'] as const satisfies readonly KeyKind[]) {
  test(`${kind}: what is written is what is read`, () => {
    const key = generateKey(kind, random);
    const { raw, publicKey } = rawPublicKeyOf(key);
    const again = parseRawPublicKey(raw);
    assert.deepEqual(again, { raw, publicKey });
    assert.notEqual(again.raw, raw, 'the bytes are its own');
    const credential = rawKeyCredential(key);
    assert.deepEqual([credential.chain, credential.privateKey], [[], key]);
    assert.ok(sameRawPublicKey(credential.rawPublicKey, again));
    assert.ok(!sameRawPublicKey(again, parseRawPublicKey(KEY)) || kind === 'ed25519');
  });
}

test('anything but one DER key is refused', () => {
  for (let length = 0; length < KEY.length; length += 1) {
    assert.throws(() => parseRawPublicKey(KEY.subarray(0, length)), coded('MALFORMED'));
  }
  assert.throws(() => parseRawPublicKey(Uint8Array.of(...KEY, 0)), coded('MALFORMED'));
  // A length in two octets where one does: BER, not DER.
  assert.throws(() => parseRawPublicKey(Uint8Array.of(0x30, 0x81, ...KEY.subarray(1))), coded('MALFORMED'));
  assert.throws(() => parseRawPublicKey(new Uint8Array(8193)), coded('TOO_LARGE'));
});

const rsa = (bits: number, exponent: readonly number[] = [1, 0, 1], last = 0xff): Uint8Array => {
  const modulus = new Uint8Array(bits / 8).fill(0xff);
  modulus[modulus.length - 1] = last;
  return encodePublicKey({ kind: 'rsa', modulus, exponent: Uint8Array.from(exponent) });
};

test("the rules of certificates' keys hold", () => {
  assert.equal(parseRawPublicKey(rsa(2048)).publicKey.kind, 'rsa');
  assert.throws(() => parseRawPublicKey(rsa(1024)), coded('EE_KEY_TOO_SMALL'));
  assert.throws(() => parseRawPublicKey(rsa(16_384)), coded('UNSUPPORTED_KEY'));
  assert.throws(() => parseRawPublicKey(rsa(2048, [1])), coded('INVALID_KEY'));
  assert.throws(() => parseRawPublicKey(rsa(2048, [1, 0, 0])), coded('INVALID_KEY'));
  assert.throws(() => parseRawPublicKey(rsa(2048, [1, 0, 1], 0xfe)), coded('INVALID_KEY'));
  // id-dsa without parameters.
  const dsa = Uint8Array.of(0x30, 14, 0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1, 3, 1, 0);
  assert.throws(() => parseRawPublicKey(dsa), coded('UNSUPPORTED_KEY'));
});

test('files: PEM with one or several, or DER', () => {
  const other = rawPublicKeyOf(generateKey('ecdsa-p256', random)).raw;
  const pem = encodePem('PUBLIC KEY', KEY) + encodePem('PUBLIC KEY', other);
  const raws = (input: string | Uint8Array): readonly Uint8Array[] =>
    parseRawPublicKeys(input).map(({ raw }) => raw);
  assert.deepEqual(raws(pem), [KEY, other]);
  assert.deepEqual(raws(new Uint8Array(Buffer.from(pem))), [KEY, other]);
  assert.deepEqual(raws(KEY), [KEY]);
  for (const none of ['', 'nothing', new Uint8Array(0)]) {
    assert.throws(() => parseRawPublicKeys(none), coded('NO_PUBLIC_KEY'));
  }
  const secret = encodePem('PRIVATE KEY', exportPrivateKey(ed25519));
  assert.throws(
    () => parseRawPublicKeys(secret),
    (error) => {
      assert.ok(error instanceof X509Error);
      assert.match(error.message, /PRIVATE KEY/);
      return error.code === 'NO_PUBLIC_KEY';
    },
  );
  assert.throws(() => parseRawPublicKeys(encodePem('PUBLIC KEY', KEY.subarray(1))), coded('MALFORMED'));
});
