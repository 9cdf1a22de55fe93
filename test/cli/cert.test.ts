import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { encodePem } from '../../src/bytes/pem.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { createCrl, loadCredential, parseCertificates } from '../../src/x509.ts';
import { inProcess, type Result, Workspace } from './support.ts';

const workspace = new Workspace();
after(() => workspace.remove());
const at = (name: string): string => workspace.path(name);

async function good(args: readonly string[]): Promise<Result> {
  const result = await inProcess(['cert', ...args]);
  assert.equal(result.code, 0, result.stderr);
  return result;
}

const text = (name: string): string => readFileSync(at(name), 'utf8');
const modeOf = (name: string): number => statSync(at(name)).mode & 0o777;

await good(['ca', '--subject', 'O=Test, CN=Test Root', '--out', at('ca.pem'), '--key-out', at('ca.key')]);
const caOptions = ['--ca', at('ca.pem'), '--ca-key', at('ca.key')];
await good([
  'leaf',
  ...caOptions,
  '--name',
  'localhost',
  '--name',
  '127.0.0.1',
  '--name',
  '::1',
  '--purpose',
  'server',
  '--out',
  at('leaf.pem'),
  '--key-out',
  at('leaf.key'),
]);

describe('cert makes what the verifier takes', () => {
  it('a root and a leaf below it', async () => {
    const { stdout } = await good(['verify', '--ca', at('ca.pem'), '--name', 'localhost', at('leaf.pem')]);
    assert.match(stdout.toString(), /^verified\n {2}0 CN=localhost/);
    for (const name of ['127.0.0.1', '::1'])
      await good(['verify', '--ca', at('ca.pem'), '--name', name, at('leaf.pem')]);
  });

  it('an intermediate, sent along in the chain', async () => {
    await good([
      'ca',
      ...caOptions,
      '--subject',
      'CN=Middle',
      '--out',
      at('mid.pem'),
      '--key-out',
      at('mid.key'),
    ]);
    const below = ['--ca', at('mid.pem'), '--ca-key', at('mid.key')];
    await good([
      'leaf',
      ...below,
      '--name',
      'deep.test',
      '--out',
      at('deep.pem'),
      '--key-out',
      at('deep.key'),
    ]);
    const { stdout } = await good([
      'verify',
      '--json',
      '--ca',
      at('ca.pem'),
      '--name',
      'deep.test',
      at('deep.pem'),
    ]);
    const verdict = JSON.parse(stdout.toString()) as { verified: boolean; path: { subject: string }[] };
    assert.equal(verdict.verified, true);
    assert.deepEqual(
      verdict.path.map((one) => one.subject),
      ['CN=deep.test', 'CN=Middle', 'CN=Test Root,O=Test'],
    );
  });

  for (const kind of ['ecdsa-p384', 'ecdsa-p521', 'ed25519', 'ed448']) {
    it(`a leaf with a key of kind ${kind}`, async () => {
      const files = [at(`${kind}.pem`), at(`${kind}.key`)] as const;
      await good([
        'leaf',
        ...caOptions,
        '--name',
        'k.test',
        '--kind',
        kind,
        '--out',
        files[0],
        '--key-out',
        files[1],
      ]);
      assert.equal(loadCredential(text(`${kind}.pem`), text(`${kind}.key`)).chain.length, 1);
    });
  }

  it('a self-signed one, which verifies where it is trusted itself', async () => {
    await good([
      'leaf',
      '--self-signed',
      '--name',
      'self.test',
      '--out',
      at('self.pem'),
      '--key-out',
      at('self.key'),
    ]);
    await good(['verify', '--ca', at('self.pem'), '--name', 'self.test', at('self.pem')]);
    assert.equal((await inProcess(['cert', 'verify', '--ca', at('ca.pem'), at('self.pem')])).code, 4);
  });

  it('a client certificate without a name', async () => {
    const out = ['--out', at('client.pem'), '--key-out', at('client.key')];
    await good(['leaf', ...caOptions, '--subject', 'CN=Ann', '--purpose', 'client', ...out]);
    await good(['verify', '--ca', at('ca.pem'), '--purpose', 'client', at('client.pem')]);
    assert.equal(
      (await inProcess(['cert', 'verify', '--ca', at('ca.pem'), '--purpose', 'server', at('client.pem')]))
        .code,
      4,
    );
  });

  it('international names as A-labels', async () => {
    const out = ['--out', at('idn.pem'), '--key-out', at('idn.key')];
    await good(['leaf', ...caOptions, '--name', 'bücher.example', ...out]);
    const { stdout } = await good(['show', '--json', at('idn.pem')]);
    assert.match(stdout.toString(), /xn--bcher-kva\.example/);
  });
});

