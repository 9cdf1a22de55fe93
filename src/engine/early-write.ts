/** A client's early data: how much may yet be written, and how much was. */
export class EarlyWrite {
  #room = 0;
  #written = 0;

  /** Bytes that may be written now; 0 unless it was offered and has not ended. */
  get room(): number {
    return this.#room;
  }

  get written(): number {
    return this.#written;
  }

  open(maximum: number): void {
    this.#room = maximum;
  }

  spend(length: number): void {
    this.#room -= length;
    this.#written += length;
  }

  close(): void {
    this.#room = 0;
  }
}
