/**
 * ChangeCipherSpec exactly where RFC 5246 7.1 has it: early, late, doubled, missing, malformed and in the middle of a
 * message (CVE-2014-0224). Every place of every flight, full and resumed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chop,
  clientHandshake,
  clientHandshake12,
  clientResumption12,
  finished12,
  Script,
  type Step,
  sendChangeCipherSpec,
  sendRecord,
  serverHandshake,
  serverHandshake12,
  serverResumption12,
  step,
} from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import { credentials } from '../handshake/credentials.ts';
import { assertRefused, assertSecure, type Played } from '../handshake/kit.ts';
import { againstClient12, againstServer12, BOTH, client12Refuses, server12Refuses } from './kit.ts';
import { clientSession, serverSession } from './resumed.ts';

const CCS = 20;
const ccs = sendChangeCipherSpec();
const server = serverHandshake12({ ticket: true, requestCertificate: 'expect own' });
const client = clientHandshake12({ certificate: 'own' });
const own = { options: { credentials: [credentials.client()] } };
const required = { options: { clientAuth: 'require' } } as const;

/** Where a script sends something, apart from ChangeCipherSpec itself. */
const places = (script: { readonly steps: readonly Step[] }): string[] =>
  script.steps
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('expect') && !['take up the session', 'write keys'].includes(name));

/** No extra ChangeCipherSpec is taken, and nothing becomes secure by one. */
function assertNotTaken(played: Played, what: string): void {
  const { targetError, tested } = played;
  assert.ok(targetError instanceof TLSError, `${what}: taken`);
  const { unexpected_message, bad_record_mac } = AlertDescription;
  assert.ok(
    [unexpected_message, bad_record_mac].some((alert) => alert === targetError.alert),
    what,
  );
  if (!what.includes('after')) assert.ok(!tested.kinds.includes('secure'), what);
}

interface Flight {
  readonly name: string;
  readonly script: Script;
  readonly play: (script: Script) => Played;
}

const FLIGHTS: readonly Flight[] = [
  { name: 'client, full', script: new Script(server.steps), play: (script) => againstServer12(script, own) },
  {
    name: 'client of either version, full',
    script: new Script(server.steps),
    play: (script) => againstServer12(script, { options: { ...BOTH, ...own.options } }),
  },
  {
    name: 'client, resumed',
    script: new Script(serverResumption12({ ticket: true }).steps),
    play: (script) => againstServer12(script, clientSession()),
  },
  {
    name: 'server, full',
    script: new Script(client.steps),
    play: (script) => againstClient12(script, required),
  },
  {
    name: 'server, resumed',
    script: new Script(clientResumption12({ ticket: true }).steps),
    play: (script) => againstClient12(script, serverSession()),
  },
];

