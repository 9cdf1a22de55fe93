import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { echo, type Listening, tcpServer, tlsServer } from './peers.ts';
import { inProcess, makePki, puretls, start, Workspace } from './support.ts';

const workspace = new Workspace();
const pki = makePki(workspace);
const open: Listening[] = [];
after(() => {
  for (const server of open) server.close();
  workspace.remove();
});

async function kept<S extends Listening>(server: Promise<S>): Promise<S> {
  const made = await server;
  open.push(made);
  return made;
}

const echoServer = await kept(tlsServer(pki, echo, { ALPNProtocols: ['echo/1'] }));
const echoAt = `localhost:${echoServer.port}`;
const trusted = ['connect', '--ca', pki.ca];

describe('connect carries bytes', () => {
  it('unchanged in both directions, a process with pipes', async () => {
    const sent = randomBytes(700_001);
    const { code, stdout, stderr } = await puretls([...trusted, echoAt], sent);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.equals(sent), `${stdout.length} of ${sent.length} bytes, or others`);
  });

  it('nothing at all', async () => {
    const { code, stdout } = await inProcess([...trusted, echoAt]);
    assert.deepEqual([code, stdout.length], [0, 0]);
  });

  it("after the end of stdin, to the peer's own end", async () => {
    const late = await kept(
      tlsServer(pki, (socket) => {
        socket.resume();
        socket.on('end', () => setTimeout(() => socket.end('late'), 100));
      }),
    );
    const { code, stdout } = await inProcess([...trusted, `localhost:${late.port}`], 'early');
    assert.deepEqual([code, stdout.toString()], [0, 'late']);
  });

  it('until the peer ends, though stdin does not', async () => {
    const brief = await kept(tlsServer(pki, (socket) => socket.end('bye')));
    const { stdin, done } = start([...trusted, `localhost:${brief.port}`]);
    const { code, stdout } = await done;
    stdin.destroy();
    assert.deepEqual([code, stdout.toString()], [0, 'bye']);
  });
});

describe('connect says what was negotiated', () => {
  it('to a person, on stderr', async () => {
    const { stderr } = await inProcess([...trusted, '--alpn', 'echo/1', echoAt]);
    assert.match(stderr, new RegExp(`^${echoAt} \\(127\\.0\\.0\\.1\\)\\n {2}TLSv1\\.3 · TLS_`));
    assert.match(stderr, /ALPN echo\/1/);
    assert.match(stderr, /certificate verified\n {4}0 CN=localhost/);
  });

  it('to a machine, as one object on stderr', async () => {
    const { stderr } = await inProcess([
      ...trusted,
      '--json',
      '--groups',
      'secp256r1',
      '--ciphers',
      'tls_aes_256_gcm_sha384',
      echoAt,
    ]);
    const report = JSON.parse(stderr) as Record<string, unknown>;
    assert.equal(report['peer'], echoAt);
    assert.equal(report['version'], 'TLSv1.3');
    assert.equal(report['cipherSuite'], 'TLS_AES_256_GCM_SHA384');
    assert.equal(report['group'], 'secp256r1');
    assert.equal(report['alpnProtocol'], null);
    assert.equal(report['verified'], true);
    assert.equal((report['peerCertificates'] as unknown[]).length, 1);
  });

  it('to nobody, when asked to be quiet', async () => {
    assert.equal((await inProcess([...trusted, '-q', echoAt], 'x')).stderr, '');
  });
});

describe('connect refuses certificates with 4', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      'of an unknown authority',
      ['--ca', pki.otherCa],
      /UNABLE_TO_.*alert unknown_ca sent.*trusted are those of .*other\.pem, 1 in number/,
    ],
    [
      'for another host',
      ['--ca', pki.ca, '--servername', 'other.test'],
      /other\.test.*localhost.*--servername/,
    ],
    ['when nothing is trusted', [], /nothing is trusted: .*\/nonexistent\/roots\.pem/],
  ];
  for (const [name, options, pattern] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await inProcess(['connect', ...options, echoAt], 'secret');
      assert.equal(code, 4, stderr);
      assert.match(stderr, pattern);
      assert.equal(stdout.length, 0);
      assert.equal(stderr.trimEnd().split('\n').length, 1);
    });
  }

  it('but goes on with --insecure, and says so', async () => {
    const { code, stdout, stderr } = await inProcess(['connect', '--insecure', echoAt], 'x');
    assert.deepEqual([code, stdout.toString()], [0, 'x']);
    assert.match(stderr, /certificate NOT verified/);
  });

  it('takes its roots from SSL_CERT_FILE', async () => {
    const { code, stderr } = await puretls(['connect', echoAt], '', { env: { SSL_CERT_FILE: pki.ca } });
    assert.equal(code, 0, stderr);
  });
});

