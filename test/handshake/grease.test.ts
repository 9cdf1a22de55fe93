/** GREASE, sent and answered (RFC 8701). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientOptions } from '../../src/config/options.ts';
import { clientHandshake, serverHandshake, withoutExtension } from '../../src/fuzz.ts';
import type { ClientHello } from '../../src/message/client-hello.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { pskKeyExchangeModes } from '../../src/message/extension/psk-key-exchange-modes.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { decodeHandshake } from '../../src/message/handshake.ts';
import type { ServerHelloFields } from '../../src/message/server-hello.ts';
import { codePoint, greaseValue, isGrease } from '../../src/wire/code-point.ts';
import { ExtensionType, PskKeyExchangeMode } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { assertConnected, connect, newest, ticketKeys } from '../session/kit.ts';
import { BOTH, ONLY12, ONLY13 } from '../tls12/kit.ts';
import { provider } from './credentials.ts';
import { againstClient, clientRefuses, testedClient } from './kit.ts';

const GREASE = { grease: true } as const;

function helloOf(options: Partial<ClientOptions>): ClientHello {
  const output = testedClient(options).takeOutput();
  assert.ok(output);
  const hello = decodeHandshake(output.subarray(5), 'tls13');
  assert.ok(hello.kind === 'ClientHello');
  return hello;
}

/** The lists of a hello, and how many reserved values each holds. */
function counts(hello: ClientHello): Record<string, number> {
  const { known } = hello;
  const lists: Record<string, readonly number[]> = {
    suites: hello.cipherSuites,
    extensions: hello.extensions.map(({ type }) => type),
    groups: known.supportedGroups ?? [],
    schemes: known.signatureAlgorithms ?? [],
    versions: known.supportedVersions ?? [],
    shares: (known.keyShare ?? []).map(({ group }) => group),
  };
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.filter((code) => isGrease(code)).length]),
  );
}

test('each of the sixteen values is drawn, and no other', () => {
  const values = new Set(Array.from({ length: 256 }, (_, byte) => greaseValue(byte)));
  assert.equal(values.size, 16);
  for (const value of values) assert.ok(isGrease(value), String(value));
});

describe('a client', () => {
  test('sends none unless it is told to', () => {
    const none = { suites: 0, extensions: 0, groups: 0, schemes: 0, versions: 0, shares: 0 };
    assert.deepEqual(counts(helloOf(BOTH)), none);
  });

  test('sends one in each list, first of all, and two extensions', () => {
    const hello = helloOf({ ...BOTH, ...GREASE });
    const one = { suites: 1, extensions: 2, groups: 1, schemes: 1, versions: 1, shares: 1 };
    assert.deepEqual(counts(hello), one);
    assert.ok(isGrease(hello.cipherSuites[0] ?? 0));
    assert.equal(hello.known.supportedGroups?.[0], hello.known.keyShare?.[0]?.group);
  });

  test('of TLS 1.2 sends no list for it that it would not send', () => {
    const one = { suites: 1, extensions: 2, groups: 1, schemes: 1, versions: 0, shares: 0 };
    assert.deepEqual(counts(helloOf({ ...ONLY12, ...GREASE })), one);
  });

  test('never sends an extension twice, whatever is drawn', () => {
    for (let byte = 0; byte < 256; byte += 16) {
      const random = (out: Uint8Array): void => void out.fill(byte);
      assert.equal(
        counts(helloOf({ ...BOTH, ...GREASE, provider: { ...provider, random } }))['extensions'],
        2,
      );
    }
  });

  test('is understood, in both versions, after HelloRetryRequest and when it resumes', () => {
    for (const only of [ONLY12, ONLY13]) {
      const server = { ...only, ticketKeys: ticketKeys(), groups: [NamedGroup.secp256r1, NamedGroup.x25519] };
      const retried = {
        groups: [NamedGroup.secp384r1, NamedGroup.secp256r1],
        keyShares: [NamedGroup.secp384r1],
      };
      const client = { ...only, ...GREASE, ...(only === ONLY13 ? retried : {}) };
      const first = connect(client, server);
      assertConnected(first, false);
      assert.equal(first.pair.client.tested.connection.info.helloRetryRequest, only === ONLY13);
      assertConnected(connect({ ...client, session: newest(first) }, server), true);
    }
  });

  const server = serverHandshake();
  const hello = (change: (fields: ServerHelloFields) => Partial<ServerHelloFields>): typeof server =>
    server.change('ServerHello', (fields) => ({ ...fields, ...change(fields) }));
  const offered = helloOf(GREASE);
  const reserved = (list: readonly number[] | undefined): number => list?.find((code) => isGrease(code)) ?? 0;
  const group = codePoint<'NamedGroup'>(reserved(offered.known.supportedGroups));
  const play = { options: GREASE };

  test('offers the same reserved values in each of these tests', () => {
    assert.ok(isGrease(group) && isGrease(reserved(offered.cipherSuites)));
    assert.deepEqual(helloOf(GREASE).raw, offered.raw);
  });

  clientRefuses({
    'a server that picks the reserved suite': [
      hello(() => ({ cipherSuite: codePoint<'CipherSuite'>(reserved(offered.cipherSuites)) })),
      'unoffered_cipher_suite',
      'illegal_parameter',
      play,
    ],
    'a server that picks the reserved version': [
      hello(({ extensions }) => ({
        extensions: [
          ...withoutExtension(extensions, ExtensionType.supported_versions),
          supportedVersions.serverHello.encode(
            codePoint<'ProtocolVersion'>(reserved(offered.known.supportedVersions)),
          ),
        ],
      })),
      'unoffered_version',
      'illegal_parameter',
      play,
    ],
    'a server that picks the reserved group': [
      hello(({ extensions }) => ({
        extensions: [
          ...withoutExtension(extensions, ExtensionType.key_share),
          keyShare.serverHello.encode({ group, keyExchange: Uint8Array.of(0) }),
        ],
      })),
      'unoffered_group',
      'illegal_parameter',
      play,
    ],
    'a server that asks for another share of the reserved group': [
      serverHandshake({ helloRetryRequest: group }),
      'unoffered_group',
      'illegal_parameter',
      play,
    ],
    'a server that answers the reserved extension': [
      server.change('EncryptedExtensions', ({ extensions }) => ({
        extensions: [
          ...extensions,
          {
            type: codePoint<'ExtensionType'>(reserved(offered.extensions.map(({ type }) => type))),
            data: new Uint8Array(0),
          },
        ],
      })),
      'unsolicited_extension',
      'unsupported_extension',
      play,
    ],
  });
});

describe('a server', () => {
  const extensions = (grease: boolean): number[] => {
    const options = { ticketKeys: ticketKeys(), grease };
    // Without this no server sends tickets (RFC 8446 4.2.9).
    const modes = pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]);
    const script = clientHandshake().change('ClientHello', (fields) => ({
      ...fields,
      extensions: [...fields.extensions, modes],
    }));
    const { peer } = againstClient(script, { options });
    return peer.received.flatMap((item) =>
      item.kind === 'handshake' && item.message.kind === 'NewSessionTicket'
        ? item.message.extensions.map(({ type }) => type)
        : [],
    );
  };

  test('puts a reserved extension into its tickets where it is told to', () => {
    assert.equal(extensions(false).length, 0);
    const types = extensions(true);
    assert.ok(types.length > 0 && types.every((type) => isGrease(type)));
  });
});
