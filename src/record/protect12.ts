/**
 * Record protection of TLS 1.2 with an AEAD under one key (RFC 5246 6.2.3.3, RFC 5288 3, RFC 7905 2). Type and version
 * stay visible; they, the sequence number and the content's length are the additional data.
 */
import type { AeadKey, CipherSuite12 } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import {
  MAX_CIPHERTEXT_12,
  MAX_PLAINTEXT,
  MAX_SEQUENCE_NUMBER,
  RECORD_HEADER_LENGTH,
} from '../wire/limits.ts';
import { ContentType, nameOf, ProtocolVersion } from '../wire/registry.ts';
import { isKnownContentType, type RecordView, writeRecordHeader } from './header.ts';
import { NonceSequence, writeSequence } from './nonce.ts';
import type { OpenRoom } from './open-room.ts';
import type { Opener, Sealer } from './protection.ts';

/** nonce_explicit of GCM and CCM (RFC 5288 3, RFC 6655 3). */
const EXPLICIT_LENGTH = 8;
const NONCE_LENGTH = 12;
/** seq_num, type, version, length. */
const AAD_LENGTH = 13;

/**
 * Salt or static IV to a whole nonce's length: xored with a sequence number, the eight zeros behind a salt become the
 * explicit part, so that both kinds of suite count in one way. A counter never repeats, which random bytes
 * might (RFC 5288 3; CVE-2016-0270 was that).
 */
function nonceBase(suite: CipherSuite12, iv: Uint8Array): Uint8Array {
  const expected = suite.nonce === 'explicit' ? NONCE_LENGTH - EXPLICIT_LENGTH : NONCE_LENGTH;
  if (suite.aead.nonceLength !== NONCE_LENGTH || iv.length !== expected) {
    throw new TLSError('internal_error', `${suite.name} takes an IV of ${expected} bytes`);
  }
  const base = new Uint8Array(NONCE_LENGTH);
  base.set(iv);
  return base;
}

/** The additional data (RFC 5246 6.2.3.3), in an array made once per key. `length` is the content's. */
function writeAad(aad: Uint8Array, sequence: number, type: number, length: number): void {
  writeSequence(aad, 0, sequence);
  aad[8] = type;
  aad[9] = ProtocolVersion.TLS12 >>> 8;
  aad[10] = ProtocolVersion.TLS12 & 0xff;
  aad[11] = length >>> 8;
  aad[12] = length;
}

export class Sealer12 implements Sealer {
  readonly prefix: number;
  readonly expansion: number;
  readonly pads: boolean = false;
  /** There is no KeyUpdate in TLS 1.2, and renegotiation is not for us: the key serves to its end. */
  readonly needsKeyUpdate: boolean = false;
  readonly #key: AeadKey;
  readonly #nonces: NonceSequence;
  readonly #tagLength: number;
  readonly #recordLimit: number;
  readonly #aad: Uint8Array = new Uint8Array(AAD_LENGTH);

  /** `key` and `iv` stay the caller's. */
  constructor(suite: CipherSuite12, key: Uint8Array, iv: Uint8Array) {
    this.#nonces = new NonceSequence(nonceBase(suite, iv));
    this.#key = suite.aead.create(key);
    this.#tagLength = suite.aead.tagLength;
    this.prefix = suite.nonce === 'explicit' ? EXPLICIT_LENGTH : 0;
    this.expansion = this.prefix + this.#tagLength;
    this.#recordLimit = Math.min(suite.aead.confidentialityLimit, MAX_SEQUENCE_NUMBER);
  }

  get records(): number {
    return this.#nonces.next;
  }

