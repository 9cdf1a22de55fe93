/** Both versions enabled, as by default: neither end lets itself be talked down (RFC 8446 4.1.3, 4.2.1, RFC 7507). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  clientHandshake,
  replaceExtension,
  serverHandshake,
  serverHello,
  withoutExtension,
} from '../../src/fuzz.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { decodeHandshake } from '../../src/message/handshake.ts';
import { DOWNGRADE_TLS11, DOWNGRADE_TLS12 } from '../../src/message/server-hello.ts';
import { ExtensionType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import {
  againstClient,
  againstServer,
  assertSecure,
  clientRefuses,
  type PlayOptions,
  serverRefuses,
} from './kit.ts';

const { TLS10, TLS11, TLS12, TLS13 } = ProtocolVersion;
const SUITE_12 = CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
const both: PlayOptions<ClientOptions> = { options: { minVersion: TLS12 } };
const server = serverHandshake();

/** A ServerHello of an older version, whose random ends as given. */
function older(version: ProtocolVersion, ending?: Uint8Array, script = server): typeof server {
  return script.change('ServerHello', (fields) => {
    const random = Uint8Array.from(fields.random);
    if (ending !== undefined) random.set(ending, random.length - ending.length);
    // An echo of the session id would resume a session (RFC 5246 7.4.1.3).
    const legacySessionIdEcho = new Uint8Array(0);
    return {
      ...fields,
      random,
      legacySessionIdEcho,
      legacyVersion: version,
      cipherSuite: SUITE_12,
      extensions: [],
    };
  });
}

clientRefuses({
  'TLS 1.2 with the sentinel of a server that knows TLS 1.3': [
    older(TLS12, DOWNGRADE_TLS12),
    'downgrade_detected',
    'illegal_parameter',
    both,
  ],
  'TLS 1.2 with the sentinel for TLS 1.1': [
    older(TLS12, DOWNGRADE_TLS11),
    'downgrade_detected',
    'illegal_parameter',
    both,
  ],
  'TLS 1.1 with its sentinel': [
    older(TLS11, DOWNGRADE_TLS11),
    'downgrade_detected',
    'illegal_parameter',
    both,
  ],
  'TLS 1.1': [older(TLS11), 'no_common_version', 'protocol_version', both],
  'TLS 1.0': [older(TLS10), 'no_common_version', 'protocol_version', both],
  'TLS 1.3 in legacy_version alone': [older(TLS13), 'no_common_version', 'protocol_version', both],
  'TLS 1.2 in supported_versions': [
    server.change('ServerHello', (fields) => ({
      ...fields,
      extensions: replaceExtension(
        fields.extensions,
        ExtensionType.supported_versions,
        supportedVersions.serverHello.encode(TLS12).data,
      ),
    })),
    'unoffered_version',
    'illegal_parameter',
    both,
  ],
  'a key_share smuggled into a ServerHello of TLS 1.2': [
    older(TLS12).change('ServerHello', (fields) => ({
      ...fields,
      extensions: [
        keyShare.serverHello.encode({ group: NamedGroup.x25519, keyExchange: new Uint8Array(32).fill(9) }),
      ],
    })),
    'misplaced_extension',
    'illegal_parameter',
    both,
  ],
  'TLS 1.3 without supported_versions, with its suite': [
    server.change('ServerHello', (fields) => ({
      ...fields,
      extensions: withoutExtension(fields.extensions, ExtensionType.supported_versions),
    })),
    'misplaced_extension',
    'illegal_parameter',
    both,
  ],
  'a suite of TLS 1.3 in a ServerHello of TLS 1.2': [
    older(TLS12).change('ServerHello', (fields) => ({
      ...fields,
      cipherSuite: CipherSuite.TLS_AES_128_GCM_SHA256,
    })),
    'unoffered_cipher_suite',
    'illegal_parameter',
    both,
  ],
  'a suite of TLS 1.2 in a ServerHello of TLS 1.3': [
    server.change('ServerHello', (fields) => ({ ...fields, cipherSuite: SUITE_12 })),
    'unoffered_cipher_suite',
    'illegal_parameter',
    both,
  ],
  'TLS 1.3 where TLS 1.2 is the most': [
    server.replace(
      'ServerHello',
      serverHello.withBuild((peer) => ({
        random: peer.draw(32),
        legacySessionIdEcho: peer.clientHello?.legacySessionId ?? new Uint8Array(0),
        cipherSuite: CipherSuite.TLS_AES_128_GCM_SHA256,
        extensions: [supportedVersions.serverHello.encode(TLS13)],
      })),
    ),
    'unoffered_version',
    'illegal_parameter',
    { options: { minVersion: TLS12, maxVersion: TLS12 } },
  ],
});

