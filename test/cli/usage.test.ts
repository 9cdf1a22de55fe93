import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { VERSION } from '../../src/cli/version.ts';
import { inProcess, makePki, puretls, Workspace } from './support.ts';

const workspace = new Workspace();
after(() => workspace.remove());
const pki = makePki(workspace);
const broken = workspace.write(
  'broken.pem',
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
);
const empty = workspace.write('empty.pem', '');
const noCertificate = workspace.write('text.pem', 'hello\n');

const badSession = workspace.write(
  'bad.pem',
  '-----BEGIN PURETLS SESSION-----\nAAAA\n-----END PURETLS SESSION-----\n',
);
const opensslSession = workspace.write(
  'openssl.pem',
  '-----BEGIN SSL SESSION PARAMETERS-----\nMAA=\n-----END SSL SESSION PARAMETERS-----\n',
);

/** Nothing listens on port 1: whoever gets so far as to connect exits with 2. */
const NOWHERE = '127.0.0.1:1';

describe('usage errors', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['nonsense'], /unknown command/],
    [['connect'], /missing required argument/],
    [['connect', 'a', 'b'], /too many arguments/],
    [['connect', '--nonsense', NOWHERE], /unknown option '--nonsense'/],
    [['connect', 'exa mple'], /is not a host/],
    [['connect', 'example.com:0'], /port 0/],
    [['get', 'http://example.com/'], /only https/],
    [['get', 'https://user:pw@example.com/'], /user or password/],
    [['get', '-H', 'nonsense', 'https://127.0.0.1:1/'], /-H: "nonsense" is no header/],
    [['get', '-H', 'a: b\r\nc: d', 'https://127.0.0.1:1/'], /is no header/],
    [['connect', '--ca', '/nonexistent', NOWHERE], /--ca \/nonexistent: no such file/],
    [['connect', '--ca', workspace.folder, NOWHERE], /is a directory/],
    [['connect', '--ca', broken, NOWHERE], /--ca .*broken\.pem: .*\[MALFORMED\]/],
    [['connect', '--ca', empty, NOWHERE], /--ca .*empty\.pem: .*no certificate/],
    [['connect', '--ca', noCertificate, NOWHERE], /--ca .*text\.pem: .*no certificate/],
    [['connect', '--ca', pki.key, NOWHERE], /--ca .*server\.key: .*no certificate/],
    [['connect', '--cert', noCertificate, NOWHERE], /--cert .*text\.pem: there is no certificate in it/],
    [['connect', '--cert', pki.cert, NOWHERE], /--key .*server\.pem.*\[NO_PRIVATE_KEY\]/],
    [
      ['connect', '--cert', pki.cert, '--key', pki.clientKey, NOWHERE],
      /--key .*client\.key.*\[KEY_MISMATCH\]/,
    ],
    [['connect', '--key', pki.key, NOWHERE], /--key without --cert/],
    [['connect', '--cert', pki.cert, '--key', pki.key, '--key', pki.key, NOWHERE], /in pairs/],
    [
      ['connect', '--ciphers', 'RC4-MD5', NOWHERE],
      /--ciphers: nothing that we have is left of "RC4-MD5"; there are TLS_.*, ECDHE-ECDSA-AES128-GCM-SHA256,/,
    ],
    [
      ['connect', '--ciphers', 'ECDHE+AESGCM:nonsense', NOWHERE],
      /--ciphers: "nonsense" is no cipher suite or keyword; there are TLS_.*, ECDHE-/,
    ],
    [['get', '--ciphers', 'ECDHE+nonsense', 'https://127.0.0.1:1/'], /"ECDHE\+nonsense" is no cipher suite/],
    [
      ['trace', '--ciphers', 'TLS_AES_512_GCM', NOWHERE],
      /"TLS_AES_512_GCM" is no suite of TLS 1\.3; there are/,
    ],
    [['connect', '--ciphers', 'ECDHE@SECLEVEL=4', NOWHERE], /security level 4 is not available/],
    [['connect', '--ciphers', 'ECDHE:!ECDHE', NOWHERE], /nothing that we have is left of "ECDHE:!ECDHE"/],
    [['connect', '--ciphers', ' ', NOWHERE], /--ciphers: " " names no suite; there are/],
    [
      ['connect', '--ciphers', 'TLS_AES_128_GCM_SHA256', '--max-version', '1.2', NOWHERE],
      /--ciphers: "TLS_AES_128_GCM_SHA256" has no suite of TLS 1\.2, and nothing else/,
    ],
    [
      ['connect', '--ciphers', 'ECDHE-PSK-CHACHA20-POLY1305', NOWHERE],
      /ECDHE-PSK-CHACHA20-POLY1305 needs a preshared key/,
    ],
    [
      ['connect', '--groups', 'brainpoolP256r1', NOWHERE],
      /--groups: brainpoolP256r1 is not known here; there are/,
    ],
    [
      ['connect', '--groups', 'X25519MLKEM768', '--max-version', '1.2', NOWHERE],
      /--groups: none of them is for TLS 1\.2/,
    ],
    [
      ['connect', '--sigalgs', 'RSA+SHA256', '--min-version', '1.3', NOWHERE],
      /--sigalgs: none of them is for TLS 1\.3/,
    ],
    [['connect', '--session-in', '/nonexistent', NOWHERE], /--session-in \/nonexistent: no such file/],
    [['connect', '--session-in', pki.ca, NOWHERE], /--session-in .*ca\.pem: there is no session in it/],
    [
      ['connect', '--session-in', noCertificate, NOWHERE],
      /--session-in .*text\.pem: there is no session in it/,
    ],
    [
      ['get', '--session-in', badSession, 'https://127.0.0.1:1/'],
      /--session-in .*bad\.pem: StoredSession\.form is 0, only \d is read/,
    ],
    [['trace', '--session-in', opensslSession, NOWHERE], /--session-in .*openssl\.pem: .*only OpenSSL/],
    [['connect', '--session-out', '/nonexistent/x', NOWHERE], /--session-out \/nonexistent\/x: no such file/],
    [['connect', '--session-out', workspace.folder, NOWHERE], /--session-out .*: is a directory/],
    [['connect', '--session-out', '/dev/null', NOWHERE], /--session-out \/dev\/null: is no regular file/],
    [
      ['serve', '--cert', pki.cert, '--key', pki.key, '--tickets', '17'],
      /--tickets: "17" is not a number from 0/,
    ],
    [
      ['serve', '--cert', pki.cert, '--key', pki.key, '--tickets', '-1'],
      /--tickets: "-1" is not a number from 0/,
    ],
    [
      ['serve', '--cert', pki.cert, '--key', pki.key, '--ciphers', 'nonsense'],
      /--ciphers: "nonsense" is no cipher suite/,
    ],
    [['connect', '--groups', 'x25519,', NOWHERE], /--groups: an empty name/],
    [['connect', '--groups', 'x25519,X25519,x25519', NOWHERE], /--groups: a name stands twice/],
    [['connect', '--sigalgs', 'md5', NOWHERE], /--sigalgs: md5 is not known/],
    [['connect', '--alpn', 'h2,,h3', NOWHERE], /--alpn: "" is no protocol name/],
    [['connect', '--alpn', 'h2,h2', NOWHERE], /--alpn: a protocol stands twice/],
    [
      ['connect', '--max-version', '1.1', NOWHERE],
      /--max-version: "1\.1" is not spoken here; there are 1\.2 and 1\.3/,
    ],
    [['connect', '--min-version', '1.3', '--max-version', '1.2', NOWHERE], /--min-version 1\.3 is above/],
    [['connect', '--min-version', '2', NOWHERE], /--min-version: "2" is not spoken here/],
    [['connect', '--timeout', '0', NOWHERE], /--timeout: "0" is not a number of milliseconds/],
    [['connect', '--timeout', '1e9', NOWHERE], /--timeout/],
    [['connect', '--keylog', '/nonexistent/x', NOWHERE], /--keylog \/nonexistent\/x: no such file/],
    [['connect', '--servername', 'exa mple', NOWHERE], /exa mple/],
    [['trace', '--max-bytes', 'x', NOWHERE], /--max-bytes: "x" is not a number/],
    [['serve'], /pass --cert FILE --key FILE; "puretls cert ca"/],
    [['serve', '--cert', pki.cert, '--key', pki.key, '--port', '99999'], /--port: "99999" is not a port/],
    [['serve', '--cert', pki.cert, '--key', pki.key, '--www', '--echo'], /choose one/],
    [['serve', '--cert', pki.cert, '--key', pki.key, '--proxy', 'x y'], /is not a host/],
    [['serve', '--cert', pki.cert, '--key', pki.key, '--require-cert'], /--require-cert without --client-ca/],
    [
      ['serve', '--cert', pki.cert, '--key', pki.key, '--client-ca', pki.ca],
      /--client-ca without --request-cert/,
    ],
    [['serve', '--cert', pki.cert, '--key', pki.clientKey], /\[KEY_MISMATCH\]/],
    [['inspect', '/nonexistent'], /inspect \/nonexistent: no such file/],
  ];
  for (const [args, pattern] of cases) {
    it(`puretls ${args.join(' ').replaceAll(workspace.folder, '')}`, async () => {
      const { code, stdout, stderr } = await inProcess(args);
      assert.match(stderr, pattern);
      assert.equal(code, 1);
      assert.equal(stdout.length, 0);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    });
  }
});

