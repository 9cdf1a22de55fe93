/** ClientHello of TLS 1.2 as our server reads it (RFC 5246 7.4.1.2, 7.4.1.4; RFC 8422 5.1; RFC 5746 3.6; RFC 7627 5.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientMessages12,
  clientHandshake12,
  duplicateExtension,
  findExtension,
  replaceExtension,
  type Script,
  setInteger,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import { ecPointFormats } from '../../src/message/extension/ec-point-formats.ts';
import { renegotiationInfo } from '../../src/message/extension/renegotiation-info.ts';
import { signatureAlgorithms } from '../../src/message/extension/signature-algorithms.ts';
import { supportedGroups } from '../../src/message/extension/supported-groups.ts';
import type { ServerHello } from '../../src/message/server-hello.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ExtensionType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { credentials } from '../handshake/credentials.ts';
import { assertRefused, assertSecure, type Played } from '../handshake/kit.ts';
import { againstClient12, server12Refuses } from './kit.ts';

type Fields = ClientMessages12['ClientHello'];
const client = clientHandshake12();
const hello = (change: (fields: Fields) => Partial<Fields>): Script<ClientMessages12> =>
  client.change('ClientHello', (fields) => ({ ...fields, ...change(fields) }));
const replacing = (type: ExtensionType, data: Uint8Array): Script<ClientMessages12> =>
  hello(({ extensions }) => ({ extensions: replaceExtension(extensions, type, data) }));
const without = (...types: readonly ExtensionType[]): Script<ClientMessages12> =>
  hello(({ extensions }) => ({ extensions: withoutExtension(extensions, ...types) }));

const FORMATS = ['illegal_parameter', 'illegal_parameter'] as const;
const NO_GROUP = ['no_common_group', 'handshake_failure'] as const;
const NO_SUITE = ['no_common_cipher_suite', 'handshake_failure'] as const;
const NO_SCHEME = ['no_common_signature_scheme', 'handshake_failure'] as const;
const RENEGOTIATION = ['bad_renegotiation_info', 'handshake_failure'] as const;
const VERSION = ['no_common_version', 'protocol_version'] as const;

server12Refuses({
  'compression methods without null': [
    hello(() => ({ legacyCompressionMethods: Uint8Array.of(1) })),
    'bad_compression_method',
    'illegal_parameter',
  ],
  'no compression methods': [
    hello(() => ({ legacyCompressionMethods: new Uint8Array(0) })),
    'length_out_of_range',
    'decode_error',
  ],
  'no suite of ours': [
    hello(() => ({
      cipherSuites: [CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA, CipherSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA],
    })),
    ...NO_SUITE,
  ],
  'suites of TLS 1.3 alone': [
    hello(() => ({ cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256] })),
    ...NO_SUITE,
  ],
  'signalling values alone': [
    hello(() => ({ cipherSuites: [CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV] })),
    ...NO_SUITE,
  ],
  'suites for RSA, where the certificate is for Ed25519': [
    hello(() => ({ cipherSuites: [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256] })),
    ...NO_SCHEME,
  ],
  'suites for ECDSA, where the certificate is for RSA': [
    hello(() => ({ cipherSuites: [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256] })),
    ...NO_SCHEME,
    { options: { credentials: [credentials.serverRsa()] } },
  ],
  'no group of ours': [replacing(ExtensionType.supported_groups, Uint8Array.of(0, 2, 0, 6)), ...NO_GROUP],
  'hybrid groups alone, which TLS 1.2 has not': [
    replacing(
      ExtensionType.supported_groups,
      supportedGroups.clientHello.encode([NamedGroup.X25519MLKEM768]).data,
    ),
    ...NO_GROUP,
    { options: { groups: [NamedGroup.X25519MLKEM768, NamedGroup.x25519] } },
  ],
  'no groups in the list': [
    replacing(ExtensionType.supported_groups, Uint8Array.of(0, 0)),
    'length_out_of_range',
    'decode_error',
  ],
  'a P-256 certificate, and no P-256 among the groups': [
    replacing(ExtensionType.supported_groups, supportedGroups.clientHello.encode([NamedGroup.x25519]).data),
    ...NO_SCHEME,
    { options: { credentials: [credentials.serverP256()] } },
  ],
  'no scheme of ours': [
    replacing(
      ExtensionType.signature_algorithms,
      signatureAlgorithms.clientHello.encode([SignatureScheme.rsa_pkcs1_sha256]).data,
    ),
    ...NO_SCHEME,
  ],
  'schemes of SHA-1 alone': [
    replacing(
      ExtensionType.signature_algorithms,
      signatureAlgorithms.clientHello.encode([SignatureScheme.rsa_pkcs1_sha1, SignatureScheme.ecdsa_sha1])
        .data,
    ),
    ...NO_SCHEME,
  ],
  'no signature_algorithms, which means SHA-1': [without(ExtensionType.signature_algorithms), ...NO_SCHEME],
  'ec_point_formats without the uncompressed one': [
    replacing(
      ExtensionType.ec_point_formats,
      ecPointFormats.clientHello.encode([codePoint<'ECPointFormat'>(1), codePoint<'ECPointFormat'>(2)]).data,
    ),
    ...FORMATS,
  ],
  'ec_point_formats of none': [
    replacing(ExtensionType.ec_point_formats, Uint8Array.of(0)),
    'length_out_of_range',
    'decode_error',
  ],
  'renegotiation_info that is not empty': [
    replacing(
      ExtensionType.renegotiation_info,
      renegotiationInfo.clientHello.encode(new Uint8Array(12).fill(7)).data,
    ),
    ...RENEGOTIATION,
  ],
  'renegotiation_info that is not empty, with the SCSV': [
    hello(({ cipherSuites, extensions }) => ({
      cipherSuites: [...cipherSuites, CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV],
      extensions: replaceExtension(extensions, ExtensionType.renegotiation_info, Uint8Array.of(1, 0)),
    })),
    ...RENEGOTIATION,
  ],
  'no extended_master_secret where it is required': [
    client,
    'no_extended_master_secret',
    'handshake_failure',
    { options: { requireExtendedMasterSecret: true }, peer: { extendedMasterSecret: false } },
  ],
  'extended_master_secret that is not empty': [
    replacing(ExtensionType.extended_master_secret, Uint8Array.of(1)),
    'trailing_bytes',
    'decode_error',
  ],
  'an extension twice': [
    hello(({ extensions }) => ({
      extensions: duplicateExtension(extensions, ExtensionType.extended_master_secret),
    })),
    'duplicate_extension',
    'decode_error',
  ],
  'TLS 1.1': [hello(() => ({ legacyVersion: ProtocolVersion.TLS11 })), ...VERSION],
  'TLS 1.0': [hello(() => ({ legacyVersion: ProtocolVersion.TLS10 })), ...VERSION],
  'SSL 3.0': [hello(() => ({ legacyVersion: ProtocolVersion.SSL30 })), ...VERSION],
  'supported_versions without TLS 1.2, whatever legacy_version says': [
    hello(({ extensions }) => ({
      extensions: withExtension(extensions, {
        type: ExtensionType.supported_versions,
        data: Uint8Array.of(4, 3, 4, 3, 2),
      }),
    })),
    ...VERSION,
  ],
  'a protocol of ALPN that we do not speak': [
    client,
    'no_application_protocol',
    'no_application_protocol',
    { options: { alpnProtocols: ['h2'] }, peer: { alpnProtocols: ['http/1.1'] } },
  ],
  'handshake bytes after ClientHello in its record': [
    client.options('ClientHello', { bytes: (raw) => Uint8Array.of(...raw, 16) }),
    'key_change_in_record',
    'unexpected_message',
  ],
  'a length one byte short': [
    client.options('ClientHello', { bytes: (raw) => setInteger(1, 3, raw.length - 5)(raw) }),
    'truncated',
    'decode_error',
  ],
});

function serverHelloOf(played: Played): ServerHello {
  const hellos = played.peer.received.flatMap((item) =>
    item.kind === 'handshake' && item.message.kind === 'ServerHello' ? [item.message] : [],
  );
  const [first] = hellos;
  assert.ok(first);
  return first;
}

test('server: a hello of before extensions has no schemes that we would sign with', () => {
  const played = againstClient12(
    hello(() => ({ extensions: [], extensionsPresent: false })),
    { peer: { extendedMasterSecret: false } },
  );
  assertRefused(played, ...NO_SCHEME);
});

test('server: only what was offered is answered', () => {
  const bare = without(
    ExtensionType.renegotiation_info,
    ExtensionType.session_ticket,
    ExtensionType.ec_point_formats,
  );
  const played = againstClient12(bare, { peer: { extendedMasterSecret: false } });
  assertSecure(played);
  assert.deepEqual(serverHelloOf(played).extensions, []);
});

test('server: renegotiation_info answers the extension, or the signalling value', () => {
  const scsv = hello(({ cipherSuites, extensions }) => ({
    cipherSuites: [CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV, ...cipherSuites],
    extensions: withoutExtension(extensions, ExtensionType.renegotiation_info),
  }));
  for (const script of [client, scsv]) {
    const played = againstClient12(script);
    assertSecure(played);
    const info = findExtension(serverHelloOf(played).extensions, ExtensionType.renegotiation_info);
    assert.deepEqual(info?.data, Uint8Array.of(0));
  }
});

test('server: without supported_groups, any group may be', () => {
  assertSecure(againstClient12(without(ExtensionType.supported_groups)));
});

test('server: a client that compresses, has old suites, unknown extensions and GREASE is served all the same', () => {
  const script = hello(({ cipherSuites, extensions }) => ({
    legacyCompressionMethods: Uint8Array.of(1, 64, 0),
    cipherSuites: [
      codePoint<'CipherSuite'>(0x0a0a),
      CipherSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
      ...cipherSuites,
      CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
    ],
    extensions: withExtension(
      extensions,
      { type: codePoint<'ExtensionType'>(0x0a0a), data: Uint8Array.of(1) },
      { type: ExtensionType.heartbeat, data: Uint8Array.of(1) },
      { type: ExtensionType.encrypt_then_mac, data: new Uint8Array(0) },
      { type: ExtensionType.next_protocol_negotiation, data: new Uint8Array(0) },
      { type: codePoint<'ExtensionType'>(54321), data: new Uint8Array(300) },
    ),
  }));
  const played = againstClient12(script);
  assertSecure(played);
  const { extensions, legacyCompressionMethod } = serverHelloOf(played);
  assert.equal(legacyCompressionMethod, 0);
  const answered = extensions.map(({ type }) => type);
  assert.ok(
    !answered.includes(ExtensionType.heartbeat) && !answered.includes(ExtensionType.encrypt_then_mac),
  );
});

test('server: a version that is yet to come is answered with TLS 1.2', () => {
  for (const legacyVersion of [0x0304, 0x0305, 0x03ff, 0xffff]) {
    const played = againstClient12(hello(() => ({ legacyVersion })));
    assertSecure(played);
    assert.equal(serverHelloOf(played).legacyVersion, ProtocolVersion.TLS12);
  }
});

test('server: either order of suites decides, as it is told', () => {
  const suites = [
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
  ];
  const peer = { cipherSuites: suites };
  const options = { cipherSuites: [...suites].reverse() };
  const chosen = (preferServerOrder: boolean): number | undefined => {
    const played = againstClient12(client, { peer, options: { ...options, preferServerOrder } });
    assertSecure(played);
    return played.tested.connection.info.cipherSuite?.code;
  };
  assert.equal(chosen(true), CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
  assert.equal(chosen(false), CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384);
});

test('server: the certificate goes with the suite, where it has one of each kind', () => {
  const options = { credentials: [credentials.serverRsa(), credentials.server()] };
  for (const [suite, kind] of [
    [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 'ed25519'],
    [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 'rsa'],
  ] as const) {
    const played = againstClient12(client, { options, peer: { cipherSuites: [suite] } });
    assertSecure(played);
    assert.equal(played.tested.connection.info.localCredential?.privateKey?.kind, kind);
  }
});