test('client: TLS 1.2 without sentinel is gone along with, if it is enabled', () => {
  const played = againstServer(older(TLS12).through('ServerHello'), both);
  assert.equal(played.targetError, undefined);
  assert.equal(played.tested.connection.stateName, 'ExpectCertificate12');
});

test('client: after a HelloRetryRequest the version is settled', () => {
  const retried = serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 });
  for (const ending of [undefined, DOWNGRADE_TLS12]) {
    const played = againstServer(older(TLS12, ending, retried), {
      options: {
        minVersion: TLS12,
        groups: [NamedGroup.x25519, NamedGroup.secp256r1],
        keyShares: [NamedGroup.x25519],
      },
    });
    assert.ok(played.targetError !== undefined);
    assert.equal(played.tested.connection.phase, 'failed');
  }
});

/** A client that knows no TLS 1.3. */
const old = clientHandshake().change('ClientHello', (fields) => ({
  ...fields,
  cipherSuites: [SUITE_12],
  extensions: withoutExtension(fields.extensions, ExtensionType.supported_versions, ExtensionType.key_share),
}));
const fallback = old.change('ClientHello', (fields) => ({
  ...fields,
  cipherSuites: [...fields.cipherSuites, CipherSuite.TLS_FALLBACK_SCSV],
}));

/** The random of the ServerHello that an old client gets. */
function serverRandom(options: Partial<ServerOptions>): string {
  const played = againstClient(old.through('ClientHello'), { options });
  if (played.targetError !== undefined) throw played.targetError;
  const [hello] = played.peer.received.flatMap((item) =>
    item.kind === 'handshake' && item.message.kind === 'ServerHello' ? [item.message] : [],
  );
  assert.ok(hello);
  assert.equal(decodeHandshake(hello.raw, 'tls13').kind, 'ServerHello');
  return Buffer.from(hello.random).toString('hex');
}

test('server: it marks its random when it speaks TLS 1.2 but could TLS 1.3, and only then', () => {
  const mark = Buffer.from(DOWNGRADE_TLS12).toString('hex');
  assert.ok(serverRandom({ minVersion: TLS12 }).endsWith(mark));
  assert.ok(!serverRandom({ minVersion: TLS12, maxVersion: TLS12 }).endsWith(mark));
});

serverRefuses({
  'a fallback to TLS 1.2 that was not needed': [
    fallback.through('ClientHello'),
    'inappropriate_fallback',
    'inappropriate_fallback',
    { options: { minVersion: TLS12 } },
  ],
  'TLS 1.2 where TLS 1.3 is the least': [old, 'no_common_version', 'protocol_version'],
  'TLS 1.1 at the most': [
    old.change('ClientHello', (fields) => ({ ...fields, legacyVersion: TLS11 })),
    'no_common_version',
    'protocol_version',
    { options: { minVersion: TLS12 } },
  ],
});

test('server: with both versions enabled TLS 1.3 is chosen, whatever their order in the offer', () => {
  for (const versions of [[TLS13, TLS12], [TLS12, TLS13], [TLS13]]) {
    const script = clientHandshake().change('ClientHello', (fields) => ({
      ...fields,
      cipherSuites: [SUITE_12, ...fields.cipherSuites],
      extensions: replaceExtension(
        fields.extensions,
        ExtensionType.supported_versions,
        supportedVersions.clientHello.encode(versions).data,
      ),
    }));
    const played = againstClient(script, { options: { minVersion: TLS12 } });
    assertSecure(played);
    assert.equal(played.tested.connection.info.versionName, 'TLSv1.3');
  }
});
