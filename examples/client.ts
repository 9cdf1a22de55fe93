/** A TLS client in ten lines: node dist/examples/client.js ca.pem */
import { readFileSync } from 'node:fs';
import { connect } from '../src/index.ts';

const [ca = 'ca.pem', port = '8000'] = process.argv.slice(2);

const socket = connect({ host: 'localhost', port: Number(port), ca: readFileSync(ca) }, () => {
  console.log(socket.authorized ? 'verified' : 'not verified', socket.getProtocol());
  socket.end('Hello, server\n');
});
socket.pipe(process.stdout);
