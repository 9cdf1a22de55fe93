/** HelloRetryRequest as a client reads it, and the ServerHello after it (RFC 8446 4.1.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  duplicateExtension,
  helloRetryRequest,
  replaceExtension,
  serverHandshake,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { cookie } from '../../src/message/extension/cookie.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import type { HelloRetryRequestFields } from '../../src/message/server-hello.ts';
import { ExtensionType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { againstServer, assertRefused, assertSecure, clientRefuses } from './kit.ts';

const { x25519, secp256r1, secp384r1 } = NamedGroup;
/** A client that offers three groups and a share for the first. */
const options = { groups: [x25519, secp256r1, secp384r1], keyShares: [x25519] };
const play = { options };

const server = serverHandshake({ helloRetryRequest: secp256r1 });
const retry = (change: (fields: HelloRetryRequestFields) => HelloRetryRequestFields): typeof server =>
  server.change('HelloRetryRequest', change);
const retryExtensions = (change: (list: readonly RawExtension[]) => readonly RawExtension[]): typeof server =>
  retry((fields) => ({ ...fields, extensions: change(fields.extensions) }));
const asking = (group: NamedGroup): typeof server => serverHandshake({ helloRetryRequest: group });
const afterRetry = server.change('ServerHello', (fields) => fields);

clientRefuses({
  'a retry for the group that had a share': [
    asking(x25519),
    'useless_hello_retry_request',
    'illegal_parameter',
    play,
  ],
  'a retry for a group that was not offered': [
    asking(NamedGroup.secp521r1),
    'unoffered_group',
    'illegal_parameter',
    play,
  ],
  'a retry for a group that nobody knows': [
    asking(NamedGroup.x448),
    'unoffered_group',
    'illegal_parameter',
    play,
  ],
  'a retry that asks for nothing': [
    retryExtensions((list) => withoutExtension(list, ExtensionType.key_share)),
    'useless_hello_retry_request',
    'illegal_parameter',
    play,
  ],
  'a retry with an empty cookie': [
    retryExtensions((list) => withExtension(list, { type: ExtensionType.cookie, data: Uint8Array.of(0, 0) })),
    'length_out_of_range',
    'decode_error',
    play,
  ],
  'a retry with a whole key share': [
    retryExtensions((list) =>
      replaceExtension(
        list,
        ExtensionType.key_share,
        keyShare.serverHello.encode({ group: secp256r1, keyExchange: new Uint8Array(65) }).data,
      ),
    ),
    'trailing_bytes',
    'decode_error',
    play,
  ],
  'a retry without supported_versions': [
    retryExtensions((list) => withoutExtension(list, ExtensionType.supported_versions)),
    'no_common_version',
    'protocol_version',
    play,
  ],
  'a retry that selects TLS 1.2': [
    retryExtensions((list) =>
      replaceExtension(
        list,
        ExtensionType.supported_versions,
        supportedVersions.helloRetryRequest.encode(ProtocolVersion.TLS12).data,
      ),
    ),
    'unoffered_version',
    'illegal_parameter',
    play,
  ],
  'a retry with a repeated extension': [
    retryExtensions((list) => duplicateExtension(list, ExtensionType.key_share)),
    'duplicate_extension',
    'decode_error',
    play,
  ],
  'a retry with an extension of EncryptedExtensions': [
    retryExtensions((list) =>
      withExtension(list, { type: ExtensionType.server_name, data: new Uint8Array(0) }),
    ),
    'misplaced_extension',
    'illegal_parameter',
    play,
  ],
  'a retry with another session id': [
    retry((fields) => ({ ...fields, legacySessionIdEcho: new Uint8Array(32) })),
    'session_id_mismatch',
    'illegal_parameter',
    play,
  ],
  'a retry with a compression method': [
    retry((fields) => ({ ...fields, legacyCompressionMethod: 1 })),
    'bad_compression_method',
    'illegal_parameter',
    play,
  ],
  'a retry with a suite that was not offered': [
    retry((fields) => ({ ...fields, cipherSuite: CipherSuite.TLS_AES_128_CCM_SHA256 })),
    'unoffered_cipher_suite',
    'illegal_parameter',
    play,
  ],
  'a second HelloRetryRequest for another group': [
    server.before('ServerHello', helloRetryRequest(secp384r1)),
    'second_hello_retry_request',
    'unexpected_message',
    play,
  ],
  'the same HelloRetryRequest again': [
    server.before('ServerHello', helloRetryRequest(secp256r1)),
    'second_hello_retry_request',
    'unexpected_message',
    play,
  ],
  'a ServerHello with another suite than the retry': [
    server.change('ServerHello', (fields) => ({
      ...fields,
      cipherSuite: CipherSuite.TLS_AES_256_GCM_SHA384,
    })),
    'changed_after_hello_retry_request',
    'illegal_parameter',
    {
      options: {
        ...options,
        cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384],
      },
    },
  ],
  'a ServerHello with a share for the first group': [
    afterRetry.change('ServerHello', (fields) => ({
      ...fields,
      extensions: [
        supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
        keyShare.serverHello.encode({ group: x25519, keyExchange: new Uint8Array(32).fill(9) }),
      ],
    })),
    'changed_after_hello_retry_request',
    'illegal_parameter',
    play,
  ],
  'a ServerHello with a share for a third group': [
    afterRetry.change('ServerHello', (fields) => ({
      ...fields,
      extensions: [
        supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
        keyShare.serverHello.encode({ group: secp384r1, keyExchange: new Uint8Array(97).fill(4) }),
      ],
    })),
    'changed_after_hello_retry_request',
    'illegal_parameter',
    play,
  ],
  'a ServerHello of TLS 1.2 after the retry': [
    afterRetry.change('ServerHello', (fields) => ({
      ...fields,
      cipherSuite: CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
      extensions: [],
    })),
    'no_common_version',
    'protocol_version',
    play,
  ],
  'EncryptedExtensions right after the retry, in clear': [
    server.without('ServerHello').options('EncryptedExtensions', { keys: 'plaintext' }),
    'unexpected_message',
    'unexpected_message',
    play,
  ],
  'a HelloRetryRequest after the ServerHello, under the new keys': [
    serverHandshake().before('EncryptedExtensions', helloRetryRequest(secp256r1)),
    'unexpected_message',
    'unexpected_message',
    play,
  ],
});

