/** Finished of TLS 1.2: 12 bytes over everything before it, under the new keys (RFC 5246 7.4.9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  append,
  chop,
  clientHandshake12,
  clientResumption12,
  flipBit,
  resizeBody,
  Script,
  type ScriptedPeer,
  type Step,
  sendBody,
  sendData,
  serverHandshake12,
  serverResumption12,
  step,
  type Tamper,
} from '../../src/fuzz.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import { assertRefused, assertSecure, type Played } from '../handshake/kit.ts';
import { againstClient12, againstServer12, client12Refuses, server12Refuses } from './kit.ts';
import { clientSession, serverSession } from './resumed.ts';

interface Flight {
  readonly name: string;
  readonly script: Script<{ Finished: { readonly verifyData: Uint8Array } }>;
  readonly play: (script: Script) => Played;
}

const FLIGHTS: readonly Flight[] = [
  {
    name: 'client, full',
    script: new Script(serverHandshake12().steps),
    play: (script) => againstServer12(script),
  },
  {
    name: 'client, resumed',
    script: new Script(serverResumption12().steps),
    play: (script) => againstServer12(script, clientSession()),
  },
  {
    name: 'server, full',
    script: new Script(clientHandshake12().steps),
    play: (script) => againstClient12(script),
  },
  {
    name: 'server, resumed',
    script: new Script(clientResumption12({ ticket: true }).steps),
    play: (script) => againstClient12(script, serverSession()),
  },
];

const finishedOf = (peer: ScriptedPeer, role: 'client' | 'server'): { verifyData: Uint8Array } => ({
  verifyData: peer.tls12.finishedData(role),
});

for (const { name, script, play } of FLIGHTS) {
  const whole = (bytes: Tamper): Script => new Script(script.options('Finished', { bytes }).steps);
  const changed = (change: (peer: ScriptedPeer) => { verifyData: Uint8Array }): Script =>
    new Script(script.change('Finished', (_, peer) => change(peer)).steps);
  const plain = new Script(script.steps);

  test(`${name}: any flipped bit of verify_data`, () => {
    assertSecure(play(plain));
    for (let bit = 0; bit < 96; bit += 5) {
      const played = play(whole(resizeBody(flipBit(bit))));
      assertRefused(played, 'bad_finished', 'decrypt_error');
      assert.ok(!played.tested.kinds.includes('secure'));
    }
  });

  test(`${name}: the other end's`, () => {
    assertRefused(play(changed((peer) => finishedOf(peer, peer.otherRole))), 'bad_finished', 'decrypt_error');
  });

  test(`${name}: over one message less`, () => {
    const shorter = changed((peer) => {
      const last = peer.transcript.messages.pop();
      const fields = finishedOf(peer, peer.role);
      if (last !== undefined) peer.transcript.messages.push(last);
      return fields;
    });
    assertRefused(play(shorter), 'bad_finished', 'decrypt_error');
  });

  test(`${name}: of zeros`, () => {
    assertRefused(play(changed(() => ({ verifyData: new Uint8Array(12) }))), 'bad_finished', 'decrypt_error');
  });

  test(`${name}: of another length`, () => {
    assertRefused(play(whole(resizeBody(chop(1)))), 'truncated', 'decode_error');
    assertRefused(play(whole(resizeBody(() => new Uint8Array(0)))), 'truncated', 'decode_error');
    assertRefused(play(whole(resizeBody(append(0)))), 'trailing_bytes', 'decode_error');
    assertRefused(
      play(whole(resizeBody((body) => Uint8Array.of(...body, ...new Uint8Array(20))))),
      'trailing_bytes',
      'decode_error',
    );
    assertRefused(play(whole(resizeBody(() => new Uint8Array(65)))), 'message_too_long', 'decode_error');
  });

  test(`${name}: in clear, before ChangeCipherSpec`, () => {
    const early = script.swap('ChangeCipherSpec', 'Finished').without('write keys');
    assertRefused(play(new Script(early.steps)), 'unexpected_message', 'unexpected_message');
  });

  test(`${name}: data instead of it, and before it`, () => {
    const data = sendData(Uint8Array.of(1));
    const instead = play(new Script(script.replace('Finished', data).steps));
    assertRefused(instead, 'early_application_data', 'unexpected_message');
    const before = play(new Script(script.before('Finished', data).steps));
    assertRefused(before, 'early_application_data', 'unexpected_message');
    assert.equal(before.tested.data.length, 0);
  });

  test(`${name}: another message under its keys`, () => {
    const other: Step = sendBody(HandshakeType.certificate_verify, Uint8Array.of(4, 3, 0, 0));
    const played = play(new Script(script.before('Finished', other).steps));
    assertRefused(played, 'unexpected_message', 'unexpected_message');
  });

  test(`${name}: under the keys of the other direction`, () => {
    const swapped = script.replace(
      'write keys',
      step('wrong keys', (peer) => {
        peer.output.keys = peer.tls12.keys[peer.otherRole];
      }),
    );
    const { error } = play(new Script(swapped.steps)).tested.connection;
    assert.equal(error?.reason, 'bad_record_mac');
  });

  test(`${name}: in pieces of a byte`, () => {
    assertSecure(play(new Script(script.options('Finished', { split: 1 }).steps)));
  });
}

client12Refuses({
  'Finished before the client has sent its own': [
    serverHandshake12()
      .until('ServerKeyExchange')
      .append(...serverHandshake12().steps.slice(-3)),
    'unexpected_message',
    'unexpected_message',
  ],
});

server12Refuses({
  'Finished and nothing before it (SKIP-TLS)': [
    clientHandshake12().without('ClientKeyExchange', 'ChangeCipherSpec', 'write keys'),
    'unexpected_message',
    'unexpected_message',
  ],
});
