/** What a client refuses in a ServerHello (RFC 8446 4.1.3, 4.2.1, 4.2.8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resend, serverHandshake, setInteger, withoutExtension } from '../../src/fuzz.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { DOWNGRADE_TLS11, DOWNGRADE_TLS12, type ServerHelloFields } from '../../src/message/server-hello.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ExtensionType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { againstServer, assertRefused, assertSecure, clientRefuses } from './kit.ts';

const server = serverHandshake();
const hello = (change: (fields: ServerHelloFields) => ServerHelloFields): typeof server =>
  server.change('ServerHello', change);

/** A server that negotiates an older version, as one does that knows no other. */
function older(version: number, ending?: Uint8Array): typeof server {
  return hello((fields) => {
    const random = Uint8Array.from(fields.random);
    if (ending !== undefined) random.set(ending, random.length - ending.length);
    return {
      ...fields,
      random,
      legacyVersion: version,
      cipherSuite: CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
      extensions: [],
    };
  });
}

function selecting(version: ProtocolVersion): typeof server {
  return hello((fields) => ({
    ...fields,
    extensions: [
      supportedVersions.serverHello.encode(version),
      ...withoutExtension(fields.extensions, ExtensionType.supported_versions),
    ],
  }));
}

clientRefuses({
  'an echo of another session id': [
    hello((fields) => ({
      ...fields,
      legacySessionIdEcho: fields.legacySessionIdEcho.map((byte) => byte ^ 1),
    })),
    'session_id_mismatch',
    'illegal_parameter',
  ],
  'an empty echo': [
    hello((fields) => ({ ...fields, legacySessionIdEcho: new Uint8Array(0) })),
    'session_id_mismatch',
    'illegal_parameter',
  ],
  'an echo of a session id that was not sent': [
    hello((fields) => ({ ...fields, legacySessionIdEcho: new Uint8Array(32) })),
    'session_id_mismatch',
    'illegal_parameter',
    { options: { middleboxCompatibility: false } },
  ],
  'a session id of 33 bytes': [
    hello((fields) => ({ ...fields, legacySessionIdEcho: new Uint8Array(33) })),
    'length_out_of_range',
    'decode_error',
  ],
  'a compression method': [
    hello((fields) => ({ ...fields, legacyCompressionMethod: 1 })),
    'bad_compression_method',
    'illegal_parameter',
  ],
  'a suite that was not offered': [
    hello((fields) => ({ ...fields, cipherSuite: CipherSuite.TLS_AES_256_GCM_SHA384 })),
    'unoffered_cipher_suite',
    'illegal_parameter',
    { options: { cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256] } },
  ],
  'a suite that does not exist': [
    hello((fields) => ({ ...fields, cipherSuite: CipherSuite.TLS_AES_128_CCM_8_SHA256 })),
    'unoffered_cipher_suite',
    'illegal_parameter',
  ],
  'a suite of TLS 1.2 in a ServerHello of TLS 1.3': [
    hello((fields) => ({ ...fields, cipherSuite: CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 })),
    'unoffered_cipher_suite',
    'illegal_parameter',
  ],
  'the signalling suite': [
    hello((fields) => ({ ...fields, cipherSuite: CipherSuite.TLS_FALLBACK_SCSV })),
    'unoffered_cipher_suite',
    'illegal_parameter',
  ],
  'TLS 1.2': [older(ProtocolVersion.TLS12), 'no_common_version', 'protocol_version'],
  'TLS 1.1': [older(ProtocolVersion.TLS11), 'no_common_version', 'protocol_version'],
  'TLS 1.0': [older(ProtocolVersion.TLS10), 'no_common_version', 'protocol_version'],
  'SSL 3.0': [older(ProtocolVersion.SSL30), 'no_common_version', 'protocol_version'],
  'TLS 1.2 with the sentinel of a server that knows TLS 1.3': [
    older(ProtocolVersion.TLS12, DOWNGRADE_TLS12),
    'downgrade_detected',
    'illegal_parameter',
  ],
  'TLS 1.1 with its sentinel': [
    older(ProtocolVersion.TLS11, DOWNGRADE_TLS11),
    'downgrade_detected',
    'illegal_parameter',
  ],
  'TLS 1.2 with the sentinel for TLS 1.1': [
    older(ProtocolVersion.TLS12, DOWNGRADE_TLS11),
    'downgrade_detected',
    'illegal_parameter',
  ],
  'supported_versions with TLS 1.2': [
    selecting(ProtocolVersion.TLS12),
    'unoffered_version',
    'illegal_parameter',
  ],
  'supported_versions with TLS 1.1': [
    selecting(ProtocolVersion.TLS11),
    'unoffered_version',
    'illegal_parameter',
  ],
  'supported_versions with a draft of TLS 1.3': [
    hello((fields) => ({
      ...fields,
      extensions: fields.extensions.map((extension) =>
        extension.type === ExtensionType.supported_versions
          ? { ...extension, data: Uint8Array.of(0x7f, 28) }
          : extension,
      ),
    })),
    'unoffered_version',
    'illegal_parameter',
  ],
  'legacy_version 1.3': [
    hello((fields) => ({ ...fields, legacyVersion: ProtocolVersion.TLS13 })),
    'illegal_parameter',
    'illegal_parameter',
  ],
  'legacy_version 1.1 with supported_versions 1.3': [
    hello((fields) => ({ ...fields, legacyVersion: ProtocolVersion.TLS11 })),
    'illegal_parameter',
    'illegal_parameter',
  ],
  'no key_share': [
    hello((fields) => ({
      ...fields,
      extensions: withoutExtension(fields.extensions, ExtensionType.key_share),
    })),
    'missing_extension',
    'missing_extension',
  ],
  'no extensions at all': [
    hello((fields) => ({ ...fields, extensions: [], extensionsPresent: false })),
    'no_common_version',
    'protocol_version',
  ],
  'a share for a group that was offered without one': [
    hello((fields) => ({
      ...fields,
      extensions: [
        supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
        keyShare.serverHello.encode({ group: NamedGroup.secp256r1, keyExchange: new Uint8Array(65).fill(4) }),
      ],
    })),
    'unoffered_group',
    'illegal_parameter',
    { options: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] } },
  ],
  'a share for a group that was not offered': [
    hello((fields) => ({
      ...fields,
      extensions: [
        supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
        keyShare.serverHello.encode({ group: NamedGroup.x448, keyExchange: new Uint8Array(56).fill(4) }),
      ],
    })),
    'unoffered_group',
    'illegal_parameter',
  ],
  'a PSK that was not offered': [
    hello((fields) => ({
      ...fields,
      extensions: [...fields.extensions, preSharedKey.serverHello.encode(0)],
    })),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'a ServerHello that claims one byte less than its body': [
    server.options('ServerHello', { bytes: (raw) => setInteger(1, 3, raw.length - 5)(raw) }),
    'truncated',
    'decode_error',
  ],
  'a ClientHello instead of a ServerHello': [
    server.options('ServerHello', { bytes: (_, peer) => peer.transcript.messages[0] ?? new Uint8Array(0) }),
    'unexpected_message',
    'unexpected_message',
  ],
  'two ServerHellos': [server.after('ServerHello', resend()), 'plaintext_after_keys', 'unexpected_message'],
});

test('client: each suite and a ServerHello without session id, where none was sent, are fine', () => {
  const suites = [
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_AES_256_GCM_SHA384,
    CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
  ];
  for (const suite of suites) {
    const played = againstServer(serverHandshake({ middleboxCompatibility: false }), {
      options: { middleboxCompatibility: false, cipherSuites: [suite] },
    });
    assertSecure(played);
    assert.equal(played.tested.connection.info.cipherSuite?.code, suite);
  }
});

test('client: unknown extensions in ServerHello are unsolicited, whatever their number', () => {
  for (const type of [0x0a0a, 0xfafa, 12345]) {
    const played = againstServer(
      hello((fields) => ({
        ...fields,
        extensions: [...fields.extensions, { type: setType(type), data: new Uint8Array(0) }],
      })),
    );
    assertRefused(played, 'unsolicited_extension', 'unsupported_extension');
  }
});

function setType(type: number): ExtensionType {
  return codePoint<'ExtensionType'>(type);
}
