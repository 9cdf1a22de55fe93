/**
 * PKCS#12 (RFC 7292): certificates and a key in one file behind one passphrase, as `openssl pkcs12 -export` of version 3
 * writes it: PBES2 with AES, and a MAC of SHA-2 (RFC 7292 B, or RFC 9879). Files of older programs, with RC2 or triple DES, are
 * refused with the line that converts them.
 */
import { concatBytes } from '../bytes/bytes.ts';
import { constantTimeEqual } from '../bytes/constant-time.ts';
import { utf8Decode, utf8Encode } from '../bytes/encoding.ts';
import { sha256, sha384, sha512 } from '../crypto/noble/hash.ts';
import { hmacSha1, sha1 } from '../crypto/noble/sha1.ts';
import type { HashFunction, PrivateKey } from '../crypto/provider.ts';
import { type AlgorithmIdentifier, readAlgorithm } from './algorithm.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { type Credential, credentialOf } from './credential.ts';
import { contextConstructed, contextTag, DerReader } from './der.ts';
import { X509Error } from './error.ts';
import {
  MAX_PBKDF2_ITERATIONS,
  MAX_PKCS12_BAGS,
  MAX_PKCS12_BYTES,
  MAX_PKCS12_DEPTH,
  MAX_PKCS12_ENCRYPTED_PARTS,
} from './limits.ts';
import { OID } from './oid.ts';
import { decryptPbes2, deriveKey } from './pbe.ts';
import { type ParsePrivateKeyOptions, parsePrivateKey } from './private-key.ts';
import { publicKeyOf, samePublicKey } from './public-key.ts';

const CONVERT =
  'convert it with: openssl pkcs12 -legacy -in old.p12 -nodes -out all.pem && openssl pkcs12 -export -in all.pem -out new.p12';

export interface Pkcs12 {
  /** The key with its chain, as far as the file has it; undefined when there is no key. */
  readonly credential: Credential | undefined;
  /** Certificates that are not in the chain. */
  readonly others: readonly Certificate[];
}

/**
 * Reads a file. Throws X509Error MALFORMED (also for BER that is not DER), TOO_LARGE, BAD_PASSPHRASE, UNSUPPORTED_KEY, or
 * NO_CERTIFICATE for a key whose certificate is not there. A file may hold one key.
 */
export function parsePkcs12(der: Uint8Array, options: ParsePrivateKeyOptions = {}): Pkcs12 {
  if (der.length > MAX_PKCS12_BYTES)
    throw new X509Error(
      'TOO_LARGE',
      `a PKCS#12 file of ${der.length} bytes; the limit is ${MAX_PKCS12_BYTES}`,
    );
  const outer = new DerReader(der, 'PFX');
  const pfx = outer.sequence('sequence');
  outer.finish();
  if (pfx.smallInteger('version', 255) !== 3) pfx.fail('is not 3', 'version');
  const safe = readData(pfx, 'authSafe');
  const mac = pfx.empty ? undefined : pfx.sequence('macData');
  pfx.finish();
  const { passphrase = '' } = options;
  if (mac !== undefined) checkMac(mac, safe, passphrase);
  const found = new Contents(options);
  const list = new DerReader(safe, 'AuthenticatedSafe');
  const contents = list.sequence('sequence');
  list.finish();
  while (!contents.empty) found.readInfo(contents, passphrase);
  return found.finish();
}

/** A ContentInfo that must be plain data: its octets. */
function readData(reader: DerReader, field: string): Uint8Array {
  const info = reader.sequence(field);
  const type = info.oid('contentType');
  if (type !== OID.pkcs7Data)
    info.fail(`${type} is not data; files under a public key are not supported`, 'contentType');
  const wrapped = info.enter(contextConstructed(0), 'content');
  info.finish();
  const data = wrapped.octetString('data');
  wrapped.finish();
  return data;
}

class Contents {
  readonly #options: ParsePrivateKeyOptions;
  readonly #certificates: Certificate[] = [];
  #key: PrivateKey | undefined;
  #bags = 0;
  #encryptedParts = 0;

  constructor(options: ParsePrivateKeyOptions) {
    this.#options = options;
  }

