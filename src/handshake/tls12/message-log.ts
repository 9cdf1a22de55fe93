import { concatBytes } from '../../bytes/bytes.ts';
import type { HashFunction } from '../../crypto/provider.ts';
import { TranscriptHash } from '../../crypto/transcript.ts';

/**
 * All handshake messages so far, hashed, and also kept: CertificateVerify signs the messages themselves, under a hash
 * that need not be the PRF's (RFC 5246 7.4.8).
 */
export class MessageLog {
  readonly #transcript = new TranscriptHash();
  #messages: Uint8Array[] | undefined = [];

  constructor(hash: HashFunction) {
    this.#transcript.commit(hash);
  }

  get transcript(): TranscriptHash {
    return this.#transcript;
  }

  add(raw: Uint8Array): void {
    this.#transcript.add(raw);
    this.#messages?.push(raw);
  }

  /** Transcript hash of all messages so far. */
  digest(): Uint8Array {
    return this.#transcript.digest();
  }

  /** All messages so far, as CertificateVerify signs them. */
  bytes(): Uint8Array {
    return concatBytes(...(this.#messages ?? []));
  }

  /** Nothing more will be signed: only the hash is still needed. */
  stopKeeping(): void {
    this.#messages = undefined;
  }
}
