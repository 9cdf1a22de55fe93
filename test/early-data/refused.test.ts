/** What either end may not do with early data, and the alert it gets (RFC 8446 4.2.10, 4.5, 5, D.3). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  clientEarlyData,
  earlyRecordKeys,
  sendAlert,
  sendBody,
  sendData,
  sendEarlyData,
  serverEarlyData,
  serverHandshake,
  serverHandshake12,
  serverResumption,
  step,
} from '../../src/fuzz.ts';
import type { EncryptedExtensionsFields } from '../../src/message/encrypted-extensions.ts';
import { encodeEndOfEarlyData } from '../../src/message/end-of-early-data.ts';
import { alpn } from '../../src/message/extension/alpn.ts';
import { earlyData } from '../../src/message/extension/early-data.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, ExtensionType, HandshakeType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import {
  againstClient,
  assertRefused,
  clientRefuses,
  type PlayOptions,
  serverRefuses,
} from '../handshake/kit.ts';
import { againstServer12, BOTH } from '../tls12/kit.ts';
import { again, CLIENT, earlyPskOf, MAXIMUM, serverWith, sessionOf } from './kit.ts';

const options = serverWith();
const session = sessionOf(options);
/** Each with a register of its own: one ticket serves all. */
const fresh = (): PlayOptions<ServerOptions> => {
  const claim = (): boolean => true;
  const name = options.dangerousEarlyData?.replayStore?.name ?? new Uint8Array(0);
  return { options: { ...options, dangerousEarlyData: { maximum: MAXIMUM, replayStore: { name, claim } } } };
};
const psk = earlyPskOf(session);
const data = new Uint8Array(100).fill(1);
const otherSuite =
  session.cipherSuite === CipherSuite.TLS_AES_128_GCM_SHA256
    ? CipherSuite.TLS_CHACHA20_POLY1305_SHA256
    : CipherSuite.TLS_AES_128_GCM_SHA256;
const whole = clientEarlyData([psk], [data]);

serverRefuses({
  'one byte more than the ticket allows': [
    clientEarlyData([psk], [new Uint8Array(MAXIMUM), Uint8Array.of(1)]),
    'too_much_early_data',
    'unexpected_message',
    fresh(),
  ],
  'more than the ticket allows in one record': [
    clientEarlyData([psk], [new Uint8Array(MAXIMUM + 1)]),
    'too_much_early_data',
    'unexpected_message',
    fresh(),
  ],
  'early data after EndOfEarlyData': [
    whole.after('EndOfEarlyData', sendEarlyData(psk, data)),
    'bad_record_mac',
    'bad_record_mac',
    fresh(),
  ],
  'application data under the handshake keys after EndOfEarlyData': [
    whole.before('Finished', sendData(data)),
    'early_application_data',
    'unexpected_message',
    fresh(),
  ],
  'no EndOfEarlyData': [whole.without('EndOfEarlyData'), 'bad_record_mac', 'bad_record_mac', fresh()],
  'EndOfEarlyData under the handshake keys': [
    whole.replace('EndOfEarlyData', sendBody(HandshakeType.end_of_early_data, new Uint8Array(0))),
    'bad_record_mac',
    'bad_record_mac',
    fresh(),
  ],
  'EndOfEarlyData with a body': [
    whole.replace(
      'EndOfEarlyData',
      step('EndOfEarlyData', (peer) =>
        peer.sendHandshake(Uint8Array.of(HandshakeType.end_of_early_data, 0, 0, 1, 0), {
          keys: earlyRecordKeys(peer, psk),
        }),
      ),
    ),
    'message_too_long',
    'decode_error',
    fresh(),
  ],
  'EndOfEarlyData twice': [
    whole.after('EndOfEarlyData', sendBody(HandshakeType.end_of_early_data, new Uint8Array(0))),
    'unexpected_message',
    'unexpected_message',
    fresh(),
  ],
  'EndOfEarlyData that is not at the end of its record': [
    whole.replace(
      'EndOfEarlyData',
      step('EndOfEarlyData', (peer) => {
        const keys = earlyRecordKeys(peer, psk);
        peer.sendHandshake(encodeEndOfEarlyData(), { keys, hold: true });
        peer.sendHandshake(encodeEndOfEarlyData(), { keys });
      }),
    ),
    'key_change_in_record',
    'unexpected_message',
    fresh(),
  ],
  'Finished under the early keys': [
    whole.replace(
      'EndOfEarlyData',
      step('Finished', (peer) =>
        peer.sendHandshake(Uint8Array.of(HandshakeType.finished, 0, 0, 32, ...new Uint8Array(32)), {
          keys: earlyRecordKeys(peer, psk),
        }),
      ),
    ),
    'unexpected_message',
    'unexpected_message',
    fresh(),
  ],
  'KeyUpdate under the early keys': [
    whole.before(
      'EndOfEarlyData',
      step('KeyUpdate', (peer) =>
        peer.sendHandshake(Uint8Array.of(HandshakeType.key_update, 0, 0, 1, 0), {
          keys: earlyRecordKeys(peer, psk),
        }),
      ),
    ),
    'unexpected_message',
    'unexpected_message',
    fresh(),
  ],
  'EndOfEarlyData, although no early data was accepted': [
    whole,
    // What was sent under the early keys is skipped; so is the message.
    'bad_finished',
    'decrypt_error',
    { options: { ...options, dangerousEarlyData: undefined } },
  ],
  'EndOfEarlyData under the handshake keys, although none was accepted': [
    whole.replace('EndOfEarlyData', sendBody(HandshakeType.end_of_early_data, new Uint8Array(0))),
    'unexpected_message',
    'unexpected_message',
    { options: { ...options, dangerousEarlyData: undefined } },
  ],
  'early data that is damaged': [
    clientEarlyData([psk]).after(
      'early data',
      step('damaged', (peer) =>
        peer.sendApplicationData(data, {
          keys: earlyRecordKeys(peer, psk),
          record: { sealed: (sealed) => sealed.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) },
        }),
      ),
    ),
    'bad_record_mac',
    'bad_record_mac',
    fresh(),
  ],
  'plaintext data where early data is due': [
    whole.after(
      'early data',
      step('in clear', (peer) => peer.sendApplicationData(data, { keys: 'plaintext' })),
    ),
    'bad_record_mac',
    'bad_record_mac',
    fresh(),
  ],
  'too many empty records of early data': [
    clientEarlyData([psk], new Array<Uint8Array>(40).fill(new Uint8Array(0))),
    'too_many_empty_records',
    'unexpected_message',
    fresh(),
  ],
});

