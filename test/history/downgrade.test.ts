/**
 * Ends that are talked into less than both can do.
 *
 * - POODLE, CVE-2014-3566: browsers tried again with an older version after any failure. Here nobody tries again by itself, a
 *   second try says so (TLS_FALLBACK_SCSV), and a server that could do better refuses it.
 * - FREAK and Logjam by downgrade: TLS 1.3 marks the random of a server that was led to less, and the client looks
 *   (measured: a JavaScript client did not).
 * - Version confusion: a version named in two places, judged by one. Here supported_versions alone decides, and
 *   a hello that contradicts itself is refused.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientHandshake,
  clientHandshake12,
  helloRetryRequest,
  replaceExtension,
  serverHandshake,
  serverHandshake12,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { DOWNGRADE_TLS11, DOWNGRADE_TLS12 } from '../../src/message/server-hello.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ExtensionType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import {
  againstClient,
  againstServer,
  assertRefused,
  clientRefuses,
  serverRefuses,
} from '../handshake/kit.ts';
import { againstClient12, againstServer12, BOTH, ONLY12 } from '../tls12/kit.ts';

const { SSL30, TLS10, TLS11, TLS12, TLS13 } = ProtocolVersion;

test('a server of TLS 1.2 whose random says that it could more: the client of TLS 1.3 stops', () => {
  for (const sentinel of [DOWNGRADE_TLS12, DOWNGRADE_TLS11]) {
    const script = serverHandshake12().change('ServerHello', (fields) => ({
      ...fields,
      random: Uint8Array.from([...fields.random.subarray(0, 24), ...sentinel]),
    }));
    assertRefused(againstServer12(script, { options: BOTH }), 'downgrade_detected', 'illegal_parameter');
  }
});

test('a man in the middle who leaves TLS 1.3 out of the hello is noticed by the mark our server sets', () => {
  const pair = new Pair(BOTH, BOTH);
  const { tested } = pair.client;
  const hello = tested.takeOutput();
  assert.ok(hello !== undefined);
  // The type of supported_versions becomes one that nobody knows.
  const at = Buffer.from(hello).indexOf(Buffer.from([0, 43, 0, 5, 4, 3, 4, 3, 3]));
  assert.ok(at > 0);
  hello[at] = 0x7f;
  pair.server.tested.receive(hello);
  assert.equal(pair.server.tested.connection.info.version, TLS12);
  pair.pump();
  assert.equal(tested.connection.error?.reason, 'downgrade_detected');
});

test('a second try says so, and is refused by whoever could do better', () => {
  const fallback = { ...ONLY12, fallback: true };
  const pair = new Pair(fallback, BOTH).pump();
  assert.equal(pair.server.tested.connection.error?.reason, 'inappropriate_fallback');
  const honest = new Pair(fallback, ONLY12).pump();
  assert.equal(honest.client.tested.connection.phase, 'open');
});

const versions = (...list: readonly number[]): Uint8Array =>
  supportedVersions.clientHello.encode(list.map((one) => codePoint<'ProtocolVersion'>(one))).data;

serverRefuses({
  'SSL 3.0 in legacy_version, whatever stands in supported_versions': [
    clientHandshake().change('ClientHello', (fields) => ({ ...fields, legacyVersion: SSL30 })),
    'no_common_version',
    'protocol_version',
  ],
  'SSL 3.0, TLS 1.0 and 1.1 in supported_versions': [
    clientHandshake().change('ClientHello', (fields) => ({
      ...fields,
      extensions: replaceExtension(
        fields.extensions,
        ExtensionType.supported_versions,
        versions(SSL30, TLS10, TLS11),
      ),
    })),
    'no_common_version',
    'protocol_version',
    { options: BOTH },
  ],
  'TLS 1.1 in a hello without supported_versions': [
    clientHandshake().change('ClientHello', (fields) => ({
      ...fields,
      legacyVersion: TLS11,
      extensions: withoutExtension(fields.extensions, ExtensionType.supported_versions),
    })),
    'no_common_version',
    'protocol_version',
    { options: BOTH },
  ],
  'a version number in legacy_version that only supported_versions may name': [
    clientHandshake().change('ClientHello', (fields) => ({
      ...fields,
      legacyVersion: TLS13,
      extensions: withoutExtension(fields.extensions, ExtensionType.supported_versions),
    })),
    'no_common_version',
    'protocol_version',
  ],
});

const selected = (version: number): Uint8Array =>
  supportedVersions.serverHello.encode(codePoint<'ProtocolVersion'>(version)).data;

clientRefuses({
  'supported_versions that selects TLS 1.2': [
    serverHandshake().change('ServerHello', (fields) => ({
      ...fields,
      extensions: replaceExtension(fields.extensions, ExtensionType.supported_versions, selected(TLS12)),
    })),
    'unoffered_version',
    'illegal_parameter',
    { options: BOTH },
  ],
  'supported_versions that selects what was never offered': [
    serverHandshake().change('ServerHello', (fields) => ({
      ...fields,
      extensions: replaceExtension(fields.extensions, ExtensionType.supported_versions, selected(0x0305)),
    })),
    'unoffered_version',
    'illegal_parameter',
  ],
  'legacy_version that says TLS 1.3 itself': [
    serverHandshake().change('ServerHello', (fields) => ({ ...fields, legacyVersion: TLS13 })),
    'illegal_parameter',
    'illegal_parameter',
  ],
  'TLS 1.1, to a client of both': [
    serverHandshake().change('ServerHello', (fields) => ({
      ...fields,
      legacyVersion: TLS11,
      extensions: [],
    })),
    'no_common_version',
    'protocol_version',
    { options: BOTH },
  ],
  'TLS 1.2, to a client of TLS 1.3 alone': [
    serverHandshake().change('ServerHello', (fields) => ({ ...fields, extensions: [] })),
    'no_common_version',
    'protocol_version',
  ],
});

test('TLS 1.3 to a client of TLS 1.2 alone', () => {
  const script = serverHandshake12().change('ServerHello', (fields) => ({
    ...fields,
    extensions: withExtension(fields.extensions, supportedVersions.serverHello.encode(TLS13)),
  }));
  const { error } = againstServer12(script).tested.connection;
  assert.ok(error !== undefined && error.alertOrigin === 'local');
});

test('a suite of the other version is no common suite', () => {
  const of12 = clientHandshake().change('ClientHello', (fields) => ({
    ...fields,
    cipherSuites: [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256],
  }));
  assertRefused(againstClient(of12, { options: BOTH }), 'no_common_cipher_suite', 'handshake_failure');
  const of13 = clientHandshake12().change('ClientHello', (fields) => ({
    ...fields,
    cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256],
  }));
  assertRefused(againstClient12(of13, { options: BOTH }), 'no_common_cipher_suite', 'handshake_failure');
});

test('after HelloRetryRequest neither version, suite nor group changes any more', () => {
  const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
  const retry = serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 });
  const options = { ...BOTH, groups, keyShares: [NamedGroup.x25519] };
  const to12 = retry.change('ServerHello', (fields) => ({ ...fields, extensions: [] }));
  assertRefused(againstServer(to12, { options }), 'changed_after_hello_retry_request', 'illegal_parameter');
  const toOther = retry.change('ServerHello', (fields) => ({
    ...fields,
    cipherSuite: CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
  }));
  assertRefused(
    againstServer(toOther, { options, peer: { cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256] } }),
    'changed_after_hello_retry_request',
    'illegal_parameter',
  );
});

const twoGroups = [NamedGroup.x25519, NamedGroup.secp256r1];

clientRefuses({
  'a HelloRetryRequest for the share that it has': [
    serverHandshake({ helloRetryRequest: NamedGroup.x25519 }),
    'useless_hello_retry_request',
    'illegal_parameter',
    { options: { groups: twoGroups, keyShares: [NamedGroup.x25519] } },
  ],
  'a second HelloRetryRequest': [
    serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 })
      .before('ServerHello', helloRetryRequest(NamedGroup.secp256r1))
      .until('handshake keys'),
    'second_hello_retry_request',
    'unexpected_message',
    { options: { groups: twoGroups, keyShares: [NamedGroup.x25519] } },
  ],
});

const retried = {
  options: { groups: [NamedGroup.secp256r1] },
  peer: { groups: twoGroups },
};
const second = clientHandshake({ helloRetryRequest: true });

serverRefuses({
  'a second ClientHello with fewer suites': [
    second.change('second ClientHello', (fields) => ({
      ...fields,
      cipherSuites: fields.cipherSuites.slice(1),
    })),
    'changed_after_hello_retry_request',
    'illegal_parameter',
    retried,
  ],
  'a second ClientHello of another client': [
    second.change('second ClientHello', (fields) => ({ ...fields, random: new Uint8Array(32).fill(1) })),
    'changed_after_hello_retry_request',
    'illegal_parameter',
    retried,
  ],
});
