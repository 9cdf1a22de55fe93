/**
 * The peer's own transcript: the messages themselves, so that a script can drop, change or add to what is hashed.
 */
import { concatBytes } from '../bytes/bytes.ts';
import type { HashFunction } from '../crypto/provider.ts';
import { wrapHandshake } from '../message/handshake.ts';
import { HandshakeType } from '../wire/registry.ts';

export class Transcript {
  /** Whole handshake messages in order; scripts may edit the list. */
  messages: Uint8Array[] = [];

  add(raw: Uint8Array): void {
    this.messages.push(Uint8Array.from(raw));
  }

  digest(hash: HashFunction): Uint8Array {
    return hash.digest(concatBytes(...this.messages));
  }

  /** Puts message_hash in place of what there is, as HelloRetryRequest asks (RFC 8446 4.4.1). */
  replaceWithMessageHash(hash: HashFunction): void {
    this.messages = [wrapHandshake(HandshakeType.message_hash, this.digest(hash))];
  }
}
