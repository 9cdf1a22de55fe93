/** Every way to resume, between our two ends and against scripted ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientResumption,
  clientResumption12,
  expectData,
  sendData,
  serverResumption,
  serverResumption12,
} from '../../src/fuzz.ts';
import { ServerSessionCache } from '../../src/session/cache.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { againstClient, againstServer, assertSecure, type Tested } from '../handshake/kit.ts';
import { againstClient12, againstServer12, ONLY12 } from '../tls12/kit.ts';
import { clientSession, serverSession } from '../tls12/resumed.ts';
import { assertConnected, connect, newest, pskOf, ticketKeys } from './kit.ts';

const ping = Uint8Array.of(1, 2, 3);
const echoes = (tested: Tested): void => {
  tested.react = (event, connection) => {
    if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
  };
};

test('TLS 1.3, our two ends: a ticket is resumed', () => {
  const keys = { ticketKeys: ticketKeys() };
  const first = connect({}, keys);
  assertConnected(first, false);
  assert.equal(first.tickets.length, 2);
  assertConnected(connect({ session: newest(first) }, keys), true);
});

test('TLS 1.2, our two ends: a ticket is resumed, and a session by its ID', () => {
  const keys = { ...ONLY12, ticketKeys: ticketKeys() };
  const first = connect(ONLY12, keys);
  assertConnected(first, false);
  assertConnected(connect({ ...ONLY12, session: newest(first) }, keys), true);
  const cached = { ...ONLY12, sessionCache: new ServerSessionCache() };
  const second = connect(ONLY12, cached);
  assert.equal(newest(second).ticket.length, 0);
  assertConnected(connect({ ...ONLY12, session: newest(second) }, cached), true);
});

test('TLS 1.3: our server and a scripted client, also after HelloRetryRequest', () => {
  const options = { ticketKeys: ticketKeys(), groups: [NamedGroup.secp256r1, NamedGroup.x25519] };
  const first = connect({}, options);
  const psk = pskOf(newest(first));
  const talk = [sendData(ping), expectData(ping)];
  const played = againstClient(clientResumption([psk]).append(...talk), { options, prepare: echoes });
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, true);
  const retried = againstClient(clientResumption([psk], { helloRetryRequest: true }).append(...talk), {
    options: { ...options, groups: [NamedGroup.secp256r1] },
    peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
    prepare: echoes,
  });
  assertSecure(retried);
  assert.equal(retried.tested.connection.info.resumed, true);
  assert.equal(retried.tested.connection.info.helloRetryRequest, true);
});

test('TLS 1.3: our client and a scripted server', () => {
  const session = newest(connect({}, { ticketKeys: ticketKeys() }));
  const played = againstServer(serverResumption(pskOf(session)).append(sendData(ping), expectData(ping)), {
    options: { session },
    prepare: echoes,
  });
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, true);
});

test('TLS 1.2: our ends and scripted ones', () => {
  for (const ticket of [true, false]) {
    const mine = clientSession();
    const played = againstServer12(serverResumption12({ ticket }).append(sendData(ping), expectData(ping)), {
      ...mine,
      prepare: echoes,
    });
    assertSecure(played);
    assert.equal(played.tested.connection.info.resumed, true);
  }
  const byId = againstServer12(serverResumption12(), clientSession('id'));
  assertSecure(byId);
  assert.equal(byId.tested.connection.info.resumed, true);
  const theirs = serverSession();
  const script = clientResumption12({ ticket: true }).append(sendData(ping), expectData(ping));
  const played = againstClient12(script, { ...theirs, prepare: echoes });
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, true);
});
