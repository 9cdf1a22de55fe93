/**
 * Password-based decryption of private keys: PBES2 (RFC 8018 6.2) with PBKDF2 or scrypt and AES-CBC, and the
 * OpenSSL form of old with `Proc-Type: 4,ENCRYPTED`. Costs are bounded before any work is done.
 */
import { cbc } from '@noble/ciphers/aes.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../bytes/bytes.ts';
import { fromHex, utf8Encode } from '../bytes/encoding.ts';
import type { PemBlock } from '../bytes/pem.ts';
import type { RandomSource } from '../crypto/provider.ts';
import { type AlgorithmIdentifier, isNull, readAlgorithm } from './algorithm.ts';
import { DerReader, Tag } from './der.ts';
import { derNull, derOctetString, derOid, derSequence, derUnsigned } from './der-writer.ts';
import { X509Error } from './error.ts';
import {
  MAX_PBKDF2_ITERATIONS,
  MAX_PRIVATE_KEY_BYTES,
  MAX_SCRYPT_BLOCK_SIZE,
  MAX_SCRYPT_MEMORY,
  MAX_SCRYPT_PARALLELISM,
} from './limits.ts';
import { OID } from './oid.ts';

const AES_BLOCK = 16;
const LEGACY_SALT = 8;

const CIPHER_KEY_BYTES: ReadonlyMap<string, number> = new Map([
  [OID.aes128Cbc, 16],
  [OID.aes192Cbc, 24],
  [OID.aes256Cbc, 32],
]);

const LEGACY_CIPHERS: ReadonlyMap<string, number> = new Map([
  ['AES-128-CBC', 16],
  ['AES-192-CBC', 24],
  ['AES-256-CBC', 32],
]);

type Prf = typeof sha256 | typeof sha384 | typeof sha512 | typeof sha1;

/** Looked up at each use: nothing of noble's is touched while modules load. */
const PRFS: ReadonlyMap<string, () => Prf> = new Map<string, () => Prf>([
  [OID.hmacSha1, () => sha1],
  [OID.hmacSha256, () => sha256],
  [OID.hmacSha384, () => sha384],
  [OID.hmacSha512, () => sha512],
]);

/** What to do about a key in a form that we do not decrypt. */
const CONVERT = 'convert it with: openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.pem';

export function passphraseBytes(passphrase: string | Uint8Array): Uint8Array {
  return typeof passphrase === 'string' ? utf8Encode(passphrase) : passphrase;
}

/**
 * The PrivateKeyInfo inside an EncryptedPrivateKeyInfo (RFC 5958 3). The caller wipes the result.
 * Throws X509Error MALFORMED, UNSUPPORTED_KEY or BAD_PASSPHRASE; what decrypts to garbage may also show itself later.
 */
export function decryptPkcs8(der: Uint8Array, passphrase: string | Uint8Array): Uint8Array {
  const outer = new DerReader(der, 'EncryptedPrivateKeyInfo');
  const sequence = outer.sequence('sequence');
  outer.finish();
  const algorithm = readAlgorithm(sequence, 'encryptionAlgorithm');
  const ciphertext = sequence.octetString('encryptedData');
  sequence.finish();
  return decryptPbes2(algorithm, ciphertext, passphrase);
}

/** What is encrypted under a passphrase by PBES2 (RFC 8018 6.2), in whatever structure. Throws as {@link decryptPkcs8}. */
export function decryptPbes2(
  algorithm: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  passphrase: string | Uint8Array,
  maxBytes: number = MAX_PRIVATE_KEY_BYTES,
): Uint8Array {
  if (algorithm.oid !== OID.pbes2 || algorithm.parameters === undefined) {
    throw new X509Error(
      'UNSUPPORTED_KEY',
      `the private key is encrypted with ${algorithm.oid}, only PBES2 is supported; ${CONVERT}`,
    );
  }
  const parameters = new DerReader(algorithm.parameters, 'PBES2-params');
  const pair = parameters.sequence('sequence');
  parameters.finish();
  const kdf = readAlgorithm(pair, 'keyDerivationFunc');
  const cipher = readAlgorithm(pair, 'encryptionScheme');
  pair.finish();
  const keyLength = CIPHER_KEY_BYTES.get(cipher.oid);
  if (keyLength === undefined) {
    const what = cipher.oid === OID.tripleDesCbc ? 'triple DES' : cipher.oid;
    throw new X509Error(
      'UNSUPPORTED_KEY',
      `the private key is encrypted with ${what}, only AES-CBC is supported; ${CONVERT}`,
    );
  }
  const iv = readIv(cipher);
  const key = deriveKey(kdf, passphraseBytes(passphrase), keyLength);
  return decryptCbc(key, iv, ciphertext, maxBytes);
}

