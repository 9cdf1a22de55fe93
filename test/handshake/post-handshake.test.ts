/** KeyUpdate and NewSessionTicket, and what may not come after the handshake (RFC 8446 4.6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  append,
  certificateRequest,
  chop,
  clientHandshake,
  expectData,
  expectMessage,
  insert,
  keyUpdate,
  keyUpdateRequest,
  newSessionTicket,
  resizeBody,
  type Step,
  sendBody,
  sendData,
  serverHandshake,
  setByte,
} from '../../src/fuzz.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ExtensionType, HandshakeType } from '../../src/wire/registry.ts';
import {
  againstClient,
  againstServer,
  assertSecure,
  clientRefuses,
  type Played,
  serverRefuses,
} from './kit.ts';

const server = serverHandshake();
const client = clientHandshake();
const ping = Uint8Array.of(1, 2, 3);
const times = (count: number, ...steps: readonly Step[]): Step[] =>
  new Array<readonly Step[]>(count).fill(steps).flat();
const UNEXPECTED = ['unexpected_message', 'unexpected_message'] as const;
const ticket = (change: Parameters<typeof newSessionTicket.changed>[0]): Step =>
  newSessionTicket.changed(change);
const rawTicket = (change: (bytes: Uint8Array) => Uint8Array): Step =>
  newSessionTicket.withOptions({ bytes: resizeBody(change) });
const rawUpdate = (change: (bytes: Uint8Array) => Uint8Array): Step =>
  keyUpdate.withOptions({ bytes: resizeBody(change) });

clientRefuses({
  'KeyUpdate of value 2': [server.append(rawUpdate(setByte(0, 2))), 'bad_value', 'illegal_parameter'],
  'KeyUpdate of value 255': [server.append(rawUpdate(setByte(0, 255))), 'bad_value', 'illegal_parameter'],
  'an empty KeyUpdate': [server.append(rawUpdate(chop(1))), 'truncated', 'decode_error'],
  'a KeyUpdate of two bytes': [server.append(rawUpdate(append(0))), 'message_too_long', 'decode_error'],
  'KeyUpdate before Finished': [server.before('Finished', keyUpdate), ...UNEXPECTED],
  'KeyUpdate before EncryptedExtensions': [server.before('EncryptedExtensions', keyUpdate), ...UNEXPECTED],
  '33 KeyUpdates in a row': [
    server.append(...times(33, keyUpdate)),
    'too_many_key_updates',
    'unexpected_message',
  ],
  '33 requests for a KeyUpdate in a row': [
    server.append(...times(33, keyUpdateRequest)),
    'too_many_key_updates',
    'unexpected_message',
  ],
  '33 tickets in a row': [
    server.append(...times(33, newSessionTicket)),
    'too_many_tickets',
    'unexpected_message',
  ],
  'a ticket before Finished': [server.before('Finished', newSessionTicket), ...UNEXPECTED],
  'an empty ticket': [
    server.append(ticket((fields) => ({ ...fields, ticket: new Uint8Array(0) }))),
    'length_out_of_range',
    'decode_error',
  ],
  'a ticket with a repeated extension': [
    server.append(
      ticket((fields) => ({
        ...fields,
        extensions: [
          { type: ExtensionType.early_data, data: new Uint8Array(4) },
          { type: ExtensionType.early_data, data: new Uint8Array(4) },
        ],
      })),
    ),
    'duplicate_extension',
    'decode_error',
  ],
  'a ticket with an early_data of no length': [
    server.append(
      ticket((fields) => ({
        ...fields,
        extensions: [{ type: ExtensionType.early_data, data: new Uint8Array(0) }],
      })),
    ),
    'truncated',
    'decode_error',
  ],
  'a ticket with key_share': [
    server.append(
      ticket((fields) => ({
        ...fields,
        extensions: [{ type: ExtensionType.key_share, data: new Uint8Array(0) }],
      })),
    ),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'a ticket with bytes left over': [server.append(rawTicket(append(0))), 'trailing_bytes', 'decode_error'],
  'a ticket cut short': [server.append(rawTicket(chop(1))), 'truncated', 'decode_error'],
  'a ticket with a byte more inside': [server.append(rawTicket(insert(9, 0))), 'truncated', 'decode_error'],
  'CertificateRequest, though post_handshake_auth was not offered': [
    server.append(certificateRequest.withOptions({ unhashed: true })),
    ...UNEXPECTED,
  ],
  'HelloRequest of TLS 1.2': [
    server.append(sendBody(HandshakeType.hello_request, new Uint8Array(0), { unhashed: true })),
    ...UNEXPECTED,
  ],
  'HelloRequest in the handshake': [
    server.before('Certificate', sendBody(HandshakeType.hello_request, new Uint8Array(0))),
    ...UNEXPECTED,
  ],
});

serverRefuses({
  'a ticket': [client.append(newSessionTicket), ...UNEXPECTED],
  'EndOfEarlyData that nobody asked for, before Finished': [
    client.before('Finished', sendBody(HandshakeType.end_of_early_data, new Uint8Array(0))),
    ...UNEXPECTED,
  ],
  'EndOfEarlyData after Finished': [
    client.append(sendBody(HandshakeType.end_of_early_data, new Uint8Array(0), { unhashed: true })),
    ...UNEXPECTED,
  ],
  'a second ClientHello under the keys, renegotiating': [
    client.append({
      name: 'hello again',
      run: (peer) => {
        peer.sendHandshake(peer.transcript.messages[0] ?? ping, { unhashed: true });
        return true;
      },
    }),
    ...UNEXPECTED,
  ],
  'KeyUpdate before Finished': [client.before('Finished', keyUpdate), ...UNEXPECTED],
  'KeyUpdate of value 2': [client.append(rawUpdate(setByte(0, 2))), 'bad_value', 'illegal_parameter'],
  '33 KeyUpdates in a row': [
    client.append(...times(33, keyUpdate)),
    'too_many_key_updates',
    'unexpected_message',
  ],
  'a message that nobody knows': [
    client.append(sendBody(codePoint<'HandshakeType'>(77), ping, { unhashed: true })),
    ...UNEXPECTED,
  ],
  message_hash: [
    client.append(sendBody(HandshakeType.message_hash, new Uint8Array(32), { unhashed: true })),
    ...UNEXPECTED,
  ],
});

/** KeyUpdates that the connection sent. */
const updates = (played: Played): number =>
  played.peer.received.filter((item) => item.kind === 'handshake' && item.message.kind === 'KeyUpdate')
    .length;

