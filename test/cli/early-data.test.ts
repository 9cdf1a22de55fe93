/** `--early-data` of connect and serve: sent early where that is allowed, after the handshake where it is not, and said so. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { inProcess, makePki, type Started, start, Workspace } from './support.ts';

const workspace = new Workspace();
const pki = makePki(workspace);
const running: Started[] = [];
after(() => {
  for (const { child } of running) child.kill('SIGKILL');
  workspace.remove();
});

async function serving(...options: string[]): Promise<{ port: number; server: Started }> {
  const server = start(['serve', '--cert', pki.cert, '--key', pki.key, '--port', '0', '--echo', ...options]);
  running.push(server);
  return { port: Number((await server.until(/^listening on 127\.0\.0\.1:(\d+)$/m))[1]), server };
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function connect(port: number, input: string, ...options: string[]): Promise<Run> {
  const { code, stdout, stderr } = await inProcess(
    ['connect', '--ca', pki.ca, ...options, `localhost:${port}`],
    input,
  );
  return { code, stdout: stdout.toString(), stderr };
}

const data = workspace.path('early.txt');
writeFileSync(data, 'early and ');

describe('--early-data', () => {
  it('is sent early, read first, and told at both ends', async () => {
    const { port, server } = await serving('--early-data', '1000');
    const file = workspace.path('accepted.pem');
    await connect(port, 'x', '--session-out', file);
    const { code, stdout, stderr } = await connect(port, 'late', '--session-in', file, '--early-data', data);
    assert.deepEqual([code, stdout], [0, 'early and late'], stderr);
    assert.match(stderr, /^early data accepted: 10 bytes$/m);
    await server.until(/10 bytes early/);
  });

  it('is sent after the handshake by a ticket that was used, or to a server that takes none', async () => {
    const { port } = await serving('--early-data', '1000');
    const file = workspace.path('again.pem');
    await connect(port, 'x', '--session-out', file);
    await connect(port, 'x', '--session-in', file, '--early-data', data);
    const again = await connect(port, 'late', '--session-in', file, '--early-data', data);
    assert.deepEqual([again.code, again.stdout], [0, 'early and late'], again.stderr);
    assert.match(again.stderr, /^early data rejected \(declined\): 0 bytes, 10 sent after the handshake$/m);

    const plain = await serving();
    await connect(plain.port, 'x', '--session-out', file);
    const none = await connect(plain.port, 'late', '--session-in', file, '--early-data', data);
    assert.deepEqual([none.code, none.stdout], [0, 'early and late'], none.stderr);
    assert.match(none.stderr, /^early data not offered \(unsupported for session\): 0 bytes, 10 sent/m);
  });

  it('beyond what the ticket allows is sent after the handshake', async () => {
    const { port } = await serving('--early-data', '4');
    const file = workspace.path('long.pem');
    await connect(port, 'x', '--session-out', file);
    const { stdout, stderr } = await connect(port, 'late', '--session-in', file, '--early-data', data);
    assert.equal(stdout, 'early and late');
    assert.match(stderr, /^early data accepted: 4 bytes, 6 sent after the handshake$/m);
  });

  it('is used only as it can be', async () => {
    const lone = await inProcess(['connect', '--early-data', data, 'localhost:1']);
    assert.equal(lone.code, 1);
    assert.match(lone.stderr, /--early-data without --session-in/);
    for (const limit of ['0', '-1', 'x', '1.5', '10000000']) {
      const args = ['serve', '--cert', pki.cert, '--key', pki.key, '--port', '0', `--early-data=${limit}`];
      const { code, stderr } = await inProcess(args);
      assert.equal(code, 1, limit);
      assert.match(stderr, /--early-data: ".*" is not a number of bytes/);
    }
  });
});
