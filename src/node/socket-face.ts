/**
 * What a net.Socket answers about its connection, for a socket that has none of its own: addresses, keep-alive, ref and
 * the rest are those of the socket below; bytes are counted as the program sees them. Programs and Node's http test
 * `instanceof net.Socket` and call all of it.
 */
import { type AddressInfo, Socket } from 'node:net';
import { invalidType, outOfRange } from './node-error.ts';

const MAX_TIMEOUT = 2 ** 31 - 1;

export abstract class SocketFace extends Socket {
  declare connecting: boolean;
  declare timeout: number;
  #bytesRead = 0;
  #bytesWritten = 0;
  #idle: NodeJS.Timeout | undefined;

  /** The TCP or IPC socket that carries the connection, however far below. */
  protected abstract tlsLowerSocket(): Socket | undefined;
  /** Whether there is a connection, or will be. */
  protected abstract tlsHasTransport(): boolean;

  protected tlsCountRead(bytes: number): void {
    this.#bytesRead += bytes;
  }

  protected tlsCountWritten(bytes: number): void {
    this.#bytesWritten += bytes;
  }

  protected get tlsPlainBytes(): { readonly read: number; readonly written: number } {
    return { read: this.#bytesRead, written: this.#bytesWritten };
  }

  override address(): AddressInfo | Record<string, never> {
    return this.tlsLowerSocket()?.address() ?? {};
  }

  override setNoDelay(noDelay = true): this {
    this.tlsLowerSocket()?.setNoDelay(noDelay);
    return this;
  }

  override setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this.tlsLowerSocket()?.setKeepAlive(enable, initialDelay);
    return this;
  }

  override ref(): this {
    this.tlsLowerSocket()?.ref();
    return this;
  }

  override unref(): this {
    this.tlsLowerSocket()?.unref();
    return this;
  }

  override resetAndDestroy(): this {
    this.tlsLowerSocket()?.resetAndDestroy();
    return this.destroy();
  }

  /** 'timeout' after so many milliseconds without any bytes in either direction; nothing else happens then. */
  override setTimeout(milliseconds: number, callback?: () => void): this {
    if (this.destroyed) return this;
    if (typeof milliseconds !== 'number') throw invalidType('msecs', 'of type number', milliseconds);
    if (!(milliseconds >= 0) || milliseconds === Number.POSITIVE_INFINITY) {
      throw outOfRange('msecs', 'a non-negative finite number', milliseconds);
    }
    if (callback !== undefined && typeof callback !== 'function') {
      throw invalidType('callback', 'of type function', callback);
    }
    this.timeout = milliseconds;
    this.tlsClearIdleTimer();
    if (milliseconds === 0) {
      if (callback !== undefined) this.off('timeout', callback);
      return this;
    }
    this.#idle = setTimeout(() => this.emit('timeout'), Math.min(Math.max(milliseconds, 1), MAX_TIMEOUT));
    this.#idle.unref();
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  protected tlsActive(): void {
    // refresh() would bring back a timer that has gone off, as in Node.
    this.#idle?.refresh();
  }

  protected tlsClearIdleTimer(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }
}

type Read = (this: SocketFace & Faces) => unknown;

interface Faces {
  tlsLowerSocket(): Socket | undefined;
  tlsHasTransport(): boolean;
  readonly tlsPlainBytes: { readonly read: number; readonly written: number };
}

/** Accessors of net.Socket.prototype, which TypeScript knows as properties. */
const LOWER: ReadonlyMap<string, Read> = new Map<string, Read>([
  [
    'remoteAddress',
    function () {
      return this.tlsLowerSocket()?.remoteAddress;
    },
  ],
  [
    'remotePort',
    function () {
      return this.tlsLowerSocket()?.remotePort;
    },
  ],
  [
    'remoteFamily',
    function () {
      return this.tlsLowerSocket()?.remoteFamily;
    },
  ],
  [
    'localAddress',
    function () {
      return this.tlsLowerSocket()?.localAddress;
    },
  ],
  [
    'localPort',
    function () {
      return this.tlsLowerSocket()?.localPort;
    },
  ],
  [
    'localFamily',
    function () {
      return this.tlsLowerSocket()?.localFamily;
    },
  ],
  [
    'autoSelectFamilyAttemptedAddresses',
    function () {
      return this.tlsLowerSocket()?.autoSelectFamilyAttemptedAddresses;
    },
  ],
  [
    'bytesRead',
    function () {
      return this.tlsPlainBytes.read;
    },
  ],
  [
    'bytesWritten',
    function () {
      return this.tlsPlainBytes.written;
    },
  ],
  [
    '_bytesDispatched',
    function () {
      return this.tlsPlainBytes.written;
    },
  ],
  [
    'bufferSize',
    function () {
      return this.tlsHasTransport() ? this.writableLength : undefined;
    },
  ],
  [
    'pending',
    function () {
      return this.connecting || this.destroyed || !this.tlsHasTransport();
    },
  ],
]);
for (const [name, get] of LOWER) {
  Object.defineProperty(SocketFace.prototype, name, { get, configurable: true, enumerable: true });
}
