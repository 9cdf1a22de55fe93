/** Certificates, servers on loopback and what the tests of the Node face need of both modules. */
import { once } from 'node:events';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import nodeTls from 'node:tls';
import type { RandomSource } from '../../src/crypto/provider.ts';
import * as ours from '../../src/index.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { type Authority, createAuthority, type Issued } from '../../src/x509/authority.ts';

export type Face = Pick<
  typeof nodeTls,
  'connect' | 'createServer' | 'TLSSocket' | 'createSecureContext' | 'checkServerIdentity'
>;

/** Our module under the types of Node's: what a program sees that only changed its import. */
export const puretls: Face = ours as object as Face;
export const node: Face = nodeTls;

export const random: RandomSource = platformRandom;
export const authority: Authority = createAuthority({ random, now: Date.now(), subject: 'CN=test root' });
export const otherAuthority: Authority = createAuthority({
  random,
  now: Date.now(),
  subject: 'CN=other root',
});
export const leaf: Issued = authority.issue({ names: ['localhost', '127.0.0.1'] });
export const client: Issued = authority.issue({ subject: 'CN=client', extKeyUsage: ['clientAuth'] });

export const ca: string = authority.certificatePem;
export const server: { cert: string; key: string } = { cert: leaf.chainPem, key: leaf.keyPem };
export const clientCert: { cert: string; key: string } = { cert: client.chainPem, key: client.keyPem };

export const portOf = (listening: net.Server): number => (listening.address() as AddressInfo).port;

export async function listen<S extends net.Server>(listening: S): Promise<number> {
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return portOf(listening);
}

export async function closeServer(listening: net.Server): Promise<void> {
  if (!listening.listening) return;
  const closed = once(listening, 'close');
  listening.close();
  await closed;
}

/** Fails with a message instead of hanging the run. */
export async function within<T>(promise: Promise<T>, what: string, milliseconds = 20_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first of these events with its first argument; 'error' does not reject. */
export function firstOf(
  emitter: NodeJS.EventEmitter,
  ...names: string[]
): Promise<{ name: string; value: unknown }> {
  const found = new Promise<{ name: string; value: unknown }>((resolve) => {
    for (const name of names) emitter.once(name, (value: unknown) => resolve({ name, value }));
  });
  return within(found, `one of ${names.join(', ')}`);
}

export async function errorOf(
  emitter: NodeJS.EventEmitter,
  name = 'error',
): Promise<Error & { code?: string; cause?: unknown }> {
  const { value } = await firstOf(emitter, name);
  if (!(value instanceof Error)) throw new Error(`${name} came with ${String(value)}`);
  return value;
}

export async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export interface Pair {
  readonly listening: net.Server;
  readonly client: nodeTls.TLSSocket;
  readonly server: nodeTls.TLSSocket;
  close(): Promise<void>;
}

/** A secure connection: both ends, after 'secureConnection' and 'secureConnect'. */
export async function connected(
  serverFace: Face = puretls,
  clientFace: Face = puretls,
  serverOptions: nodeTls.TlsOptions & Record<string, unknown> = {},
  clientOptions: nodeTls.ConnectionOptions & Record<string, unknown> = {},
): Promise<Pair> {
  const listening = serverFace.createServer({ ...server, ...serverOptions });
  const port = await listen(listening);
  const accepted = once(listening, 'secureConnection') as Promise<[nodeTls.TLSSocket]>;
  const clientSocket = clientFace.connect({ port, host: 'localhost', ca, ...clientOptions });
  await within(once(clientSocket, 'secureConnect'), 'secureConnect');
  const [serverSocket] = await within(accepted, 'secureConnection');
  return {
    listening,
    client: clientSocket,
    server: serverSocket,
    close: async () => {
      clientSocket.destroy();
      serverSocket.destroy();
      await closeServer(listening);
    },
  };
}

/** One end of an in-memory stream. A write is done when the other end has room for it. */
class MemoryEnd extends Duplex {
  peer: MemoryEnd | undefined;
  readonly #chunk: number;
  #waiting: (() => void) | undefined;

  constructor(chunk: number) {
    super();
    this.#chunk = chunk;
  }

  override _read(): void {
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const { peer } = this;
    let more = true;
    for (let at = 0; at < data.length; at += this.#chunk) {
      more = peer?.push(Buffer.from(data.subarray(at, at + this.#chunk))) ?? true;
    }
    if (more || peer === undefined) done();
    else peer.#waiting = done;
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }
}

/** Two ends of an in-memory stream; bytes arrive in pieces of at most `chunk`. */
export function duplexPair(chunk: number = 1 << 30): [Duplex, Duplex] {
  const a = new MemoryEnd(chunk);
  const b = new MemoryEnd(chunk);
  a.peer = b;
  b.peer = a;
  return [a, b];
}
