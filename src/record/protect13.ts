/**
 * Record protection of TLS 1.3 under one key (RFC 8446 5.2): content, type byte and zero padding are sealed together,
 * with the outer header as additional data. One class per direction; whoever holds one decides when it may be used.
 */
import type { Secret } from '../bytes/secret.ts';
import type { AeadKey, CipherSuite13 } from '../crypto/provider.ts';
import { trafficKeys } from '../key-schedule/traffic.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_CIPHERTEXT, MAX_SEQUENCE_NUMBER, RECORD_HEADER_LENGTH } from '../wire/limits.ts';
import { ContentType, nameOf } from '../wire/registry.ts';
import {
  contentType,
  isKnownContentType,
  LEGACY_RECORD_VERSION,
  type RecordView,
  writeRecordHeader,
} from './header.ts';
import { NonceSequence } from './nonce.ts';
import type { OpenRoom } from './open-room.ts';
import type { Opener, Sealer } from './protection.ts';

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

/** Additional data of a record that is being sealed; needed only while it is. */
const HEADER = /* @__PURE__ */ new Uint8Array(RECORD_HEADER_LENGTH);

export class Sealer13 implements Sealer {
  readonly prefix: number = 0;
  /** Type byte and tag. */
  readonly expansion: number;
  readonly pads: boolean = true;
  readonly #key: AeadKey;
  readonly #nonces: NonceSequence;
  readonly #tagLength: number;
  readonly #recordLimit: number;

  /** Derives key and IV from a traffic secret (RFC 8446 7.3), which stays the caller's. */
  constructor(suite: CipherSuite13, secret: Secret) {
    const { key, nonces } = directionKeys(suite, secret);
    this.#key = key;
    this.#nonces = nonces;
    this.#tagLength = suite.aead.tagLength;
    this.expansion = 1 + suite.aead.tagLength;
    this.#recordLimit = Math.min(suite.aead.confidentialityLimit, MAX_SEQUENCE_NUMBER);
  }

  get records(): number {
    return this.#nonces.next;
  }

  /** Half of what the key may seal is used (RFC 8446 5.5): the other half is time to change it. */
  get needsKeyUpdate(): boolean {
    return this.#nonces.next >= this.#recordLimit / 2;
  }

  seal(
    type: ContentType,
    content: Uint8Array,
    from: number,
    to: number,
    out: Uint8Array,
    at: number,
    padded: number,
  ): number {
    if (this.#nonces.next >= this.#recordLimit) {
      throw new TLSError('key_exhausted', 'too many records under one key', { rfc: 'RFC 8446 5.5' });
    }
    const nonce = this.#nonces.current();
    const body = at + RECORD_HEADER_LENGTH;
    const length = to - from;
    const inner = padded + 1;
    const sealed = inner + this.#tagLength;
    const key = this.#key;
    // First count, then use: should the AEAD throw, its nonce is spent all the same.
    this.#nonces.advance();
    writeRecordHeader(HEADER, 0, ContentType.application_data, LEGACY_RECORD_VERSION, sealed);
    if (key.sealTo !== undefined && padded === length && content.buffer !== out.buffer) {
      key.sealTo(nonce, HEADER, content, from, to, type, out, body);
    } else {
      if (content !== out || body !== from) out.set(content.subarray(from, to), body);
      out[body + length] = type;
      if (padded > length) out.fill(0, body + length + 1, body + inner);
      key.seal(nonce, HEADER, out, body, inner);
    }
    writeRecordHeader(out, at, ContentType.application_data, LEGACY_RECORD_VERSION, sealed);
    return body + sealed;
  }

  wipe(): void {
    this.#key.wipe();
    this.#nonces.wipe();
  }
}

export class Opener13 implements Opener {
  readonly maxPayload: number = MAX_CIPHERTEXT;
  readonly rfc: string = 'RFC 8446 5.2';
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

  get records(): number {
    return this.#nonces.next;
  }

  open(record: RecordView, room: OpenRoom | undefined): boolean {
    if (record.type !== ContentType.application_data) {
      throw new TLSError('plaintext_after_keys', `${nameOf(ContentType, record.type)} record in clear`, {
        rfc: 'RFC 8446 5.2',
      });
    }
    if (this.#failures >= this.#failureLimit) {
      throw new TLSError('key_exhausted', 'too many forged records under one key', { rfc: 'RFC 8446 5.5' });
    }
    if (record.length < this.#tagLength) return this.#forged();
    const nonce = this.#nonces.current();
    const { header, buffer, offset, length } = record;
    const inner =
      room === undefined
        ? this.#key.open(nonce, header, buffer, offset, length)
        : room.open(this.#key, nonce, header, record, offset);
    if (inner < 0) return this.#forged();
    this.#nonces.advance();
    record.length = inner;
    return true;
  }

  unwrap(record: RecordView, maxContent: number): void {
    // The full inner plaintext counts, padding and type byte too (RFC 8446 5.4).
    if (record.length > maxContent + 1) {
      throw new TLSError('record_overflow', `inner plaintext of ${record.length} bytes`, {
        rfc: 'RFC 8446 5.4',
      });
    }
    stripPadding(record);
    checkInnerType(record);
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
function stripPadding(record: RecordView): void {
  const { buffer, offset } = record;
  let last = offset + record.length - 1;
  while (last >= offset && buffer[last] === 0) last -= 1;
  if (last < offset) {
    throw new TLSError('no_content_type', 'protected record with nothing but zeros', { rfc: 'RFC 8446 5.4' });
  }
  record.type = contentType(buffer[last] ?? 0);
  record.length = last - offset;
}

/** What may stand inside a protected record (RFC 8446 5, 5.4). */
function checkInnerType(record: RecordView): void {
  const type = record.type;
  if (type === ContentType.application_data) return;
  if (type === ContentType.change_cipher_spec) {
    throw new TLSError('bad_change_cipher_spec', 'protected change_cipher_spec', { rfc: 'RFC 8446 5' });
  }
  if (!isKnownContentType(type)) {
    throw new TLSError('bad_content_type', `unknown inner type ${type}`, { rfc: 'RFC 8446 5' });
  }
  if (record.length === 0) {
    throw new TLSError('empty_record', `empty ${nameOf(ContentType, type)} record`, { rfc: 'RFC 8446 5.4' });
  }
}
