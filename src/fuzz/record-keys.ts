/**
 * One direction's record keys as an attacker or a tester holds them: any secret, any sequence number, any header.
 * It is written apart from record/, so that each checks the other.
 */
import { concatBytes } from '../bytes/bytes.ts';
import { Secret } from '../bytes/secret.ts';
import type { AeadKey, CipherSuite13 } from '../crypto/provider.ts';
import { nextTrafficSecret } from '../key-schedule/tls13.ts';
import { trafficKeys } from '../key-schedule/traffic.ts';
import { ContentType } from '../wire/registry.ts';
import { type RawRecord, type RecordOptions, rawRecord } from './record.ts';

/** A record's content and what it says it is. */
export interface OpenedRecord {
  readonly type: number;
  readonly content: Uint8Array;
}

/** What protects the records of one direction, in either version. */
export interface PeerKeys {
  /** What the log calls records under these keys. */
  readonly name: string;
  /** Of the next record; may be set to anything, also beyond 64 bits (it is then cut). */
  sequence: bigint;
  /** One whole record around `content`; no length is refused. */
  craft(type: number, content: Uint8Array, options: RecordOptions): Uint8Array;
  /** Undefined, and nothing counted, when these are not the keys. */
  openRecord(record: RawRecord): OpenedRecord | undefined;
  /** The keys after a KeyUpdate; TLS 1.2 has none and throws RangeError. */
  next(): PeerKeys;
}

export class RecordKeys implements PeerKeys {
  /** What the log calls records under these keys: `early`, `handshake`, `application`, `application+1` after a KeyUpdate. */
  readonly name: string;
  readonly suite: CipherSuite13;
  /** The traffic secret; in clear, since showing secrets is what a test peer is for. */
  readonly secret: Uint8Array;
  /** Of the next record; may be set to anything, also beyond 64 bits (it is then cut). */
  sequence = 0n;
  readonly #key: AeadKey;
  readonly #iv: Uint8Array;

  constructor(name: string, suite: CipherSuite13, secret: Uint8Array) {
    this.name = name;
    this.suite = suite;
    this.secret = secret;
    const { key, iv } = trafficKeys(suite, new Secret(Uint8Array.from(secret)));
    this.#key = suite.aead.create(key);
    this.#iv = iv;
  }

  #nonce(sequence: bigint): Uint8Array {
    const nonce = Uint8Array.from(this.#iv);
    let left = BigInt.asUintN(64, sequence);
    for (let i = nonce.length - 1; left > 0n; i -= 1) {
      nonce[i] = (nonce[i] ?? 0) ^ Number(left & 0xffn);
      left >>= 8n;
    }
    return nonce;
  }

  /** Seals a whole TLSInnerPlaintext (content, type, padding) and counts; `header` is the additional data. */
  seal(header: Uint8Array, inner: Uint8Array, sequence?: bigint): Uint8Array {
    const sealed = new Uint8Array(inner.length + this.suite.aead.tagLength);
    sealed.set(inner);
    this.#key.seal(this.#nonce(sequence ?? this.sequence), header, sealed, 0, inner.length);
    if (sequence === undefined) this.sequence += 1n;
    return sealed;
  }

  /** The inner plaintext, or undefined (and nothing counted) when these are not the keys. */
  open(header: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < this.suite.aead.tagLength) return undefined;
    const buffer = Uint8Array.from(sealed);
    const length = this.#key.open(this.#nonce(this.sequence), header, buffer, 0, buffer.length);
    if (length < 0) return undefined;
    this.sequence += 1n;
    return buffer.subarray(0, length);
  }

  craft(type: number, content: Uint8Array, options: RecordOptions): Uint8Array {
    const version = options.version ?? 0x0303;
    const tail = new Uint8Array(1 + (options.padding ?? 0));
    tail[0] = options.innerType ?? type;
    const whole = concatBytes(content, tail);
    const inner = options.inner?.(whole) ?? whole;
    const outerType = options.outerType ?? ContentType.application_data;
    const length = options.length ?? inner.length + this.suite.aead.tagLength;
    const header = rawRecord(outerType, new Uint8Array(0), version, length);
    const sealed = this.seal(header, inner, options.sequence);
    const body = options.sealed?.(sealed) ?? sealed;
    return rawRecord(outerType, body, version, options.length ?? body.length);
  }

  /** In TLS 1.3 whatever is protected looks like application data. */
  openRecord(record: RawRecord): OpenedRecord | undefined {
    if (record.type !== ContentType.application_data) return undefined;
    const inner = this.open(record.header, record.body);
    let end = inner?.length ?? 0;
    while (end > 0 && inner?.[end - 1] === 0) end -= 1;
    if (inner === undefined || end === 0) return undefined;
    return { type: inner[end - 1] ?? 0, content: inner.slice(0, end - 1) };
  }

  /** The keys after a KeyUpdate (RFC 8446 7.2). */
  next(): RecordKeys {
    const [epoch, count] = this.name.split('+');
    const secret = nextTrafficSecret(this.suite.hash, new Secret(Uint8Array.from(this.secret)));
    return new RecordKeys(`${epoch}+${Number(count ?? 0) + 1}`, this.suite, Uint8Array.from(secret.reveal()));
  }
}