function readIv(cipher: AlgorithmIdentifier): Uint8Array {
  const reader = new DerReader(cipher.parameters ?? new Uint8Array(0), 'AES-IV');
  const iv = reader.octetString('iv');
  reader.finish();
  if (iv.length !== AES_BLOCK) reader.fail('must be 16 bytes');
  return iv;
}

/** The key of a `keyDerivationFunc`: PBKDF2 or scrypt, within our bounds. */
export function deriveKey(kdf: AlgorithmIdentifier, password: Uint8Array, keyLength: number): Uint8Array {
  const outer = new DerReader(kdf.parameters ?? new Uint8Array(0), 'keyDerivationFunc');
  if (kdf.oid !== OID.pbkdf2 && kdf.oid !== OID.scrypt) {
    throw new X509Error('UNSUPPORTED_KEY', `key derivation ${kdf.oid} is not supported; ${CONVERT}`);
  }
  const reader = outer.sequence('params');
  outer.finish();
  const salt = reader.octetString('salt');
  const key =
    kdf.oid === OID.pbkdf2
      ? pbkdf2Key(reader, password, salt, keyLength)
      : scryptKey(reader, password, salt, keyLength);
  reader.finish();
  return key;
}

/** RFC 8018 A.2. */
function pbkdf2Key(reader: DerReader, password: Uint8Array, salt: Uint8Array, keyLength: number): Uint8Array {
  const iterations = reader.smallInteger('iterationCount', MAX_PBKDF2_ITERATIONS);
  if (iterations === 0) reader.fail('zero', 'iterationCount');
  readKeyLength(reader, keyLength);
  let prfOid: string = OID.hmacSha1;
  if (!reader.empty) {
    const prf = readAlgorithm(reader, 'prf');
    if (prf.parameters !== undefined && !isNull(prf.parameters))
      reader.fail('parameters must be NULL', 'prf');
    prfOid = prf.oid;
  }
  const hash = PRFS.get(prfOid);
  if (hash === undefined)
    throw new X509Error('UNSUPPORTED_KEY', `PBKDF2 with ${prfOid} is not supported; ${CONVERT}`);
  return pbkdf2(hash(), password, salt, { c: iterations, dkLen: keyLength });
}

/** RFC 7914 7. */
function scryptKey(reader: DerReader, password: Uint8Array, salt: Uint8Array, keyLength: number): Uint8Array {
  const N = reader.smallInteger('costParameter', 2 ** 30);
  const r = reader.smallInteger('blockSize', MAX_SCRYPT_BLOCK_SIZE);
  const p = reader.smallInteger('parallelizationParameter', MAX_SCRYPT_PARALLELISM);
  readKeyLength(reader, keyLength);
  const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0;
  if (!isPowerOfTwo || r === 0 || p === 0) reader.fail('bad scrypt parameters');
  if (128 * N * r * p > MAX_SCRYPT_MEMORY) {
    reader.fail(`scrypt would go through more than ${MAX_SCRYPT_MEMORY} bytes`);
  }
  return scrypt(password, salt, { N, r, p, dkLen: keyLength, maxmem: MAX_SCRYPT_MEMORY * 2 });
}

