/** What a server refuses in a ClientHello (RFC 8446 4.1.2, 4.2, 9.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  append,
  chop,
  clientHandshake,
  insert,
  replaceExtension,
  resizeBody,
  setByte,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import type { ClientHelloFields } from '../../src/message/client-hello.ts';
import { alpn } from '../../src/message/extension/alpn.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../../src/message/extension/psk-key-exchange-modes.ts';
import { signatureAlgorithms } from '../../src/message/extension/signature-algorithms.ts';
import { supportedGroups } from '../../src/message/extension/supported-groups.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { ExtensionType, ProtocolVersion, PskKeyExchangeMode } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { credentials } from './credentials.ts';
import { againstClient, assertSecure, serverRefuses } from './kit.ts';

const client = clientHandshake();
type Client = typeof client;
type List = readonly RawExtension[];

const hello = (change: (fields: ClientHelloFields) => ClientHelloFields): Client =>
  client.change('ClientHello', change);
const extensions = (edit: (list: List) => List): Client =>
  hello((fields) => ({ ...fields, extensions: edit(fields.extensions) }));
const without = (...types: ExtensionType[]): Client => extensions((list) => withoutExtension(list, ...types));
const put = (extension: RawExtension): Client =>
  extensions((list) => replaceExtension(list, extension.type, extension.data));
const raw = (type: ExtensionType, ...data: number[]): RawExtension => ({ type, data: Uint8Array.from(data) });
const add = (...more: RawExtension[]): Client => extensions((list) => withExtension(list, ...more));

const psk = preSharedKey.clientHello.encode({
  identities: [{ identity: Uint8Array.of(1, 2, 3), obfuscatedTicketAge: 4 }],
  binders: [new Uint8Array(32).fill(5)],
});
const modes = pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]);

serverRefuses({
  'no supported_versions': [
    without(ExtensionType.supported_versions),
    'no_common_version',
    'protocol_version',
  ],
  'no extensions block': [
    hello((fields) => ({ ...fields, extensions: [], extensionsPresent: false })),
    'no_common_version',
    'protocol_version',
  ],
  'TLS 1.2 alone': [
    put(supportedVersions.clientHello.encode([ProtocolVersion.TLS12])),
    'no_common_version',
    'protocol_version',
  ],
  'TLS 1.2 and older, and a version of the future': [
    put(supportedVersions.clientHello.encode([ProtocolVersion.TLS12, ProtocolVersion.TLS11])),
    'no_common_version',
    'protocol_version',
  ],
  'an empty supported_versions': [
    put(raw(ExtensionType.supported_versions, 0)),
    'length_out_of_range',
    'decode_error',
  ],
  'half a version': [
    put(raw(ExtensionType.supported_versions, 3, 3, 4, 3)),
    'length_out_of_range',
    'decode_error',
  ],
  'legacy_version SSL 3.0': [
    hello((fields) => ({ ...fields, legacyVersion: ProtocolVersion.SSL30 })),
    'no_common_version',
    'protocol_version',
  ],
  'no key_share, with supported_groups': [
    without(ExtensionType.key_share),
    'missing_extension',
    'missing_extension',
  ],
  'no supported_groups, with key_share': [
    without(ExtensionType.supported_groups),
    'missing_extension',
    'missing_extension',
  ],
  'neither supported_groups nor key_share': [
    without(ExtensionType.supported_groups, ExtensionType.key_share),
    'missing_extension',
    'missing_extension',
  ],
  'no signature_algorithms': [
    without(ExtensionType.signature_algorithms),
    'missing_extension',
    'missing_extension',
  ],
  'a share for a group that supported_groups lacks': [
    extensions((list) =>
      replaceExtension(
        list,
        ExtensionType.supported_groups,
        supportedGroups.clientHello.encode([NamedGroup.secp256r1]).data,
      ),
    ),
    'illegal_parameter',
    'illegal_parameter',
    { options: { groups: [NamedGroup.secp256r1, NamedGroup.x25519] } },
  ],
  'two shares for one group': [
    put(
      keyShare.clientHello.encode([
        { group: NamedGroup.x25519, keyExchange: new Uint8Array(32).fill(9) },
        { group: NamedGroup.x25519, keyExchange: new Uint8Array(32).fill(9) },
      ]),
    ),
    'bad_key_share',
    'illegal_parameter',
  ],
  'an empty share': [
    put(raw(ExtensionType.key_share, 0, 4, 0, 29, 0, 0)),
    'length_out_of_range',
    'decode_error',
  ],
  'no common group': [
    client,
    'no_common_group',
    'handshake_failure',
    { options: { groups: [NamedGroup.secp384r1] } },
  ],
  'no common suite': [
    hello((fields) => ({
      ...fields,
      cipherSuites: [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_AES_128_CCM_SHA256],
    })),
    'no_common_cipher_suite',
    'handshake_failure',
  ],
  'no suite at all': [
    hello((fields) => ({ ...fields, cipherSuites: [] })),
    'length_out_of_range',
    'decode_error',
  ],
  'no common signature scheme': [
    put(signatureAlgorithms.clientHello.encode([SignatureScheme.ecdsa_secp256r1_sha256])),
    'no_common_signature_scheme',
    'handshake_failure',
  ],
  "only PKCS#1 v1.5, which TLS 1.3 forbids in CertificateVerify, for a server's RSA key": [
    put(signatureAlgorithms.clientHello.encode([SignatureScheme.rsa_pkcs1_sha256])),
    'no_common_signature_scheme',
    'handshake_failure',
    { options: { credentials: [credentials.serverRsa()] } },
  ],
  'an empty signature_algorithms': [
    put(raw(ExtensionType.signature_algorithms, 0, 0)),
    'length_out_of_range',
    'decode_error',
  ],
  'no null compression': [
    hello((fields) => ({ ...fields, legacyCompressionMethods: Uint8Array.of(1) })),
    'bad_compression_method',
    'illegal_parameter',
  ],
  'compression beside null': [
    hello((fields) => ({ ...fields, legacyCompressionMethods: Uint8Array.of(1, 0) })),
    'bad_compression_method',
    'illegal_parameter',
  ],
  'no compression method': [
    hello((fields) => ({ ...fields, legacyCompressionMethods: new Uint8Array(0) })),
    'length_out_of_range',
    'decode_error',
  ],
  'a session id of 33 bytes': [
    hello((fields) => ({ ...fields, legacySessionId: new Uint8Array(33) })),
    'length_out_of_range',
    'decode_error',
  ],
  'protocols none of which we speak': [
    add(alpn.clientHello.encode([Uint8Array.of(0x68, 0x32)])),
    'no_application_protocol',
    'no_application_protocol',
    { options: { alpnProtocols: ['http/1.1'] } },
  ],
  'an empty list of protocols': [
    add(raw(ExtensionType.application_layer_protocol_negotiation, 0, 0)),
    'length_out_of_range',
    'decode_error',
  ],
  'an empty protocol name': [
    add(raw(ExtensionType.application_layer_protocol_negotiation, 0, 1, 0)),
    'length_out_of_range',
    'decode_error',
  ],
  'an empty name in server_name': [
    put(raw(ExtensionType.server_name, 0, 3, 0, 0, 0)),
    'length_out_of_range',
    'decode_error',
  ],
  'an empty server_name': [put(raw(ExtensionType.server_name)), 'truncated', 'decode_error'],
  'a name that we have no certificate for, and none for others': [
    put(raw(ExtensionType.server_name, 0, 4, 0, 0, 1, 97)),
    'unrecognized_name',
    'unrecognized_name',
    { options: { credentials: [], namedCredentials: [{ name: 'b', credentials: [credentials.server()] }] } },
  ],
  'no name, where there are certificates for names alone': [
    without(ExtensionType.server_name),
    'unrecognized_name',
    'unrecognized_name',
    { options: { credentials: [], namedCredentials: [{ name: 'b', credentials: [credentials.server()] }] } },
  ],
  'two names in server_name': [
    put(raw(ExtensionType.server_name, 0, 8, 0, 0, 1, 97, 0, 0, 1, 98)),
    'malformed_message',
    'decode_error',
  ],
  'a name with a zero byte': [
    put(raw(ExtensionType.server_name, 0, 6, 0, 0, 3, 97, 0, 98)),
    'bad_value',
    'illegal_parameter',
  ],
  'pre_shared_key that is not last': [
    extensions((list) => [modes, psk, ...list]),
    'psk_not_last',
    'illegal_parameter',
  ],
  'pre_shared_key without psk_key_exchange_modes': [add(psk), 'missing_extension', 'missing_extension'],
  'pre_shared_key with more binders than identities': [
    add(
      modes,
      preSharedKey.clientHello.encode({
        identities: [{ identity: Uint8Array.of(1), obfuscatedTicketAge: 0 }],
        binders: [new Uint8Array(32), new Uint8Array(32)],
      }),
    ),
    'illegal_parameter',
    'illegal_parameter',
  ],
  'bytes after the extensions': [
    client.options('ClientHello', { bytes: resizeBody(append(0)) }),
    'trailing_bytes',
    'decode_error',
  ],
  'a hello cut short': [
    client.options('ClientHello', { bytes: resizeBody(chop(1)) }),
    'truncated',
    'decode_error',
  ],
  'an odd length of the suites': [
    client.options('ClientHello', { bytes: resizeBody(setByte(2 + 32 + 1 + 32 + 1, 5)) }),
    'length_out_of_range',
    'decode_error',
  ],
  'a byte more in the middle': [
    client.options('ClientHello', { bytes: resizeBody(insert(34, 0)) }),
    'truncated',
    'decode_error',
  ],
  'a ServerHello': [
    client.options('ClientHello', { bytes: setByte(0, 2) }),
    'unexpected_message',
    'unexpected_message',
  ],
  'a Finished': [
    client.options('ClientHello', { bytes: () => Uint8Array.of(20, 0, 0, 1, 0) }),
    'unexpected_message',
    'unexpected_message',
  ],
  'a hello of 2^16 bytes and more': [
    client.options('ClientHello', { bytes: () => Uint8Array.of(1, 1, 0, 1, 3, 3) }),
    'message_too_long',
    'decode_error',
  ],
});

test('server: an unsupported PSK is passed over and the handshake is a full one', () => {
  assertSecure(againstClient(add(modes, psk)));
});

test('server: odd but legal hellos are accepted', () => {
  const legal: Client[] = [
    hello((fields) => ({ ...fields, legacyVersion: ProtocolVersion.TLS11 })),
    hello((fields) => ({ ...fields, legacySessionId: new Uint8Array(0) })),
    hello((fields) => ({ ...fields, legacySessionId: Uint8Array.of(1) })),
    put(supportedVersions.clientHello.encode([ProtocolVersion.TLS12, ProtocolVersion.TLS13])),
    hello((fields) => ({
      ...fields,
      cipherSuites: [
        CipherSuite.TLS_FALLBACK_SCSV,
        CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV,
        ...fields.cipherSuites,
      ],
    })),
    extensions((list) => [...list].reverse()),
    add(raw(ExtensionType.padding, ...new Array<number>(500).fill(0))),
    without(ExtensionType.server_name),
    // A cookie that nobody gave is no more than an unknown extension.
    add(raw(ExtensionType.cookie, 0, 1, 1)),
  ];
  for (const script of legal) assertSecure(againstClient(script));
});

test('server: its ALPN choice is told, and its own order decides', () => {
  const played = againstClient(client, {
    options: { alpnProtocols: ['h2', 'http/1.1'] },
    peer: { alpnProtocols: ['spdy', 'http/1.1', 'h2'] },
  });
  assertSecure(played);
  assert.equal(played.tested.connection.info.alpnProtocol, 'h2');
});