describe('private keys', () => {
  it("are for the owner's eyes only; certificates for everyone's", () => {
    assert.equal(modeOf('ca.key'), 0o600);
    assert.equal(modeOf('leaf.key'), 0o600);
    assert.equal(modeOf('leaf.pem'), 0o644);
  });

  it('are encrypted when a passphrase is given', async () => {
    await good(['key', '--passphrase', 'open sesame', '--out', at('locked.key')]);
    assert.match(text('locked.key'), /BEGIN ENCRYPTED PRIVATE KEY/);
    const refused = await inProcess(['inspect', at('locked.key')]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /PASSPHRASE_REQUIRED/);
  });

  it('are never written to stdout', async () => {
    const { stdout, stderr } = await good(['key', '--json', '--out', at('quiet.key')]);
    assert.ok(!/PRIVATE/.test(stdout.toString() + stderr));
  });
});

describe('cert refuses', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      'to overwrite a certificate',
      ['ca', '--out', at('ca.pem'), '--key-out', at('new.key')],
      /ca\.pem: exists already; pass --force/,
    ],
    [
      'to overwrite a key',
      ['ca', '--out', at('new.pem'), '--key-out', at('ca.key')],
      /ca\.key: exists already; pass --force/,
    ],
    ['one file for both', ['ca', '--out', at('x'), '--key-out', at('x')], /--out and --key-out are both/],
    ['a leaf for nobody', ['leaf', ...caOptions], /pass --name localhost/],
    [
      'a leaf as authority',
      ['leaf', '--ca', at('leaf.pem'), '--ca-key', at('leaf.key'), '--name', 'x.test'],
      /is no authority/,
    ],
    [
      "another's key",
      ['leaf', '--ca', at('ca.pem'), '--ca-key', at('leaf.key'), '--name', 'x.test'],
      /KEY_MISMATCH/,
    ],
    [
      'an authority without its key',
      ['leaf', '--ca', at('ca.pem'), '--name', 'x.test'],
      /--ca without --ca-key/,
    ],
    ['an unknown kind of key', ['key', '--kind', 'dsa', '--out', at('dsa.key')], /--kind .*Allowed choices/],
    ['no days at all', ['ca', '--days', '0', '--out', at('y'), '--key-out', at('z')], /--days: "0"/],
    ['a name that is none', ['leaf', ...caOptions, '--name', 'a b'], /--name: "a b" is neither/],
    ['a request for nobody', ['csr', '--key', at('leaf.key'), '--out', at('r.csr')], /for whom/],
    ['a folder that does not exist', ['key', '--out', '/nonexistent/x.key'], /no such file/],
    [
      'a subject that is no name',
      ['ca', '--subject', 'nonsense', '--out', at('y'), '--key-out', at('z')],
      /not a name/,
    ],
  ];
  for (const [name, args, pattern] of cases) {
    it(name, async () => {
      const { code, stderr } = await inProcess(['cert', ...args]);
      assert.match(stderr, pattern);
      assert.equal(code, 1);
    });
  }

  it('and leaves the other file unwritten', () => {
    assert.throws(() => statSync(at('new.key')));
    assert.throws(() => statSync(at('new.pem')));
  });

  it('but overwrites with --force, and closes the file to others', async () => {
    workspace.write('forced.key', 'old');
    await good(['key', '--force', '--out', at('forced.key')]);
    assert.equal(modeOf('forced.key'), 0o600);
    assert.match(text('forced.key'), /BEGIN PRIVATE KEY/);
  });
});

describe('cert csr', () => {
  it('makes a request', async () => {
    await good(['csr', '--key', at('leaf.key'), '--name', 'localhost', '--out', at('leaf.csr')]);
    assert.match(text('leaf.csr'), /BEGIN CERTIFICATE REQUEST/);
  });
});