test('client: a retry for a group gets a hello that differs in its share alone', () => {
  const played = againstServer(server, play);
  assertSecure(played);
  const hellos = played.peer.received.flatMap((item) =>
    item.kind === 'handshake' && item.message.kind === 'ClientHello' ? [item.message] : [],
  );
  const [first, second] = hellos;
  assert.ok(first && second && hellos.length === 2);
  assert.deepEqual(second.random, first.random);
  assert.deepEqual(second.legacySessionId, first.legacySessionId);
  assert.deepEqual(second.cipherSuites, first.cipherSuites);
  assert.deepEqual(
    withoutExtension(second.extensions, ExtensionType.key_share),
    withoutExtension(first.extensions, ExtensionType.key_share),
  );
  assert.deepEqual(
    second.known.keyShare?.map((share) => share.group),
    [secp256r1],
  );
  assert.equal(played.tested.connection.info.helloRetryRequest, true);
});

test('client: a cookie comes back, and with a cookie alone the shares stay', () => {
  const given = Uint8Array.of(1, 2, 3);
  const script = retryExtensions((list) => [
    ...withoutExtension(list, ExtensionType.key_share),
    cookie.helloRetryRequest.encode(given),
  ]);
  const played = againstServer(script, play);
  assertSecure(played);
  assert.deepEqual(played.peer.clientHello?.known.cookie, given);
  assert.deepEqual(
    played.peer.clientHello?.known.keyShare?.map((share) => share.group),
    [x25519],
  );
});

test('client: without any share, a retry asks for the first one', () => {
  const played = againstServer(server, { options: { ...options, keyShares: [] } });
  assertSecure(played);
});

test('client: a retry in the one message that a server of TLS 1.2 could never send is no downgrade', () => {
  const played = againstServer(
    retry((fields) => ({ ...fields, legacyVersion: ProtocolVersion.TLS11 })),
    play,
  );
  assertRefused(played, 'illegal_parameter', 'illegal_parameter');
});