describe('connect fails on the way', () => {
  it('TLS alert: 3, and what it means', async () => {
    const { code, stderr } = await inProcess([...trusted, '--alpn', 'h9', echoAt]);
    assert.equal(code, 3);
    assert.match(stderr, /alert no_application_protocol received.*--alpn/);
  });

  it('a server too old for --min-version: 3', async () => {
    const old = await kept(tlsServer(pki, echo, { maxVersion: 'TLSv1.2' }));
    const { code, stderr } = await inProcess([...trusted, '--min-version', '1.3', `localhost:${old.port}`]);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /protocol_version/);
  });

  it('a server that is no TLS server: 3, with a hint', async () => {
    const http = await kept(tcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const { code, stderr } = await inProcess([...trusted, `localhost:${http.port}`]);
    assert.equal(code, 3);
    assert.match(stderr, /HTTP.*is the port right/);
  });

  it('an end in the middle of the handshake: 2', async () => {
    const gone = await kept(tcpServer((socket) => socket.end()));
    const { code, stderr } = await inProcess([...trusted, `localhost:${gone.port}`]);
    assert.equal(code, 2, stderr);
  });

  it('a server that never answers: 2, in time', async () => {
    const silent = await kept(tcpServer((socket) => socket.resume()));
    const started = performance.now();
    const { code, stderr } = await inProcess([...trusted, '--timeout', '150', `localhost:${silent.port}`]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /150 ms/);
    assert.ok(performance.now() - started < 3000);
  });

  it('an end without close_notify: 2, but what came is delivered', async () => {
    const cut = await kept(
      tlsServer(pki, (socket, raw) => {
        socket.write('half of', () => setTimeout(() => raw.end(), 50));
      }),
    );
    const { code, stdout, stderr } = await inProcess([...trusted, `localhost:${cut.port}`]);
    assert.equal(stdout.toString(), 'half of');
    assert.equal(code, 2);
    assert.match(stderr, /without close_notify.*\[TRUNCATED\]/);
  });
});

describe('connect shows a client certificate', () => {
  const options = { requestCert: true, rejectUnauthorized: true, ca: pki.caPem };

  it('when the server asks for one', async () => {
    const server = await kept(
      tlsServer(pki, (socket) => socket.end(String(socket.getPeerCertificate().subject?.CN)), options),
    );
    const credential = ['--cert', pki.clientCert, '--key', pki.clientKey];
    const { code, stdout, stderr } = await inProcess([...trusted, ...credential, `localhost:${server.port}`]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.toString(), 'a client');
    assert.match(stderr, /client certificate CN=a client/);
  });
});

describe('connect writes a key log', () => {
  it('to --keylog, the same as the server has it, for the owner only', async () => {
    const server = await kept(tlsServer(pki, echo));
    const file = workspace.path('keys.log');
    await inProcess([...trusted, '--keylog', file, `localhost:${server.port}`]);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    for (const line of server.keyLog) assert.ok(lines.includes(line), line.split(' ')[0]);
    assert.ok(server.keyLog.length >= 4);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('to $SSLKEYLOGFILE, appending', async () => {
    const file = workspace.write('env.log', '# before\n');
    await inProcess([...trusted, echoAt], '', { SSLKEYLOGFILE: file });
    assert.match(
      readFileSync(file, 'utf8'),
      /^# before\nCLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} [0-9a-f]+\n/,
    );
  });
});

/** Writes as fast as it may, and sees when it may no more. */
class Pump {
  written = 0;

  constructor(stream: Writable) {
    const write = (): void => {
      if (this.written >= PUMP_LIMIT || stream.destroyed) return;
      stream.write(Buffer.alloc(65_536), write);
      this.written += 65_536;
    };
    write();
  }

  /** Resolves when nothing has moved for a while; fails when all of it went through. */
  async stalled(): Promise<void> {
    for (let before = -1; before !== this.written; ) {
      before = this.written;
      await sleep(400);
    }
    assert.ok(this.written < PUMP_LIMIT, 'nothing held it back');
    assert.ok(this.written > 65_536, 'nothing moved at all');
  }
}

const PUMP_LIMIT = 64_000_000;

describe('connect with slow ends', () => {
  it('a reader that has gone ends it quietly', async () => {
    const endless = await kept(
      tlsServer(pki, (socket) => {
        const timer = setInterval(() => socket.write(Buffer.alloc(65_536)), 5);
        socket.on('close', () => clearInterval(timer));
      }),
    );
    const { stdout, done } = start(['connect', '-q', '--ca', pki.ca, `localhost:${endless.port}`], {
      readStdout: false,
    });
    await once(stdout, 'readable');
    stdout.destroy();
    const { code, stderr } = await done;
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('a slow stdout holds the peer back', async () => {
    let pump: Pump | undefined;
    const fast = await kept(
      tlsServer(pki, (socket) => {
        pump = new Pump(socket);
      }),
    );
    const args = ['connect', '-q', '--ca', pki.ca, `localhost:${fast.port}`];
    const { stdout, done, child } = start(args, { readStdout: false });
    await once(stdout, 'readable');
    await pump?.stalled();
    child.kill();
    await done;
  });

  it('a peer that does not read holds stdin back', async () => {
    const deaf = await kept(tlsServer(pki, (socket) => socket.pause()));
    const { stdin, until, child, done } = start([...trusted, `localhost:${deaf.port}`]);
    await until(/certificate verified/);
    await new Pump(stdin).stalled();
    child.kill();
    await done;
  });
});