const ours = (change: Partial<ClientOptions> = {}): PlayOptions<ClientOptions> => ({
  options: { ...CLIENT, session: again(session), ...change },
});
const accepting = serverEarlyData(psk);
const saysEarly = (fields: EncryptedExtensionsFields): EncryptedExtensionsFields => ({
  ...fields,
  extensions: [...fields.extensions, earlyData.encryptedExtensions.encode(true)],
});
const secondKey = { identity: Uint8Array.of(9), key: new Uint8Array(32).fill(9) };
// The binding of a session counts the keys in.
const withKey = sessionOf(options, { externalPsks: [secondKey] });
const RETRY = { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] };

clientRefuses({
  'early data accepted without a PSK': [
    serverHandshake().change('EncryptedExtensions', saysEarly),
    'unexpected_early_data',
    'illegal_parameter',
    ours(),
  ],
  'early data accepted with another application protocol': [
    accepting.change('EncryptedExtensions', (fields) => ({
      ...fields,
      extensions: [...fields.extensions, alpn.encryptedExtensions.encode(Uint8Array.of(0x61))],
    })),
    'unexpected_early_data',
    'illegal_parameter',
    ours({ alpnProtocols: ['a'] }),
  ],
  'early data accepted that was not offered': [
    serverResumption(psk).change('EncryptedExtensions', saysEarly),
    'unsolicited_extension',
    'unsupported_extension',
    ours({ dangerousEarlyData: false }),
  ],
  'early data accepted with another suite of the same hash': [
    accepting,
    'unexpected_early_data',
    'illegal_parameter',
    { ...ours(), peer: { cipherSuites: [otherSuite] } },
  ],
  'early data accepted with the second PSK': [
    serverHandshake()
      .without('Certificate', 'CertificateVerify')
      .change('ServerHello', (fields) => ({
        ...fields,
        extensions: [...fields.extensions, preSharedKey.serverHello.encode(1)],
      }))
      .after(
        'ServerHello',
        step('second PSK', (peer) => {
          peer.psk = secondKey.key;
        }),
      )
      .change('EncryptedExtensions', saysEarly),
    'unexpected_early_data',
    'illegal_parameter',
    ours({ externalPsks: [secondKey], session: withKey, minVersion: ProtocolVersion.TLS13 }),
  ],
  'early data accepted after HelloRetryRequest': [
    serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 }).change('EncryptedExtensions', saysEarly),
    'unsolicited_extension',
    'unsupported_extension',
    ours(RETRY),
  ],
  'early_data in ServerHello': [
    accepting.change('ServerHello', (fields) => ({
      ...fields,
      extensions: [...fields.extensions, earlyData.encryptedExtensions.encode(true)],
    })),
    'misplaced_extension',
    'illegal_parameter',
    ours(),
  ],
  'early_data with a body': [
    accepting.change('EncryptedExtensions', (fields) => ({
      ...fields,
      extensions: [{ type: ExtensionType.early_data, data: Uint8Array.of(0) }],
    })),
    'trailing_bytes',
    'decode_error',
    ours(),
  ],
  'EndOfEarlyData of a server': [
    accepting.before('Finished', sendBody(HandshakeType.end_of_early_data, new Uint8Array(0))),
    'unexpected_message',
    'unexpected_message',
    ours(),
  ],
});

test('client refuses: TLS 1.2 after early data, in clear, since such a server has no keys (RFC 8446 D.3)', () => {
  const played = againstServer12(serverHandshake12(), {
    options: {
      ...CLIENT,
      session: again(session),
      ...BOTH,
      middleboxCompatibility: false,
    },
    prepare: (tested) => {
      assert.equal(tested.connection.writeEarlyData(data), data.length);
    },
  });
  assertRefused(played, 'early_data_downgrade', 'protocol_version');
});

test('a warning ahead of that ServerHello changes nothing', () => {
  const script = serverHandshake12().before('ServerHello', sendAlert('unrecognized_name', 'warning'));
  const played = againstServer12(script, {
    options: {
      ...CLIENT,
      session: again(session),
      ...BOTH,
      middleboxCompatibility: false,
    },
  });
  assertRefused(played, 'early_data_downgrade', 'protocol_version');
});

test('close_notify within early data ends the connection', () => {
  const script = whole.before(
    'EndOfEarlyData',
    step('close_notify', (peer) =>
      peer.sendAlert(AlertDescription.close_notify, 1, { keys: earlyRecordKeys(peer, psk) }),
    ),
  );
  const { targetError, tested } = againstClient(script, fresh());
  assert.ok(targetError instanceof TLSError);
  assert.equal(targetError.reason, 'alert_received');
  assert.deepEqual(tested.earlyData, data);
});
