/** Where keys change: no bytes may be left over, and nothing may come under other keys (RFC 8446 5.1, 5.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import {
  append,
  certificateVerify,
  clientHandshake,
  encryptedExtensions,
  newSessionTicket,
  RecordKeys,
  type ScriptedPeer,
  sendAlert,
  sendCloseNotify,
  sendData,
  sendMessage,
  serverHandshake,
  step,
} from '../../src/fuzz.ts';
import { encodeKeyUpdate } from '../../src/message/key-update.ts';
import { KeyUpdateRequest } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { againstClient, againstServer, assertSecure, clientRefuses, serverRefuses } from './kit.ts';

// Without the dummy record, which would stand between the messages that are to share one.
const server = serverHandshake({ middleboxCompatibility: false });
const client = clientHandshake({ middleboxCompatibility: false });
const LEFT = ['key_change_in_record', 'unexpected_message'] as const;
const IN_CLEAR = ['plaintext_after_keys', 'unexpected_message'] as const;
const BAD_MAC = ['bad_record_mac', 'bad_record_mac'] as const;

const ping = Uint8Array.of(1, 2, 3);
const update = encodeKeyUpdate({ requestUpdate: KeyUpdateRequest.update_not_requested });
const retry = {
  options: {
    groups: [NamedGroup.x25519, NamedGroup.secp256r1],
    keyShares: [NamedGroup.x25519],
  },
};

/** Writes under the secret of the other direction, as one does who sends our own records back. */
const reflect = step('reflected keys', (peer: ScriptedPeer) => {
  const { suite } = peer.handshakeSecrets();
  peer.output.keys = new RecordKeys('application', suite, peer.applicationSecrets()[peer.otherRole]);
});
const handshakeKeysAgain = step('handshake keys again', (peer: ScriptedPeer) => {
  const { suite, secrets } = peer.handshakeSecrets();
  peer.output.keys = new RecordKeys('handshake', suite, secrets.handshake[peer.role]);
});
const earlierSequence = step('sequence back', (peer: ScriptedPeer) => {
  if (peer.output.keys !== undefined) peer.output.keys.sequence -= 1n;
});
const laterSequence = step('sequence on', (peer: ScriptedPeer) => {
  if (peer.output.keys !== undefined) peer.output.keys.sequence += 1n;
});
const hugeSequence = step('a large sequence', (peer: ScriptedPeer) => {
  if (peer.output.keys !== undefined) peer.output.keys.sequence += 1n << 32n;
});

clientRefuses({
  'ServerHello and EncryptedExtensions in one plaintext record': [
    server.options('ServerHello', { hold: true }).options('EncryptedExtensions', { keys: 'plaintext' }),
    'key_change_in_record',
    'unexpected_message',
  ],
  'one stray byte after ServerHello': [
    server.until('handshake keys').options('ServerHello', { bytes: append(8) }),
    'key_change_in_record',
    'unexpected_message',
  ],
  'HelloRetryRequest and ServerHello in one record': [
    serverHandshake({ helloRetryRequest: NamedGroup.secp256r1, middleboxCompatibility: false })
      .until('expect second ClientHello')
      .options('HelloRetryRequest', { bytes: append(2, 0) }),
    ...LEFT,
    retry,
  ],
  'Finished and a ticket in one record': [
    server.options('Finished', { hold: true }).after('Finished', newSessionTicket),
    ...LEFT,
  ],
  'one stray byte after Finished': [
    server.until('application keys').options('Finished', { bytes: append(4) }),
    ...LEFT,
  ],
  'KeyUpdate and another in one record': [
    server.append(sendMessage(concatBytes(update, update), { unhashed: true })),
    ...LEFT,
  ],
  'KeyUpdate and a stray byte': [server.append(sendMessage(append(24)(update), { unhashed: true })), ...LEFT],
  'EncryptedExtensions in clear': [server.options('EncryptedExtensions', { keys: 'plaintext' }), ...IN_CLEAR],
  'Certificate in clear': [server.options('Certificate', { keys: 'plaintext' }), ...IN_CLEAR],
  'Finished in clear': [server.options('Finished', { keys: 'plaintext' }), ...IN_CLEAR],
  'a handshake message in clear after the handshake': [
    server.append(sendMessage(update, { keys: 'plaintext' })),
    ...IN_CLEAR,
  ],
  'data in clear after the handshake': [server.append(sendData(ping, { keys: 'plaintext' })), ...BAD_MAC],
  'close_notify in clear during the handshake, after protected messages': [
    server.after('EncryptedExtensions', sendAlert('close_notify', 'warning', { keys: 'plaintext' })),
    ...IN_CLEAR,
  ],
  'close_notify in clear after the handshake': [
    server.append(sendAlert('close_notify', 'warning', { keys: 'plaintext' })),
    ...IN_CLEAR,
  ],
  'a fatal alert in clear after the handshake': [
    server.append(sendAlert('internal_error', 'fatal', { keys: 'plaintext' })),
    ...IN_CLEAR,
  ],
  'data under the handshake keys after Finished': [
    server.append(handshakeKeysAgain, sendData(ping)),
    ...BAD_MAC,
  ],
  'its own keys sent back': [server.append(reflect, sendData(ping)), ...BAD_MAC],
  'a record again': [server.append(sendData(ping), earlierSequence, sendData(ping)), ...BAD_MAC],
  'a record left out': [server.append(laterSequence, sendData(ping)), ...BAD_MAC],
  'a record from far ahead': [server.append(hugeSequence, sendData(ping)), ...BAD_MAC],
  'a KeyUpdate whose sender keeps its old keys': [
    server.append(sendMessage(update, { unhashed: true }), sendData(ping)),
    ...BAD_MAC,
  ],
});

