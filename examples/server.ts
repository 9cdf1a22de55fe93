/** A TLS server in ten lines: node dist/examples/server.js localhost.pem localhost.key */
import { readFileSync } from 'node:fs';
import { createServer, type TLSSocket } from '../src/index.ts';

const [cert = 'localhost.pem', key = 'localhost.key', port = '8000'] = process.argv.slice(2);

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket: TLSSocket) => {
  socket.write(`Welcome! We speak ${socket.getProtocol()} with ${socket.getCipher()?.name}.\n`);
  socket.pipe(socket);
});
server.listen(Number(port), () => console.log('listening', server.address()));
