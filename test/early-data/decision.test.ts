/** The application decides on early data, and keys that were given beforehand (RFC 8446 4.2.10, 8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiEncode, toHex } from '../../src/bytes/encoding.ts';
import { createServerConfig } from '../../src/config/config.ts';
import type { ServerEarlyData } from '../../src/config/early-data.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import type { Need } from '../../src/handshake/effect.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, now, provider } from '../handshake/credentials.ts';
import { testedClient } from '../handshake/kit.ts';
import { again, answerOf, CLIENT, early, MAXIMUM, serverWith, sessionOf } from './kit.ts';

const DATA = asciiEncode('once more');
type EarlyNeed = Need & { kind: 'accept_early_data' };

/** Answers, at once or when the pair is silent, and gives what was asked. */
function decided(
  pair: Pair,
  accept: boolean,
  late = false,
): { readonly need: EarlyNeed; readonly pair: Pair } {
  let asked: { id: number; need: EarlyNeed } | undefined;
  pair.server.tested.react = (event, connection) => {
    if (event.kind !== 'need' || event.need.kind !== 'accept_early_data') return;
    asked = { id: event.id, need: event.need };
    if (!late) connection.answer(event.id, { kind: 'accept_early_data', accept });
  };
  pair.client.tested.connection.writeEarlyData(DATA);
  pair.pump();
  assert.ok(asked);
  if (late) {
    assert.equal(pair.server.tested.connection.stateName, 'AwaitEarlyData');
    assert.equal(pair.server.tested.connection.wantsInput, false);
    pair.server.tested.connection.answer(asked.id, { kind: 'accept_early_data', accept });
    pair.pump();
  }
  return { need: asked.need, pair };
}

const server: Partial<ServerOptions> = {
  ...serverWith(),
  delegate: ['accept_early_data'],
  alpnProtocols: ['a'],
};
const client: Partial<ClientOptions> = { ...CLIENT, alpnProtocols: ['a'] };

for (const late of [false, true]) {
  for (const accept of [false, true]) {
    test(`the application says ${accept}${late ? ', later' : ''}`, () => {
      const session = sessionOf(server, client);
      const { need, pair } = decided(new Pair({ ...client, session }, server), accept, late);
      assert.deepEqual(pair.server.tested.earlyData, accept ? DATA : new Uint8Array(0));
      assert.equal(answerOf(pair.client.tested)?.accepted, accept);
      for (const { tested } of [pair.client, pair.server]) {
        assert.equal(tested.connection.phase, 'open');
        assert.equal(tested.connection.info.earlyData.status, accept ? 'accepted' : 'rejected');
      }
      assert.equal(need.id.length, 32);
      assert.equal(need.maximum, MAXIMUM);
      assert.equal(need.alpnProtocol, 'a');
      assert.equal(need.serverName, 'server.test');
      assert.equal(need.until, now() + 10_000);
      assert.equal(need.builtin(), true, 'the store was not asked before');
      assert.equal(need.builtin(), false);
    });
  }
}

test('the same ticket has the same id, another has another', () => {
  const session = sessionOf(server, client);
  const other = sessionOf(server, client);
  const ids = [again(session), again(session), again(other)].map((one) => {
    const { need } = decided(new Pair({ ...client, session: one }, server), true);
    return toHex(need.id);
  });
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[0], ids[2]);
});

const key = { identity: asciiEncode('device 7'), key: new Uint8Array(32).fill(7), dangerousMaxEarlyData: 64 };
const withKey: Partial<ServerOptions> = { externalPsks: [key], dangerousEarlyData: { maximum: 64 } };
const holder: Partial<ClientOptions> = { ...CLIENT, externalPsks: [key] };

test('an external PSK: the built-in answer is no, since such a key has no age', () => {
  const pair = new Pair(holder, serverOfKey({ ...serverWith(), ...withKey }));
  assert.equal(pair.client.tested.connection.writeEarlyData(DATA), DATA.length);
  pair.pump();
  assert.equal(answerOf(pair.client.tested)?.reason, 'declined');
  assert.equal(pair.server.tested.connection.info.earlyData.reason, 'replay_or_refused');
  assert.equal(pair.server.tested.connection.phase, 'open');
});

/** A store too, which must not be asked. */
function serverOfKey(options: Partial<ServerOptions>): Partial<ServerOptions> {
  const claim = (): boolean => assert.fail('an external PSK has no age');
  return {
    ...options,
    dangerousEarlyData: { maximum: 64, replayStore: { name: Uint8Array.of(1), claim } },
  };
}