describe('what this version does not have', () => {
  const PEER = ['--ocsp', '--starttls smtp', '--psk 00', '--psk-identity x'];
  const SERVER = ['--psk 00', '--psk-identity x', '--ocsp', '--starttls smtp'];
  const cases = [
    ...['connect', 'get', 'trace'].flatMap((command) =>
      PEER.map((option) => [command, option, NOWHERE] as const),
    ),
    ...['get', 'trace'].map((command) => [command, '--early-data x', NOWHERE] as const),
    ...SERVER.map((option) => ['serve', option, ''] as const),
  ];
  for (const [command, option, target] of cases) {
    it(`${command} ${option}: is refused, not ignored`, async () => {
      const args = [command, ...option.split(' '), ...(target === '' ? [] : [target])];
      const { code, stderr } = await inProcess(args);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`${option.split(' ')[0]} is not available in this version`));
    });
  }

  it('is not in the help', async () => {
    for (const command of ['connect', 'get', 'trace', 'serve']) {
      const { stdout } = await inProcess([command, '--help']);
      assert.ok(!/--psk|--starttls/.test(stdout.toString()), command);
      const early = command === 'connect' || command === 'serve';
      assert.equal(/early-data/.test(stdout.toString()), early, command);
    }
    assert.ok(!/scan/.test((await inProcess(['--help'])).stdout.toString()));
  });
});

