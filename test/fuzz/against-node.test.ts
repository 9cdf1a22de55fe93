/** The scripted peer against OpenSSL, by way of node:tls, in both roles: a judge that is itself wrong judges nothing. */
import assert from 'node:assert/strict';
import { connect as connectTcp, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { encodePem } from '../../src/bytes/pem.ts';
import {
  clientHandshake,
  expectData,
  keyUpdate,
  ScriptedPeer,
  sendData,
  serverHandshake,
} from '../../src/fuzz.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { exportPrivateKey } from '../../src/x509/key-format.ts';
import { credentials, provider, type TestCredential } from '../handshake/credentials.ts';

const tls = await import('node:tls').catch(() => undefined);
const skip = tls === undefined ? 'this Node has no node:tls' : false;
const ping = Buffer.from('ping');
const pong = Buffer.from('pong');

function pem({ chain, privateKey }: TestCredential): { key: string; cert: string } {
  return {
    key: encodePem('PRIVATE KEY', exportPrivateKey(privateKey)),
    cert: encodePem('CERTIFICATE', chain[0].raw),
  };
}

/** Feeds a peer from a socket until its script is done. */
function drive(socket: Socket, peer: ScriptedPeer): Promise<void> {
  return new Promise((resolve, reject) => {
    const flush = (): void => {
      const bytes = peer.takeOutput();
      if (bytes !== undefined) socket.write(bytes);
      if (peer.waitingFor === undefined) resolve();
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed while waiting: ${peer.waitingFor}`)));
    socket.on('data', (chunk) => {
      try {
        peer.receive(new Uint8Array(chunk));
      } catch (error) {
        reject(error);
      }
      flush();
    });
    flush();
  });
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

for (const retried of [false, true]) {
  test(`a scripted client with node:tls${retried ? ', retried' : ''}`, { skip }, async () => {
    assert.ok(tls);
    const server = tls.createServer(
      {
        ...pem(credentials.serverP256()),
        requestCert: true,
        rejectUnauthorized: false,
        ecdhCurve: retried ? 'P-256' : 'X25519',
        minVersion: 'TLSv1.3',
      },
      (socket) => {
        socket.on('error', () => {});
        socket.on('data', () => socket.write(pong));
      },
    );
    const socket = connectTcp(await listening(server), '127.0.0.1');
    const peer = ScriptedPeer.client({
      provider,
      credential: credentials.client(),
      groups: [NamedGroup.x25519, NamedGroup.secp256r1],
    });
    peer.play(
      clientHandshake({ helloRetryRequest: retried, certificate: 'own' }).append(
        keyUpdate,
        sendData(ping),
        expectData(pong),
      ),
    );
    try {
      await drive(socket, peer);
    } finally {
      socket.destroy();
      server.close();
    }
  });

  test(`a scripted server with node:tls${retried ? ', retried' : ''}`, { skip }, async () => {
    assert.ok(tls);
    const server = createTcpServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const port = await listening(server);
    const client = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ecdhCurve: 'X25519:P-256',
      ...pem(credentials.client()),
    });
    client.on('error', () => {});
    client.on('secureConnect', () => client.write(ping));
    const answered = new Promise<string>((resolve) => client.once('data', (data) => resolve(String(data))));
    const peer = ScriptedPeer.server({ provider, credential: credentials.server() });
    peer.play(
      serverHandshake({
        requestCertificate: 'expect own',
        ...(retried ? { helloRetryRequest: NamedGroup.secp256r1 } : {}),
      }).append(expectData(ping), keyUpdate, sendData(pong)),
    );
    try {
      await drive(await accepted, peer);
      assert.equal(await answered, 'pong');
    } finally {
      client.destroy();
      server.close();
    }
  });
}
