/** Pre-shared keys with OpenSSL, both roles: ECDHE_PSK of TLS 1.2, and external keys of TLS 1.3. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { asciiDecode, asciiEncode, toHex } from '../../src/bytes/encoding.ts';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { Connection } from '../../src/engine/connection.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';

const SUITE = 'ECDHE-PSK-CHACHA20-POLY1305';
const key = new Uint8Array(32).fill(0x5a);
const identity = 'interop';
const found = spawnSync('openssl', ['ciphers', SUITE], { encoding: 'utf8' }).stdout?.includes(SUITE) === true;
const skip = found ? false : `openssl with ${SUITE} is not here`;

const provider = nobleProvider();
const options = {
  provider,
  now: Date.now,
  cipherSuites: [CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256],
  presharedKeys: [{ identity: asciiEncode(identity), key }],
};
/** OpenSSL's command gives a key of TLS 1.3 to TLS_AES_128_GCM_SHA256 alone, and knows nothing of importing. */
const options13 = {
  provider,
  now: Date.now,
  minVersion: ProtocolVersion.TLS13,
  externalPsks: [{ identity: asciiEncode(identity), key }],
};
const flags13 = [
  '-psk',
  toHex(key),
  '-psk_identity',
  identity,
  '-tls1_3',
  '-ciphersuites',
  'TLS_AES_128_GCM_SHA256',
];
const has13 = spawnSync('openssl', ['ciphers', '-tls1_3', '-s'], { encoding: 'utf8' }).status === 0;
const pskFlags = ['-psk', toHex(key), '-psk_identity', identity, '-tls1_2', '-cipher', SUITE];

function attach(connection: Connection, socket: Socket): void {
  const flush = (): void => {
    const out = connection.takeOutput();
    if (out !== undefined) socket.write(out);
  };
  socket.on('data', (chunk) => {
    connection.receive(chunk);
    flush();
  });
  socket.on('error', () => {});
  flush();
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function reach(port: number): Promise<Socket> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    const opened = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (opened) return socket;
    await pause(100);
  }
  throw new Error('the server never listened');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

interface Version {
  readonly name: string;
  readonly skip: boolean | string;
  readonly flags: readonly string[];
  readonly client: ClientOptions;
  readonly server: ServerOptions;
}

const VERSIONS: readonly Version[] = [
  {
    name: 'TLS 1.2',
    skip,
    flags: pskFlags,
    client: { ...options, serverName: 'psk.example' },
    server: { ...options, credentials: [] },
  },
  {
    name: 'TLS 1.3',
    skip: has13 ? false : 'openssl with TLS 1.3 is not here',
    flags: flags13,
    client: { ...options13, pskOnly: true },
    server: { ...options13, cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256], credentials: [] },
  },
];

for (const version of VERSIONS) {
  test(`${version.name}: our client with s_server`, { skip: version.skip, timeout: 30_000 }, async () => {
    const port = await freePort();
    const args = ['s_server', '-accept', `127.0.0.1:${port}`, '-nocert', '-rev', ...version.flags];
    const child = spawn('openssl', args, { stdio: 'ignore' });
    try {
      const socket = await reach(port);
      const answer = new Promise<string>((resolve) => {
        const listener = (event: ConnectionEvent): void => {
          if (event.kind === 'secure') connection.send(asciiEncode('stressed\n'));
          if (event.kind === 'data') resolve(asciiDecode(event.data) ?? '');
        };
        const connection = Connection.client(createClientConfig(version.client), listener);
        connection.start();
        attach(connection, socket);
      });
      assert.equal(await answer, 'desserts\n');
      socket.destroy();
    } finally {
      await ended(child);
    }
  });

  test(`${version.name}: our server with s_client`, { skip: version.skip, timeout: 30_000 }, async () => {
    let text = '';
    const server = createServer((socket) => {
      const connection = Connection.server(createServerConfig(version.server), (event) => {
        if (event.kind !== 'data') return;
        connection.send(asciiEncode(`got ${asciiDecode(event.data)}`));
        connection.close();
      });
      connection.start();
      attach(connection, socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-brief', ...version.flags]);
    try {
      child.stdout.on('data', (part) => {
        text += part;
      });
      child.stdin.write('ping\n');
      await once(child.stdout, 'end');
      assert.match(text, /got ping/);
    } finally {
      await ended(child);
      server.close();
    }
  });
}