  readInfo(contents: DerReader, passphrase: string | Uint8Array): void {
    const info = contents.sequence('ContentInfo');
    const type = info.oid('contentType');
    const wrapped = info.enter(contextConstructed(0), 'content');
    info.finish();
    if (type === OID.pkcs7Data) {
      const data = wrapped.octetString('data');
      wrapped.finish();
      this.#readBags(new DerReader(data, 'SafeContents'), 0);
      return;
    }
    if (type !== OID.pkcs7EncryptedData) info.fail(`${type} is not supported`, 'contentType');
    this.#encryptedParts += 1;
    if (this.#encryptedParts > MAX_PKCS12_ENCRYPTED_PARTS)
      info.fail(`more than ${MAX_PKCS12_ENCRYPTED_PARTS} encrypted parts`);
    const encrypted = wrapped.sequence('EncryptedData');
    wrapped.finish();
    encrypted.smallInteger('version', 2);
    const content = encrypted.sequence('encryptedContentInfo');
    if (!encrypted.empty) encrypted.raw('unprotectedAttrs');
    encrypted.finish();
    content.oid('contentType');
    const algorithm = readAlgorithm(content, 'contentEncryptionAlgorithm');
    const ciphertext = content.octetString('encryptedContent', contextTag(0));
    content.finish();
    const plain = decrypted(algorithm, ciphertext, passphrase);
    try {
      this.#readBags(new DerReader(plain, 'SafeContents'), 0);
    } finally {
      plain.fill(0);
    }
  }

  #readBags(outer: DerReader, depth: number): void {
    if (depth > MAX_PKCS12_DEPTH) outer.fail('bags nested too deep');
    const list = outer.sequence('sequence');
    outer.finish();
    while (!list.empty) {
      this.#bags += 1;
      if (this.#bags > MAX_PKCS12_BAGS) list.fail(`more than ${MAX_PKCS12_BAGS} bags`);
      const bag = list.sequence('SafeBag');
      const type = bag.oid('bagId');
      const value = bag.enter(contextConstructed(0), 'bagValue');
      if (!bag.empty) bag.set('bagAttributes');
      bag.finish();
      if (type === OID.certBag) this.#readCertificate(value);
      else if (type === OID.keyBag || type === OID.shroudedKeyBag) this.#readKey(value);
      else if (type === OID.safeContentsBag) this.#readBags(value, depth + 1);
      // CRLs and secrets are left alone.
    }
  }

  #readCertificate(value: DerReader): void {
    const bag = value.sequence('CertBag');
    value.finish();
    const type = bag.oid('certId');
    const wrapped = bag.enter(contextConstructed(0), 'certValue');
    bag.finish();
    if (type !== OID.x509CertificateBag) return;
    this.#certificates.push(parseCertificate(wrapped.octetString('certificate')));
    wrapped.finish();
  }

  #readKey(value: DerReader): void {
    const der = value.raw('key');
    value.finish();
    if (this.#key !== undefined) value.fail('a second private key; one is read');
    this.#key = readKey(der, this.#options);
  }

  finish(): Pkcs12 {
    const key = this.#key;
    const all = this.#certificates;
    if (key === undefined) return { credential: undefined, others: all };
    const wanted = publicKeyOf(key);
    const leaf = all.find((one) => samePublicKey(one.publicKey, wanted));
    if (leaf === undefined)
      throw new X509Error('NO_CERTIFICATE', 'the PKCS#12 file has a private key and not its certificate');
    const chain = [leaf];
    for (let last: Certificate | undefined = leaf; last !== undefined && !last.isSelfIssued; ) {
      const child: Certificate = last;
      last = all.find((one) => one.subject.equals(child.issuer) && !chain.includes(one));
      if (last !== undefined && !last.isSelfIssued) chain.push(last);
    }
    return { credential: credentialOf(chain, key), others: all.filter((one) => !chain.includes(one)) };
  }
}

function readKey(der: Uint8Array, options: ParsePrivateKeyOptions): PrivateKey {
  try {
    return parsePrivateKey(der, { passphrase: '', ...options });
  } catch (error) {
    throw legacy(error);
  }
}

function decrypted(
  algorithm: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  passphrase: string | Uint8Array,
): Uint8Array {
  try {
    return decryptPbes2(algorithm, ciphertext, passphrase, MAX_PKCS12_BYTES);
  } catch (error) {
    throw legacy(error);
  }
}

/** An algorithm that is too old: what to do about this file, not about a key in PEM. */
function legacy(error: unknown): unknown {
  if (!(error instanceof X509Error) || error.code !== 'UNSUPPORTED_KEY') return error;
  const [what] = error.message.split(';');
  return new X509Error('UNSUPPORTED_KEY', `PKCS#12: ${what}; ${CONVERT}`, { cause: error });
}

type Hash = Pick<HashFunction, 'blockLength' | 'outputLength' | 'digest' | 'hmac'>;

