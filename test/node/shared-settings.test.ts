/** What connections share: trust and configurations by what was said, and nothing that is a secret or a single use. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { sharedClientConfig } from '../../src/node/shared-config.ts';
import { trustedBy } from '../../src/node/shared-trust.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import {
  ca,
  client,
  closeServer,
  errorOf,
  listen,
  otherAuthority,
  puretls,
  server,
  within,
} from './support.ts';

const provider = nobleProvider();
const trust = TrustStore.fromPem(ca);
const base = {
  provider,
  now: Date.now,
  trust,
  serverName: 'localhost',
  alpnProtocols: ['h2'],
  credentials: [],
};

test('the same options give the same configuration; lists are compared by what is in them', () => {
  const first = sharedClientConfig(base);
  assert.equal(sharedClientConfig({ ...base, alpnProtocols: ['h2'], credentials: [] }), first);
});

for (const [what, other] of Object.entries({
  'another name': { serverName: '127.0.0.1' },
  'other protocols': { alpnProtocols: ['h2', 'http/1.1'] },
  'fewer protocols': { alpnProtocols: [] },
  'another trust': { trust: TrustStore.fromPem(otherAuthority.certificatePem) },
  'a store of the same certificates that is another': {
    trust: TrustStore.fromCertificates(trust.certificates),
  },
  'another provider': { provider: nobleProvider() },
  'another clock': { now: () => 0 },
  'no verification': { dangerousAcceptUnverifiedPeer: true },
  'a delegate': { delegate: ['verify_peer' as const] },
})) {
  test(`${what}: a configuration of its own, and the first one is what it was`, () => {
    const first = sharedClientConfig(base);
    assert.notEqual(sharedClientConfig({ ...base, ...other }), first);
    assert.equal(sharedClientConfig(base), first);
  });
}

test('an option in place of one that is undefined: a configuration of its own', () => {
  const first = sharedClientConfig({ ...base, groups: undefined });
  const other = sharedClientConfig({ ...base, requireExtendedMasterSecret: true });
  assert.notEqual(other, first);
  assert.equal(other.requireExtendedMasterSecret, true);
});

test('a configuration with a private key is never kept', () => {
  const withKey = { ...base, credentials: [client.credential] };
  assert.notEqual(sharedClientConfig(withKey), sharedClientConfig(withKey));
});

test('few are kept', () => {
  const first = sharedClientConfig(base);
  for (let i = 0; i < 20; i += 1) sharedClientConfig({ ...base, serverName: `host${i}.test` });
  assert.notEqual(sharedClientConfig(base), first);
});

test('the same ca, text or bytes, alone or in a list, gives the same store', () => {
  const { store } = trustedBy(ca);
  assert.equal(trustedBy(`${ca}`).store, store);
  assert.equal(trustedBy([ca]).store, store);
  const bytes = Buffer.from(ca);
  assert.equal(trustedBy(bytes).store, trustedBy(Buffer.from(ca)).store);
});

test('another ca, or the same one with another beside it, does not', () => {
  const { store } = trustedBy(ca);
  const both = trustedBy([ca, otherAuthority.certificatePem]);
  assert.notEqual(both.store, store);
  assert.equal(both.store.size, 2);
  assert.notEqual(trustedBy([]).store, store);
  assert.equal(trustedBy([]).store.size, 0);
});

test('bytes that the program writes to afterwards are looked at anew', () => {
  const bytes = Buffer.from(ca);
  const { store } = trustedBy(bytes);
  bytes.set(Buffer.from(otherAuthority.certificatePem).subarray(0, bytes.length));
  bytes.fill(0x20, Math.min(bytes.length, otherAuthority.certificatePem.length));
  let other: TrustStore | undefined;
  try {
    other = trustedBy(bytes).store;
  } catch {
    // Cut off, where the other one is longer: refused, and that is no hit either.
  }
  assert.notEqual(other, store);
});

test('a ca that cannot be read is refused each time', () => {
  for (let i = 0; i < 3; i += 1) {
    assert.throws(() => trustedBy('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'));
  }
});

test('whom one connection trusts does not matter to the next', async () => {
  const listening = puretls.createServer({ ...server });
  listening.on('tlsClientError', () => undefined);
  const port = await listen(listening);
  for (let i = 0; i < 2; i += 1) {
    const good = puretls.connect({ port, host: 'localhost', ca });
    await within(once(good, 'secureConnect'), 'secureConnect');
    assert.equal(good.authorized, true);
    good.destroy();
    const bad = puretls.connect({ port, host: 'localhost', ca: otherAuthority.certificatePem });
    const error = await errorOf(bad);
    assert.match(error.code ?? '', /UNABLE_TO_|SELF_SIGNED/);
  }
  await closeServer(listening);
});

/** KB of both sockets; the goal is 25, and what else happens in a process is not ours. */
const IDLE_LIMIT = 32;

test(`an idle connection holds at most ${IDLE_LIMIT} KB, both sockets together`, async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const COUNT = 60;
  const sockets: Socket[] = [];
  const listening = puretls.createServer({ ...server }, (socket) => {
    sockets.push(socket);
    socket.on('data', (data: Buffer) => socket.write(data));
  });
  const port = await listen(listening);
  const open = async (): Promise<void> => {
    const socket = puretls.connect({ port, host: 'localhost', ca });
    sockets.push(socket);
    await within(once(socket, 'secureConnect'), 'secureConnect');
    socket.write('ping');
    await within(once(socket, 'data'), 'data');
  };
  const held = async (): Promise<number> => {
    for (let i = 0; i < 4; i += 1) {
      gc();
      await wait(20);
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  for (let i = 0; i < 20; i += 1) await open();
  const before = await held();
  for (let i = 0; i < COUNT; i += 1) await open();
  const each = ((await held()) - before) / COUNT / 1000;
  for (const socket of sockets) socket.destroy();
  await closeServer(listening);
  assert.ok(each <= IDLE_LIMIT, `${each.toFixed(1)} KB`);
});
