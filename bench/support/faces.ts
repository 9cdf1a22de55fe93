/** Both contenders behind one shape, and the connections that the socket benches open. */
import type { AddressInfo } from 'node:net';
import type tls from 'node:tls';
import { nodeTls } from '../peers/node-tls.ts';
import { puretls, type TlsFace } from '../peers/puretls.ts';
import { type Identity, SERVER_NAME } from './world.ts';

export type Side = 'puretls' | 'node:tls';
export const SIDES: readonly Side[] = ['puretls', 'node:tls'];

export function faceOf(side: Side): TlsFace {
  return side === 'puretls' ? puretls : nodeTls;
}

export interface Listening {
  readonly port: number;
  readonly server: tls.Server;
}

export function listen(
  side: Side,
  options: tls.TlsOptions,
  serve: (socket: tls.TLSSocket) => void,
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = faceOf(side).createServer(options, serve);
    server.on('error', reject);
    server.on('tlsClientError', reject);
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as AddressInfo).port }));
  });
}

export function serverOptions(identity: Identity): tls.TlsOptions {
  return { cert: identity.leaf.chainPem, key: identity.leaf.keyPem, minVersion: 'TLSv1.3' };
}

export function dial(side: Side, port: number, options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = faceOf(side).connect({
      host: '127.0.0.1',
      port,
      servername: SERVER_NAME,
      minVersion: 'TLSv1.3',
      ...options,
    });
    socket.on('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });
}