serverRefuses({
  'ClientHello and more in one record': [
    client.until('expect ServerHello').options('ClientHello', { bytes: append(1, 0, 0, 0) }),
    ...LEFT,
  ],
  'one stray byte after ClientHello': [
    client.until('expect ServerHello').options('ClientHello', { bytes: append(20) }),
    ...LEFT,
  ],
  'one stray byte after the second ClientHello': [
    clientHandshake({ helloRetryRequest: true })
      .until('expect ServerHello')
      .options('second ClientHello', { bytes: append(20) }),
    ...LEFT,
    {
      options: { groups: [NamedGroup.secp256r1] },
      peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
    },
  ],
  'Finished and more in one record': [
    client.until('application keys').options('Finished', { bytes: append(24, 0, 0, 1, 0) }),
    ...LEFT,
  ],
  'one stray byte after Finished': [
    client.until('application keys').options('Finished', { bytes: append(24) }),
    ...LEFT,
  ],
  'KeyUpdate and another in one record': [
    client.append(sendMessage(concatBytes(update, update), { unhashed: true })),
    ...LEFT,
  ],
  'Finished in clear': [client.options('Finished', { keys: 'plaintext' }), ...IN_CLEAR],
  'Certificate in clear': [
    clientHandshake({ certificate: 'own' }).options('Certificate', { keys: 'plaintext' }),
    ...IN_CLEAR,
    { options: { clientAuth: 'require' } },
  ],
  'a second ClientHello in clear, renegotiating': [
    client.append(
      step('hello again', (peer) =>
        peer.sendHandshake(peer.transcript.messages[0] ?? ping, { keys: 'plaintext', unhashed: true }),
      ),
    ),
    ...IN_CLEAR,
  ],
  'close_notify in clear after Finished': [
    client.append(sendAlert('close_notify', 'warning', { keys: 'plaintext' })),
    ...IN_CLEAR,
  ],
  'data under the handshake keys after Finished': [
    client.append(handshakeKeysAgain, sendData(ping)),
    ...BAD_MAC,
  ],
  'its own keys sent back': [client.append(reflect, sendData(ping)), ...BAD_MAC],
  'a record again': [client.append(sendData(ping), earlierSequence, sendData(ping)), ...BAD_MAC],
  'a record left out': [client.append(laterSequence, sendData(ping)), ...BAD_MAC],
});

test('messages under one key may share a record, and one may span several', () => {
  assertSecure(
    againstServer(
      server
        .options('EncryptedExtensions', { hold: true })
        .options('Certificate', { hold: true })
        .options('CertificateVerify', { hold: true }),
    ),
  );
  assertSecure(
    againstServer(server.options('Certificate', { split: 7 }).options('ServerHello', { split: 3 })),
  );
  assertSecure(
    againstClient(
      clientHandshake({ certificate: 'own' })
        .options('Certificate', { hold: true })
        .options('CertificateVerify', { split: 20 }),
      {
        options: { clientAuth: 'require' },
      },
    ),
  );
});

test('a peer that has no keys yet may send its alert in clear: it is taken for what it is', () => {
  const played = againstServer(
    server.before('EncryptedExtensions', sendAlert('internal_error', 'fatal', { keys: 'plaintext' })),
  );
  assert.equal(played.tested.connection.error?.reason, 'alert_received');
  assert.equal(played.tested.connection.error?.alertOrigin, 'remote');
  assert.equal(played.alert, undefined, 'no alert answers an alert');
  const other = againstClient(
    client.before('Finished', sendAlert('unknown_ca', 'fatal', { keys: 'plaintext' })),
  );
  assert.equal(other.tested.connection.error?.reason, 'alert_received');
});

test('after its close_notify nothing of a peer is looked at, in clear or under whatever keys', () => {
  const played = againstServer(
    server.append(
      sendCloseNotify,
      sendAlert('internal_error', 'fatal', { keys: 'plaintext' }),
      sendData(ping, { keys: 'plaintext' }),
      encryptedExtensions,
      certificateVerify,
    ),
  );
  assertSecure(played);
  assert.equal(played.tested.connection.peerClosed, true);
  assert.deepEqual([...played.tested.data], []);
});