describe('cert show', () => {
  it('as text', async () => {
    const shown = (await good(['show', at('leaf.pem')])).stdout.toString();
    assert.match(shown, /^subject: +CN=localhost\nissuer: +CN=Test Root,O=Test\n/);
    assert.match(shown, /names: +localhost, 127\.0\.0\.1, ::1/);
    assert.match(shown, /purposes: +serverAuth\n/);
  });

  it('as JSON: a list, one per certificate', async () => {
    const list = JSON.parse((await good(['show', '--json', at('deep.pem')])).stdout.toString()) as Record<
      string,
      unknown
    >[];
    assert.equal(list.length, 2);
    assert.deepEqual([list[0]?.['isCA'], list[1]?.['isCA']], [false, true]);
    assert.match(String(list[0]?.['notAfter']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.match(String(list[0]?.['sha256']), /^[0-9a-f]{64}$/);
  });

  it('refuses a key', async () => {
    const { code, stderr } = await inProcess(['cert', 'show', at('leaf.key')]);
    assert.equal(code, 1);
    assert.match(stderr, /NO_CERTIFICATE/);
  });
});

describe('cert verify refuses with 4', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['the wrong name', ['--ca', at('ca.pem'), '--name', 'other.test'], /HOSTNAME_MISMATCH/],
    ['the wrong purpose', ['--ca', at('ca.pem'), '--purpose', 'client'], /INVALID_PURPOSE/],
    ['an unknown authority', ['--ca', at('self.pem')], /UNABLE_TO_/],
    ['no authority at all, and says where it looked', [], /nothing is trusted: .*\/nonexistent\/roots\.pem/],
    ['a time after its end', ['--ca', at('ca.pem'), '--at', '2099-01-01'], /CERT_HAS_EXPIRED/],
    ['a time before its start', ['--ca', at('ca.pem'), '--at', '2001-01-01'], /CERT_NOT_YET_VALID/],
  ];
  for (const [name, options, pattern] of cases) {
    it(name, async () => {
      const { code, stderr, stdout } = await inProcess(['cert', 'verify', ...options, at('leaf.pem')]);
      assert.equal(code, 4);
      assert.match(stderr, pattern);
      assert.match(stdout.toString(), /^NOT verified/);
    });
  }

  it('a time that is none: 1', async () => {
    assert.equal((await inProcess(['cert', 'verify', '--at', 'tomorrow', at('leaf.pem')])).code, 1);
  });
});

describe('cert verify --crl', () => {
  const crls = (name: string, revoked: boolean): string => {
    const ca = loadCredential(readFileSync(at('ca.pem'), 'latin1'), readFileSync(at('ca.key'), 'latin1'));
    const [leaf] = parseCertificates(readFileSync(at('leaf.pem')));
    const [issuer] = ca.chain;
    assert.ok(leaf && issuer);
    const list = createCrl({
      issuer,
      signingKey: ca.privateKey,
      random: platformRandom,
      thisUpdate: Date.now() - 60_000,
      nextUpdate: Date.now() + 3_600_000,
      revoked: revoked ? [{ certificate: leaf, reason: 'keyCompromise' }] : [],
    });
    writeFileSync(at(name), encodePem('X509 CRL', list));
    return at(name);
  };
  const verify = (...more: string[]) =>
    inProcess(['cert', 'verify', '--ca', at('ca.pem'), ...more, at('leaf.pem')]);

  it('a clean list, and one that names the leaf', async () => {
    assert.equal((await verify('--crl', crls('clean.crl', false))).code, 0);
    const { code, stderr } = await verify('--crl', crls('bad.crl', true), '--crl-check', 'leaf');
    assert.equal(code, 4);
    assert.match(
      stderr,
      /it was revoked on .*keyCompromise, says the CRL number 01 of "CN=Test Root,O=Test"/,
    );
  });

  it('a file that is none, a check without a list', async () => {
    assert.match((await verify('--crl', at('leaf.pem'))).stderr, /--crl .*there is no CRL in the input/);
    assert.match((await verify('--crl-check', 'leaf')).stderr, /--crl-check without --crl/);
  });
});
