import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { connect as tcpConnect } from 'node:net';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { createAuthority } from '../../src/x509.ts';
import { tcpServer } from './peers.ts';
import { makePki, puretls, type Started, start, Workspace } from './support.ts';

const workspace = new Workspace();
const pki = makePki(workspace);
const running = new Set<Started>();
after(() => {
  for (const { child } of running) child.kill('SIGKILL');
  workspace.remove();
});

interface Serving extends Started {
  readonly port: number;
}

async function serving(...options: string[]): Promise<Serving> {
  const started = start(['serve', '--cert', pki.cert, '--key', pki.key, '--port', '0', ...options]);
  running.add(started);
  started.done.then(() => running.delete(started));
  const match = await started.until(/^listening on 127\.0\.0\.1:(\d+)$/m);
  return { ...started, port: Number(match[1]) };
}

async function stopped(server: Serving, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  server.child.kill(signal);
  return (await server.done).code;
}

interface Fetched {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** OpenSSL's client. */
function fetched(port: number, path: string, options: tls.ConnectionOptions = {}): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const request = httpsGet(
      { host: 'localhost', port, path, ca: pki.caPem, agent: false, ...options },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          body += chunk;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode, type: answer.headers['content-type'], body }),
        );
      },
    );
    request.on('error', reject);
  });
}

function connected(port: number, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: 'localhost', port, ca: pki.caPem, ...options }, () => resolve(socket));
    socket.on('error', reject);
  });
}

async function roundTrip(port: number, text: string): Promise<string> {
  const socket = await connected(port);
  let back = '';
  socket.on('data', (chunk: Buffer) => {
    back += chunk.toString();
  });
  socket.end(text);
  await once(socket, 'end');
  return back;
}

describe('serve --www', () => {
  it('shows what was negotiated, to people and to machines, and says who came', async () => {
    const server = await serving('--www');
    const { status, type, body } = await fetched(server.port, '/<b>');
    assert.deepEqual([status, type], [200, 'text/html; charset=utf-8']);
    assert.match(body, /TLSv1\.3 · TLS_/);
    assert.ok(!body.includes('<b>'), 'the path is escaped');
    const report = JSON.parse(
      (await fetched(server.port, '/json', { ALPNProtocols: ['http/1.1'] })).body,
    ) as Record<string, unknown>;
    assert.deepEqual(
      [report['version'], report['alpnProtocol'], report['serverName']],
      ['TLSv1.3', 'http/1.1', 'localhost'],
    );
    await server.until(/^127\.0\.0\.1:\d+ {2}TLSv1\.3 · TLS_.* · for localhost/m);
    assert.equal(await stopped(server), 0);
  });

  it('talks to our own client', async () => {
    const server = await serving();
    const { code, stdout, stderr } = await puretls([
      'get',
      '--ca',
      pki.ca,
      `https://localhost:${server.port}/json`,
    ]);
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout.toString()) as Record<string, unknown>)['group'], 'X25519MLKEM768');
    assert.equal(await stopped(server, 'SIGINT'), 0);
  });
});

describe('serve goes on', () => {
  it('whatever its clients do', async () => {
    const server = await serving('--echo');
    for (const rubbish of ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0000\u0005hello', '']) {
      const socket = tcpConnect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(rubbish);
      socket.resume();
      await once(socket, 'close');
    }
    await server.until(/failed: .*HTTP/);
    await assert.rejects(connected(server.port, { sigalgs: 'ed25519' }));
    await assert.rejects(connected(server.port, { ca: [] }));
    const rude = await connected(server.port);
    rude.destroy();
    assert.equal(await roundTrip(server.port, 'still here'), 'still here');
    assert.equal(await stopped(server), 0);
  });

  it('until a signal, though clients are connected', async () => {
    const server = await serving('--echo');
    const socket = await connected(server.port);
    socket.on('error', () => {});
    assert.equal(await stopped(server), 0);
    socket.destroy();
  });
});