  seal(
    type: ContentType,
    content: Uint8Array,
    from: number,
    to: number,
    out: Uint8Array,
    at: number,
    _padded: number,
  ): number {
    const sequence = this.#nonces.next;
    if (sequence >= this.#recordLimit) {
      throw new TLSError('key_exhausted', 'too many records under one key', { rfc: 'RFC 5246 6.1' });
    }
    const nonce = this.#nonces.current();
    const payload = at + RECORD_HEADER_LENGTH;
    const body = payload + this.prefix;
    const length = to - from;
    const key = this.#key;
    writeAad(this.#aad, sequence, type, length);
    // First count, then use: should the AEAD throw, its nonce is spent all the same.
    this.#nonces.advance();
    if (key.sealTo !== undefined && content.buffer !== out.buffer) {
      key.sealTo(nonce, this.#aad, content, from, to, -1, out, body);
    } else {
      if (content !== out || body !== from) out.set(content.subarray(from, to), body);
      key.seal(nonce, this.#aad, out, body, length);
    }
    writeRecordHeader(out, at, type, ProtocolVersion.TLS12, length + this.expansion);
    if (this.prefix > 0) writeSequence(out, payload, sequence);
    return body + length + this.#tagLength;
  }

  wipe(): void {
    this.#key.wipe();
    this.#nonces.wipe();
  }
}

export class Opener12 implements Opener {
  readonly maxPayload: number = MAX_CIPHERTEXT_12;
  readonly rfc: string = 'RFC 5246 6.2.3.3';
  readonly #key: AeadKey;
  readonly #nonces: NonceSequence;
  /** Set for suites with an explicit nonce: the salt, and room for what the record brings. */
  readonly #explicit: Uint8Array | undefined;
  readonly #prefix: number;
  readonly #overhead: number;
  readonly #failureLimit: number;
  readonly #aad: Uint8Array = new Uint8Array(AAD_LENGTH);
  #failures = 0;

  /** `key` and `iv` stay the caller's. */
  constructor(suite: CipherSuite12, key: Uint8Array, iv: Uint8Array) {
    const base = nonceBase(suite, iv);
    this.#explicit = suite.nonce === 'explicit' ? base.slice() : undefined;
    this.#nonces = new NonceSequence(base);
    this.#key = suite.aead.create(key);
    this.#prefix = suite.nonce === 'explicit' ? EXPLICIT_LENGTH : 0;
    this.#overhead = this.#prefix + suite.aead.tagLength;
    this.#failureLimit = suite.aead.integrityLimit;
  }

  get records(): number {
    return this.#nonces.next;
  }

  open(record: RecordView, room: OpenRoom | undefined): boolean {
    if (!isKnownContentType(record.type)) {
      throw new TLSError('bad_content_type', `unknown record type ${record.type}`, { rfc: 'RFC 5246 6' });
    }
    if (record.version !== ProtocolVersion.TLS12) {
      const version = nameOf(ProtocolVersion, record.version);
      throw new TLSError('bad_record_version', `protected record of version ${version}`, {
        rfc: 'RFC 5246 6.2.1',
      });
    }
    if (this.#failures >= this.#failureLimit) {
      throw new TLSError('key_exhausted', 'too many forged records under one key', { rfc: this.rfc });
    }
    const length = record.length - this.#overhead;
    if (length < 0) return this.#forged();
    const body = record.offset + this.#prefix;
    const nonce = this.#nonce(record);
    writeAad(this.#aad, this.#nonces.next, record.type, length);
    const opened =
      room === undefined
        ? this.#key.open(nonce, this.#aad, record.buffer, body, record.length - this.#prefix)
        : room.open(this.#key, nonce, this.#aad, record, body);
    if (opened < 0) return this.#forged();
    this.#nonces.advance();
    if (room === undefined) record.offset = body;
    record.length = opened;
    return true;
  }

  unwrap(record: RecordView, maxContent: number): void {
    if (record.length > Math.min(maxContent, MAX_PLAINTEXT)) {
      throw new TLSError('record_overflow', `record content of ${record.length} bytes`, {
        rfc: 'RFC 5246 6.2.1',
      });
    }
    if (record.length === 0 && record.type !== ContentType.application_data) {
      throw new TLSError('empty_record', `empty ${nameOf(ContentType, record.type)} record`, {
        rfc: 'RFC 5246 6.2.1',
      });
    }
  }

  wipe(): void {
    this.#key.wipe();
    this.#nonces.wipe();
    this.#explicit?.fill(0);
  }

  /** The explicit part is the peer's choice and need not be its sequence number (RFC 5288 3). */
  #nonce(record: RecordView): Uint8Array {
    // Asked for in both cases: it refuses a sequence number past the last.
    const counted = this.#nonces.current();
    const explicit = this.#explicit;
    if (explicit === undefined) return counted;
    const { buffer, offset } = record;
    for (let i = 0; i < EXPLICIT_LENGTH; i += 1) {
      explicit[NONCE_LENGTH - EXPLICIT_LENGTH + i] = buffer[offset + i] ?? 0;
    }
    return explicit;
  }

  #forged(): false {
    this.#failures += 1;
    return false;
  }
}
