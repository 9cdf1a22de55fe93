/** Key shares made beforehand: used once, soon, and by the process that made them, or not at all. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { type PreparedSharesOptions, prepareShares } from '../../src/crypto/prepared-shares.ts';
import type { CryptoProvider, KeyExchangeGroup, KeyShareSecret } from '../../src/crypto/provider.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';

interface World {
  readonly provider: CryptoProvider;
  readonly clear: () => void;
  readonly group: KeyExchangeGroup;
  readonly base: CryptoProvider;
  /** Shares made so far, by the group itself. */
  readonly made: KeyShareSecret[];
  readonly wiped: Set<KeyShareSecret>;
  /** Lets everything run that is due by then. */
  readonly pass: (milliseconds: number) => void;
  time: number;
  pid: number | undefined;
  broken: boolean;
}

function world(options: Partial<PreparedSharesOptions> = {}): World {
  const random = insecureSeededRandom(7);
  const real = nobleProvider(random);
  const made: KeyShareSecret[] = [];
  const wiped = new Set<KeyShareSecret>();
  const due: { readonly at: number; readonly work: () => void }[] = [];
  const counted = (group: KeyExchangeGroup): KeyExchangeGroup => ({
    ...group,
    generate: (source) => {
      if (self.broken) throw new Error('broken');
      const secret = group.generate(source);
      const watched: KeyShareSecret = {
        ...secret,
        wipe: () => {
          wiped.add(watched);
          secret.wipe();
        },
      };
      made.push(watched);
      return watched;
    },
  });
  const base: CryptoProvider = { ...real, groups: real.groups.map(counted) };
  const { provider, clear } = prepareShares(base, {
    later: (work, milliseconds) => due.push({ at: self.time + milliseconds, work }),
    now: () => self.time,
    owner: () => self.pid,
    ...options,
  });
  const group = provider.groups.find(({ code }) => code === NamedGroup.x25519);
  assert.ok(group);
  const pass = (milliseconds: number): void => {
    self.time += milliseconds;
    for (const each of due.splice(0)) {
      if (each.at <= self.time) each.work();
      else due.push(each);
    }
  };
  const self: World = { provider, clear, group, base, made, wiped, pass, time: 1000, pid: 1, broken: false };
  return self;
}

describe('key shares prepared beforehand', () => {
  test('the next one waits after the first, and none is given twice', () => {
    const it = world();
    const first = it.group.generate(it.base.random);
    assert.equal(it.made.length, 1);
    assert.equal(first, it.made[0]);
    it.pass(0);
    assert.equal(it.made.length, 2);
    const given = [first];
    for (let i = 2; i < 6; i += 1) {
      given.push(it.group.generate(it.base.random));
      assert.equal(given.at(-1), it.made[i - 1], 'it was made before');
      assert.equal(it.made.length, i);
      it.pass(0);
    }
    assert.equal(new Set(given.map(({ share }) => toHex(share))).size, given.length);
    assert.equal(it.wiped.size, 0);
  });

  test('loading, and a process that needs no share, make none', () => {
    const it = world();
    it.pass(100_000);
    assert.equal(it.made.length, 0);
  });

  test('several at once: one waits, the others are made as they are asked for', () => {
    const it = world();
    for (let i = 0; i < 3; i += 1) it.group.generate(it.base.random);
    it.pass(0);
    assert.equal(it.made.length, 4);
    it.pass(0);
    assert.equal(it.made.length, 4);
  });

  test('what nobody wants is wiped, and not made anew', () => {
    const it = world({ lifetime: 500 });
    it.group.generate(it.base.random);
    it.pass(0);
    it.pass(499);
    assert.equal(it.wiped.size, 0);
    it.pass(1);
    assert.deepEqual([...it.wiped], [it.made[1]]);
    it.pass(100_000);
    assert.equal(it.made.length, 2);
    assert.equal(it.group.generate(it.base.random), it.made[2]);
  });

  const spoiled: readonly [what: string, change: (it: World) => void][] = [
    ['one whose timer is late', (it) => Object.assign(it, { time: it.time + 10_000 })],
    ['one that is older than its clock', (it) => Object.assign(it, { time: it.time - 1 })],
    ['one of another process', (it) => Object.assign(it, { pid: 2 })],
    ['one of a process that says nothing', (it) => Object.assign(it, { pid: undefined })],
  ];
  for (const [what, change] of spoiled) {
    test(`${what} is wiped and not used`, () => {
      const it = world();
      it.group.generate(it.base.random);
      it.pass(0);
      change(it);
      const next = it.group.generate(it.base.random);
      assert.equal(next, it.made[2]);
      assert.deepEqual([...it.wiped], [it.made[1]]);
    });
  }

  test('while a snapshot is made, nothing is prepared', () => {
    const it = world();
    it.pid = undefined;
    it.group.generate(it.base.random);
    it.pass(0);
    assert.equal(it.made.length, 1);
  });

  test('who brings a random source of its own gets what it draws', () => {
    const it = world();
    it.group.generate(it.base.random);
    it.pass(0);
    const drawn: number[] = [];
    it.group.generate((out) => {
      drawn.push(out.length);
      out.fill(3);
    });
    // The private key first; noble draws again, to blind what it computes.
    assert.equal(drawn[0], 32);
    assert.equal(it.made.length, 3);
    assert.equal(it.group.generate(it.base.random), it.made[1], 'the other one still waits');
  });

  test('a failure beforehand is nobody’s; the next who asks learns of it', () => {
    const it = world();
    it.group.generate(it.base.random);
    it.broken = true;
    it.pass(0);
    assert.throws(() => it.group.generate(it.base.random), /broken/);
    it.broken = false;
    it.pass(0);
    assert.equal(it.group.generate(it.base.random), it.made[1]);
  });

  test('clear wipes what waits', () => {
    const it = world();
    it.group.generate(it.base.random);
    it.pass(0);
    it.clear();
    assert.deepEqual([...it.wiped], [it.made[1]]);
    assert.equal(it.group.generate(it.base.random), it.made[2]);
  });

  test('handshakes with it, hybrid and classical, use them up', () => {
    const it = world();
    for (let i = 0; i < 3; i += 1) {
      const pair = new Pair({ provider: it.provider }).pump();
      assert.equal(pair.client.error, undefined);
      assert.equal(pair.client.tested.connection.phase, 'open');
      it.pass(0);
    }
    const used = it.made.filter((secret) => it.wiped.has(secret));
    assert.ok(used.length >= 3);
    assert.ok(it.made.length - used.length <= 2, 'what waits for the next');
  });
});