test('KeyUpdates are followed, and data in between starts the count anew', () => {
  const rounds = times(3, ...times(32, keyUpdate), sendData(ping));
  const played = againstServer(server.append(...rounds));
  assertSecure(played);
  assert.equal(played.tested.data.length, 9);
  assert.equal(updates(played), 0, 'nothing was asked for');
});

test('a request for a KeyUpdate is answered once, however often it comes before the output is drained', () => {
  for (const count of [1, 2, 20]) {
    const played = againstServer(server.append(...times(count, keyUpdateRequest), sendData(ping)));
    assertSecure(played);
    assert.equal(updates(played), 1);
    played.tested.connection.send(ping);
    played.peer.receive(played.tested.takeOutput() ?? new Uint8Array(0));
    const data = played.peer.drain().at(-1);
    assert.equal(data?.kind, 'application_data');
    assert.equal(data?.protection, 'application+1');
  }
});

test('server: keys are changed both ways, and data goes on under each', () => {
  const script = client.append(
    keyUpdateRequest,
    sendData(ping),
    expectMessage('KeyUpdate', (message) => assert.equal(message.requestUpdate, 0)),
    expectData(ping),
    keyUpdateRequest,
    sendData(ping),
    expectMessage('KeyUpdate'),
    expectData(ping),
  );
  const played = againstClient(script, {
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
      };
    },
  });
  assertSecure(played);
  assert.equal(updates(played), 2);
});

test('our own KeyUpdate: one at a time, with or without a request', () => {
  const played = againstServer(server);
  const { connection } = played.tested;
  connection.requestKeyUpdate();
  connection.requestKeyUpdate();
  connection.send(ping);
  connection.requestKeyUpdate(true);
  connection.send(ping);
  played.peer.receive(connection.takeOutput() ?? new Uint8Array(0));
  const seen = played.peer.drain().map((item) => {
    if (item.kind !== 'handshake') return `${item.kind} ${item.protection}`;
    return item.message.kind === 'KeyUpdate' ? `KeyUpdate ${item.message.requestUpdate}` : item.message.kind;
  });
  assert.deepEqual(seen, [
    'KeyUpdate 0',
    'application_data application+1',
    'KeyUpdate 1',
    'application_data application+2',
  ]);
});

test('client: a ticket is told with its PSK, one of no lifetime is for nothing', () => {
  const played = againstServer(
    server.append(
      newSessionTicket,
      ticket((fields) => ({ ...fields, ticketLifetime: 0 })),
      ticket((fields) => ({
        ...fields,
        extensions: [
          { type: codePoint<'ExtensionType'>(0xbaba), data: ping },
          { type: ExtensionType.early_data, data: Uint8Array.of(0, 0, 1, 0) },
        ],
      })),
    ),
  );
  assertSecure(played);
  const tickets = played.tested.events.flatMap((event) => (event.kind === 'ticket' ? [event.ticket] : []));
  assert.equal(tickets.length, 2);
  assert.equal(played.tested.connection.info.tickets, 2);
  assert.equal(tickets[0]?.secret.length, 32);
  assert.equal(tickets[1]?.maxEarlyDataSize, 256);
});
