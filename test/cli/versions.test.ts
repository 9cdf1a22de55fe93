/** Both versions in both roles, with OpenSSL (by node:tls) at the other end: suites, groups and schemes of each. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { createAuthority } from '../../src/x509.ts';
import { echo, type Listening, tlsServer } from './peers.ts';
import { inProcess, makePki, type Started, start, Workspace } from './support.ts';

const workspace = new Workspace();
const pki = makePki(workspace);
const rsa = createAuthority({
  random: (out) => globalThis.crypto.getRandomValues(out),
  now: Date.now(),
}).issue({ names: ['localhost'], kind: 'rsa-2048' });
const rsaCert = workspace.write('rsa.pem', rsa.chainPem);
const rsaKey = workspace.write('rsa.key', rsa.keyPem);
const both = await tlsServer(pki, echo);
const only12 = await tlsServer(pki, echo, { maxVersion: 'TLSv1.2' });
const only13 = await tlsServer(pki, echo, { minVersion: 'TLSv1.3' });
const running: Started[] = [];
after(() => {
  for (const server of [both, only12, only13]) server.close();
  for (const { child } of running) child.kill('SIGKILL');
  workspace.remove();
});

async function serving(...options: string[]): Promise<{ port: number; server: Started }> {
  const args = ['serve', '--echo', '--cert', pki.cert, '--key', pki.key, '--port', '0', ...options];
  const server = start(args);
  running.push(server);
  const match = await server.until(/^listening on 127\.0\.0\.1:(\d+)$/m);
  return { port: Number(match[1]), server };
}

// Before any test is declared: tests run, and end, while a module waits.
const [ofBoth, old, modern] = await Promise.all([
  serving('--ciphers', 'ECDHE+AESGCM:!AES256:TLS_AES_256_GCM_SHA384'),
  serving('--cert', rsaCert, '--key', rsaKey, '--max-version', '1.2'),
  serving('--min-version', '1.3'),
]);

type Report = Readonly<Record<string, unknown>>;

async function connected(
  server: Listening,
  ...options: string[]
): Promise<{ code: number | null; report: Report; stderr: string }> {
  const args = ['connect', '--json', '--ca', pki.ca, ...options, `localhost:${server.port}`];
  const { code, stderr, stdout } = await inProcess(args, 'x');
  if (code === 0) assert.equal(stdout.toString(), 'x');
  return { code, report: JSON.parse(stderr) as Report, stderr };
}

describe('connect', () => {
  it('takes the newest version that both have', async () => {
    assert.equal((await connected(both)).report['version'], 'TLSv1.3');
    assert.equal((await connected(only12)).report['version'], 'TLSv1.2');
    assert.equal((await connected(both, '--max-version', '1.2')).report['version'], 'TLSv1.2');
  });

  it('reports TLS 1.2 with both names of its suite and what binds its keys', async () => {
    const { report } = await connected(
      both,
      '--max-version',
      '1.2',
      '--ciphers',
      'ECDHE+CHACHA20',
      '--groups',
      'P-384:P-256',
      '--sigalgs',
      'ECDSA+SHA256',
    );
    assert.deepEqual(
      [
        'cipherSuite',
        'cipherSuiteOpenSsl',
        'group',
        'signatureScheme',
        'extendedMasterSecret',
        'resumed',
      ].map((key) => report[key]),
      [
        'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
        'ECDHE-ECDSA-CHACHA20-POLY1305',
        'secp384r1',
        'ecdsa_secp256r1_sha256',
        true,
        false,
      ],
    );
    const args = ['connect', '--ca', pki.ca, '--ciphers', 'ECDHE+AESGCM', `localhost:${only12.port}`];
    const { stderr } = await inProcess(args);
    assert.match(
      stderr,
      /TLSv1\.2 · TLS_ECDHE_ECDSA_WITH_AES_\d+_GCM_SHA\d+ \(ECDHE-ECDSA-AES\d+-GCM-SHA\d+\) · /,
    );
    assert.match(stderr, /\n {2}extended master secret\n/);
  });

  const choices: readonly (readonly [string, string, string])[] = [
    ['TLS_AES_256_GCM_SHA384:ECDHE+AESGCM', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    ['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3', 'TLS_CHACHA20_POLY1305_SHA256'],
    ['tls_aes_128_gcm_sha256', 'TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
  ];
  for (const [ciphers, version, suite] of choices) {
    it(`--ciphers ${ciphers}, in TLS 1.3`, async () => {
      const { report } = await connected(both, '--ciphers', ciphers);
      assert.deepEqual([report['version'], report['cipherSuite']], [version, suite]);
      assert.deepEqual([report['cipherSuiteOpenSsl'], report['extendedMasterSecret']], [null, null]);
    });
  }

  const of12: readonly (readonly [string, string])[] = [
    ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
    ['tls_ecdhe_ecdsa_with_aes_128_gcm_sha256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    ['ECDHE+AESGCM:!AES128:TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
  ];
  for (const [ciphers, suite] of of12) {
    it(`--ciphers ${ciphers}, in TLS 1.2`, async () => {
      const { report } = await connected(only12, '--ciphers', ciphers);
      assert.equal(report['cipherSuite'], suite);
    });
  }

  it('suites of TLS 1.3 alone turn TLS 1.2 off', async () => {
    const { code } = await connected(only12, '--ciphers', 'TLS_AES_128_GCM_SHA256');
    assert.equal(code, 3);
  });

  for (const [name, server, options] of [
    ['a server of TLS 1.2 alone', only12, ['--min-version', '1.3']],
    ['a server of TLS 1.3 alone', only13, ['--max-version', '1.2']],
  ] as const) {
    it(`${name}, asked for the other: 3, with advice`, async () => {
      const { code, stderr } = await connected(server, ...options);
      assert.equal(code, 3);
      assert.match(stderr, /protocol_version/);
      assert.match(stderr, /--min-version and --max-version/);
    });
  }

  it('PKCS#1 v1.5 signs handshakes of TLS 1.2', async () => {
    const server = await tlsServer({ ...pki, certPem: rsa.chainPem, keyPem: rsa.keyPem }, echo);
    const options = ['--insecure', '--sigalgs', 'RSA+SHA256', '--max-version', '1.2'];
    const { code, report } = await connected(server, ...options);
    server.close();
    assert.deepEqual([code, report['signatureScheme']], [0, 'rsa_pkcs1_sha256']);
  });
});

async function negotiated(port: number, options: tls.ConnectionOptions): Promise<string | null> {
  const socket = tls.connect({ host: 'localhost', port, ca: pki.caPem, ...options });
  await once(socket, 'secureConnect');
  const found = `${socket.getProtocol()} ${socket.getCipher().name}`;
  socket.end();
  await once(socket.resume(), 'close');
  return found;
}

describe('serve', () => {
  it('speaks both versions, and says which', async () => {
    const { port, server } = ofBoth;
    assert.equal(await negotiated(port, {}), 'TLSv1.3 TLS_AES_256_GCM_SHA384');
    assert.equal(await negotiated(port, { maxVersion: 'TLSv1.2' }), 'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256');
    await server.until(/ {2}TLSv1\.2 · TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 · /);
  });

  it('--max-version 1.2: no TLS 1.3; RSA by PKCS#1 v1.5', async () => {
    const { port } = old;
    assert.match((await negotiated(port, {})) ?? '', /^TLSv1\.2 /);
    const found = await negotiated(port, { sigalgs: 'RSA+SHA256', rejectUnauthorized: false });
    assert.match(found ?? '', /^TLSv1\.2 ECDHE-RSA-/);
    await assert.rejects(negotiated(port, { minVersion: 'TLSv1.3' }));
  });

  it('--min-version 1.3: no TLS 1.2', async () => {
    const { port, server } = modern;
    assert.match((await negotiated(port, {})) ?? '', /^TLSv1\.3 /);
    await assert.rejects(negotiated(port, { maxVersion: 'TLSv1.2' }));
    await server.until(/failed: .*protocol_version/);
  });
});
