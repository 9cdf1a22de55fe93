/** Records that bring nothing are counted even when they are empty; nothing goes out after close_notify. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerOptions } from '../../src/config/options.ts';
import {
  clientHandshake,
  expectAlert,
  helloRequest,
  type Step,
  sendBytes,
  serverHandshake12,
  withExtension,
} from '../../src/fuzz.ts';
import { earlyData } from '../../src/message/extension/early-data.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../../src/message/extension/psk-key-exchange-modes.ts';
import { MAX_EARLY_DATA_SKIPPED } from '../../src/wire/limits.ts';
import { AlertDescription, PskKeyExchangeMode } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { againstClient, assertRefused, assertSecure, type PlayOptions } from '../handshake/kit.ts';
import { againstServer12 } from '../tls12/kit.ts';

const offered = [
  pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]),
  earlyData.clientHello.encode(true),
  preSharedKey.clientHello.encode({
    identities: [{ identity: Uint8Array.of(1), obfuscatedTicketAge: 4 }],
    binders: [new Uint8Array(32)],
  }),
];

/** Headers of application data with nothing behind them. */
function empties(count: number): Step {
  const bytes = new Uint8Array(count * 5);
  for (let i = 0; i < count; i += 1) bytes.set([23, 3, 3, 0, 0], i * 5);
  return sendBytes(bytes);
}

const retry: PlayOptions<ServerOptions> = {
  options: { groups: [NamedGroup.secp256r1] },
  peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
};

test('server: empty records are early data too, and not without end', () => {
  for (const [script, play] of [
    [clientHandshake(), {}],
    [clientHandshake({ helloRetryRequest: true }), retry],
  ] as const) {
    const offering = script.change('ClientHello', (hello) => ({
      ...hello,
      extensions: withExtension(hello.extensions, ...offered),
    }));
    const played = againstClient(offering.after('ClientHello', empties(MAX_EARLY_DATA_SKIPPED + 1)), play);
    assertRefused(played, 'too_much_early_data', 'unexpected_message');
  }
});

test('client of TLS 1.2: HelloRequest after our close_notify is not answered', () => {
  const played = againstServer12(serverHandshake12().append(expectAlert('close_notify'), helloRequest), {
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind === 'secure') connection.close();
      };
    },
  });
  assertSecure(played);
  const alerts = played.peer.received.flatMap((item) => (item.kind === 'alert' ? [item.description] : []));
  assert.deepEqual(alerts, [AlertDescription.close_notify]);
});
