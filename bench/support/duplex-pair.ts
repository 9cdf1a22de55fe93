/** Two streams, each the other's end, without a socket. */
import { Duplex } from 'node:stream';

class Half extends Duplex {
  other: Half | undefined;
  #wanted: (() => void) | undefined;

  override _read(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    const { other } = this;
    if (other === undefined || other.destroyed) done();
    else if (other.push(chunk)) process.nextTick(done);
    else other.#wanted = done;
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }
}

export function duplexPair(): readonly [Duplex, Duplex] {
  const near = new Half();
  const far = new Half();
  near.other = far;
  far.other = near;
  return [near, far];
}
