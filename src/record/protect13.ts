/**
 * Record protection of TLS 1.3 under one key (RFC 8446 5.2): content, type byte and zero padding are sealed together,
 * with the outer header as additional data. One class per direction; whoever holds one decides when it may be used.
 */
import type { Secret } from '../bytes/secret.ts';
import type { AeadKey, CipherSuite13 } from '../crypto/provider.ts';
import { trafficKeys } from '../key-schedule/traffic.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_SEQUENCE_NUMBER, RECORD_HEADER_LENGTH } from '../wire/limits.ts';
import { ContentType } from '../wire/registry.ts';
import { contentType, LEGACY_RECORD_VERSION, type RecordView, writeRecordHeader } from './header.ts';
import { NonceSequence } from './nonce.ts';

interface DirectionKeys {
  readonly key: AeadKey;
  readonly nonces: NonceSequence;
}

function directionKeys(suite: CipherSuite13, secret: Secret): DirectionKeys {
  const { key, iv } = trafficKeys(suite, secret);
  try {
    return { key: suite.aead.create(key), nonces: new NonceSequence(iv) };
  } finally {
    key.fill(0);
  }
}

export class Sealer13 {
  /** Bytes that a record has beyond header and content, without padding: type byte and tag. */
  readonly expansion: number;
  readonly #key: AeadKey;
  readonly #nonces: NonceSequence;
  readonly #tagLength: number;
  readonly #recordLimit: number;
  readonly #header: Uint8Array = new Uint8Array(RECORD_HEADER_LENGTH);

  /** Derives key and IV from a traffic secret (RFC 8446 7.3), which stays the caller's. */
  constructor(suite: CipherSuite13, secret: Secret) {
    const { key, nonces } = directionKeys(suite, secret);
    this.#key = key;
    this.#nonces = nonces;
    this.#tagLength = suite.aead.tagLength;
    this.expansion = 1 + suite.aead.tagLength;
    this.#recordLimit = Math.min(suite.aead.confidentialityLimit, MAX_SEQUENCE_NUMBER);
  }

  /** Records sealed so far. */
  get records(): number {
    return this.#nonces.next;
  }

  /** Half of what the key may seal is used (RFC 8446 5.5): the other half is time to change it. */
  get needsKeyUpdate(): boolean {
    return this.#nonces.next >= this.#recordLimit / 2;
  }

  /**
   * Seals where it lies the content at `out[at + 5]`, of `length` bytes, as a record that begins at `out[at]`.
   * `padded` is the length of content and padding together. Returns the offset after the record.
   */
  seal(type: ContentType, out: Uint8Array, at: number, length: number, padded: number): number {
    if (this.#nonces.next >= this.#recordLimit) {
      throw new TLSError('key_exhausted', 'too many records under one key', { rfc: 'RFC 8446 5.5' });
    }
    const nonce = this.#nonces.current();
    const body = at + RECORD_HEADER_LENGTH;
    const inner = padded + 1;
    const sealed = inner + this.#tagLength;
    writeRecordHeader(this.#header, 0, ContentType.application_data, LEGACY_RECORD_VERSION, sealed);
    writeRecordHeader(out, at, ContentType.application_data, LEGACY_RECORD_VERSION, sealed);
    out[body + length] = type;
    if (padded > length) out.fill(0, body + length + 1, body + inner);
    // First count, then use: should the AEAD throw, its nonce is spent all the same.
    this.#nonces.advance();
    this.#key.seal(nonce, this.#header, out, body, inner);
    return body + sealed;
  }

  wipe(): void {
    this.#key.wipe();
    this.#nonces.wipe();
  }
}

export class Opener13 {
  readonly #key: AeadKey;
  readonly #nonces: NonceSequence;
  readonly #tagLength: number;
  readonly #failureLimit: number;
  #failures = 0;

  constructor(suite: CipherSuite13, secret: Secret) {
    const { key, nonces } = directionKeys(suite, secret);
    this.#key = key;
    this.#nonces = nonces;
    this.#tagLength = suite.aead.tagLength;
    this.#failureLimit = suite.aead.integrityLimit;
  }

  /** Records opened so far. */
  get records(): number {
    return this.#nonces.next;
  }

  /**
   * Decrypts where it lies and narrows `record` to the inner plaintext, type byte and padding included. False when
   * it is not authentic, for whatever cause: too short and a wrong tag are one answer. A failure uses up no
   * sequence number. Throws TLSError `key_exhausted`.
   */
  open(record: RecordView): boolean {
    if (this.#failures >= this.#failureLimit) {
      throw new TLSError('key_exhausted', 'too many forged records under one key', { rfc: 'RFC 8446 5.5' });
    }
    if (record.length < this.#tagLength) return this.#forged();
    const nonce = this.#nonces.current();
    const inner = this.#key.open(nonce, record.header, record.buffer, record.offset, record.length);
    if (inner < 0) return this.#forged();
    this.#nonces.advance();
    record.length = inner;
    return true;
  }

  wipe(): void {
    this.#key.wipe();
    this.#nonces.wipe();
  }

  #forged(): false {
    this.#failures += 1;
    return false;
  }
}

/**
 * Takes padding and type byte off an inner plaintext (RFC 8446 5.4): the type is the last byte that is not zero.
 * The scan's time shows how much padding there is only after the record proved authentic. Throws TLSError
 * `no_content_type`.
 */
export function stripPadding(record: RecordView): void {
  const { buffer, offset } = record;
  let last = offset + record.length - 1;
  while (last >= offset && buffer[last] === 0) last -= 1;
  if (last < offset) {
    throw new TLSError('no_content_type', 'protected record with nothing but zeros', { rfc: 'RFC 8446 5.4' });
  }
  record.type = contentType(buffer[last] ?? 0);
  record.length = last - offset;
}