for (const { name, script, play } of FLIGHTS) {
  test(`${name}: one more before each message, and after the last`, () => {
    assertSecure(play(script));
    for (const place of places(script)) assertNotTaken(play(script.before(place, ccs)), `before ${place}`);
    assertNotTaken(play(script.append(ccs)), 'after the handshake');
  });

  test(`${name}: under keys as well`, () => {
    const sealed = sendRecord(CCS, Uint8Array.of(1));
    assertNotTaken(play(script.before('Finished', sealed)), 'before Finished');
    assertNotTaken(play(script.append(sealed)), 'after the handshake');
  });

  test(`${name}: moved to any other place`, () => {
    const without = script.without('ChangeCipherSpec');
    for (const place of places(without)) {
      if (place === 'Finished') continue;
      assertNotTaken(play(without.before(place, ccs)), `before ${place}`);
    }
  });

  test(`${name}: missing`, () => {
    const plain = script.without('ChangeCipherSpec', 'write keys');
    assertRefused(play(plain), 'unexpected_message', 'unexpected_message');
    // Keys without the message: a record that cannot be read as the handshake's.
    const keyed = play(script.without('ChangeCipherSpec'));
    assert.ok(keyed.targetError instanceof TLSError);
    assert.ok(!keyed.tested.kinds.includes('secure'));
  });

  for (const [what, content] of [
    ['value 0', Uint8Array.of(0)],
    ['value 2', Uint8Array.of(2)],
    ['two bytes', Uint8Array.of(1, 1)],
    ['a byte too many, any', Uint8Array.of(1, 0)],
  ] as const) {
    test(`${name}: of ${what}`, () => {
      const changed = script.replace('ChangeCipherSpec', sendChangeCipherSpec(content));
      assertRefused(play(changed), 'malformed_change_cipher_spec', 'decode_error');
    });
  }

  test(`${name}: empty`, () => {
    const empty = script.replace('ChangeCipherSpec', sendChangeCipherSpec(new Uint8Array(0)));
    assertRefused(play(empty), 'empty_record', 'unexpected_message');
  });

  test(`${name}: twice`, () => {
    assertRefused(play(script.repeat('ChangeCipherSpec')), 'bad_record_mac', 'bad_record_mac');
  });

  test(`${name}: followed by Finished in clear`, () => {
    assertRefused(play(script.without('write keys')), 'bad_record_mac', 'bad_record_mac');
  });

  test(`${name}: with bytes of a message left before it`, () => {
    const left = step('left', (peer) => peer.sendRecord(22, Uint8Array.of(20, 0)));
    assertRefused(
      play(script.before('ChangeCipherSpec', left)),
      'key_change_in_record',
      'unexpected_message',
    );
  });

  test(`${name}: between the halves of Finished`, () => {
    // The first half in clear, the rest under keys.
    const halves = step('halves', (peer) => {
      const whole = Uint8Array.of(20, 0, 0, 12, ...peer.tls12.finishedData(peer.role));
      peer.sendRecord(22, whole.slice(0, 7));
      peer.sendChangeCipherSpec();
      peer.useWriteKeys12();
      peer.sendRecord(22, whole.slice(7));
    });
    const script2 = script.replace('ChangeCipherSpec', halves).without('write keys', 'Finished');
    assertRefused(play(script2), 'key_change_in_record', 'unexpected_message');
  });
}

test('client: dropped while the version is open, and then the version may only be TLS 1.3', () => {
  const dropped = serverHandshake12().before('ServerHello', ccs);
  const refused = againstServer12(dropped, { options: BOTH });
  assertRefused(refused, 'bad_change_cipher_spec', 'unexpected_message');
  assertSecure(againstServer12(serverHandshake().before('ServerHello', ccs), { options: BOTH }));
});

test('server of either version: after the hello of a client of TLS 1.3 it is still dropped', () => {
  assertSecure(againstClient12(clientHandshake(), { options: BOTH }));
});

client12Refuses({
  'a message of which the last byte is missing before ChangeCipherSpec': [
    serverHandshake12()
      .options('ServerHelloDone', { bytes: chop(1) })
      .until('expect ClientKeyExchange')
      .append(ccs),
    'key_change_in_record',
    'unexpected_message',
  ],
});

server12Refuses({
  'ChangeCipherSpec before ClientHello': [
    client.before('ClientHello', ccs),
    'bad_change_cipher_spec',
    'unexpected_message',
  ],
  'ChangeCipherSpec in the middle of ClientHello': [
    client.options('ClientHello', { split: 50, between: (peer) => peer.sendChangeCipherSpec() }),
    'bad_change_cipher_spec',
    'unexpected_message',
  ],
  'ChangeCipherSpec in the middle of ClientKeyExchange': [
    clientHandshake12().options('ClientKeyExchange', {
      split: 9,
      between: (peer) => peer.sendChangeCipherSpec(),
    }),
    'key_change_in_record',
    'unexpected_message',
  ],
  'Finished twice': [
    clientHandshake12().after('Finished', finished12),
    'unexpected_message',
    'unexpected_message',
  ],
});
