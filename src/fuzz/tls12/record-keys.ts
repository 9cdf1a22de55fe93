/**
 * One direction's keys of TLS 1.2 as a tester holds them (RFC 5246 6.2.3.3, RFC 5288 3, RFC 7905 2): any sequence
 * number, any explicit nonce, any header. Written apart from record/, so that each checks the other.
 */
import { concatBytes } from '../../bytes/bytes.ts';
import type { AeadKey, CipherSuite12 } from '../../crypto/provider.ts';
import type { RawRecord, RecordOptions } from '../record.ts';
import { rawRecord } from '../record.ts';
import type { OpenedRecord, PeerKeys } from '../record-keys.ts';

const EXPLICIT_LENGTH = 8;

function bigEndian64(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  let left = BigInt.asUintN(64, value);
  for (let i = 7; i >= 0; i -= 1) {
    out[i] = Number(left & 0xffn);
    left >>= 8n;
  }
  return out;
}

export class RecordKeys12 implements PeerKeys {
  readonly name: string = 'tls12';
  readonly suite: CipherSuite12;
  sequence = 0n;
  /** Explicit nonces of the records opened, in order; none for suites that have none. */
  readonly seenNonces: Uint8Array[] = [];
  readonly #key: AeadKey;
  readonly #iv: Uint8Array;

  /** `iv` is the salt where nonces are explicit, else the static IV. */
  constructor(suite: CipherSuite12, key: Uint8Array, iv: Uint8Array) {
    this.suite = suite;
    this.#key = suite.aead.create(key);
    this.#iv = iv;
  }

  get #explicit(): boolean {
    return this.suite.nonce === 'explicit';
  }

  #nonce(sequence: bigint, explicit: Uint8Array): Uint8Array {
    if (this.#explicit) return concatBytes(this.#iv, explicit);
    const nonce = Uint8Array.from(this.#iv);
    const counter = bigEndian64(sequence);
    for (let i = 0; i < 8; i += 1) nonce[i + 4] = (nonce[i + 4] ?? 0) ^ (counter[i] ?? 0);
    return nonce;
  }

  craft(type: number, content: Uint8Array, options: RecordOptions): Uint8Array {
    const version = options.version ?? 0x0303;
    const plain = options.inner?.(content) ?? content;
    const sequence = options.sequence ?? this.sequence;
    const explicit = this.#explicit ? (options.explicitNonce ?? bigEndian64(sequence)) : new Uint8Array(0);
    const claimed = rawRecord(options.innerType ?? type, new Uint8Array(0), version, plain.length);
    const sealed = new Uint8Array(plain.length + this.suite.aead.tagLength);
    sealed.set(plain);
    const aad = concatBytes(bigEndian64(sequence), claimed);
    this.#key.seal(this.#nonce(sequence, explicit), aad, sealed, 0, plain.length);
    if (options.sequence === undefined) this.sequence += 1n;
    const whole = concatBytes(explicit, sealed);
    const body = options.sealed?.(whole) ?? whole;
    return rawRecord(options.outerType ?? type, body, version, options.length ?? body.length);
  }

  openRecord(record: RawRecord): OpenedRecord | undefined {
    const prefix = this.#explicit ? EXPLICIT_LENGTH : 0;
    const length = record.body.length - prefix - this.suite.aead.tagLength;
    if (length < 0) return undefined;
    const explicit = record.body.slice(0, prefix);
    const buffer = record.body.slice(prefix);
    const claimed = rawRecord(record.type, new Uint8Array(0), record.version, length);
    const aad = concatBytes(bigEndian64(this.sequence), claimed);
    const opened = this.#key.open(this.#nonce(this.sequence, explicit), aad, buffer, 0, buffer.length);
    if (opened < 0) return undefined;
    this.sequence += 1n;
    if (this.#explicit) this.seenNonces.push(explicit);
    return { type: record.type, content: buffer.slice(0, opened) };
  }

  next(): never {
    throw new RangeError('TLS 1.2 has no KeyUpdate');
  }
}