const SHA1: Hash = {
  blockLength: 64,
  outputLength: 20,
  digest: sha1,
  hmac: (key, ...data) => hmacSha1(key, concatBytes(...data)),
};

const HASHES: ReadonlyMap<string, Hash> = new Map([
  [OID.sha1, SHA1],
  [OID.sha256, sha256],
  [OID.sha384, sha384],
  [OID.sha512, sha512],
  [OID.hmacSha256, sha256],
  [OID.hmacSha384, sha384],
  [OID.hmacSha512, sha512],
]);

/** `MacData`: over the octets of the authenticated safe. Throws BAD_PASSPHRASE when it does not fit. */
function checkMac(reader: DerReader, safe: Uint8Array, passphrase: string | Uint8Array): void {
  const info = reader.sequence('mac');
  const algorithm = readAlgorithm(info, 'digestAlgorithm');
  const digest = info.octetString('digest');
  info.finish();
  const salt = reader.octetString('macSalt');
  const iterations = reader.empty ? 1 : reader.smallInteger('iterations', MAX_PBKDF2_ITERATIONS);
  reader.finish();
  if (iterations < 1) reader.fail('must be positive', 'iterations');
  if (algorithm.oid === OID.pbmac1) {
    if (!constantTimeEqual(digest, pbmac1(algorithm, safe, passphrase))) throw wrongPassphrase();
    return;
  }
  const hash = HASHES.get(algorithm.oid);
  if (hash === undefined)
    throw new X509Error('UNSUPPORTED_KEY', `PKCS#12: a MAC of ${algorithm.oid} is not supported; ${CONVERT}`);
  // No passphrase is written in two ways: as an empty string with its end, and as nothing at all.
  const forms = passphrase.length === 0 ? [new Uint8Array(2), new Uint8Array(0)] : [bmpString(passphrase)];
  const good = forms.some((form) => {
    const key = macKey(hash, form, salt, iterations);
    const made = hash.hmac(key, safe);
    key.fill(0);
    form.fill(0);
    return constantTimeEqual(digest, made);
  });
  if (!good) throw wrongPassphrase();
}

function wrongPassphrase(): X509Error {
  return new X509Error('BAD_PASSPHRASE', 'the passphrase does not fit the MAC of the PKCS#12 file');
}

/** RFC 9879 4: a MAC whose key comes from PBKDF2 of the passphrase in UTF-8. */
function pbmac1(
  algorithm: AlgorithmIdentifier,
  safe: Uint8Array,
  passphrase: string | Uint8Array,
): Uint8Array {
  const outer = new DerReader(algorithm.parameters ?? new Uint8Array(0), 'PBMAC1-params');
  const pair = outer.sequence('sequence');
  outer.finish();
  const kdf = readAlgorithm(pair, 'keyDerivationFunc');
  const mac = readAlgorithm(pair, 'messageAuthScheme');
  pair.finish();
  const hash = HASHES.get(mac.oid);
  if (hash === undefined || kdf.oid !== OID.pbkdf2)
    throw new X509Error('UNSUPPORTED_KEY', `PKCS#12: PBMAC1 with ${mac.oid} is not supported`);
  const bytes = typeof passphrase === 'string' ? utf8Encode(passphrase) : passphrase;
  return hash.hmac(deriveKey(kdf, bytes, hash.outputLength), safe);
}

/** BMPString with its end: two bytes a character (RFC 7292 B.1). */
function bmpString(passphrase: string | Uint8Array): Uint8Array {
  const text = typeof passphrase === 'string' ? passphrase : utf8Decode(passphrase);
  const out = new Uint8Array(2 * text.length + 2);
  for (let i = 0; i < text.length; i += 1) {
    out[2 * i] = text.charCodeAt(i) >> 8;
    out[2 * i + 1] = text.charCodeAt(i) & 0xff;
  }
  return out;
}

/** RFC 7292 B.2 with ID 3: one block of output is as much as a MAC key takes. */
function macKey(hash: Hash, password: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array {
  const { blockLength } = hash;
  const filled = (bytes: Uint8Array): Uint8Array => {
    const out = new Uint8Array(Math.ceil(bytes.length / blockLength) * blockLength);
    for (let i = 0; i < out.length; i += 1) out[i] = bytes[i % bytes.length] ?? 0;
    return out;
  };
  let block = hash.digest(concatBytes(new Uint8Array(blockLength).fill(3), filled(salt), filled(password)));
  for (let i = 1; i < iterations; i += 1) block = hash.digest(block);
  return block;
}
