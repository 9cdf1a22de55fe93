/** `--crl` over the wire: every command that takes it holds the peer's certificate against it, and none forgets it. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { encodePem } from '../../src/bytes/pem.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { createAuthority } from '../../src/x509/authority.ts';
import { createCrl } from '../../src/x509/issue-crl.ts';
import type { Listening } from './peers.ts';
import { tlsServer } from './peers.ts';
import { inProcess, makePki, start, Workspace } from './support.ts';

const workspace = new Workspace();
const open: Listening[] = [];
after(() => {
  for (const server of open) server.close();
  workspace.remove();
});

const now = Date.now();
const authority = createAuthority({ random: platformRandom, now });
const server = authority.issue({ names: ['localhost'] });
const client = authority.issue({ subject: 'CN=a client', extKeyUsage: ['clientAuth'] });
const ca = workspace.write('root.pem', authority.certificatePem);

function list(name: string, revoked: readonly (typeof server)[]): string {
  const crl = createCrl({
    issuer: authority.certificate,
    signingKey: authority.key,
    random: platformRandom,
    thisUpdate: now - 60_000,
    nextUpdate: now + 3_600_000,
    revoked,
  });
  return workspace.write(name, encodePem('X509 CRL', crl));
}

const clean = list('clean.crl', []);
const bad = list('bad.crl', [server, client]);
const stranger = createAuthority({ random: platformRandom, now, subject: 'CN=somebody else' });
const foreign = workspace.write(
  'foreign.crl',
  encodePem(
    'X509 CRL',
    createCrl({
      issuer: stranger.certificate,
      signingKey: stranger.key,
      random: platformRandom,
      thisUpdate: now - 60_000,
      nextUpdate: now + 3_600_000,
      revoked: [],
    }),
  ),
);

const web = await tlsServer(
  { ...makePki(workspace), certPem: server.chainPem, keyPem: server.keyPem },
  (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
);
open.push(web);
const at = `localhost:${web.port}`;

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  connect: ['connect', at],
  get: ['get', `https://${at}/`],
  trace: ['trace', at],
};

for (const [name, command] of Object.entries(COMMANDS)) {
  describe(`${name} --crl`, () => {
    const run = (...more: string[]) => inProcess([...command, '--ca', ca, ...more]);

    it('a certificate that is not on the list', async () => {
      const { code, stderr } = await run('--crl', clean);
      assert.equal(code, 0, stderr);
    });

    it('one that is revoked: exit code 4, and why', async () => {
      for (const check of [[], ['--crl-check', 'leaf']]) {
        const { code, stderr } = await run('--crl', bad, ...check);
        assert.equal(code, 4, stderr);
        assert.match(stderr, /CERT_REVOKED/);
      }
    });

    it('none of its issuer', async () => {
      const { code, stderr } = await run('--crl', foreign);
      assert.equal(code, 4, stderr);
      assert.match(stderr, /UNABLE_TO_GET_CRL/);
    });
  });
}

/** Whether our server answers a client with the certificate that `bad.crl` names. */
async function answered(port: number): Promise<boolean> {
  const identity = { cert: client.chainPem, key: client.keyPem };
  const socket = tls.connect({ port, ca: authority.certificatePem, servername: 'localhost', ...identity });
  const ended = new Promise<boolean>((resolve) => {
    socket.on('error', () => resolve(false));
    socket.on('data', (chunk: Buffer) => resolve(chunk.toString('latin1').startsWith('HTTP/1.1 200')));
    socket.on('close', () => resolve(false));
  });
  socket.write('GET / HTTP/1.0\r\n\r\n');
  try {
    return await ended;
  } finally {
    socket.destroy();
  }
}

describe('serve --crl', () => {
  it('refuses a client that is revoked, and takes one that is not', async () => {
    const own = [
      '--cert',
      workspace.write('s.pem', server.chainPem),
      '--key',
      workspace.write('s.key', server.keyPem),
    ];
    for (const [crl, accepted] of [
      [clean, true],
      [bad, false],
    ] as const) {
      const asked = ['--client-ca', ca, '--require-cert', '--crl', crl];
      const served = start(['serve', '--port', '0', ...own, ...asked, '--www']);
      const port = Number((await served.until(/listening on 127\.0\.0\.1:(\d+)/))[1]);
      try {
        assert.equal(await answered(port), accepted);
      } finally {
        served.child.kill('SIGTERM');
        await served.done;
      }
    }
  });
});
