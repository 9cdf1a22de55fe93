/** A client and a server over a real socket, certificates made on the spot, in a process where OpenSSL is out of reach. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type tls from 'node:tls';
import * as puretls from '../../src/index.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { createAuthority } from '../../src/x509.ts';
import { removeLater } from './remove.ts';

removeLater();

const face = puretls as unknown as Pick<typeof tls, 'connect' | 'createServer'>;
const root = createAuthority({ random: platformRandom, now: Date.now() });
const leaf = root.intermediate().issue({ names: ['localhost'] });
const client = root.issue({ subject: 'CN=client' });

const server = face.createServer(
  {
    cert: leaf.chainPem,
    key: leaf.keyPem,
    ca: root.certificatePem,
    requestCert: true,
    ALPNProtocols: ['echo'],
  },
  (socket) => void socket.pipe(socket),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const socket = face.connect({
  host: '127.0.0.1',
  port: (server.address() as AddressInfo).port,
  servername: 'localhost',
  ca: root.certificatePem,
  cert: client.chainPem,
  key: client.keyPem,
  ALPNProtocols: ['echo'],
});
await once(socket, 'secureConnect');
assert.equal(socket.authorized, true);
assert.equal(socket.getProtocol(), 'TLSv1.3');
assert.equal(socket.alpnProtocol, 'echo');
const sent = Buffer.alloc(100_000, 'round trip ');
socket.end(sent);
const chunks: Buffer[] = [];
for await (const chunk of socket) chunks.push(chunk as Buffer);
assert.ok(Buffer.concat(chunks).equals(sent), 'the echo differs');
server.close();
console.log('round trip done');