test('an external PSK: an application that knows what it does may say yes', () => {
  const options: Partial<ServerOptions> = { ...withKey, delegate: ['accept_early_data'] };
  const { need, pair } = decided(new Pair(holder, options), true, true);
  assert.deepEqual(pair.server.tested.earlyData, DATA);
  assert.equal(answerOf(pair.client.tested)?.accepted, true);
  assert.equal(need.until, Number.POSITIVE_INFINITY);
  assert.equal(need.builtin(), false);
});

test('an external PSK: each hello has an id of its own', () => {
  const options: Partial<ServerOptions> = { ...withKey, delegate: ['accept_early_data'] };
  const ids = [1, 2].map((seed) => {
    const random = { provider: { ...provider, random: (out: Uint8Array) => void out.fill(seed) } };
    return toHex(decided(new Pair({ ...holder, ...random }, options), true).need.id);
  });
  assert.notEqual(ids[0], ids[1]);
});

test('an external PSK allows early data only where both ends say so, and under no application protocol', () => {
  const options: Partial<ServerOptions> = { ...withKey, delegate: ['accept_early_data'] };
  const plain = { identity: key.identity, key: key.key };
  const silent = testedClient({ ...holder, externalPsks: [plain] });
  assert.equal(silent.connection.earlyDataRoom, 0);
  assert.equal(silent.connection.info.earlyData.reason, 'unsupported_for_session');
  const named = testedClient({ ...holder, alpnProtocols: ['a'] });
  assert.equal(named.connection.info.earlyData.reason, 'alpn_mismatch');
  const refusing = new Pair(holder, { ...options, externalPsks: [plain] });
  refusing.client.tested.connection.writeEarlyData(DATA);
  refusing.pump();
  assert.equal(refusing.server.tested.connection.info.earlyData.reason, 'unsupported_for_session');
  assert.equal(refusing.server.tested.connection.phase, 'open');
});

test('an external PSK goes with the first suite of its hash', () => {
  const both = [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_CHACHA20_POLY1305_SHA256];
  const options: Partial<ServerOptions> = {
    ...withKey,
    cipherSuites: both.toReversed(),
    delegate: ['accept_early_data'],
  };
  const pair = new Pair({ ...holder, cipherSuites: both }, options);
  pair.client.tested.connection.writeEarlyData(DATA);
  pair.pump();
  assert.equal(pair.server.tested.connection.info.earlyData.reason, 'cipher_mismatch');
  assert.equal(pair.server.tested.connection.phase, 'open');
});

test('a session comes before an external PSK, and its early data with it', () => {
  const options = { ...serverWith(), externalPsks: [key] };
  const session = sessionOf(options, { externalPsks: [key] });
  const result = early(session, DATA, options, { externalPsks: [key] });
  assert.deepEqual(result.server.earlyData, DATA);
  assert.equal(result.written, DATA.length);
});

test('options out of range are refused by name', () => {
  const name = Uint8Array.of(1);
  const claim = (): boolean => true;
  const bad: unknown[] = [
    {},
    { maximum: 0 },
    { maximum: 1.5 },
    { maximum: '100' },
    { maximum: 2 ** 31 },
    { maximum: 10, ageTolerance: -1 },
    { maximum: 10, ageTolerance: 60_001 },
    { maximum: 10, replayStore: { name } },
    { maximum: 10, replayStore: { claim } },
    { maximum: 10, replayStore: { name: new Uint8Array(0), claim } },
    { maximum: 10, replayStore: { name: new Uint8Array(65), claim } },
    { maximum: 10, replayStore: { name: 'store', claim } },
  ];
  for (const dangerousEarlyData of bad as ServerEarlyData[]) {
    assert.throws(
      () => createServerConfig({ provider, now, credentials: [credentials.server()], dangerousEarlyData }),
      { code: 'TLS_INVALID_OPTION' },
    );
  }
  for (const dangerousMaxEarlyData of [-1, 0.5, 2 ** 31]) {
    assert.throws(() => testedClient({ externalPsks: [{ ...key, dangerousMaxEarlyData }] }), {
      code: 'TLS_INVALID_OPTION',
    });
  }
  const truthy = { ...CLIENT, dangerousEarlyData: 1 as unknown as boolean };
  const session = sessionOf(serverWith());
  assert.equal(testedClient({ ...truthy, session }).connection.earlyDataRoom, 0);
});
