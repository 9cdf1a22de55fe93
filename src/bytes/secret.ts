import { constantTimeEqual } from './constant-time.ts';

/**
 * The one owner of key bytes. It wipes them on request, never prints them and compares them in constant time.
 * Best effort: a moving garbage collector may have left copies behind.
 */
export class Secret {
  readonly #bytes: Uint8Array;
  #wiped = false;

  /** Takes ownership: the caller must not keep or change `bytes`. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  get wiped(): boolean {
    return this.#wiped;
  }

  /** A view, valid until `wipe`; do not keep it. Throws Error once wiped, since zeros would silently work as a key. */
  reveal(): Uint8Array {
    if (this.#wiped) throw new Error('the secret has been wiped');
    return this.#bytes;
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#wiped = true;
  }

  /** Constant time in the content. Throws Error once either side is wiped. */
  equals(other: Secret | Uint8Array): boolean {
    return constantTimeEqual(this.reveal(), other instanceof Secret ? other.reveal() : other);
  }

  /** A second owner with its own bytes, to be wiped on its own. */
  clone(): Secret {
    return new Secret(new Uint8Array(this.reveal()));
  }

  toString(): string {
    return `[Secret ${this.length} bytes]`;
  }

  toJSON(): string {
    return this.toString();
  }

  static {
    // Node's inspection hook. It is looked up by name, so nothing of Node is imported.
    Object.defineProperty(Secret.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Secret): string {
        return this.toString();
      },
    });
  }
}
