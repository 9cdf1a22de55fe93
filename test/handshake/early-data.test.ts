/** Early data that a server has not agreed to: skipped within bounds, and only where it may be (RFC 8446 4.2.10). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerOptions } from '../../src/config/options.ts';
import {
  clientHandshake,
  expectData,
  RecordKeys,
  type Step,
  sendBytes,
  sendChangeCipherSpec,
  sendData,
  step,
  withExtension,
} from '../../src/fuzz.ts';
import { earlyData } from '../../src/message/extension/early-data.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../../src/message/extension/psk-key-exchange-modes.ts';
import { MAX_EARLY_DATA_SKIPPED } from '../../src/wire/limits.ts';
import { ExtensionType, PskKeyExchangeMode } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { provider } from './credentials.ts';
import { againstClient, assertSecure, type Played, type PlayOptions, serverRefuses } from './kit.ts';

const psk = preSharedKey.clientHello.encode({
  identities: [{ identity: Uint8Array.of(1, 2, 3), obfuscatedTicketAge: 4 }],
  binders: [new Uint8Array(32).fill(5)],
});
const modes = pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]);
const early = earlyData.clientHello.encode(true);

/** Offers a PSK that the server does not know, and early data with it. */
const offering = clientHandshake().change('ClientHello', (hello) => ({
  ...hello,
  extensions: withExtension(hello.extensions, modes, early, psk),
}));
const retried = clientHandshake({ helloRetryRequest: true })
  .change('ClientHello', (hello) => ({
    ...hello,
    extensions: withExtension(hello.extensions, modes, early, psk),
  }))
  .change('second ClientHello', (hello) => ({
    ...hello,
    extensions: hello.extensions.filter((extension) => extension.type !== ExtensionType.early_data),
  }));
const retry: PlayOptions<ServerOptions> = {
  options: { groups: [NamedGroup.secp256r1] },
  peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
};

const [suite] = provider.cipherSuites13;
assert.ok(suite);
/** Keys that only the client has. */
const earlyKeys = (): RecordKeys => new RecordKeys('early', suite, new Uint8Array(32).fill(3));
/** Bytes of body that a record of `length` bytes of content has. */
const OVERHEAD = 17;

/** A record of early data, with a body of exactly `bodyLength` bytes. */
function sendEarly(bodyLength: number): Step {
  return step('early data', (peer) => {
    peer.sendApplicationData(new Uint8Array(bodyLength - OVERHEAD), { keys: earlyKeys(), split: [] });
  });
}
const times = (count: number, each: Step): Step[] => new Array<Step>(count).fill(each);
const pong = Uint8Array.of(9, 9);

/** A server that says what it heard. */
function echoing(script: typeof offering, play: PlayOptions<ServerOptions> = {}): Played {
  return againstClient(script.append(sendData(pong), expectData(pong)), {
    ...play,
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
      };
    },
  });
}

const TOO_MUCH = ['too_much_early_data', 'unexpected_message'] as const;
const BAD_MAC = ['bad_record_mac', 'bad_record_mac'] as const;

serverRefuses({
  'one byte more than the limit, in one burst': [
    offering.after('ClientHello', sendEarly(MAX_EARLY_DATA_SKIPPED), sendEarly(OVERHEAD)),
    ...TOO_MUCH,
  ],
  'more than the limit, in one record': [
    offering.after('ClientHello', sendEarly(MAX_EARLY_DATA_SKIPPED + 1)),
    ...TOO_MUCH,
  ],
  'a thousand small records': [offering.after('ClientHello', ...times(1000, sendEarly(20))), ...TOO_MUCH],
  'more than the limit before the second hello': [
    retried.after('ClientHello', sendEarly(MAX_EARLY_DATA_SKIPPED), sendEarly(OVERHEAD)),
    ...TOO_MUCH,
    retry,
  ],
  'early data that was not offered': [
    clientHandshake().after('expect ServerHello', sendEarly(40)),
    ...BAD_MAC,
  ],
  'early data after the second hello': [
    retried.after('second ClientHello', sendEarly(40)),
    ...BAD_MAC,
    retry,
  ],
  'early data after the first record that could be opened': [
    offering.after('Finished', sendEarly(40)),
    ...BAD_MAC,
  ],
  'a broken record of ours after early data was skipped': [
    offering.after('ClientHello', sendEarly(40)).append(sendEarly(40)),
    ...BAD_MAC,
  ],
  'early data in the second hello': [
    clientHandshake({ helloRetryRequest: true }).change('second ClientHello', (hello) => ({
      ...hello,
      extensions: withExtension(hello.extensions, early),
    })),
    'changed_after_hello_retry_request',
    'illegal_parameter',
    retry,
  ],
  'early data in a record beyond 2^14 + 256': [
    offering.after('ClientHello', sendBytes(Uint8Array.of(23, 3, 3, 0x41, 0x01))),
    'record_overflow',
    'record_overflow',
  ],
});

test('server: early data is skipped, whole or in pieces, up to the limit, and never delivered', () => {
  const scripts = [
    offering.after('ClientHello', sendEarly(40)),
    offering.after('ClientHello', sendEarly(MAX_EARLY_DATA_SKIPPED)),
    offering.after('ClientHello', ...times(100, sendEarly(60))),
    offering.after('ClientHello', sendChangeCipherSpec(), sendEarly(40)),
    offering.after('expect ServerHello', sendEarly(40)),
    offering,
  ];
  for (const script of scripts) {
    const played = echoing(script);
    assertSecure(played);
    assert.deepEqual([...played.tested.data], [...pong]);
  }
});

test('server: early data before a HelloRetryRequest is skipped too', () => {
  for (const script of [
    retried.after('ClientHello', sendEarly(40), sendEarly(400)),
    retried.after('expect HelloRetryRequest', sendEarly(40)),
  ]) {
    const played = echoing(script, retry);
    assertSecure(played);
    assert.deepEqual([...played.tested.data], [...pong]);
  }
});

test('server: it never says that it took early data', () => {
  const played = againstClient(offering.after('ClientHello', sendEarly(40)));
  assertSecure(played);
  const types = played.peer.received.flatMap((item) =>
    item.kind === 'handshake' && item.message.kind === 'EncryptedExtensions'
      ? item.message.extensions.map((extension) => extension.type)
      : [],
  );
  assert.ok(!types.includes(ExtensionType.early_data));
});
