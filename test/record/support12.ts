/** TLS 1.2 record protection written once more, slowly, over OpenSSL's AEADs. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { Aead, CipherSuite12 } from '../../src/crypto/provider.ts';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { repeatable } from '../crypto/support/vectors.ts';
import { pattern, proof } from './support.ts';

const provider = nobleProvider(repeatable());
export const SUITES: readonly CipherSuite12[] = [
  ...provider.cipherSuites12,
  ...provider.optionalCipherSuites12,
];

export function suiteNamed(name: keyof typeof CipherSuite): CipherSuite12 {
  const found = SUITES.find((suite) => suite.code === CipherSuite[name]);
  if (found === undefined) throw new Error(`no suite ${name}`);
  return found;
}

/** A TLS 1.2 suite over any AEAD. */
export function suiteOver(aead: Aead, nonce: CipherSuite12['nonce'] = 'explicit'): CipherSuite12 {
  return { ...suiteNamed('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'), name: 'toy', aead, nonce };
}

export const keyOf = (suite: CipherSuite12, seed = 1): Uint8Array => pattern(suite.aead.keyLength, seed);
export const ivOf = (suite: CipherSuite12, seed = 2): Uint8Array =>
  pattern(suite.nonce === 'explicit' ? 4 : 12, seed);

export function writeHalf(suite: CipherSuite12): WriteHalf {
  const half = new WriteHalf();
  half.install12(suite, keyOf(suite), ivOf(suite));
  return half;
}

export function readHalf(suite: CipherSuite12): ReadHalf {
  const half = new ReadHalf();
  half.install12(suite, keyOf(suite), ivOf(suite), proof());
  return half;
}

function openssl(aead: Aead): string {
  if (aead.name === 'ChaCha20-Poly1305') return 'chacha20-poly1305';
  return aead.name.toLowerCase().replace(/-8$/, '');
}

/** seq_num, type, version, length of the content (RFC 5246 6.2.3.3). */
function additionalData(sequence: bigint, type: number, length: number): Buffer {
  const aad = Buffer.alloc(13);
  aad.writeBigUInt64BE(sequence, 0);
  aad.writeUInt8(type, 8);
  aad.writeUInt16BE(0x0303, 9);
  aad.writeUInt16BE(length, 11);
  return aad;
}

/** RFC 5288 3: salt and explicit part. RFC 7905 2: the IV xored with the sequence number. */
export function nonceOf(suite: CipherSuite12, sequence: bigint, explicit?: Uint8Array): Buffer {
  const iv = ivOf(suite);
  if (suite.nonce === 'explicit') {
    const own = Buffer.alloc(8);
    own.writeBigUInt64BE(sequence);
    return Buffer.concat([iv, explicit ?? own]);
  }
  const value = BigInt(`0x${Buffer.from(iv).toString('hex')}`) ^ sequence;
  return Buffer.from(value.toString(16).padStart(24, '0'), 'hex');
}

/** The record that a peer would send, by OpenSSL. */
export function peerRecord(
  suite: CipherSuite12,
  sequence: bigint,
  type: number,
  content: Uint8Array,
  explicit?: Uint8Array,
): Uint8Array {
  const { aead } = suite;
  const nonce = nonceOf(suite, sequence, explicit);
  // All of them take these options; the typings list them one by one.
  const cipher = createCipheriv(openssl(aead) as 'chacha20-poly1305', keyOf(suite), nonce, {
    authTagLength: aead.tagLength,
  });
  cipher.setAAD(additionalData(sequence, type, content.length), { plaintextLength: content.length });
  const sealed = Buffer.concat([
    suite.nonce === 'explicit' ? nonce.subarray(4) : Buffer.alloc(0),
    cipher.update(content),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return new Uint8Array(Buffer.concat([recordHeader(type, sealed.length), sealed]));
}

export function recordHeader(type: number, length: number): Uint8Array {
  return Uint8Array.of(type, 3, 3, length >> 8, length & 0xff);
}

/** What OpenSSL finds in one of our records; throws where the tag is wrong. */
export function peerOpen(suite: CipherSuite12, sequence: bigint, record: Uint8Array): Uint8Array {
  const { aead } = suite;
  const explicitLength = suite.nonce === 'explicit' ? 8 : 0;
  const payload = record.subarray(5);
  const explicit = payload.subarray(0, explicitLength);
  const length = payload.length - explicitLength - aead.tagLength;
  const decipher = createDecipheriv(
    openssl(aead) as 'chacha20-poly1305',
    keyOf(suite),
    nonceOf(suite, sequence, explicitLength > 0 ? explicit : undefined),
    { authTagLength: aead.tagLength },
  );
  decipher.setAuthTag(payload.subarray(explicitLength + length));
  decipher.setAAD(additionalData(sequence, record[0] ?? 0, length), { plaintextLength: length });
  const content = decipher.update(payload.subarray(explicitLength, explicitLength + length));
  return new Uint8Array(Buffer.concat([content, decipher.final()]));
}
