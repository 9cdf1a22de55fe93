/** The package as Node loads it: few files, nothing of noble's run by loading, nothing of Node's in the engine. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { systemRandom } from '../../src/crypto/random.ts';
import { embeddedKernels } from '../../src/crypto/wasm/precompiled.ts';
import { createAuthority } from '../../src/x509.ts';
import { projectRoot } from '../house/root.ts';
import { bundleLibrary } from './bundle.ts';

const ENTRIES = ['index', 'engine', 'x509', 'study', 'fuzz'] as const;
const built = join(projectRoot(import.meta.url), 'dist', 'src');
function makeIdentity(): Readonly<Record<'cert' | 'key' | 'ca', string>> {
  const root = createAuthority({ random: systemRandom(), now: Date.now() });
  const { chainPem, keyPem } = root.issue({ kind: 'ecdsa-p256', names: ['localhost'] });
  return { cert: chainPem, key: keyPem, ca: root.certificatePem };
}

const skip = !existsSync(join(built, 'index.js')) && 'not built';
/** A global with the modules of noble's that were run. */
const PROBE = 'ranOfNoble';

/** What `body` prints, run as a module of its own process. */
function run(body: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', body], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

describe('the package in a few files', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'puretls-bundle-'));
  const url = (name: string): string => pathToFileURL(join(folder, `${name}.js`)).href;
  let outputs: Metafile['outputs'] = {};

  before(async () => {
    outputs = (await bundleLibrary(folder, PROBE)).outputs;
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The files that loading an entry loads, and what of others they import. */
  function reach(entry: string): { readonly files: readonly string[]; readonly foreign: readonly string[] } {
    const files = Object.keys(outputs).filter((path) => basename(path) === `${entry}.js`);
    const foreign: string[] = [];
    for (const file of files) {
      for (const { path, external } of outputs[file]?.imports ?? []) {
        if (external === true) foreign.push(path);
        else if (!files.includes(path)) files.push(path);
      }
    }
    return { files, foreign };
  }

  for (const name of ENTRIES) {
    test(`${name}: the same names as the sources`, () => {
      const names = `Object.keys(await import(process.argv[1])).join()`;
      const of = (target: string): string =>
        run(`console.log(${names.replace('process.argv[1]', JSON.stringify(target))})`);
      assert.equal(of(url(name)), of(pathToFileURL(join(built, `${name}.js`)).href));
    });
  }

  test('few files', () => {
    for (const name of ENTRIES) assert.ok(reach(name).files.length <= 8, name);
  });

  test('the engine and what stands on it alone import nothing but what fetches noble', () => {
    for (const name of ['engine', 'x509', 'study', 'fuzz']) {
      assert.deepEqual(new Set(reach(name).foreign), new Set(['node:module']), name);
    }
  });

  test("the Node face imports of Node's modules those that it has to", () => {
    const allowed = [
      'node:buffer',
      'node:events',
      'node:fs',
      'node:module',
      'node:net',
      'node:path',
      'node:stream',
      'node:util',
    ];
    assert.deepEqual(
      reach('index').foreign.filter((path) => !allowed.includes(path)),
      [],
    );
  });

  test('other packages and the command are in none of it', () => {
    const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
    assert.ok(inputs.some((path) => path.includes('src/x509/der.js')));
    assert.deepEqual(
      inputs.filter((path) => /node_modules|asn1js|pkijs|src\/cli\//.test(path)),
      [],
    );
  });

  test('study and fuzz are not in what the others load', () => {
    for (const name of ['index', 'engine', 'x509']) {
      const inputs = reach(name).files.flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
      assert.deepEqual(
        inputs.filter((path) => /src\/(study|fuzz)\//.test(path)),
        [],
        name,
      );
    }
  });

  test('loading fetches nothing of noble', () => {
    const imports = ENTRIES.map((name) => `await import('${url(name)}');`).join('');
    assert.equal(run(`${imports} console.log(JSON.stringify(globalThis.${PROBE} ?? []))`), '[]');
  });

  test('a full handshake over kernels fetches nothing of noble', () => {
    const identity = JSON.stringify(makeIdentity());
    const ran = run(`
      const { Connection, createClientConfig, createServerConfig, namedProvider } = await import('${url('engine')}');
      const { loadCredential, TrustStore } = await import('${url('x509')}');
      const { cert, key, ca } = ${identity};
      const common = { provider: namedProvider('auto'), now: () => Date.now() };
      const trust = TrustStore.fromPem(ca);
      const client = Connection.client(createClientConfig({ ...common, serverName: 'localhost', trust }), () => {});
      const credentials = [loadCredential(cert, key)];
      const server = Connection.server(createServerConfig({ ...common, credentials }), () => {});
      client.start();
      server.receive(client.takeOutput());
      client.receive(server.takeOutput());
      server.receive(client.takeOutput());
      console.log(server.phase, client.info.group.name, JSON.stringify(globalThis.${PROBE} ?? []));`);
    assert.equal(ran, 'open X25519MLKEM768 []');
  });

  test('what is missing of the kernels is fetched when it is needed', () => {
    const ran = run(`
      const { nobleProvider } = await import('${url('engine')}');
      const [suite] = nobleProvider().cipherSuites13;
      suite.aead.create(new Uint8Array(32)).seal(new Uint8Array(12), new Uint8Array(0), new Uint8Array(32), 0, 16);
      console.log(JSON.stringify(globalThis.${PROBE}));`);
    assert.deepEqual(JSON.parse(ran), ['@noble/ciphers/chacha.js', '@noble/ciphers/_poly1305.js']);
  });

  test('a class is the same through every entry', () => {
    const body = `
      const [a, b] = [await import('${url('index')}'), await import('${url('engine')}')];
      console.log(a.TLSError === b.TLSError && typeof a.TLSError === 'function')`;
    assert.equal(run(body), 'true');
  });
});

const kernels = join(built, '..', 'kernels');

test('the kernels are files of the package too', { skip: !existsSync(kernels) && 'not built' }, () => {
  const embedded = Object.entries(embeddedKernels());
  assert.ok(embedded.length >= 9);
  for (const [name, base64] of embedded) {
    const path = fileURLToPath(import.meta.resolve(`puretls/kernels/${name}.wasm`));
    assert.equal(readFileSync(path).toString('base64'), base64, name);
  }
});

const command = join(built, '..', 'lib', 'cli.js');

test('the command is one file that runs', { skip: !existsSync(command) && 'not built' }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, '--version'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});