describe('help and version', () => {
  it('the version is that of the package', async () => {
    const root = new URL(import.meta.url.endsWith('.ts') ? '../../' : '../../../', import.meta.url);
    const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
      version: string;
    };
    assert.equal(VERSION, version);
    assert.equal((await inProcess(['--version'])).stdout.toString(), `${version}\n`);
  });

  it('says what is spoken, and that session files are secret', async () => {
    assert.match((await inProcess(['--help'])).stdout.toString(), /TLS 1\.2 and 1\.3/);
    const help = (await inProcess(['connect', '--help'])).stdout.toString().replaceAll(/\s+/g, ' ');
    assert.match(help, /--session-out <file> .*as secret as a private key/);
    assert.match(help, /mode 0600/);
  });

  it('--help goes to stdout with 0, and says the exit codes', async () => {
    const { code, stdout, stderr } = await inProcess(['--help']);
    assert.equal(code, 0);
    assert.match(stdout.toString(), /0 done, 1 usage, 2 transport, 3 TLS alert/);
    assert.equal(stderr, '');
  });

  for (const command of ['connect', 'get', 'serve', 'cert', 'trace', 'inspect', 'selftest']) {
    it(`${command} --help`, async () => {
      const { code, stdout } = await inProcess([command, '--help']);
      assert.equal(code, 0);
      assert.match(stdout.toString(), new RegExp(`^Usage: puretls ${command}`));
    });
  }

  it('no command at all: the help on stderr, and 1', async () => {
    const { code, stdout, stderr } = await inProcess([]);
    assert.equal(code, 1);
    assert.match(stderr, /^Usage: puretls/);
    assert.equal(stdout.length, 0);
  });
});

describe('errors for machines', () => {
  it('--json: one object on stderr', async () => {
    const { code, stderr } = await inProcess(['connect', '--json', NOWHERE]);
    assert.equal(code, 2);
    const { error } = JSON.parse(stderr) as { error: Record<string, unknown> };
    assert.deepEqual([error['exitCode'], error['code'], error['subject']], [2, 'ECONNREFUSED', NOWHERE]);
  });

  it('--json after -- is an argument', async () => {
    const { stderr } = await inProcess(['connect', '--', '--json']);
    assert.match(stderr, /^puretls: /);
  });
});

describe('the process', () => {
  it('exits with the code and writes no colour into a pipe', async () => {
    const { code, stderr } = await puretls(['connect', NOWHERE], '', { env: { FORCE_COLOR: '1' } });
    assert.equal(code, 2);
    assert.ok(!stderr.includes('\u001b'), stderr);
    assert.match(
      stderr,
      /^puretls: 127\.0\.0\.1:1: connection refused: nothing listens there \[ECONNREFUSED\]/,
    );
  });
});
