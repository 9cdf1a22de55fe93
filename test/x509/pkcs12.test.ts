/** PKCS#12 as OpenSSL writes it, with each passphrase that is wrong, each algorithm that is too old, and bytes changed. */
import assert from 'node:assert/strict';
import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fromHex } from '../../src/bytes/encoding.ts';
import { DerReader } from '../../src/x509/der.ts';
import {
  derExplicit,
  derImplicit,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derUnsigned,
} from '../../src/x509/der-writer.ts';
import { MAX_PKCS12_ENCRYPTED_PARTS } from '../../src/x509/limits.ts';
import { OID } from '../../src/x509/oid.ts';
import { parsePkcs12 } from '../../src/x509/pkcs12.ts';
import { X509Error, type X509ErrorCode } from '../../src/x509.ts';
import { projectRoot } from '../house/root.ts';

interface Vectors {
  readonly passphrase: string;
  readonly files: Readonly<Record<string, { readonly der: string }>>;
}

const file = join(projectRoot(import.meta.url), 'vectors', 'pkcs12-openssl.json');
const { passphrase, files } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const der = (name: string): Uint8Array => fromHex(files[name]?.der ?? '');

function fails(run: () => unknown, code: X509ErrorCode, message = /./): void {
  assert.throws(
    run,
    (error) => error instanceof X509Error && error.code === code && message.test(error.message),
  );
}

function names(bytes: Uint8Array, secret: string | Uint8Array): readonly string[] {
  const { credential, others } = parsePkcs12(bytes, { passphrase: secret });
  assert.ok(credential);
  assert.equal(credential.privateKey.kind, 'ec');
  return [...credential.chain, ...others].map(({ subject }) => String(subject));
}

describe('what OpenSSL writes', () => {
  const whole = ['CN=pfx-leaf', 'CN=pfx-ca'];
  for (const name of ['modern', 'sha512', 'sha1mac', 'nomac', 'plain']) {
    test(name, () => assert.deepEqual(names(der(name), passphrase), whole));
  }
  test('a passphrase in bytes, beyond ASCII, and none', () => {
    assert.deepEqual(names(der('modern'), new TextEncoder().encode(passphrase)), whole);
    assert.deepEqual(names(der('unicode'), 'grün'), whole);
    assert.deepEqual(names(der('unicode'), new TextEncoder().encode('grün')), whole);
    assert.deepEqual(names(der('empty'), ''), whole);
    assert.equal(parsePkcs12(der('empty')).credential?.chain.length, 1);
  });
  test('certificates alone', () => {
    const { credential, others } = parsePkcs12(der('certs'), { passphrase });
    assert.equal(credential, undefined);
    assert.deepEqual(
      others.map(({ subject }) => String(subject)),
      ['CN=pfx-ca'],
    );
  });
});

describe('what is refused', () => {
  test('another passphrase, and none where there is one', () => {
    for (const name of ['modern', 'sha512', 'sha1mac', 'plain', 'unicode', 'legacy']) {
      for (const wrong of ['Secret', 'secret ', ''])
        fails(() => parsePkcs12(der(name), { passphrase: wrong }), 'BAD_PASSPHRASE');
    }
    fails(() => parsePkcs12(der('nomac'), { passphrase: 'Secret' }), 'BAD_PASSPHRASE');
  });
  test('RC2 and triple DES, with the line that converts them', () => {
    for (const name of ['legacy', 'tdes'])
      fails(() => parsePkcs12(der(name), { passphrase }), 'UNSUPPORTED_KEY', /openssl pkcs12 -legacy -in/);
  });
  test('content that was changed below the MAC', () => {
    const bytes = der('modern');
    for (let at = 40; at < bytes.length - 120; at += 97) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      assert.throws(
        () => parsePkcs12(changed, { passphrase }),
        (error) => error instanceof X509Error && ['BAD_PASSPHRASE', 'MALFORMED'].includes(error.code),
      );
    }
  });
  test('any byte changed: nothing but an X509Error', () => {
    // Without a MAC, so that the change gets as far as it can.
    const bytes = der('plain');
    for (let at = 0; at < bytes.length; at += 5) {
      for (const value of [0, 0x30, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        try {
          parsePkcs12(changed, { passphrase });
        } catch (error) {
          assert.ok(error instanceof X509Error, String(error));
        }
      }
    }
    for (let length = 0; length < bytes.length; length += 13)
      fails(() => parsePkcs12(bytes.subarray(0, length), { passphrase }), 'MALFORMED');
  });
});

