import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tls from '../../src/index.ts';
import { ca, closeServer, errorOf, listen, otherAuthority, puretls, server, within } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'face-'));
after(() => rmSync(folder, { recursive: true }));

async function secure(serverOptions: object, clientOptions: object): Promise<void> {
  const listening = puretls.createServer({ ...server, ...serverOptions });
  const port = await listen(listening);
  const socket = puretls.connect({ port, host: 'localhost', ca, ...clientOptions });
  await within(once(socket, 'secureConnect'), 'secureConnect');
  socket.destroy();
  await closeServer(listening);
}

describe('keylog', () => {
  const LINE = /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64}$/;
  test('to a file: both ends write the same secrets', async () => {
    const [a, b] = [join(folder, 'client'), join(folder, 'server')];
    await secure({ keylog: b }, { keylog: a });
    await secure({ keylog: b }, { keylog: a });
    const lines = (path: string): string[] => readFileSync(path, 'latin1').trim().split('\n').sort();
    assert.ok(lines(a).length >= 8);
    for (const line of lines(a)) assert.match(line, LINE);
    assert.deepEqual(lines(a), lines(b));
  });
  test('to a function', async () => {
    const lines: Buffer[] = [];
    await secure({}, { keylog: (line: Buffer) => lines.push(line) });
    assert.ok(lines.length >= 4);
    for (const line of lines) assert.match(line.toString(), /^[A-Z_0-9]+ [0-9a-f]+ [0-9a-f]+\n$/);
  });
  test('nowhere', () => {
    assert.throws(() => puretls.connect({ port: 1, keylog: join(folder, 'no', 'such') } as object), {
      code: 'ENOENT',
    });
    assert.throws(() => puretls.connect({ port: 1, keylog: 5 } as object), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => puretls.connect({ port: 1, keylog: '' } as object), { code: 'ERR_INVALID_ARG_TYPE' });
  });
  test('SSLKEYLOGFILE in the environment does nothing here', async () => {
    const path = join(folder, 'environment');
    process.env['SSLKEYLOGFILE'] = path;
    await secure({}, {});
    delete process.env['SSLKEYLOGFILE'];
    assert.throws(() => readFileSync(path), { code: 'ENOENT' });
  });
});

test('enableTrace prints names and lengths, and no secret', async () => {
  const write = process.stderr.write.bind(process.stderr);
  let text = '';
  process.stderr.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  try {
    await secure({}, { enableTrace: true });
  } finally {
    process.stderr.write = write;
  }
  assert.match(text, /client: out client_hello \d+ bytes, plaintext\n/);
  assert.match(text, /client: in finished \d+ bytes, handshake\n/);
  assert.doesNotMatch(text, /[0-9a-f]{32}/);
  assert.throws(() => puretls.connect({ port: 1, enableTrace: 1 } as object), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
});

test('requestOCSP: the event comes before secureConnect, null for none', async () => {
  const listening = puretls.createServer(server);
  const port = await listen(listening);
  const socket = tls.connect({ port, host: 'localhost', ca, requestOCSP: true });
  const order: unknown[] = [];
  socket.on('OCSPResponse', (response) => order.push(response));
  socket.on('secureConnect', () => order.push('secure'));
  await within(once(socket, 'secureConnect'), 'secureConnect');
  assert.deepEqual(order, [null, 'secure']);
  socket.destroy();
  await closeServer(listening);
});

test('setServername before the handshake; what is verified stays', async () => {
  const names: unknown[] = [];
  const listening = puretls.createServer(server, (socket) =>
    names.push((socket as { servername?: unknown }).servername),
  );
  const port = await listen(listening);
  const socket = tls.connect({ port, host: 'localhost', ca });
  socket.setServername('front.example');
  await within(once(socket, 'secureConnect'), 'secureConnect');
  assert.equal(socket.authorized, true);
  socket.destroy();
  await closeServer(listening);
  assert.deepEqual(names, ['front.example']);
});

test('captureRejections: an async listener that rejects costs its socket, not the process', async () => {
  const { EventEmitter } = await import('node:events');
  const before = EventEmitter.captureRejections;
  EventEmitter.captureRejections = true;
  try {
    const listening = puretls.createServer(server, async () => {
      throw new Error('mine');
    });
    const port = await listen(listening);
    const coming = once(listening, 'secureConnection');
    const socket = puretls.connect({ port, host: 'localhost', ca });
    socket.on('error', () => {});
    const [peer] = await within(coming, 'secureConnection');
    assert.equal((await errorOf(peer)).message, 'mine');
    assert.equal(peer.destroyed, true);
    socket.destroy();
    await closeServer(listening);
  } finally {
    EventEmitter.captureRejections = before;
  }
});

describe('whom a program without ca trusts', () => {
  const listening = puretls.createServer(server);
  let port = 0;
  const own = join(folder, 'own.pem');
  const other = join(folder, 'other.pem');
  before(async () => {
    writeFileSync(own, ca);
    writeFileSync(other, otherAuthority.certificatePem);
    listening.on('tlsClientError', () => {});
    port = await listen(listening);
  });
  after(() => closeServer(listening));

  const child = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? 'trust-child.ts' : 'trust-child.js', import.meta.url),
  );
  async function run(env: Record<string, string>): Promise<{ out: string; err: string }> {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [...process.execArgv.filter((arg) => arg !== '--test'), child, String(port)],
      {
        env: { PATH: process.env['PATH'] ?? '', ...env },
        timeout: 10_000,
      },
    );
    return { out: stdout, err: stderr };
  }

  test('SSL_CERT_FILE, and nothing else', async () => {
    assert.equal((await run({ SSL_CERT_FILE: own })).out, 'authorized true 1');
    assert.equal((await run({ SSL_CERT_FILE: other })).out, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE 1');
  });
  test('nobody where there is no file', async () => {
    assert.equal(
      (await run({ SSL_CERT_FILE: join(folder, 'none') })).out,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE 0',
    );
  });
  test('NODE_EXTRA_CA_CERTS as well', async () => {
    assert.equal((await run({ SSL_CERT_FILE: other, NODE_EXTRA_CA_CERTS: own })).out, 'authorized true 1');
  });
  test('NODE_EXTRA_CA_CERTS that cannot be read is a warning', async () => {
    const { out, err } = await run({ SSL_CERT_FILE: own, NODE_EXTRA_CA_CERTS: join(folder, 'none') });
    assert.equal(out, 'authorized true 1');
    assert.match(err, /Ignoring extra certs from/);
  });
  test('ca replaces both', async () => {
    const socket = puretls.connect({ port, host: 'localhost', ca: otherAuthority.certificatePem });
    assert.equal((await errorOf(socket)).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
  test('NODE_TLS_REJECT_UNAUTHORIZED=0 switches nothing off', async () => {
    assert.equal(
      (await run({ SSL_CERT_FILE: other, NODE_TLS_REJECT_UNAUTHORIZED: '0' })).out,
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE 1',
    );
  });
});
