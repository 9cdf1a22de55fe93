/** The second ClientHello as a server reads it: what may differ from the first, and nothing else (RFC 8446 4.1.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerOptions } from '../../src/config/options.ts';
import {
  clientHandshake,
  flipBit,
  generateShare,
  replaceExtension,
  type ScriptedPeer,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import type { ClientHelloFields } from '../../src/message/client-hello.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { cookie } from '../../src/message/extension/cookie.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { signatureAlgorithms } from '../../src/message/extension/signature-algorithms.ts';
import { supportedGroups } from '../../src/message/extension/supported-groups.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { ExtensionType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { againstClient, assertSecure, type PlayOptions, serverRefuses } from './kit.ts';

const { x25519, secp256r1, secp384r1 } = NamedGroup;
/** The client sends a share for x25519, the server takes P-256 alone. */
const play: PlayOptions<ServerOptions> = {
  options: { groups: [secp256r1] },
  peer: { groups: [x25519, secp256r1, secp384r1] },
};

const client = clientHandshake({ helloRetryRequest: true });
type Client = typeof client;
type List = readonly RawExtension[];

const second = (change: (fields: ClientHelloFields, peer: ScriptedPeer) => ClientHelloFields): Client =>
  client.change('second ClientHello', change);
const extensions = (edit: (list: List, peer: ScriptedPeer) => List): Client =>
  second((fields, peer) => ({ ...fields, extensions: edit(fields.extensions, peer) }));
const put = (extension: RawExtension): Client =>
  extensions((list) => replaceExtension(list, extension.type, extension.data));
const raw = (type: ExtensionType, ...data: number[]): RawExtension => ({ type, data: Uint8Array.from(data) });
const shares = (...groups: readonly NamedGroup[]): Client =>
  extensions((list, peer) => {
    const entries = groups.map((group) => generateShare(peer, group));
    return replaceExtension(list, ExtensionType.key_share, keyShare.clientHello.encode(entries).data);
  });

const CHANGED = ['changed_after_hello_retry_request', 'illegal_parameter', play] as const;

