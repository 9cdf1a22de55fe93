/** Caches: bounded whatever comes, first in first out, and a session of TLS 1.3 is given out once (CVE-2024-2511). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { ClientSessionCache, ServerSessionCache } from '../../src/session/cache.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TLSError } from '../../src/wire/error.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { NOW } from '../handshake/credentials.ts';
import { ONLY12 } from '../tls12/kit.ts';
import { connect, HOUR } from './kit.ts';

const BINDING = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);

function session(change: Partial<StoredSession> = {}): StoredSession {
  return {
    version: 'tls13',
    cipherSuite: CipherSuite.TLS_AES_128_GCM_SHA256,
    secret: new Secret(new Uint8Array(32).fill(7)),
    extendedMasterSecret: true,
    createdAt: NOW,
    authenticatedAt: NOW,
    lifetime: 3600,
    ageAdd: 0,
    maxEarlyDataSize: 0,
    replayStore: new Uint8Array(0),
    serverName: 'server.test',
    alpnProtocol: undefined,
    binding: BINDING,
    peerCertificates: [],
    peerRawPublicKey: undefined,
    peerValidity: { notBefore: 0, notAfter: 253_402_300_799_000 },
    verdict: undefined,
    externalPsk: undefined,
    ticket: Uint8Array.of(1),
    sessionId: new Uint8Array(0),
    ...change,
  };
}

function id(n: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
}

test('a million sessions leave as many as there is room for, and take little time', () => {
  const cache = new ServerSessionCache(1000);
  const before = process.cpuUsage();
  for (let i = 0; i < 1_000_000; i += 1) cache.put(id(i), new Uint8Array(1));
  assert.ok(process.cpuUsage(before).user < 15_000_000, 'microseconds');
  assert.equal(cache.size, 1000);
  assert.equal(cache.get(id(999_999))?.length, 1);
  assert.ok(cache.get(id(999_000)));
  assert.equal(cache.get(id(998_999)), undefined);
});

test('many peers leave as many as there is room for', () => {
  const cache = new ClientSessionCache(500, 2);
  for (let i = 0; i < 200_000; i += 1) cache.put(`peer ${i % 100_000}`, session());
  assert.equal(cache.size, 500);
  assert.ok(cache.take('peer 99999', BINDING, NOW));
  assert.equal(cache.take('peer 99499', BINDING, NOW), undefined);
});

test('one peer keeps a few tickets, the newest of them, and the others are wiped', () => {
  const cache = new ClientSessionCache(10, 3);
  const all = Array.from({ length: 10 }, (_, i) => session({ ticket: Uint8Array.of(i) }));
  for (const each of all) cache.put('a', each);
  const taken = [1, 2, 3, 4].map(() => cache.take('a', BINDING, NOW)?.ticket[0]);
  assert.deepEqual(taken, [9, 8, 7, undefined]);
  assert.deepEqual(
    all.map(({ secret }) => secret.wiped),
    [...new Array<boolean>(7).fill(true), false, false, false],
  );
});

test('what is pushed out is wiped', () => {
  const served = new ServerSessionCache(1);
  const first = Uint8Array.of(1, 2, 3);
  served.put(id(1), first);
  served.put(id(2), Uint8Array.of(4));
  assert.deepEqual([...first], [0, 0, 0]);
  const old = Uint8Array.of(5);
  served.put(id(2), old);
  served.put(id(2), Uint8Array.of(6));
  assert.deepEqual([...old], [0], 'replaced under its own ID');
  assert.equal(served.size, 1);
  served.delete(id(2));
  served.delete(id(99));
  assert.equal(served.size, 0);

  const known = new ClientSessionCache(1, 1);
  const [one, other] = [session(), session()];
  known.put('a', one);
  known.put('b', other);
  assert.deepEqual([one.secret.wiped, other.secret.wiped], [true, false]);
  known.delete('b');
  assert.ok(other.secret.wiped);
});

test('a peer that was heard of last goes last', () => {
  const cache = new ClientSessionCache(2);
  cache.put('a', session());
  cache.put('b', session());
  cache.put('a', session());
  cache.put('c', session());
  assert.equal(cache.take('b', BINDING, NOW), undefined);
  assert.ok(cache.take('a', BINDING, NOW) && cache.take('c', BINDING, NOW));
});

test('of TLS 1.3 each is given out once; of TLS 1.2 a copy each time, and the newest alone is kept', () => {
  const cache = new ClientSessionCache();
  cache.put('a', session());
  assert.ok(cache.take('a', BINDING, NOW));
  assert.equal(cache.take('a', BINDING, NOW), undefined);
  assert.equal(cache.size, 0);
  const [old, young] = [
    session({ version: 'tls12' }),
    session({ version: 'tls12', ticket: Uint8Array.of(9) }),
  ];
  cache.put('a', old);
  cache.put('a', session({ ticket: Uint8Array.of(5) }));
  cache.put('a', young);
  assert.ok(old.secret.wiped);
  const copies = [1, 2, 3].map(() => cache.take('a', BINDING, NOW));
  assert.deepEqual(
    copies.map((copy) => copy?.ticket[0]),
    [9, 9, 9],
  );
  copies[0]?.secret.wipe();
  assert.ok(!young.secret.wiped && copies[1]?.secret.wiped === false);
});

test('another binding is passed over and kept; what is over is dropped and wiped', () => {
  const cache = new ClientSessionCache();
  const [mine, theirs] = [session(), session({ binding: OTHER, ticket: Uint8Array.of(2) })];
  cache.put('a', mine);
  cache.put('a', theirs);
  assert.equal(cache.take('a', BINDING, NOW), mine);
  assert.equal(cache.take('a', BINDING, NOW), undefined);
  assert.equal(cache.take('a', OTHER, NOW + HOUR), undefined);
  assert.ok(theirs.secret.wiped);
  assert.equal(cache.size, 0);
  assert.equal(cache.take('nobody', BINDING, NOW), undefined);
});

test('names are data: __proto__ and the like are peers as any other', () => {
  const cache = new ClientSessionCache();
  for (const name of ['__proto__', 'constructor', '', 'a\0b']) {
    assert.equal(cache.take(name, BINDING, NOW), undefined);
    cache.put(name, session());
    assert.ok(cache.take(name, BINDING, NOW));
  }
});

test('a capacity that is none is refused', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const make of [
      () => new ServerSessionCache(capacity),
      () => new ClientSessionCache(capacity),
      () => new ClientSessionCache(1, capacity),
    ]) {
      assert.throws(make, (error) => error instanceof TLSError && error.reason === 'invalid_option');
    }
  }
});

test('TLS 1.2 by ID: the oldest session makes room, and its client starts anew', () => {
  const sessionCache = new ServerSessionCache(1);
  const server = { ...ONLY12, sessionCache };
  const caches = [new ClientSessionCache(), new ClientSessionCache()];
  const resumed = (which: number): boolean => {
    const kept = caches[which];
    assert.ok(kept);
    // Each connection of these tests draws the same ID: a name apart keeps the sessions apart all the same.
    const { pair } = connect({ ...ONLY12, sessionCache: kept }, server);
    return pair.client.tested.connection.info.resumed;
  };
  assert.equal(resumed(0), false);
  assert.equal(resumed(0), true);
  assert.equal(sessionCache.size, 1);
});
