/** Records as a tester wants them: right by default, and wrong in any one place on request. */
import { concatBytes } from '../bytes/bytes.ts';
import type { PeerKeys } from './record-keys.ts';

/** Where a message or a byte string is cut into records. */
export type Split =
  /** Records of so many bytes of content, the last one shorter. */
  | number
  /** Offsets into the content; equal ones give an empty record between them. */
  | readonly number[];

export interface RecordOptions {
  /** Type in the header; default: that of the content, but application_data when protected under TLS 1.3. */
  readonly outerType?: number;
  /** TLSInnerPlaintext.type, in TLS 1.2 the type in the additional data; default: that of the content. */
  readonly innerType?: number;
  /** legacy_record_version; default 0x0303. */
  readonly version?: number;
  /** The length in the header, independent of the body; under keys the header is also the additional data. */
  readonly length?: number;
  /** TLS 1.3: zero bytes after the inner type. Default 0. */
  readonly padding?: number;
  /** TLS 1.2, where nonces are explicit: these 8 bytes instead of the sequence number. */
  readonly explicitNonce?: Uint8Array;
  /** Sequence number of this record alone; the keys' own counter then stays. */
  readonly sequence?: bigint;
  /** Rewrites the TLSInnerPlaintext (content, type, padding; in TLS 1.2 the content) before it is sealed. */
  readonly inner?: (plaintext: Uint8Array) => Uint8Array;
  /** Rewrites the body after sealing; the length in the header follows unless `length` is given. */
  readonly sealed?: (body: Uint8Array) => Uint8Array;
}

/** A record's bytes from parts that need not agree. */
export function rawRecord(
  type: number,
  body: Uint8Array,
  version = 0x0303,
  length: number = body.length,
): Uint8Array {
  const header = Uint8Array.of(type, version >>> 8, version & 0xff, (length >>> 8) & 0xff, length & 0xff);
  return concatBytes(header, body);
}

/** One record around `content`, in the clear when `keys` is undefined. No length is refused. */
export function craftRecord(
  type: number,
  content: Uint8Array,
  keys: PeerKeys | undefined,
  options: RecordOptions = {},
): Uint8Array {
  if (keys !== undefined) return keys.craft(type, content, options);
  const body = options.sealed?.(content) ?? content;
  return rawRecord(options.outerType ?? type, body, options.version ?? 0x0303, options.length ?? body.length);
}

/** The pieces of `content`: always at least one, so that empty content gives an empty record. */
export function splitContent(content: Uint8Array, split: Split): Uint8Array[] {
  const offsets: number[] = [];
  if (typeof split === 'number') {
    if (!(split >= 1)) throw new RangeError(`cannot cut into pieces of ${split} bytes`);
    for (let at = split; at < content.length; at += split) offsets.push(at);
  } else offsets.push(...split);
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const offset of [...offsets, content.length]) {
    pieces.push(content.subarray(start, offset));
    start = offset;
  }
  return pieces;
}

/** A record as it came, not opened. */
export interface RawRecord {
  readonly type: number;
  readonly version: number;
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

/** Cuts a byte stream into records by their length alone; it judges nothing. */
export class RecordReader {
  #waiting: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): void {
    this.#waiting = concatBytes(this.#waiting, bytes);
  }

  /** Bytes that are not yet a whole record. */
  get buffered(): number {
    return this.#waiting.length;
  }

  next(): RawRecord | undefined {
    const waiting = this.#waiting;
    if (waiting.length < 5) return undefined;
    const [type = 0, major = 0, minor = 0, high = 0, low = 0] = waiting;
    const end = 5 + high * 256 + low;
    if (waiting.length < end) return undefined;
    this.#waiting = waiting.subarray(end);
    return { type, version: major * 256 + minor, header: waiting.slice(0, 5), body: waiting.slice(5, end) };
  }
}

/** Cuts a whole stream at its record boundaries; what does not fill a record is the last piece. */
export function splitRecords(stream: Uint8Array): Uint8Array[] {
  const reader = new RecordReader();
  reader.push(stream);
  const records: Uint8Array[] = [];
  for (let record = reader.next(); record !== undefined; record = reader.next()) {
    records.push(concatBytes(record.header, record.body));
  }
  if (reader.buffered > 0) records.push(stream.slice(stream.length - reader.buffered));
  return records;
}