serverRefuses({
  'another random': [second((fields) => ({ ...fields, random: flipBit(0)(fields.random) })), ...CHANGED],
  'another session id': [
    second((fields) => ({ ...fields, legacySessionId: flipBit(0)(fields.legacySessionId) })),
    ...CHANGED,
  ],
  'no session id any more': [
    second((fields) => ({ ...fields, legacySessionId: new Uint8Array(0) })),
    ...CHANGED,
  ],
  'another legacy_version': [
    second((fields) => ({ ...fields, legacyVersion: ProtocolVersion.TLS11 })),
    ...CHANGED,
  ],
  'suites in another order': [
    second((fields) => ({ ...fields, cipherSuites: [...fields.cipherSuites].reverse() })),
    ...CHANGED,
  ],
  'one suite less': [
    second((fields) => ({ ...fields, cipherSuites: fields.cipherSuites.slice(1) })),
    ...CHANGED,
  ],
  'one suite more': [
    second((fields) => ({
      ...fields,
      cipherSuites: [...fields.cipherSuites, CipherSuite.TLS_AES_128_CCM_SHA256],
    })),
    ...CHANGED,
  ],
  compression: [
    second((fields) => ({ ...fields, legacyCompressionMethods: Uint8Array.of(0, 1) })),
    'bad_compression_method',
    'illegal_parameter',
    play,
  ],
  'another list of groups': [put(supportedGroups.clientHello.encode([secp256r1, x25519])), ...CHANGED],
  'other signature schemes': [
    put(signatureAlgorithms.clientHello.encode([SignatureScheme.ed25519])),
    ...CHANGED,
  ],
  'another name': [put(raw(ExtensionType.server_name, 0, 4, 0, 0, 1, 97)), ...CHANGED],
  'no name any more': [extensions((list) => withoutExtension(list, ExtensionType.server_name)), ...CHANGED],
  'other versions': [
    put(supportedVersions.clientHello.encode([ProtocolVersion.TLS13, ProtocolVersion.TLS12])),
    ...CHANGED,
  ],
  'no versions': [
    extensions((list) => withoutExtension(list, ExtensionType.supported_versions)),
    'no_common_version',
    'protocol_version',
    play,
  ],
  'extensions in another order': [extensions((list) => [...list.slice(1), ...list.slice(0, 1)]), ...CHANGED],
  'an extension more': [
    extensions((list) => withExtension(list, raw(ExtensionType.post_handshake_auth))),
    ...CHANGED,
  ],
  'a cookie that was not given': [
    extensions((list) => withExtension(list, cookie.clientHello.encode(Uint8Array.of(1)))),
    ...CHANGED,
  ],
  early_data: [extensions((list) => withExtension(list, raw(ExtensionType.early_data))), ...CHANGED],
  'the first share again': [
    second((fields, peer) => ({ ...fields, extensions: peer.offer?.extensions ?? [] })),
    ...CHANGED,
  ],
  'a share for a third group': [shares(secp384r1), ...CHANGED],
  'two shares, the right one first': [shares(secp256r1, x25519), ...CHANGED],
  'two shares, the right one last': [shares(x25519, secp256r1), ...CHANGED],
  'no shares': [shares(), ...CHANGED],
  'no key_share': [
    extensions((list) => withoutExtension(list, ExtensionType.key_share)),
    'missing_extension',
    'missing_extension',
    play,
  ],
  'a share off the curve': [
    put(keyShare.clientHello.encode([{ group: secp256r1, keyExchange: new Uint8Array(65).fill(4) }])),
    'bad_key_share',
    'illegal_parameter',
    play,
  ],
  'Finished instead': [
    client.options('second ClientHello', { bytes: () => Uint8Array.of(20, 0, 0, 1, 0) }),
    'unexpected_message',
    'unexpected_message',
    play,
  ],
  'a third hello': [
    client.after('second ClientHello', {
      name: 'third ClientHello',
      run: (peer) => {
        peer.sendHandshake(peer.transcript.messages.at(-1) ?? new Uint8Array(0), { unhashed: true });
        return true;
      },
    }),
    'plaintext_after_keys',
    'unexpected_message',
    play,
  ],
});

test('server: the retry asks for the group, and the handshake goes on', () => {
  const played = againstClient(client, play);
  assertSecure(played);
  assert.equal(played.peer.retry?.known.selectedGroup, secp256r1);
  assert.equal(played.tested.connection.info.group?.code, secp256r1);
  assert.equal(played.tested.connection.info.helloRetryRequest, true);
});

test('server: padding may come, go and change', () => {
  const padding = (length: number): RawExtension =>
    raw(ExtensionType.padding, ...new Array<number>(length).fill(0));
  assertSecure(
    againstClient(
      extensions((list) => withExtension(list, padding(30))),
      play,
    ),
  );
  const both = client
    .change('ClientHello', (fields) => ({ ...fields, extensions: [padding(9), ...fields.extensions] }))
    .change('second ClientHello', (fields) => ({
      ...fields,
      extensions: withoutExtension(fields.extensions, ExtensionType.padding),
    }));
  assertSecure(againstClient(both, play));
});

test('server: a cookie that was given must come back as it was', () => {
  const given = Uint8Array.of(1, 2, 3);
  const options: Partial<ServerOptions> = {
    groups: [secp256r1],
    shapeHelloRetryRequest: (list) => [...list, cookie.helloRetryRequest.encode(given)],
  };
  assertSecure(againstClient(client, { ...play, options }));
  const wrong = put(cookie.clientHello.encode(Uint8Array.of(1, 2, 4)));
  const none = extensions((list) => withoutExtension(list, ExtensionType.cookie));
  for (const script of [wrong, none]) {
    const played = againstClient(script, { ...play, options });
    assert.ok(played.targetError instanceof Error);
    assert.equal(played.tested.connection.error?.reason, 'changed_after_hello_retry_request');
  }
});
