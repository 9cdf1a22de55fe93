/** A server and a client over TCP, both ends here, one byte each way: `puretls` or `node:tls`, as the second argument says. */
import type { AddressInfo } from 'node:net';
import type tls from 'node:tls';

const [, , identity = '', face = ''] = process.argv;
const { cert, key, ca } = JSON.parse(identity) as Record<'cert' | 'key' | 'ca', string>;
const { createServer, connect } = (await import(face)) as Pick<typeof tls, 'createServer' | 'connect'>;
const server = createServer({ cert, key }, (socket) => void socket.pipe(socket));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca });
  socket.on('secureConnect', () => socket.write('x'));
  // Closing would take its time; what is measured ends here.
  socket.on('data', () => process.exit(socket.authorized ? 0 : 1));
});
