/** --session-out and --session-in, --tickets and --no-tickets: with our own server, and with OpenSSL's. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { decodePem, encodePem } from '../../src/bytes/pem.ts';
import { decodeStoredSession, encodeStoredSession } from '../../src/session/codec.ts';
import { echo, tlsServer } from './peers.ts';
import { inProcess, makePki, type Started, start, Workspace } from './support.ts';

const workspace = new Workspace();
const pki = makePki(workspace);
const running: Started[] = [];
after(() => {
  theirs.close();
  for (const { child } of running) child.kill('SIGKILL');
  workspace.remove();
});

async function serving(...options: string[]): Promise<number> {
  const args = ['serve', '--cert', pki.cert, '--key', pki.key, '--port', '0', ...options];
  const server = start(args);
  running.push(server);
  return Number((await server.until(/^listening on 127\.0\.0\.1:(\d+)$/m))[1]);
}

const [theirs, ours, zeroTickets, fiveTickets, noTickets] = await Promise.all([
  tlsServer(pki, (socket) => socket.end('hello')),
  serving(),
  serving('--tickets', '0'),
  serving('--tickets', '5'),
  serving('--no-tickets'),
]);

let files = 0;
const fresh = (): string => workspace.path(`session-${files++}.pem`);

interface Run {
  readonly code: number | null;
  readonly report: { readonly resumed: boolean; readonly verified: boolean; readonly notResumed?: string };
  readonly stderr: string;
}

async function connect(port: number, ...options: string[]): Promise<Run> {
  const args = ['connect', '--json', '--ca', pki.ca, ...options, `localhost:${port}`];
  const { code, stderr } = await inProcess(args, 'x');
  const [first = ''] = stderr.split('\n');
  return { code, report: JSON.parse(first) as Run['report'], stderr };
}

const VERSIONS = ['1.2', '1.3'];
const only = (version: string): string[] => ['--min-version', version, '--max-version', version];

describe('a session kept in a file', () => {
  for (const version of VERSIONS) {
    it(`is resumed by our server, TLS ${version}, and again`, async () => {
      const file = fresh();
      const first = await connect(ours, ...only(version), '--session-out', file);
      assert.deepEqual([first.code, first.report.resumed], [0, false], first.stderr);
      for (let again = 0; again < 2; again++) {
        const next = await connect(ours, ...only(version), '--session-in', file, '--session-out', file);
        assert.deepEqual([next.code, next.report.resumed, next.report.verified], [0, true, true]);
        assert.equal('notResumed' in next.report, false);
      }
    });

    it(`is resumed by OpenSSL's server, TLS ${version}`, async () => {
      const file = fresh();
      await connect(theirs.port, ...only(version), '--session-out', file);
      const next = await connect(theirs.port, ...only(version), '--session-in', file);
      assert.deepEqual([next.code, next.report.resumed], [0, true], next.stderr);
    });
  }

  it('passes between connect, get and trace, and trace shows how it is resumed', async () => {
    const url = `https://localhost:${ours}/json`;
    const file = fresh();
    const trust = ['--ca', pki.ca, '--alpn', 'http/1.1'];
    await inProcess(['get', ...trust, '--session-out', file, url]);
    const traced = await inProcess([
      'trace',
      '--json',
      ...trust,
      '--session-in',
      file,
      '--session-out',
      file,
      `localhost:${ours}`,
    ]);
    const document = JSON.parse(traced.stdout.toString()) as {
      negotiated: { resumed: boolean };
      entries: { kind: string; message?: string }[];
    };
    assert.equal(document.negotiated.resumed, true);
    const messages = document.entries.flatMap((entry) => entry.message ?? []);
    assert.ok(!messages.includes('Certificate'));
    const { stdout, stderr, code } = await inProcess(['get', '-v', ...trust, '--session-in', file, url]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /session resumed/);
    assert.equal((JSON.parse(stdout.toString()) as Run['report']).resumed, true);
  });

  it('is for its owner only, replaces the one before, and leaves nothing beside it', async () => {
    const folder = new Workspace();
    const file = folder.write('session.pem', 'old');
    await connect(theirs.port, '--session-out', file);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'utf8'), /^-----BEGIN PURETLS SESSION-----\n/);
    assert.deepEqual(readdirSync(folder.folder), ['session.pem']);
    folder.remove();
  });
});

describe('a session that does not fit is passed over, with the reason', () => {
  const make = async (...options: string[]): Promise<string> => {
    const file = fresh();
    await connect(theirs.port, ...options, '--session-out', file);
    assert.ok(existsSync(file));
    return file;
  };
  /** The same session, had it been made so much earlier. */
  const aged = (file: string, milliseconds: number): string => {
    const [block] = decodePem(readFileSync(file, 'utf8'));
    assert.ok(block);
    const session = decodeStoredSession(block.bytes);
    const bytes = encodeStoredSession({ ...session, createdAt: session.createdAt - milliseconds });
    return workspace.write(`aged-${files++}.pem`, encodePem('PURETLS SESSION', bytes));
  };

  const cases: readonly (readonly [string, () => Promise<string>, readonly string[], RegExp])[] = [
    ['another name', () => make(), ['--servername', '127.0.0.1'], /it is for localhost/],
    ['another version', () => make(...only('1.2')), only('1.3'), /it is of TLS 1\.2/],
    ['another version, the other way', () => make(...only('1.3')), only('1.2'), /it is of TLS 1\.3/],
    ['verification turned off', () => make(), ['--insecure'], /made under other settings/],
    ['too old', async () => aged(await make(), 8 * 86_400_000), [], /it has expired/],
    ['another server', () => make(), [], /the server would not take it/],
  ];
  for (const [name, session, options, reason] of cases) {
    it(name, async () => {
      const file = await session();
      const server = name === 'another server' ? await tlsServer(pki, echo) : undefined;
      const found = await connect(server?.port ?? theirs.port, ...options, '--session-in', file);
      server?.close();
      assert.deepEqual([found.code, found.report.resumed], [0, false], found.stderr);
      assert.match(found.report.notResumed ?? '', reason);
    });
  }

  it('and says so to a person', async () => {
    const args = ['connect', '--insecure', '--session-in', await make(), `localhost:${theirs.port}`];
    assert.match(
      (await inProcess(args)).stderr,
      /\n {2}session not resumed: it was made under other settings/,
    );
  });

  it('altered: a usage error', async () => {
    const text = readFileSync(await make(), 'utf8');
    const file = workspace.write('altered.pem', text.replace(/\n(.{64})\n/, '\n'));
    const { code, stderr } = await inProcess(['connect', '--session-in', file, `localhost:${theirs.port}`]);
    assert.equal(code, 1, stderr);
  });
});

