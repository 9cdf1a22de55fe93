/** TLS records in a file, as they were on the wire: what is not encrypted is taken apart. */
import { HandshakeJoiner } from '../message/joiner.ts';
import { Deframer } from '../record/deframer.ts';
import { isKnownContentType } from '../record/header.ts';
import { annotateHandshake, chosenVersion, type MessageVersion } from '../study/annotate.ts';
import type { TraceEntry } from '../study/document.ts';
import { decodeAlert } from '../wire/alert.ts';
import { MAX_CIPHERTEXT } from '../wire/limits.ts';
import { AlertDescription, AlertLevel, ContentType, nameOf } from '../wire/registry.ts';

/** A content type, major version 3. */
export function looksLikeRecords(bytes: Uint8Array): boolean {
  const [type, major] = bytes;
  return type !== undefined && isKnownContentType(type) && major === 3;
}

export interface RecordsRead {
  readonly entries: readonly TraceEntry[];
  /** Bytes at the end that are no whole record, and of the last message that is not whole. */
  readonly unfinishedRecord: number;
  readonly unfinishedMessage: number;
}

/** Throws TLSError where the bytes stop being records. */
export function readRecords(bytes: Uint8Array): RecordsRead {
  const entries: TraceEntry[] = [];
  const deframer = new Deframer(bytes.length + 1);
  const joiner = new HandshakeJoiner();
  let messages = 0;
  let version: MessageVersion | undefined;
  deframer.push(bytes);
  for (
    let record = deframer.next(MAX_CIPHERTEXT);
    record !== undefined;
    record = deframer.next(MAX_CIPHERTEXT)
  ) {
    const { type, content, length } = record;
    entries.push({
      kind: 'record',
      direction: 'received',
      type: nameOf(ContentType, type),
      length,
      protection: type === ContentType.application_data ? 'application' : 'plaintext',
    });
    if (type === ContentType.change_cipher_spec) {
      entries.push({ kind: 'change_cipher_spec', direction: 'received' });
    }
    if (type === ContentType.alert) {
      const { level, description } = decodeAlert(content);
      entries.push({
        kind: 'alert',
        direction: 'received',
        level: nameOf(AlertLevel, level),
        description: nameOf(AlertDescription, description),
      });
    }
    if (type !== ContentType.handshake) continue;
    joiner.push(content);
    for (let raw = joiner.next(); raw !== undefined; raw = joiner.next()) {
      version = chosenVersion(raw) ?? version;
      entries.push({
        kind: 'message',
        index: messages++,
        direction: 'received',
        protection: 'plaintext',
        ...annotateHandshake(raw, version),
      });
    }
  }
  return { entries, unfinishedRecord: deframer.buffered, unfinishedMessage: joiner.pending };
}
