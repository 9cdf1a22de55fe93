import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { asciiEncode, toHex, utf8Encode } from '../../src/bytes/encoding.ts';
import { encodePem } from '../../src/bytes/pem.ts';
import {
  derBitString,
  derElement,
  derExplicit,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derUnsigned,
} from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  encodePublicKey,
  encryptPkcs8,
  exportPrivateKey,
  generateKey,
  type PrivateKey,
  parsePrivateKey,
  publicKeyOf,
  X509Error,
  type X509ErrorCode,
} from '../../src/x509.ts';
import { projectRoot } from '../house/root.ts';
import { hex, random, seededRandom, spareKey, thrown } from './kit.ts';

interface Vector {
  readonly name: string;
  readonly pem?: string;
  readonly der?: string;
  readonly encrypted?: true;
  readonly publicKey?: string;
  readonly error?: X509ErrorCode;
}

const file = join(projectRoot(import.meta.url), 'vectors', 'private-keys-openssl.json');
const { keys, passphrase } = JSON.parse(readFileSync(file, 'utf8')) as { keys: Vector[]; passphrase: string };

const inputOf = (one: Vector): string | Uint8Array => one.pem ?? hex(one.der ?? '');
const vector = (name: string): string | Uint8Array =>
  inputOf(keys.find((one) => one.name === name) ?? { name });
const spki = (key: PrivateKey): string => toHex(encodePublicKey(publicKeyOf(key)));

describe('what OpenSSL writes', () => {
  for (const one of keys) {
    test(one.name, () => {
      const input = inputOf(one);
      const options = one.encrypted === true ? { passphrase } : {};
      if (one.error !== undefined) {
        thrown(one.error, () => parsePrivateKey(input, options));
        return;
      }
      const key = parsePrivateKey(input, options);
      assert.equal(spki(key), one.publicKey);
      // PEM as bytes, as a file is read, with a byte order mark too.
      if (typeof input === 'string') {
        assert.equal(spki(parsePrivateKey(utf8Encode(input), options)), one.publicKey);
        assert.equal(
          spki(parsePrivateKey(concatBytes(hex('efbbbf'), utf8Encode(input)), options)),
          one.publicKey,
        );
        assert.equal(spki(parsePrivateKey(input.replaceAll('\n', '\r\n'), options)), one.publicKey);
      }
      if (one.encrypted !== true) return;
      thrown('PASSPHRASE_REQUIRED', () => parsePrivateKey(input));
      thrown('BAD_PASSPHRASE', () => parsePrivateKey(input, { passphrase: 'wrong' }));
      thrown('BAD_PASSPHRASE', () => parsePrivateKey(input, { passphrase: '' }));
    });
  }

  test('the refusal of a passphrase-less key says what to do', () => {
    const error = thrown('PASSPHRASE_REQUIRED', () => parsePrivateKey(vector('RSA, PBES2')));
    assert.match(error.message, /give its passphrase/);
    assert.match(
      thrown('UNSUPPORTED_KEY', () => parsePrivateKey(vector('P-256, PBES1'), { passphrase })).message,
      /openssl pkcs8 -topk8/,
    );
  });

  test('many wrong passphrases never give a key, nor another error', () => {
    // One in 256 leaves padding that looks right.
    const input = vector('P-256, SEC1, Proc-Type, aes256');
    for (let i = 0; i < 600; i++) {
      thrown('BAD_PASSPHRASE', () => parsePrivateKey(input, { passphrase: `wrong ${i}` }));
    }
  });
});

