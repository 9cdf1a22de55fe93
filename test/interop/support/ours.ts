/** Opening and accepting connections with our side, each wait with a deadline. */
import type { AddressInfo } from 'node:net';
import type tls from 'node:tls';
import { type ConnectionInfo, NamedGroup } from '../../../src/engine.ts';
import { serveCommands, withDeadline } from './channel.ts';
import type { GroupName } from './peer.ts';
import type { TlsFace } from './side.ts';

/** An error as the faces give it: Node's code, and the alert where the library tells it. */
export interface TlsFailure extends Error {
  readonly code?: string;
  readonly alert?: number;
  readonly alertOrigin?: 'local' | 'remote';
}

/** Connects; resolves once verified and secure, rejects with the error that the socket gave. */
export function open(face: TlsFace, options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  const opening = new Promise<tls.TLSSocket>((resolve, reject) => {
    const socket = face.connect({ host: '127.0.0.1', servername: 'localhost', ...options });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      // A later error is the business of whoever reads; unheard it would end the process.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('close', () => reject(new Error('closed without an error before it was secure')));
  });
  return withDeadline(opening, 'handshake');
}

export async function failureOf(promise: Promise<unknown>): Promise<TlsFailure> {
  try {
    await promise;
  } catch (error) {
    return error as TlsFailure;
  }
  throw new Error('it went well, where it should have failed');
}

/** Ends our half, and waits for the peer's. */
export async function finish(socket: tls.TLSSocket): Promise<void> {
  if (socket.closed) return;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.resume();
  socket.end();
  await withDeadline(closed, 'close');
}

/** The alert that the error tells of, by field or in OpenSSL's words. */
export function alertOf(failure: TlsFailure): number | undefined {
  if (failure.alert !== undefined) return failure.alert;
  const said = /SSL alert number (\d+)/.exec(failure.message)?.[1];
  return said === undefined ? undefined : Number(said);
}

const GROUP_NAMES: ReadonlyMap<number, GroupName> = new Map([
  [NamedGroup.x25519, 'X25519'],
  [NamedGroup.secp256r1, 'P-256'],
  [NamedGroup.secp384r1, 'P-384'],
  [NamedGroup.X25519MLKEM768, 'X25519MLKEM768'],
]);

/** The group that was agreed on; Node's tls tells it to clients alone. */
export function groupOf(socket: tls.TLSSocket & { readonly info?: ConnectionInfo }): string | undefined {
  const code = socket.info?.group?.code;
  if (code !== undefined) return GROUP_NAMES.get(code) ?? String(code);
  const info = socket.getEphemeralKeyInfo();
  const name = info !== null && 'name' in info ? String(info.name) : undefined;
  return name === 'prime256v1' ? 'P-256' : name === 'secp384r1' ? 'P-384' : name;
}

export function commonNameOf(socket: tls.TLSSocket): string | undefined {
  const subject = socket.getPeerCertificate().subject as { readonly CN?: string } | undefined;
  return subject?.CN;
}

/** What our server saw of one connection. */
export type Accepted =
  | {
      readonly kind: 'secure';
      readonly suite: string;
      readonly version: string | null;
      readonly group: string | undefined;
      readonly alpn: string | false | null;
      readonly authorized: boolean;
      readonly peer: string | undefined;
      readonly servername: string | false | null;
    }
  | { readonly kind: 'error'; readonly error: TlsFailure };

export class OurServer {
  readonly #server: tls.Server;
  readonly #outcomes: Accepted[] = [];
  #taken = 0;
  #wake: () => void = () => undefined;

  private constructor(server: tls.Server) {
    this.#server = server;
  }

  static async start(face: TlsFace, options: tls.TlsOptions, slow = false): Promise<OurServer> {
    const server = face.createServer(options);
    const ours = new OurServer(server);
    server.on('secureConnection', (socket) => {
      socket.on('error', () => undefined);
      ours.#add({
        kind: 'secure',
        suite: socket.getCipher().standardName,
        version: socket.getProtocol(),
        group: groupOf(socket),
        alpn: socket.alpnProtocol,
        authorized: socket.authorized,
        peer: commonNameOf(socket),
        servername: (socket as tls.TLSSocket & { readonly servername?: string | false }).servername ?? null,
      });
      serveCommands(socket, slow).catch(() => socket.destroy());
    });
    server.on('tlsClientError', (error) => ours.#add({ kind: 'error', error }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return ours;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get tls(): tls.Server {
    return this.#server;
  }

  #add(outcome: Accepted): void {
    this.#outcomes.push(outcome);
    this.#wake();
  }

  async next(): Promise<Accepted> {
    const wait = async (): Promise<Accepted> => {
      for (;;) {
        const outcome = this.#outcomes[this.#taken];
        if (outcome !== undefined) {
          this.#taken += 1;
          return outcome;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return withDeadline(wait(), 'outcome at our server', 20_000);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
