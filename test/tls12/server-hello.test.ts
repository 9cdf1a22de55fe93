/** ServerHello of TLS 1.2: what it may choose, and what it may say (RFC 5246 7.4.1.3, 7.4.1.4; RFC 8446 4.1.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  duplicateExtension,
  resend,
  type Script,
  type ServerMessages12,
  serverHandshake12,
  setInteger,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import { alpn } from '../../src/message/extension/alpn.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { ecPointFormats } from '../../src/message/extension/ec-point-formats.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { renegotiationInfo } from '../../src/message/extension/renegotiation-info.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { DOWNGRADE_TLS11, DOWNGRADE_TLS12 } from '../../src/message/server-hello.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ExtensionType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { assertRefused, assertSecure } from '../handshake/kit.ts';
import { againstServer12, BOTH, client12Refuses, ONLY12, server } from './kit.ts';

type Fields = ServerMessages12['ServerHello'];
const hello = (change: (fields: Fields) => Partial<Fields>): Script<ServerMessages12> =>
  server.change('ServerHello', (fields) => ({ ...fields, ...change(fields) }));
const saying = (...more: readonly RawExtension[]): Script<ServerMessages12> =>
  hello(({ extensions }) => ({ extensions: withExtension(extensions, ...more) }));
const replacing = (other: RawExtension): Script<ServerMessages12> =>
  hello(({ extensions }) => ({ extensions: [...withoutExtension(extensions, other.type), other] }));
const choosing = (cipherSuite: CipherSuite): Script<ServerMessages12> => hello(() => ({ cipherSuite }));
const empty = (type: ExtensionType): RawExtension => ({ type, data: new Uint8Array(0) });
const marked = (
  sentinel: Uint8Array,
  legacyVersion: number = ProtocolVersion.TLS12,
): Script<ServerMessages12> =>
  hello(({ random }) => ({ legacyVersion, random: Uint8Array.of(...random.slice(0, 24), ...sentinel) }));

const both = { options: BOTH };
const share = keyShare.serverHello.encode({
  group: NamedGroup.x25519,
  keyExchange: new Uint8Array(32).fill(9),
});
const UNSOLICITED = ['unsolicited_extension', 'unsupported_extension'] as const;
const UNOFFERED_SUITE = ['unoffered_cipher_suite', 'illegal_parameter'] as const;
const MISPLACED = ['misplaced_extension', 'illegal_parameter'] as const;
const DOWNGRADE = ['downgrade_detected', 'illegal_parameter'] as const;
const VERSION = ['no_common_version', 'protocol_version'] as const;

client12Refuses({
  'a compression method': [
    hello(() => ({ legacyCompressionMethod: 1 })),
    'bad_compression_method',
    'illegal_parameter',
  ],
  'a suite that was not offered': [
    choosing(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ...UNOFFERED_SUITE,
    { options: { cipherSuites: [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256] } },
  ],
  'a suite that exists and is off': [
    choosing(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8),
    ...UNOFFERED_SUITE,
  ],
  'static RSA': [choosing(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256), ...UNOFFERED_SUITE],
  CBC: [choosing(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA), ...UNOFFERED_SUITE],
  '3DES': [choosing(CipherSuite.TLS_RSA_WITH_3DES_EDE_CBC_SHA), ...UNOFFERED_SUITE],
  DHE: [choosing(CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256), ...UNOFFERED_SUITE],
  NULL: [choosing(codePoint<'CipherSuite'>(0)), ...UNOFFERED_SUITE],
  'a signalling value as its suite': [
    choosing(CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV),
    ...UNOFFERED_SUITE,
  ],
  'a suite of TLS 1.3, offered for that': [
    choosing(CipherSuite.TLS_AES_128_GCM_SHA256),
    ...UNOFFERED_SUITE,
    both,
  ],
  'a suite of TLS 1.3, not offered': [choosing(CipherSuite.TLS_AES_128_GCM_SHA256), ...UNOFFERED_SUITE],

  'key_share smuggled in, by a server of TLS 1.2': [saying(share), ...MISPLACED, both],
  'key_share smuggled in, to a client of TLS 1.2 alone': [saying(share), ...MISPLACED],
  'key_share smuggled in, and no ServerKeyExchange': [
    saying(share).without('ServerKeyExchange'),
    ...MISPLACED,
    both,
  ],
  'pre_shared_key smuggled in': [saying(preSharedKey.serverHello.encode(0)), ...MISPLACED, both],
  'supported_versions that says TLS 1.2': [
    hello(() => ({ extensions: [supportedVersions.serverHello.encode(ProtocolVersion.TLS12)] })),
    'unoffered_version',
    'illegal_parameter',
    both,
  ],
  'supported_versions that says TLS 1.2, beside extensions of TLS 1.2': [
    saying(supportedVersions.serverHello.encode(ProtocolVersion.TLS12)),
    ...MISPLACED,
    both,
  ],
  'supported_versions that says TLS 1.1': [
    hello(() => ({ extensions: [supportedVersions.serverHello.encode(ProtocolVersion.TLS11)] })),
    'unoffered_version',
    'illegal_parameter',
    both,
  ],
  'supported_versions that says TLS 1.3, to a client of TLS 1.2 alone': [
    hello(() => ({ extensions: [supportedVersions.serverHello.encode(ProtocolVersion.TLS13)] })),
    'unoffered_version',
    'illegal_parameter',
  ],
  'legacy_version 1.3 and no supported_versions': [
    hello(() => ({ legacyVersion: ProtocolVersion.TLS13 })),
    ...VERSION,
    both,
  ],
  'TLS 1.1': [hello(() => ({ legacyVersion: ProtocolVersion.TLS11 })), ...VERSION, both],
  'TLS 1.0, to a client of TLS 1.2 alone': [
    hello(() => ({ legacyVersion: ProtocolVersion.TLS10 })),
    ...VERSION,
  ],
  'SSL 3.0': [hello(() => ({ legacyVersion: ProtocolVersion.SSL30 })), ...VERSION],

  'the sentinel of a server that could TLS 1.3': [marked(DOWNGRADE_TLS12), ...DOWNGRADE, both],
  'the sentinel of TLS 1.1, in TLS 1.2': [marked(DOWNGRADE_TLS11), ...DOWNGRADE, both],
  'the sentinel of TLS 1.1, in TLS 1.1': [marked(DOWNGRADE_TLS11, ProtocolVersion.TLS11), ...DOWNGRADE, both],

  'an extension that was not offered': [
    saying(alpn.serverHello12.encode(Uint8Array.of(0x68, 0x32))),
    ...UNSOLICITED,
  ],
  'status_request that was not offered': [saying(empty(ExtensionType.status_request)), ...UNSOLICITED],
  'an SCT that was not asked for': [
    saying({
      type: ExtensionType.signed_certificate_timestamp,
      data: Uint8Array.of(0, 3, 0, 1, 1),
    }),
    ...UNSOLICITED,
  ],
  encrypt_then_mac: [saying(empty(ExtensionType.encrypt_then_mac)), ...UNSOLICITED],
  truncated_hmac: [saying(empty(ExtensionType.truncated_hmac)), ...UNSOLICITED],
  heartbeat: [saying({ type: ExtensionType.heartbeat, data: Uint8Array.of(1) }), ...UNSOLICITED],
  next_protocol_negotiation: [saying(empty(ExtensionType.next_protocol_negotiation)), ...UNSOLICITED],
  'an unknown extension': [saying(empty(codePoint<'ExtensionType'>(12345))), ...UNSOLICITED],
  GREASE: [saying(empty(codePoint<'ExtensionType'>(0x0a0a))), ...UNSOLICITED],
  'signature_algorithms, which a server must not send': [
    saying({ type: ExtensionType.signature_algorithms, data: Uint8Array.of(0, 2, 4, 3) }),
    ...MISPLACED,
  ],
  'an extension twice': [
    hello(({ extensions }) => ({
      extensions: duplicateExtension(extensions, ExtensionType.extended_master_secret),
    })),
    'duplicate_extension',
    'decode_error',
  ],
  'extended_master_secret that is not empty': [
    replacing({ type: ExtensionType.extended_master_secret, data: Uint8Array.of(0) }),
    'trailing_bytes',
    'decode_error',
  ],
  'session_ticket that is not empty': [
    saying({ type: ExtensionType.session_ticket, data: Uint8Array.of(0) }),
    'trailing_bytes',
    'decode_error',
  ],
  'renegotiation_info that is not empty': [
    replacing(renegotiationInfo.serverHello12.encode(new Uint8Array(24).fill(1))),
    'bad_renegotiation_info',
    'handshake_failure',
  ],
  'renegotiation_info of one zero byte': [
    replacing(renegotiationInfo.serverHello12.encode(Uint8Array.of(0))),
    'bad_renegotiation_info',
    'handshake_failure',
  ],
  'renegotiation_info without its length': [
    replacing(empty(ExtensionType.renegotiation_info)),
    'truncated',
    'decode_error',
  ],
  'ec_point_formats without the uncompressed one': [
    replacing(ecPointFormats.serverHello12.encode([codePoint<'ECPointFormat'>(1)])),
    'illegal_parameter',
    'illegal_parameter',
  ],
  'ec_point_formats of none': [
    replacing({ type: ExtensionType.ec_point_formats, data: Uint8Array.of(0) }),
    'length_out_of_range',
    'decode_error',
  ],
  'no extended_master_secret where it is required': [
    server,
    'no_extended_master_secret',
    'handshake_failure',
    { options: { requireExtendedMasterSecret: true }, peer: { extendedMasterSecret: false } },
  ],
  'a session id of 33 bytes': [
    hello(() => ({ legacySessionIdEcho: new Uint8Array(33) })),
    'length_out_of_range',
    'decode_error',
  ],
  'a protocol of ALPN that was not offered': [
    saying(alpn.serverHello12.encode(Uint8Array.of(0x68, 0x33))),
    'unoffered_alpn',
    'illegal_parameter',
    { options: { alpnProtocols: ['h2'] } },
  ],
  'a length one byte short': [
    server.options('ServerHello', { bytes: (raw) => setInteger(1, 3, raw.length - 5)(raw) }),
    'truncated',
    'decode_error',
  ],
  'two ServerHellos': [server.after('ServerHello', resend()), 'unexpected_message', 'unexpected_message'],
  'a second ServerHello instead of Certificate': [
    server.replace('Certificate', resend()),
    'unexpected_message',
    'unexpected_message',
  ],
});

test('client: no extensions at all, and no block for them, are fine, if old', () => {
  for (const extensionsPresent of [true, false]) {
    const script = hello(() => ({ extensions: [], extensionsPresent }));
    const played = againstServer12(script, { peer: { extendedMasterSecret: false } });
    assertSecure(played);
    assert.equal(played.tested.connection.tlsUnique, undefined);
  }
});

test('client of TLS 1.2 alone: the sentinel says nothing to it', () => {
  assertSecure(againstServer12(marked(DOWNGRADE_TLS12), { options: ONLY12 }));
});

test('client of either version: a server of TLS 1.2 that knows no better is fine', () => {
  const played = againstServer12(serverHandshake12(), both);
  assertSecure(played);
  assert.equal(played.tested.connection.info.versionName, 'TLSv1.2');
});

test('client: more point formats beside the uncompressed one are fine, and so are suites in each order', () => {
  const formats = [
    codePoint<'ECPointFormat'>(2),
    codePoint<'ECPointFormat'>(0),
    codePoint<'ECPointFormat'>(1),
  ];
  assertSecure(againstServer12(replacing(ecPointFormats.serverHello12.encode(formats))));
});

test('client: a sentinel anywhere but at the end of the random says nothing', () => {
  const script = hello(({ random }) => ({
    random: Uint8Array.of(...DOWNGRADE_TLS12, ...random.slice(8)),
  }));
  assertSecure(againstServer12(script, both));
});

test('client of TLS 1.3 alone: TLS 1.2 in any dress is refused', () => {
  const options = { minVersion: ProtocolVersion.TLS13, maxVersion: ProtocolVersion.TLS13 };
  assertRefused(againstServer12(server, { options }), ...VERSION);
  assertRefused(againstServer12(marked(DOWNGRADE_TLS12), { options }), ...DOWNGRADE);
});

test('client: supported_groups in ServerHello passes, since F5 BIG-IP sends it', () => {
  assertSecure(
    againstServer12(saying({ type: ExtensionType.supported_groups, data: Uint8Array.of(0, 2, 0, 29) })),
  );
});

const SCSV = CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV;

test('client: renegotiation_info answers the extension, or the signalling value, and nothing else', () => {
  const info = renegotiationInfo.serverHello12.encode(new Uint8Array(0));
  const played = (suites: readonly CipherSuite[]): ReturnType<typeof againstServer12> =>
    againstServer12(replacing(info), {
      options: {
        shapeClientHello: (fields) => ({
          ...fields,
          cipherSuites: [...fields.cipherSuites, ...suites],
          extensions: withoutExtension(fields.extensions, ExtensionType.renegotiation_info),
        }),
      },
    });
  assertSecure(played([SCSV]));
  assertRefused(played([]), ...UNSOLICITED);
});