describe('what we write', () => {
  const keysOfAllKinds = (['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'ed25519'] as const).map((kind) =>
    generateKey(kind, random),
  );
  const rsa = parsePrivateKey(vector('RSA, PKCS#8'));
  const pss = parsePrivateKey(vector('RSA-PSS with parameters'));
  test('reads back, here and in OpenSSL', () => {
    for (const key of [...keysOfAllKinds, rsa, pss]) {
      const der = exportPrivateKey(key);
      assert.equal(spki(parsePrivateKey(der)), spki(key));
      const theirs = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
      assert.equal(theirs.asymmetricKeyType, key.kind);
      const back = parsePrivateKey(new Uint8Array(theirs.export({ format: 'der', type: 'pkcs8' })));
      assert.equal(spki(back), spki(key));
    }
  });
  test('encrypted, reads back, here and in OpenSSL', () => {
    const der = encryptPkcs8(exportPrivateKey(spareKey), 'größe', random, 2048);
    const pem = encodePem('ENCRYPTED PRIVATE KEY', der);
    assert.equal(spki(parsePrivateKey(pem, { passphrase: 'größe' })), spki(spareKey));
    assert.equal(createPrivateKey({ key: pem, passphrase: 'größe' }).asymmetricKeyType, 'ec');
    thrown('BAD_PASSPHRASE', () => parsePrivateKey(pem, { passphrase: 'grösse' }));
  });
  test('an RSA-PSS key keeps its parameters', () => {
    const back = parsePrivateKey(exportPrivateKey(pss));
    assert.deepEqual(back.kind === 'rsa-pss' && back.parameters, { hash: 'SHA-256', saltLength: 32 });
  });
});

describe('damaged and hostile keys', () => {
  const ec = spareKey;
  assert.ok(ec.kind === 'ec');
  const scalar = ec.scalar.reveal();
  const sec1 = (...fields: Uint8Array[]): Uint8Array => derSequence(derUnsigned(1), ...fields);
  const curve = derExplicit(0, derOid(OID.secp256r1));
  const other = generateKey('ecdsa-p256', random);
  assert.ok(other.kind === 'ec');

  test('EC', () => {
    assert.equal(spki(parsePrivateKey(sec1(derOctetString(scalar), curve))), spki(ec));
    const bad: readonly [string, X509ErrorCode, Uint8Array][] = [
      ['zero', 'INVALID_KEY', sec1(derOctetString(new Uint8Array(32)), curve)],
      [
        'the group order',
        'INVALID_KEY',
        sec1(derOctetString(hex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')), curve),
      ],
      ['no curve', 'MALFORMED', sec1(derOctetString(scalar))],
      ['33 bytes', 'MALFORMED', sec1(derOctetString(new Uint8Array(33)), curve)],
      ['no bytes', 'MALFORMED', sec1(derOctetString(hex('')), curve)],
      [
        'another public key',
        'INVALID_KEY',
        sec1(derOctetString(scalar), curve, derExplicit(1, derBitString(other.point))),
      ],
      [
        'a public key that is cut',
        'INVALID_KEY',
        sec1(derOctetString(scalar), curve, derExplicit(1, derBitString(ec.point.subarray(0, 64)))),
      ],
      ['trailing bytes', 'MALFORMED', sec1(derOctetString(scalar), curve, derNull())],
      ['version 0', 'MALFORMED', derSequence(derUnsigned(0), derOctetString(scalar), curve)],
      [
        'two curves',
        'INVALID_KEY',
        derSequence(
          derUnsigned(0),
          derSequence(derOid(OID.ecPublicKey), derOid(OID.secp384r1)),
          derOctetString(sec1(derOctetString(scalar), curve)),
        ),
      ],
    ];
    for (const [what, code, der] of bad) {
      thrown(code, () => parsePrivateKey(der));
      assert.ok(what);
    }
  });
  test('a scalar without its leading zeros is the same key', () => {
    const small = new Uint8Array(32);
    small[31] = 5;
    assert.equal(
      spki(parsePrivateKey(sec1(derOctetString(hex('05')), curve))),
      spki(parsePrivateKey(sec1(derOctetString(small), curve))),
    );
  });
  test('EC PARAMETERS of another curve contradict the key', () => {
    const pem =
      encodePem('EC PARAMETERS', derOid(OID.secp384r1)) +
      encodePem('EC PRIVATE KEY', sec1(derOctetString(scalar), curve));
    thrown('INVALID_KEY', () => parsePrivateKey(pem));
  });
  test('EC PARAMETERS give a curve that the key leaves out', () => {
    const pem =
      encodePem('EC PARAMETERS', derOid(OID.secp256r1)) +
      encodePem('EC PRIVATE KEY', sec1(derOctetString(scalar)));
    assert.equal(spki(parsePrivateKey(pem)), spki(ec));
  });

  test('Ed25519 (RFC 8410)', () => {
    const pkcs8 = (version: number, inner: Uint8Array, ...rest: Uint8Array[]): Uint8Array =>
      derSequence(derUnsigned(version), derSequence(derOid(OID.ed25519)), derOctetString(inner), ...rest);
    const seed = new Uint8Array(32).fill(7);
    const key = parsePrivateKey(pkcs8(0, derOctetString(seed)));
    assert.ok(key.kind === 'ed25519');
    const stated = derElement(0x81, concatBytes(hex('00'), key.publicKey));
    assert.equal(spki(parsePrivateKey(pkcs8(1, derOctetString(seed), stated))), spki(key));
    thrown('MALFORMED', () => parsePrivateKey(pkcs8(0, derOctetString(seed), stated)));
    thrown('MALFORMED', () => parsePrivateKey(pkcs8(0, derOctetString(seed.subarray(1)))));
    thrown('MALFORMED', () => parsePrivateKey(pkcs8(0, seed)));
    thrown('MALFORMED', () => parsePrivateKey(pkcs8(2, derOctetString(seed))));
    const wrong = derElement(0x81, concatBytes(hex('00'), seed));
    thrown('INVALID_KEY', () => parsePrivateKey(pkcs8(1, derOctetString(seed), wrong)));
  });

  test('algorithms with parameters that they do not have', () => {
    const seed = (n: number): Uint8Array => derOctetString(derOctetString(new Uint8Array(n).fill(7)));
    const wrap = (oid: string, inner: Uint8Array, ...parameters: Uint8Array[]): Uint8Array =>
      derSequence(derUnsigned(0), derSequence(derOid(oid), ...parameters), inner);
    for (const [oid, inner] of [
      [OID.ed25519, seed(32)],
      [OID.ed448, seed(57)],
    ] as const) {
      parsePrivateKey(wrap(oid, inner));
      thrown('MALFORMED', () => parsePrivateKey(wrap(oid, inner, derNull())));
    }
    const rsa = derOctetString(hex(keys.find((one) => one.name === 'RSA, PKCS#1, DER')?.der ?? ''));
    parsePrivateKey(wrap(OID.rsaEncryption, rsa, derNull()));
    thrown('MALFORMED', () => parsePrivateKey(wrap(OID.rsaEncryption, rsa)));
  });

  test('RSA numbers that do not belong together', () => {
    const rsa = parsePrivateKey(vector('RSA, PKCS#1'));
    assert.ok(rsa.kind === 'rsa');
    const { numbers } = rsa;
    const parts = [
      numbers.modulus,
      numbers.publicExponent,
      numbers.privateExponent.reveal(),
      numbers.prime1.reveal(),
      numbers.prime2.reveal(),
      numbers.exponent1.reveal(),
      numbers.exponent2.reveal(),
      numbers.coefficient.reveal(),
    ];
    const encode = (list: readonly Uint8Array[]): Uint8Array =>
      derSequence(derUnsigned(0), ...list.map(derUnsigned));
    assert.equal(spki(parsePrivateKey(encode(parts))), spki(rsa));
    for (const [i, part] of parts.entries()) {
      const changed = new Uint8Array(part);
      changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 2;
      const error = thrown('INVALID_KEY', () =>
        parsePrivateKey(encode(parts.map((p, j) => (j === i ? changed : p)))),
      );
      assert.match(error.message, /damaged/);
    }
    thrown('INVALID_KEY', () =>
      parsePrivateKey(encode(parts.map((p, j) => (j === 3 ? parts[4] : j === 4 ? parts[3] : p) ?? p))),
    );
    thrown('UNSUPPORTED_KEY', () =>
      parsePrivateKey(encode([new Uint8Array(2048).fill(0xff), ...parts.slice(1)])),
    );
  });

  test('encryption that would cost too much', () => {
    const scheme = derSequence(derOid(OID.aes256Cbc), derOctetString(new Uint8Array(16)));
    const encrypted = (kdf: Uint8Array, cipher = scheme): Uint8Array =>
      derSequence(
        derSequence(derOid(OID.pbes2), derSequence(kdf, cipher)),
        derOctetString(new Uint8Array(16)),
      );
    const pbkdf2 = (...params: Uint8Array[]): Uint8Array =>
      derSequence(derOid(OID.pbkdf2), derSequence(derOctetString(hex('00')), ...params));
    const scrypt = (...params: number[]): Uint8Array =>
      derSequence(
        derOid(OID.scrypt),
        derSequence(derOctetString(hex('00')), ...params.map((n) => derUnsigned(n))),
      );
    const cases: readonly [string, X509ErrorCode, Uint8Array][] = [
      ['2^31 iterations', 'MALFORMED', encrypted(pbkdf2(derUnsigned(2 ** 31)))],
      ['more iterations than anyone asks for', 'MALFORMED', encrypted(pbkdf2(derUnsigned(2_600_001)))],
      ['no iteration', 'MALFORMED', encrypted(pbkdf2(derUnsigned(0)))],
      ['another key length', 'MALFORMED', encrypted(pbkdf2(derUnsigned(1), derUnsigned(16)))],
      ['an unknown PRF', 'UNSUPPORTED_KEY', encrypted(pbkdf2(derUnsigned(1), derSequence(derOid('1.2.3'))))],
      ['scrypt of a gigabyte', 'MALFORMED', encrypted(scrypt(2 ** 20, 8, 1))],
      ['scrypt, N no power of two', 'MALFORMED', encrypted(scrypt(1000, 8, 1))],
      ['scrypt, p too large', 'MALFORMED', encrypted(scrypt(1024, 8, 17))],
      // Took two minutes before the mixing began; with 16 lanes, noble threw an error of its own.
      ['scrypt, r of a million', 'MALFORMED', encrypted(scrypt(2, 2 ** 20, 1))],
      ['scrypt, r of a million and 16 lanes', 'MALFORMED', encrypted(scrypt(2, 2 ** 20, 16))],
      ['scrypt, lanes of 128 MB one after the other', 'MALFORMED', encrypted(scrypt(2 ** 17, 8, 16))],
      ['scrypt, r zero', 'MALFORMED', encrypted(scrypt(1024, 0, 1))],
      ['an unknown KDF', 'UNSUPPORTED_KEY', encrypted(derSequence(derOid('1.2.3'), derSequence()))],
      [
        'an unknown cipher',
        'UNSUPPORTED_KEY',
        encrypted(pbkdf2(derUnsigned(1)), derSequence(derOid('1.2.3'))),
      ],
      [
        'an IV of 15 bytes',
        'MALFORMED',
        encrypted(
          pbkdf2(derUnsigned(1)),
          derSequence(derOid(OID.aes256Cbc), derOctetString(new Uint8Array(15))),
        ),
      ],
      ['no IV', 'MALFORMED', encrypted(pbkdf2(derUnsigned(1)), derSequence(derOid(OID.aes256Cbc)))],
      [
        'no parameters',
        'UNSUPPORTED_KEY',
        derSequence(derSequence(derOid(OID.pbes2)), derOctetString(hex('00'))),
      ],
    ];
    const start = performance.now();
    for (const [, code, der] of cases) thrown(code, () => parsePrivateKey(der, { passphrase: 'x' }));
    assert.ok(performance.now() - start < 3000);
    thrown('MALFORMED', () =>
      parsePrivateKey(
        derSequence(
          derSequence(derOid(OID.pbes2), derSequence(pbkdf2(derUnsigned(1)), scheme)),
          derOctetString(new Uint8Array(15)),
        ),
        { passphrase: 'x' },
      ),
    );
  });

  test('DEK-Info that makes no sense', () => {
    const pem = (dek: string): string =>
      `-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: ${dek}\n\nAAAAAAAAAAAAAAAAAAAAAA==\n-----END EC PRIVATE KEY-----\n`;
    thrown('UNSUPPORTED_KEY', () => parsePrivateKey(pem('DES-EDE3-CBC,0011223344556677'), { passphrase }));
    thrown('UNSUPPORTED_KEY', () => parsePrivateKey(pem(''), { passphrase }));
    thrown('UNSUPPORTED_KEY', () => parsePrivateKey(pem('__proto__,00'), { passphrase }));
    thrown('MALFORMED', () => parsePrivateKey(pem('AES-128-CBC,0011'), { passphrase }));
    thrown('MALFORMED', () => parsePrivateKey(pem('AES-128-CBC'), { passphrase }));
    thrown('PASSPHRASE_REQUIRED', () => parsePrivateKey(pem('AES-128-CBC,00')));
  });

  test('input that is no key', () => {
    for (const input of [
      '',
      'hello',
      hex(''),
      asciiEncode('hello'),
      hex('04010203'),
      new Uint8Array(100).fill(0xff),
    ]) {
      thrown('NO_PRIVATE_KEY', () => parsePrivateKey(input));
    }
    thrown('NO_PRIVATE_KEY', () => parsePrivateKey(derSequence(derUnsigned(0))));
    thrown('NO_PRIVATE_KEY', () => parsePrivateKey(derSequence(derNull())));
    thrown('MALFORMED', () => parsePrivateKey('-----BEGIN PRIVATE KEY-----\nAA'));
    thrown('MALFORMED', () =>
      parsePrivateKey('-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n'),
    );
    thrown('TOO_LARGE', () => parsePrivateKey(concatBytes(hex('3084000fffff'), new Uint8Array(0xfffff))));
    const ssh = encodePem('OPENSSH PRIVATE KEY', hex('00'));
    assert.match(thrown('UNSUPPORTED_KEY', () => parsePrivateKey(ssh)).message, /ssh-keygen -p -m pkcs8/);
  });

  test('no cut and no flipped byte of a key throws anything but X509Error', () => {
    const der = exportPrivateKey(spareKey);
    for (let i = 0; i < der.length; i++) {
      const changed = new Uint8Array(der);
      changed[i] = (changed[i] ?? 0) ^ 0x41;
      for (const input of [changed, der.subarray(0, i)]) {
        try {
          parsePrivateKey(input, { random: seededRandom('x') });
        } catch (error) {
          assert.ok(error instanceof X509Error, String(error));
        }
      }
    }
  });

  test('no error shows key bytes', () => {
    const secret = toHex(scalar).slice(0, 16);
    for (const der of [sec1(derOctetString(scalar)), sec1(derOctetString(scalar), curve, derNull())]) {
      const error = thrown('MALFORMED', () => parsePrivateKey(der));
      assert.ok(!JSON.stringify([error.message, error.details]).includes(secret));
    }
  });
});