interface Seen {
  readonly tickets: number;
  readonly reused: boolean;
  readonly session: Buffer | undefined;
  readonly ticket: Buffer | undefined;
}

/** Node's client, by OpenSSL. */
async function sessionsOf(port: number, options: tls.ConnectionOptions = {}): Promise<Seen> {
  const socket = tls.connect({ host: 'localhost', port, ca: pki.caPem, ...options });
  const sessions: Buffer[] = [];
  socket.on('session', (session: Buffer) => sessions.push(session));
  await once(socket, 'secureConnect');
  // Of TLS 1.2; of TLS 1.3 there is none yet.
  const ticket = socket.getTLSTicket();
  const reused = socket.isSessionReused();
  socket.end('x');
  await once(socket.resume(), 'close');
  return { tickets: sessions.length, reused, session: sessions.at(-1), ticket };
}

describe('serve', () => {
  it('sends two tickets of TLS 1.3, or as many as --tickets says', async () => {
    assert.equal((await sessionsOf(ours)).tickets, 2);
    assert.equal((await sessionsOf(fiveTickets)).tickets, 5);
    assert.equal((await sessionsOf(zeroTickets)).tickets, 0);
  });

  it('--tickets 0 leaves those of TLS 1.2 alone', async () => {
    const { session, ticket } = await sessionsOf(zeroTickets, { maxVersion: 'TLSv1.2' });
    assert.ok(ticket !== undefined && ticket.length > 0);
    assert.equal((await sessionsOf(zeroTickets, { maxVersion: 'TLSv1.2', session })).reused, true);
  });

  it('--no-tickets: none in either version', async () => {
    assert.equal((await sessionsOf(noTickets)).tickets, 0);
    assert.equal((await sessionsOf(noTickets, { maxVersion: 'TLSv1.2' })).ticket, undefined);
  });

  it('--no-tickets, and a client that wants to keep one: nothing is written, and it is told', async () => {
    const file = fresh();
    const { code, stderr } = await connect(noTickets, '--session-out', file);
    assert.deepEqual([code, existsSync(file)], [0, false]);
    assert.match(stderr, /--session-out .*not written, since the server gave no session/);
  });
});

const hasOpenSsl = spawnSync('openssl', ['version']).status === 0;

/** Its report on the connection, which the server ends. */
async function openSslClient(...options: string[]): Promise<string> {
  const args = ['s_client', '-connect', `localhost:${ours}`, '-CAfile', pki.ca, ...options];
  const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.write('no HTTP\r\n\r\n');
  await once(child, 'close');
  return text;
}

describe('openssl s_client -sess_out, -sess_in', { skip: hasOpenSsl ? false : 'no openssl here' }, () => {
  for (const [version, flag] of [
    ['1.2', '-tls1_2'],
    ['1.3', '-tls1_3'],
  ] as const) {
    it(`resumes with our server, TLS ${version}`, async () => {
      const file = fresh();
      assert.match(await openSslClient(flag, '-sess_out', file), /New, TLSv1\.\d/);
      assert.match(await openSslClient(flag, '-sess_in', file), /Reused, TLSv1\.\d/);
    });
  }
});
