/** Servers for the command to meet: node:tls, which only tests may use, and plain TCP. */
import { createServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import type { Pki } from './support.ts';

export interface Listening {
  readonly port: number;
  close(): void;
}

function listening(server: Server, sockets: ReadonlySet<Socket>): Promise<Listening> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({
        port,
        close: () => {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

/** A server that speaks no TLS. */
export function tcpServer(serve: (socket: Socket) => void): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  return listening(server, sockets);
}

/** OpenSSL's server, by node:tls. `raw` is the TCP socket below, for ends that are no TLS ends. */
export function tlsServer(
  pki: Pki,
  serve: (socket: tls.TLSSocket, raw: Socket) => void,
  options: tls.TLSSocketOptions & tls.SecureContextOptions = {},
): Promise<Listening & { readonly keyLog: string[] }> {
  const keyLog: string[] = [];
  const secureContext = tls.createSecureContext({ cert: pki.certPem, key: pki.keyPem, ...options });
  const listened = tcpServer((raw) => {
    const socket = new tls.TLSSocket(raw, { isServer: true, secureContext, ...options });
    socket.on('error', () => {});
    socket.on('keylog', (line: Buffer) => keyLog.push(line.toString().trim()));
    // Not at once: ended from within this event, Node's server sends no close_notify.
    socket.once('secure', () => setImmediate(serve, socket, raw));
  });
  return listened.then((server) => ({ ...server, keyLog }));
}

/** Sends back what comes; ends when the client ends. */
export const echo = (socket: Socket): void => {
  socket.pipe(socket);
};
