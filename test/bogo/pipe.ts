/** One connection over TCP: bytes in both directions, and nothing else. */
import { connect, type Socket } from 'node:net';
import type { Connection } from '../../src/engine/connection.ts';

export interface Pipe {
  /** Sends what the connection has to send. */
  readonly flush: () => void;
  /** Until the peer has closed, or all is done; what it sent goes to the connection. Rejects with the error that ended the connection. */
  readonly done: Promise<void>;
  /** Closes our direction, and resolves when the peer has closed its own. */
  readonly finish: () => Promise<void>;
}

function eightBytes(id: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, id, true);
  return bytes;
}

/** Connects to the runner and says which case this is. */
export function open(port: number, ipv6: boolean, id: bigint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: ipv6 ? '::1' : '127.0.0.1', allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      // The runner closes as it likes; what it sent before is what counts.
      socket.on('error', () => undefined);
      socket.setNoDelay(true);
      socket.write(eightBytes(id));
      resolve(socket);
    });
  });
}

/** `after` runs when bytes have been taken, and may throw to end the case; `over` says whether that was all. */
export function attach(socket: Socket, connection: Connection, after: () => void, over: () => boolean): Pipe {
  const flush = (): void => {
    const output = connection.takeOutput();
    if (output !== undefined && socket.writable) socket.write(output);
  };
  const closed = new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
  const done = new Promise<void>((resolve, reject) => {
    const guarded = (work: () => void): void => {
      try {
        work();
        after();
        flush();
        if (over()) resolve();
      } catch (error) {
        flush();
        reject(error);
      }
    };
    socket.on('data', (bytes: Buffer) => {
      if (connection.error === undefined) guarded(() => connection.receive(new Uint8Array(bytes)));
    });
    void closed.then(() => {
      guarded(() => connection.receiveEnd());
      resolve();
    });
  });
  const finish = async (): Promise<void> => {
    // Read to the end: a reset would destroy the alert that the runner has yet to read.
    socket.resume();
    socket.end();
    await closed;
    socket.destroy();
  };
  return { flush, done, finish };
}
