/** Ticket keys: rotation, their life, sharing them, and what is not a key (RFC 5077 4, CVE-2020-13777). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { TLSError } from '../../src/wire/error.ts';
import { provider } from '../handshake/credentials.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { assertConnected, Clock, connect, DAY, newest, SECOND, ticketKeys } from './kit.ts';

const plain = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i & 0xff);
const refuses = (work: () => unknown): void => {
  assert.throws(work, (error) => error instanceof TLSError && error.reason === 'invalid_option');
};
const aead = provider.cipherSuites13[0]?.aead;
assert.ok(aead);

test('what is sealed opens to the same bytes, and looks different each time', () => {
  const keys = ticketKeys();
  const tickets = [0, 1, 100, 5000].map((length) => {
    const ticket = keys.seal(plain(length));
    assert.deepEqual(keys.open(ticket), plain(length));
    return ticket;
  });
  const [first] = tickets;
  assert.ok(first);
  assert.equal(first.length, 16 + 12 + 16);
  const again = keys.seal(plain(0));
  assert.notDeepEqual(again.slice(16, 28), first.slice(16, 28), 'a nonce of its own');
  assert.deepEqual(again.slice(0, 16), first.slice(0, 16), 'the same key');
});

test('a ticket does not show what is in it, nor does sealing touch what it was given', () => {
  const keys = ticketKeys();
  const secret = plain(64);
  const ticket = keys.seal(secret);
  assert.deepEqual(secret, plain(64));
  assert.ok(!Buffer.from(ticket).includes(Buffer.from(secret.slice(0, 8))));
  const opened = keys.open(ticket);
  assert.ok(opened);
  opened.fill(0);
  assert.deepEqual(keys.open(ticket), plain(64), 'opening leaves the ticket as it was');
});

test('two sets of keys never open for each other', () => {
  const one = ticketKeys({ random: insecureSeededRandom(1) });
  const other = ticketKeys({ random: insecureSeededRandom(2) });
  assert.equal(other.open(one.seal(plain(10))), undefined);
  assert.equal(one.open(other.seal(plain(10))), undefined);
});

test('anything at all is opened or not, and never throws', () => {
  const keys = ticketKeys();
  const ticket = keys.seal(plain(30));
  const random = insecureSeededRandom(9);
  for (let length = 0; length < 200; length += 1) {
    const bytes = new Uint8Array(length);
    random(bytes);
    assert.equal(keys.open(bytes), undefined);
    bytes.set(ticket.slice(0, Math.min(16, length)));
    assert.equal(keys.open(bytes), undefined);
  }
});

test('a new key seals after each rotation, and the old ones open until their last ticket is over', () => {
  const clock = new Clock();
  const keys = ticketKeys({ now: clock.now, lifetime: 1000, rotation: 100 });
  const names = new Set<string>();
  const old: Uint8Array[] = [];
  for (let i = 0; i < 20; i += 1) {
    const ticket = keys.seal(plain(i));
    old.push(ticket);
    names.add(String(ticket.slice(0, 16)));
    clock.pass(100 * SECOND);
    assert.ok(keys.open(ticket), 'just rotated out');
  }
  assert.equal(names.size, 20);
  // Sealed at 0, 100, ... 1900 s, and it is 2000 s: a key serves 100 s and its tickets 1000 s more.
  old.forEach((ticket, i) => {
    assert.equal(keys.open(ticket) !== undefined, 2000 - i * 100 <= 1100, `ticket ${i}`);
  });
});

test('rotation by hand changes the key at once', () => {
  const keys = ticketKeys();
  const before = keys.seal(plain(4));
  keys.rotate();
  const after = keys.seal(plain(4));
  assert.notDeepEqual(before.slice(0, 16), after.slice(0, 16));
  assert.deepEqual(keys.open(before), plain(4));
});

test('keys are bounded in number: the oldest go', () => {
  const keys = ticketKeys();
  const first = keys.seal(plain(4));
  for (let i = 0; i < 63; i += 1) keys.rotate();
  assert.ok(keys.open(first));
  keys.rotate();
  assert.equal(keys.open(first), undefined);
});

test('a fleet: exported keys open and seal on another server, and its own go on opening', () => {
  for (const only of [ONLY12, ONLY13]) {
    const [one, other] = [ticketKeys(), ticketKeys()];
    const early = newest(connect(only, { ...only, ticketKeys: other }));
    const session = newest(connect(only, { ...only, ticketKeys: one }));
    assert.equal(other.open(session.ticket), undefined);
    other.import(one.export());
    assertConnected(connect({ ...only, session }, { ...only, ticketKeys: other }), true);
    assertConnected(connect({ ...only, session: early }, { ...only, ticketKeys: other }), true);
    const back = newest(connect(only, { ...only, ticketKeys: other }));
    assertConnected(connect({ ...only, session: back }, { ...only, ticketKeys: one }), true);
  }
});

test('an export holds old keys too, and importing twice changes nothing', () => {
  const one = ticketKeys();
  const old = one.seal(plain(3));
  one.rotate();
  const other = ticketKeys();
  const exported = one.export();
  other.import(exported);
  other.import(exported);
  assert.deepEqual(other.open(old), plain(3));
  assert.deepEqual(other.export(), exported);
});

test('an export of keys that are all over holds a fresh one', () => {
  const clock = new Clock();
  const keys = ticketKeys({ now: clock.now });
  const stale = keys.seal(plain(3));
  clock.pass(DAY);
  const other = ticketKeys({ now: clock.now });
  other.import(keys.export());
  assert.equal(other.open(stale), undefined);
  assert.deepEqual(other.open(keys.seal(plain(5))), plain(5));
});

test('malformed exports are refused, whole, and change nothing', () => {
  const exported = ticketKeys().export();
  const keys = ticketKeys();
  const ticket = keys.seal(plain(9));
  const before = keys.export();
  const twice = Uint8Array.of(
    exported[0] ?? 0,
    0,
    2 * (exported.length - 3),
    ...exported.slice(3),
    ...exported.slice(3),
  );
  const zeros = Uint8Array.from(exported);
  zeros.fill(0, 3 + 16 + 1, 3 + 16 + 1 + aead.keyLength);
  const good = ticketKeys().export();
  const zeroSecond = Uint8Array.of(
    good[0] ?? 0,
    0,
    2 * (good.length - 3),
    ...good.slice(3),
    ...zeros.slice(3),
  );
  const bad: Uint8Array[] = [twice, zeros, zeroSecond, new Uint8Array(0), Uint8Array.of(...exported, 0)];
  for (let length = 0; length < exported.length; length += 1) bad.push(exported.slice(0, length));
  for (const form of [0, 2, 255]) bad.push(Uint8Array.of(form, ...exported.slice(1)));
  bad.push(Uint8Array.of(exported[0] ?? 0, 0, 0));
  for (const bytes of bad) refuses(() => keys.import(bytes));
  assert.deepEqual(keys.export(), before);
  assert.deepEqual(keys.open(ticket), plain(9));
});

test('keys for another AEAD are refused', () => {
  const short = ticketKeys({ aead });
  const other = provider.cipherSuites13.find((suite) => suite.aead.keyLength !== aead.keyLength)?.aead;
  assert.ok(other);
  refuses(() => ticketKeys({ aead: other }).import(short.export()));
});

test('options out of range are refused', () => {
  const make = (options: Partial<ConstructorParameters<typeof TicketKeys>[0]>): TicketKeys =>
    new TicketKeys({ aead, random: provider.random, now: () => 0, ...options });
  for (const lifetime of [0, -1, 604_801, Number.NaN, Number.POSITIVE_INFINITY])
    refuses(() => make({ lifetime }));
  for (const rotation of [0, -5, Number.NaN]) refuses(() => make({ rotation }));
  assert.equal(make({ lifetime: 604_800 }).lifetime, 604_800);
});

test('a source of randomness that gives zeros makes no key', () => {
  const broken = ticketKeys({ random: (out) => out.fill(0) });
  refuses(() => broken.seal(plain(1)));
  refuses(() => broken.rotate());
});

test('a fresh server has a key of its own, and no two are alike', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 50; i += 1) seen.add(Buffer.from(ticketKeys().export()).toString('hex'));
  assert.equal(seen.size, 50);
});
