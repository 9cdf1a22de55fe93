/**
 * Whatever way a handshake ends, no secret that was ever used stays readable: those of states that a failing step never
 * reached, of sessions taken up in vain, of tickets opened. Every Secret that is revealed is watched.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { ClientSessionCache } from '../../src/session/cache.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { TLSError } from '../../src/wire/error.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { type End, Pair } from '../engine/pair.ts';
import { credentials, now, provider, SERVER_NAME, trust } from '../handshake/credentials.ts';
import { connect, newest, ticketKeys } from '../session/kit.ts';
import { BOTH, ONLY12, ONLY13 } from '../tls12/kit.ts';

// Made before anything is watched: the keys behind them are the tests' own.
trust();
const CREDENTIALS = [credentials.server(), credentials.client()];

/** Runs `work` and gives the secrets revealed meanwhile that are still readable, by where they were revealed first. */
function readableAfter(work: () => void): string[] {
  const seen = new Map<Secret, string>();
  const { reveal } = Secret.prototype;
  Secret.prototype.reveal = function watched(this: Secret): Uint8Array {
    if (!seen.has(this)) seen.set(this, new Error('first revealed').stack ?? '');
    return reveal.call(this);
  };
  try {
    work();
  } finally {
    Secret.prototype.reveal = reveal;
  }
  const ours = new Set<unknown>(CREDENTIALS.flatMap(({ privateKey }) => Object.values(privateKey)));
  return [...seen].filter(([secret]) => !secret.wiped && !ours.has(secret)).map(([, where]) => where);
}

interface Scenario {
  readonly range: typeof ONLY12;
  readonly resumes: boolean;
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
}

type Direction = 'to server' | 'to client';

/** Carries records one by one, with the last byte of one of them changed; false when there was no such record. */
function carry(pair: Pair, direction: Direction | undefined, target: number): boolean {
  const seen = { 'to server': 0, 'to client': 0 };
  const ways: readonly (readonly [Direction, End, End])[] = [
    ['to server', pair.client, pair.server],
    ['to client', pair.server, pair.client],
  ];
  for (let busy = true; busy; ) {
    busy = false;
    for (const [way, from, to] of ways) {
      const bytes = from.tested.takeOutput() ?? new Uint8Array(0);
      for (let at = 0; at < bytes.length; ) {
        busy = true;
        const end = at + 5 + (((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0));
        const record = bytes.slice(at, end);
        at = end;
        if (way === direction && seen[way] === target) record[record.length - 1] = ~(record.at(-1) ?? 0);
        seen[way] += 1;
        if (to.error !== undefined) continue;
        try {
          to.tested.receive(record);
        } catch (error) {
          to.error = error;
        }
      }
    }
  }
  return direction === undefined || seen[direction] > target;
}

/** Ends both connections, and forgets what their owners were given. */
function finish(pair: Pair): void {
  for (const { tested } of [pair.client, pair.server]) {
    tested.connection.abort(new TLSError('cancelled', 'the end'));
    for (const event of tested.events) if (event.kind === 'ticket') event.ticket.secret.wipe();
  }
}

function play({ range, resumes, client, server }: Scenario, direction?: Direction, target = 0): boolean {
  const sessionCache = new ClientSessionCache();
  const keys = ticketKeys();
  const make = (more: Pick<Scenario, 'client' | 'server'> = {}): Pair =>
    new Pair({ ...range, sessionCache, ...more.client }, { ...range, ticketKeys: keys, ...more.server });
  if (resumes) finish(make().pump());
  const pair = make({ ...(client && { client }), ...(server && { server }) });
  const hit = carry(pair, direction, target);
  if (direction === undefined && (client ?? server) !== undefined)
    assert.ok(pair.server.error ?? pair.client.error);
  finish(pair);
  sessionCache.delete(SERVER_NAME);
  return hit;
}

for (const [version, range] of [
  ['1.2', ONLY12],
  ['1.3', ONLY13],
] as const) {
  for (const resumes of [false, true]) {
    test(`TLS ${version}, ${resumes ? 'resumed' : 'full'}: a change of any record leaves no secret behind`, () => {
      for (const direction of ['to server', 'to client'] as const) {
        for (let target = 0, hit = true; hit; target += 1) {
          const left = readableAfter(() => {
            hit = play({ range, resumes }, direction, target);
          });
          assert.deepEqual(left, [], `record ${target} ${direction}`);
        }
      }
    });
  }

  test(`TLS ${version}: a session is taken up, and then there is no common application protocol`, () => {
    const left = readableAfter(() => {
      play({ range, resumes: true, client: { alpnProtocols: ['a'] }, server: { alpnProtocols: ['b'] } });
    });
    assert.deepEqual(left, []);
  });
}

/** The copies made of secrets meanwhile that are still readable. */
function copiesLeft(work: () => void): number {
  const copies: Secret[] = [];
  const { clone } = Secret.prototype;
  Secret.prototype.clone = function watched(this: Secret): Secret {
    const copy = clone.call(this);
    copies.push(copy);
    return copy;
  };
  try {
    work();
  } finally {
    Secret.prototype.clone = clone;
  }
  assert.ok(copies.length > 0);
  return copies.filter((copy) => !copy.wiped).length;
}

test('a session of TLS 1.2 that was offered in vain: to a server that answers with HelloRetryRequest, or to nobody', () => {
  const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
  const first = connect({ ...ONLY12, groups }, { ...ONLY12, groups, ticketKeys: ticketKeys() });
  const offering = { ...BOTH, groups, keyShares: [NamedGroup.x25519], session: newest(first) };
  const retried = copiesLeft(() => {
    const pair = new Pair(offering, { ...BOTH, groups: [NamedGroup.secp256r1] }).pump();
    assert.equal(pair.client.tested.connection.info.helloRetryRequest, true);
    assert.equal(pair.client.tested.connection.phase, 'open');
    finish(pair);
  });
  assert.equal(retried, 0);
  const never = copiesLeft(() => {
    const shapeClientHello = (): never => {
      throw new TLSError('internal_error', 'no hello');
    };
    assert.throws(() => new Pair({ ...offering, shapeClientHello }), { code: 'TLS_INTERNAL_ERROR' });
  });
  assert.equal(never, 0);
});

test('the bytes of an opened ticket are wiped when the session has been read from them', () => {
  class Watching extends TicketKeys {
    readonly opened: Uint8Array[] = [];
    override open(ticket: Uint8Array): Uint8Array | undefined {
      const bytes = super.open(ticket);
      if (bytes !== undefined) this.opened.push(bytes);
      return bytes;
    }
  }
  const aead = provider.cipherSuites13[0]?.aead;
  assert.ok(aead);
  for (const range of [ONLY12, ONLY13]) {
    const keys = new Watching({ aead, random: provider.random, now });
    const sessionCache = new ClientSessionCache();
    for (const resumed of [false, true]) {
      const pair = new Pair({ ...range, sessionCache }, { ...range, ticketKeys: keys }).pump();
      assert.equal(pair.server.tested.connection.info.resumed, resumed);
    }
    assert.equal(keys.opened.length, 1);
    assert.ok(keys.opened[0]?.every((byte) => byte === 0));
  }
});
