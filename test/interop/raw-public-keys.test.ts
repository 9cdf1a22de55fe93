/** Raw public keys with GnuTLS's own programs, in both roles and versions, each end known to the other by its key. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { encodePem } from '../../src/bytes/pem.ts';
import { ProtocolVersion, TLSError } from '../../src/engine.ts';
import {
  exportPrivateKey,
  generateKey,
  type KeyKind,
  type RawKeyCredential,
  rawKeyCredential,
} from '../../src/x509.ts';
import { Child } from './support/child.ts';
import { type Accepted, dial, EngineServer, open, provider, serverConfig } from './support/engine-side.ts';
import { freePort } from './tls12/stacks/driver.ts';

const found = spawnSync('gnutls-cli', ['--version'], { encoding: 'utf8', timeout: 10_000 });
const version = /^gnutls-cli (\S+)/.exec(found.stdout ?? '')?.[1];
const skip = version === undefined ? 'GnuTLS is not installed (package gnutls-bin)' : false;
const stack = `GnuTLS ${version ?? '0'}`;

const KINDS = ['ecdsa-p256', 'ed25519', 'rsa-2048'] as const satisfies readonly KeyKind[];
const VERSIONS = {
  '1.2': { minVersion: ProtocolVersion.TLS12, maxVersion: ProtocolVersion.TLS12 },
  '1.3': { minVersion: ProtocolVersion.TLS13, maxVersion: ProtocolVersion.TLS13 },
} as const;

interface Key {
  readonly credential: RawKeyCredential;
  readonly files: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'puretls-raw-keys-'));
after(() => rmSync(folder, { recursive: true }));

function makeKey(name: string, kind: KeyKind): Key {
  const credential = rawKeyCredential(generateKey(kind, provider.random));
  const [secret, open] = [join(folder, `${name}.key`), join(folder, `${name}.pub`)];
  writeFileSync(secret, encodePem('PRIVATE KEY', exportPrivateKey(credential.privateKey)));
  writeFileSync(open, encodePem('PUBLIC KEY', credential.rawPublicKey.raw));
  return { credential, files: ['--rawpkkeyfile', secret, '--rawpkfile', open] };
}

const keys = new Map<string, Key>();
function keyOf(owner: string, kind: KeyKind): Key {
  const name = `${owner}-${kind}`;
  const known = keys.get(name) ?? makeKey(name, kind);
  keys.set(name, known);
  return known;
}

const priority = (tls: string): string =>
  `NORMAL:-VERS-ALL:+VERS-TLS${tls}:-CTYPE-ALL:+CTYPE-SRV-RAWPK:+CTYPE-CLI-RAWPK`;
const spki = (key: Key): Uint8Array => key.credential.rawPublicKey.raw;

async function serve(tls: string, key: Key): Promise<{ readonly child: Child; readonly port: number }> {
  const port = await freePort();
  const args = ['--port', String(port), '--priority', priority(tls), '--echo', '--require-client-cert'];
  const child = new Child('gnutls-serv', [...args, ...key.files]);
  await child.waitFor('listening port', (text) => (/IPv4 .*done$/m.test(text) ? true : undefined));
  return { child, port };
}

function fingerprint(reason: unknown): string {
  return reason instanceof TLSError ? reason.reason : String(reason);
}

for (const [tls, range] of Object.entries(VERSIONS)) {
  describe(`our client with ${stack}`, { skip }, () => {
    describe(`raw public keys, TLS ${tls}`, () => {
      for (const kind of KINDS) {
        test(kind, { timeout: 60_000 }, async () => {
          const [theirs, ours] = [keyOf('server', kind), keyOf('client', kind)];
          const { child, port } = await serve(tls, theirs);
          try {
            const wish = { ...range, trustedPublicKeys: [spki(theirs)], credentials: [ours.credential] };
            const stream = await open(port, wish);
            assert.deepEqual(stream.info.peerRawPublicKey?.raw, spki(theirs));
            assert.equal(stream.info.localCredential, ours.credential);
            stream.write('a raw key\n');
            const [line] = (await stream.iterator({ destroyOnReturn: false }).next()).value
              .toString()
              .split('\n');
            assert.equal(line, 'a raw key');
            await stream.finish();
            const wrong = dial(port, { ...wish, trustedPublicKeys: [spki(ours)] });
            const refused = await wrong.secured.then(() => 'accepted', fingerprint);
            assert.equal(refused, 'untrusted_public_key');
          } finally {
            await child.stop();
          }
        });
      }
    });
  });

  describe(`our server with ${stack}`, { skip }, () => {
    describe(`raw public keys, TLS ${tls}`, () => {
      for (const kind of KINDS) {
        test(kind, { timeout: 60_000 }, async () => {
          const [ours, theirs] = [keyOf('server', kind), keyOf('client', kind)];
          const config = (trusted: Key): ReturnType<typeof serverConfig> =>
            serverConfig({
              ...range,
              credentials: [ours.credential],
              clientAuth: 'require',
              trustedPublicKeys: [spki(trusted)],
            });
          const server = await EngineServer.start(config(theirs), async (stream) => {
            stream.end('hello\n');
            await stream.finish();
          });
          const connect = async (): Promise<{ readonly told: Accepted; readonly text: string }> => {
            const args = ['--port', String(server.port), '--priority', priority(tls), '--no-ca-verification'];
            const child = new Child('gnutls-cli', [...args, ...theirs.files, '127.0.0.1']);
            const told = await server.next();
            child.stdin.end();
            await child.exit();
            return { told, text: child.text };
          };
          try {
            const { told, text } = await connect();
            assert.ok(told.kind === 'secure', text);
            assert.deepEqual(told.info.peerRawPublicKey?.raw, spki(theirs));
            assert.match(text, /Certificate type: Raw Public Key/);
            assert.match(text, /Handshake was completed/);
            server.config = config(ours);
            const wrong = await connect();
            assert.ok(wrong.told.kind === 'error', 'a key that is not trusted was let in');
            assert.equal(fingerprint(wrong.told.error), 'untrusted_public_key');
          } finally {
            await server.stop();
          }
        });
      }
    });
  });
}