/** The same file with another MAC: `(safe)` gives the MacData. */
function withMac(bytes: Uint8Array, mac: (safe: Uint8Array) => Uint8Array): Uint8Array {
  const outer = new DerReader(bytes, 'PFX').sequence('sequence');
  const version = outer.raw('version');
  const authSafe = outer.raw('authSafe');
  const info = new DerReader(authSafe, 'authSafe').sequence('sequence');
  info.oid('type');
  const safe = info.enter(0xa0, 'content').octetString('data');
  return derSequence(version, authSafe, mac(safe));
}

describe('PBMAC1 (RFC 9879), made with node:crypto', () => {
  const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
  const made = (hash: 'sha256' | 'sha512', change = 0, length = hash === 'sha256' ? 32 : 64): Uint8Array =>
    withMac(der('modern'), (safe) => {
      const key = pbkdf2Sync(passphrase, salt, 2048, length, 'sha256');
      const digest = createHmac(hash, key).update(safe).digest();
      digest[0] = (digest[0] ?? 0) ^ change;
      const prf = derSequence(derOid(OID.hmacSha256), derNull());
      const kdf = derSequence(derOctetString(salt), derUnsigned(2048), derUnsigned(length), prf);
      const parameters = derSequence(
        derSequence(derOid(OID.pbkdf2), kdf),
        derSequence(derOid(hash === 'sha256' ? OID.hmacSha256 : OID.hmacSha512), derNull()),
      );
      const algorithm = derSequence(derOid(OID.pbmac1), parameters);
      return derSequence(
        derSequence(algorithm, derOctetString(digest)),
        derOctetString(new Uint8Array(1)),
        derUnsigned(1),
      );
    });
  test('SHA-256 and SHA-512', () => {
    for (const hash of ['sha256', 'sha512'] as const)
      assert.equal(parsePkcs12(made(hash), { passphrase }).credential?.chain.length, 1);
  });
  test('a bit of it, the passphrase, a key that is too short', () => {
    fails(() => parsePkcs12(made('sha256', 1), { passphrase }), 'BAD_PASSPHRASE');
    fails(() => parsePkcs12(made('sha256'), { passphrase: 'Secret' }), 'BAD_PASSPHRASE');
    fails(() => parsePkcs12(made('sha256', 0, 19), { passphrase }), 'MALFORMED', /keyLength/);
  });
});

/** A file without a MAC, of that many parts that are each encrypted and each hold nothing. */
function inParts(count: number): Uint8Array {
  const salt = new Uint8Array(8);
  const iv = new Uint8Array(16);
  const cipher = createCipheriv('aes-128-cbc', pbkdf2Sync(passphrase, salt, 1, 16, 'sha256'), iv);
  const nothing = Buffer.concat([cipher.update(derSequence()), cipher.final()]);
  const prf = derSequence(derOid(OID.hmacSha256), derNull());
  const kdf = derSequence(derOid(OID.pbkdf2), derSequence(derOctetString(salt), derUnsigned(1), prf));
  const scheme = derSequence(derOid(OID.aes128Cbc), derOctetString(iv));
  const content = derSequence(
    derOid(OID.pkcs7Data),
    derSequence(derOid(OID.pbes2), derSequence(kdf, scheme)),
    derImplicit(0, nothing),
  );
  const part = derSequence(
    derOid(OID.pkcs7EncryptedData),
    derExplicit(0, derSequence(derUnsigned(0), content)),
  );
  const safe = derSequence(...Array.from({ length: count }, () => part));
  return derSequence(
    derUnsigned(3),
    derSequence(derOid(OID.pkcs7Data), derExplicit(0, derOctetString(safe))),
  );
}

test('each encrypted part costs a key derivation of seconds, and there may be few of them', () => {
  assert.deepEqual(parsePkcs12(inParts(MAX_PKCS12_ENCRYPTED_PARTS), { passphrase }), {
    credential: undefined,
    others: [],
  });
  fails(
    () => parsePkcs12(inParts(MAX_PKCS12_ENCRYPTED_PARTS + 1), { passphrase }),
    'MALFORMED',
    /more than 8 encrypted parts/,
  );
});
