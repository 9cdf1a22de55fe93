/**
 * The running hash of the handshake (RFC 8446 4.4.1). The hash function is known only with ServerHello, so messages
 * are kept until then; afterwards only the hash's state is.
 */
import { TLSError } from '../wire/error.ts';
import { HandshakeType } from '../wire/registry.ts';
import type { HashFunction, HashState } from './provider.ts';

export class TranscriptHash {
  #pending: Uint8Array[] = [];
  #hash: HashFunction | undefined;
  #state: HashState | undefined;

  /** The hash function, once known. */
  get hash(): HashFunction | undefined {
    return this.#hash;
  }

  /** Appends one whole handshake message, header included, exactly as sent or received. `raw` must stay unchanged until `commit`. */
  add(raw: Uint8Array): void {
    if (this.#state === undefined) this.#pending.push(raw);
    else this.#state.update(raw);
  }

  /** Fixes the hash function and hashes what was kept. Doing it again is an error unless it is the same function. */
  commit(hash: HashFunction): void {
    if (this.#hash !== undefined) {
      if (this.#hash.name === hash.name) return;
      throw new TLSError('internal_error', 'the transcript already has another hash');
    }
    const state = hash.create();
    for (const raw of this.#pending) state.update(raw);
    this.#hash = hash;
    this.#state = state;
    this.#pending = [];
  }

  /** Transcript-Hash of all messages so far. */
  digest(): Uint8Array {
    return this.#committed().digest();
  }

  /** Transcript-Hash of all messages so far and `extra`, which is not kept: a ClientHello without its binders (RFC 8446 4.2.11.2). */
  digestWith(extra: Uint8Array): Uint8Array {
    return this.#committed().clone().update(extra).digest();
  }

  /** ClientHello1 gives way to a synthetic message_hash before HelloRetryRequest is added (RFC 8446 4.4.1). */
  replaceWithMessageHash(): void {
    const digest = this.#committed().digest();
    this.#state = this.#function().create();
    this.addMessageHash(digest);
  }

  /** Adds the synthetic message_hash for a first ClientHello that others have seen, of which a cookie keeps the hash. */
  addMessageHash(digest: Uint8Array): void {
    this.#committed()
      .update(Uint8Array.of(HandshakeType.message_hash, 0, 0, digest.length))
      .update(digest);
  }

  /** An independent copy: a PSK's binder may need another hash, a post-handshake request its own snapshot. */
  clone(): TranscriptHash {
    const copy = new TranscriptHash();
    copy.#pending = this.#pending.slice();
    copy.#hash = this.#hash;
    copy.#state = this.#state?.clone();
    return copy;
  }

  #committed(): HashState {
    if (this.#state === undefined) throw new TLSError('internal_error', 'the transcript has no hash yet');
    return this.#state;
  }

  #function(): HashFunction {
    if (this.#hash === undefined) throw new TLSError('internal_error', 'the transcript has no hash yet');
    return this.#hash;
  }
}