function readKeyLength(reader: DerReader, keyLength: number): void {
  if (reader.peek() !== Tag.integer) return;
  if (reader.smallInteger('keyLength', 1024) !== keyLength)
    reader.fail('does not fit the cipher', 'keyLength');
}

/** Wipes `key`. */
function decryptCbc(
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  maxBytes: number = MAX_PRIVATE_KEY_BYTES,
): Uint8Array {
  try {
    if (ciphertext.length === 0 || ciphertext.length % AES_BLOCK !== 0 || ciphertext.length > maxBytes) {
      throw new X509Error('MALFORMED', `encrypted content of ${ciphertext.length} bytes`);
    }
    return cbc(key, iv).decrypt(ciphertext);
  } catch (error) {
    if (error instanceof X509Error) throw error;
    throw badPassphrase();
  } finally {
    key.fill(0);
  }
}

export function badPassphrase(): X509Error {
  return new X509Error('BAD_PASSPHRASE', 'the passphrase does not decrypt the private key');
}

/** Whether a PEM block is encrypted in the old OpenSSL way. */
export function isLegacyEncrypted(block: PemBlock): boolean {
  return block.headers.get('Proc-Type')?.replaceAll(' ', '') === '4,ENCRYPTED';
}

/** The DER inside such a block; the caller wipes it. The key is MD5 of passphrase and salt (EVP_BytesToKey, one round). */
export function decryptLegacyPem(block: PemBlock, passphrase: string | Uint8Array): Uint8Array {
  const [cipher = '', ivText = ''] = (block.headers.get('DEK-Info') ?? '')
    .split(',')
    .map((part) => part.trim());
  const keyLength = LEGACY_CIPHERS.get(cipher.toUpperCase());
  if (keyLength === undefined) {
    throw new X509Error(
      'UNSUPPORTED_KEY',
      `the private key is encrypted with ${JSON.stringify(cipher.slice(0, 40))}, only AES-CBC is supported; ${CONVERT}`,
    );
  }
  const iv = hexIv(ivText);
  const password = passphraseBytes(passphrase);
  let material: Uint8Array = new Uint8Array(0);
  let last: Uint8Array = new Uint8Array(0);
  while (material.length < keyLength) {
    last = md5(concatBytes(last, password, iv.subarray(0, LEGACY_SALT)));
    material = concatBytes(material, last);
  }
  const key = material.slice(0, keyLength);
  material.fill(0);
  return decryptCbc(key, iv, block.bytes);
}

function hexIv(text: string): Uint8Array {
  try {
    const iv = fromHex(text);
    if (iv.length === AES_BLOCK) return iv;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new X509Error('MALFORMED', 'DEK-Info of the encrypted private key has no 16-byte IV');
}

/** OWASP's 2023 figure for PBKDF2-HMAC-SHA-256. */
const DEFAULT_ITERATIONS = 600_000;
const SALT_BYTES = 16;

/** An EncryptedPrivateKeyInfo: PBES2, PBKDF2 with HMAC-SHA-256, AES-256-CBC. Wipes nothing of the caller's. */
export function encryptPkcs8(
  der: Uint8Array,
  passphrase: string | Uint8Array,
  random: RandomSource,
  iterations: number = DEFAULT_ITERATIONS,
): Uint8Array {
  const salt = new Uint8Array(SALT_BYTES);
  const iv = new Uint8Array(AES_BLOCK);
  random(salt);
  random(iv);
  const key = pbkdf2(sha256, passphraseBytes(passphrase), salt, { c: iterations, dkLen: 32 });
  const ciphertext = cbc(key, iv).encrypt(der);
  key.fill(0);
  const prf = derSequence(derOid(OID.hmacSha256), derNull());
  const kdf = derSequence(
    derOid(OID.pbkdf2),
    derSequence(derOctetString(salt), derUnsigned(iterations), prf),
  );
  const scheme = derSequence(derOid(OID.aes256Cbc), derOctetString(iv));
  return derSequence(derSequence(derOid(OID.pbes2), derSequence(kdf, scheme)), derOctetString(ciphertext));
}
