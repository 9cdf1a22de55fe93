/** One scenario over node:tls and over ours, and what a program sees of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type net from 'node:net';
import { test } from 'node:test';
import type nodeTls from 'node:tls';
import { ca, closeServer, type Face, listen, node, puretls, server, within } from './support.ts';

const EVENTS = ['connect', 'ready', 'secureConnect', 'end', 'finish', 'error', 'close'] as const;

export function describeValue(value: unknown): string {
  if (value instanceof Error) return (value as NodeJS.ErrnoException).code ?? value.message;
  return typeof value === 'boolean' ? String(value) : '';
}

const closes = new WeakMap<net.Socket, Promise<void>>();

/** Resolved by 'close', which must not have been before the first call for a socket. */
export function closed(socket: net.Socket): Promise<void> {
  const close = closes.get(socket) ?? new Promise<void>((resolve) => socket.once('close', () => resolve()));
  closes.set(socket, close);
  return close;
}

/** Every event of a socket, in order. */
export function watch(socket: net.Socket, events: readonly string[] = EVENTS): string[] {
  const log: string[] = [];
  void closed(socket);
  for (const name of events) {
    socket.on(name, (value: unknown) => log.push(`${name} ${describeValue(value)}`.trim()));
  }
  return log;
}

export type Observed = Readonly<Record<string, unknown>>;
export type Options = nodeTls.TlsOptions & Record<string, unknown>;
export type ClientOptions = nodeTls.ConnectionOptions & Record<string, unknown>;

export interface Stage {
  readonly face: Face;
  readonly listening: nodeTls.Server;
  readonly port: number;
  connect(options?: ClientOptions): nodeTls.TLSSocket;
}

export function scenario(name: string, options: Options, run: (stage: Stage) => Promise<Observed>): void {
  test(name, async () => {
    const seen: Observed[] = [];
    for (const face of [node, puretls]) {
      const listening = face.createServer({ ...server, ...options });
      const sockets = new Set<net.Socket>();
      listening.on('secureConnection', (socket) => sockets.add(socket));
      const port = await listen(listening);
      const connect = (clientOptions: ClientOptions = {}): nodeTls.TLSSocket => {
        const socket = face.connect({
          port,
          host: '127.0.0.1',
          servername: 'localhost',
          ca,
          ...clientOptions,
        });
        void closed(socket);
        sockets.add(socket);
        return socket;
      };
      try {
        seen.push(await within(run({ face, listening, port, connect }), name));
      } finally {
        for (const socket of sockets) socket.destroy();
        await closeServer(listening);
      }
    }
    assert.deepEqual(seen[1], seen[0]);
  });
}

export const accepted = async (listening: nodeTls.Server): Promise<nodeTls.TLSSocket> => {
  const [socket] = (await once(listening, 'secureConnection')) as [nodeTls.TLSSocket];
  return socket;
};
export const clientError = async (listening: nodeTls.Server): Promise<string> => {
  const [error] = (await once(listening, 'tlsClientError')) as [Error];
  return describeValue(error);
};