describe('serve --proxy', () => {
  it('forwards both ways, ends included', async () => {
    const upstream = await tcpServer((socket) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('end', () => socket.end(text.toUpperCase()));
    });
    const server = await serving('--proxy', `127.0.0.1:${upstream.port}`);
    assert.equal(await roundTrip(server.port, 'through'), 'THROUGH');
    upstream.close();
    assert.equal(await stopped(server), 0);
  });

  it('says when there is nobody to forward to', async () => {
    const server = await serving('--proxy', '127.0.0.1:1');
    const socket = await connected(server.port);
    socket.on('error', () => {});
    socket.resume();
    await server.until(/failed: 127\.0\.0\.1:1: .*ECONNREFUSED/);
    assert.equal(await stopped(server), 0);
  });
});

describe('serve and client certificates', () => {
  it('--require-cert refuses clients without one', async () => {
    const server = await serving('--require-cert', '--client-ca', pki.ca);
    await assert.rejects(fetched(server.port, '/json'));
    await server.until(/failed: .*certificate_required/);
    const credential = { cert: readFileSync(pki.clientCert), key: readFileSync(pki.clientKey) };
    const report = JSON.parse((await fetched(server.port, '/json', credential)).body) as Record<
      string,
      unknown
    >;
    assert.equal(report['verified'], true);
    const stranger = createAuthority({
      random: (out) => globalThis.crypto.getRandomValues(out),
      now: Date.now(),
    });
    const foreign = stranger.issue({ subject: 'CN=stranger' });
    await assert.rejects(fetched(server.port, '/json', { cert: foreign.chainPem, key: foreign.keyPem }));
    assert.equal(await stopped(server), 0);
  });

  it('--request-cert lets them in, and shows the verdict', async () => {
    const server = await serving('--request-cert', '--client-ca', pki.ca);
    assert.equal((await fetched(server.port, '/json')).status, 200);
    assert.equal(await stopped(server), 0);
  });
});

describe('serve chooses', () => {
  it('among several certificates, by what the client can verify', async () => {
    const authority = createAuthority({
      random: (out) => globalThis.crypto.getRandomValues(out),
      now: Date.now(),
    });
    const second = authority.issue({ names: ['localhost'], kind: 'ed25519' });
    const cert = workspace.write('second.pem', second.chainPem);
    const key = workspace.write('second.key', second.keyPem);
    const server = await serving('--cert', cert, '--key', key);
    const scheme = async (sigalgs: string): Promise<string | undefined> => {
      const socket = await connected(server.port, { sigalgs, rejectUnauthorized: false });
      const type = socket.getPeerX509Certificate()?.publicKey.asymmetricKeyType;
      socket.destroy();
      return type;
    };
    assert.equal(await scheme('ed25519'), 'ed25519');
    assert.equal(await scheme('ecdsa_secp256r1_sha256'), 'ec');
    assert.equal(await stopped(server), 0);
  });

  it('the application protocol, suites and groups it was told to', async () => {
    const server = await serving(
      '--echo',
      '--alpn',
      'a/1,b/1',
      '--ciphers',
      'TLS_AES_256_GCM_SHA384',
      '--groups',
      'secp384r1',
    );
    const socket = await connected(server.port, { ALPNProtocols: ['b/1', 'a/1'] });
    assert.deepEqual([socket.alpnProtocol, socket.getCipher().name], ['a/1', 'TLS_AES_256_GCM_SHA384']);
    await server.until(/secp384r1/);
    socket.destroy();
    assert.equal(await stopped(server), 0);
  });
});

describe('serve for machines', () => {
  it('--json: one object per event on stdout', async () => {
    const server = await serving('--json', '--echo');
    assert.equal(await roundTrip(server.port, 'x'), 'x');
    server.child.kill();
    const { code, stdout } = await server.done;
    assert.equal(code, 0);
    const events = stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      events.map((one) => one['event']),
      ['listening', 'connection'],
    );
    assert.equal(events[0]?.['address'], `127.0.0.1:${server.port}`);
  });
});

describe('serve cannot start', () => {
  it('on a port that is taken: 2', async () => {
    const taken = await tcpServer(() => {});
    const { code, stderr } = await puretls([
      'serve',
      '--cert',
      pki.cert,
      '--key',
      pki.key,
      '--port',
      String(taken.port),
    ]);
    taken.close();
    assert.equal(code, 2);
    assert.match(stderr, /already in use \[EADDRINUSE\]/);
  });
});
