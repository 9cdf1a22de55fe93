/** External PSKs of TLS 1.3, as they are and imported (RFC 8446 4.2.11, RFC 9258): what is taken up, and what is not. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { equalBytes } from '../../src/bytes/bytes.ts';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import type { ClientOptions, ExternalPsk, ServerOptions } from '../../src/config/options.ts';
import { sha256, sha384 } from '../../src/crypto/noble/hash.ts';
import {
  certificate,
  certificateRequest,
  certificateVerify,
  clientHandshake,
  clientResumption,
  flipBit,
  type OfferedPsk,
  offerPsks,
  type Script,
  type ServerMessages,
  serverHandshake,
  serverResumption,
} from '../../src/fuzz.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ExtensionType, ProtocolVersion, PskKeyExchangeMode } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import {
  againstClient,
  againstServer,
  assertRefused,
  assertSecure,
  clientRefuses,
  type PlayOptions,
  serverRefuses,
} from '../handshake/kit.ts';
import { assertConnected, connect, newest, ticketKeys } from './kit.ts';

const alice: ExternalPsk = { identity: asciiEncode('alice'), key: new Uint8Array(32).fill(5) };
const bob: ExternalPsk = { identity: asciiEncode('bob'), key: new Uint8Array(16).fill(6), hash: 'SHA-384' };
const carol: ExternalPsk = {
  identity: asciiEncode('carol'),
  key: new Uint8Array(20).fill(7),
  context: asciiEncode('here'),
};

const AES128 = CipherSuite.TLS_AES_128_GCM_SHA256;
const AES256 = CipherSuite.TLS_AES_256_GCM_SHA384;

/** What a peer that has the key offers. */
const raw = (psk: ExternalPsk): OfferedPsk => ({
  identity: psk.identity,
  obfuscatedTicketAge: 0,
  secret: Uint8Array.from(psk.key),
  hash: psk.hash === 'SHA-384' ? sha384 : sha256,
  kind: 'ext',
});

/** RFC 9258 5.1, with Node's HMAC in the place of our key schedule. */
function imported(psk: ExternalPsk, target: 'sha256' | 'sha384', protocol = 0x0304): OfferedPsk {
  const own = psk.hash === 'SHA-384' ? 'sha384' : 'sha256';
  const vector = (bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
  const identity = Buffer.concat([
    vector(psk.identity),
    vector(psk.context ?? new Uint8Array(0)),
    Buffer.from([protocol >> 8, protocol & 0xff, 0, target === 'sha256' ? 1 : 2]),
  ]);
  const zeros = Buffer.alloc(own === 'sha256' ? 32 : 48);
  const extracted = createHmac(own, zeros).update(psk.key).digest();
  const length = target === 'sha256' ? 32 : 48;
  const digest = createHash(own).update(identity).digest();
  const label = Buffer.from('tls13 derived psk');
  const info = Buffer.concat([
    Buffer.from([0, length, label.length]),
    label,
    Buffer.from([digest.length]),
    digest,
  ]);
  let block = Buffer.alloc(0);
  let out = Buffer.alloc(0);
  for (let i = 1; out.length < length; i += 1) {
    block = createHmac(own, extracted)
      .update(Buffer.concat([block, info, Buffer.from([i])]))
      .digest();
    out = Buffer.concat([out, block]);
  }
  return {
    identity: new Uint8Array(identity),
    obfuscatedTicketAge: 0,
    secret: new Uint8Array(out.subarray(0, length)),
    hash: target === 'sha256' ? sha256 : sha384,
    kind: 'imp',
  };
}

const serving = (options: Partial<ServerOptions>): PlayOptions<ServerOptions> => ({
  options: { externalPsks: [alice, bob, carol], credentials: [], ...options },
});
const offering = (...psks: readonly OfferedPsk[]): ReturnType<typeof clientHandshake> =>
  offerPsks(clientHandshake(), psks);
const withSuite = (suite: CipherSuite): { peer: { cipherSuites: CipherSuite[] } } => ({
  peer: { cipherSuites: [suite] },
});

test('server: a scripted client with the key, as it is and imported for either hash', () => {
  const cases: readonly (readonly [OfferedPsk, CipherSuite, ExternalPsk])[] = [
    [raw(alice), AES128, alice],
    [raw(bob), AES256, bob],
    [imported(carol, 'sha256'), AES128, carol],
    [imported(carol, 'sha384'), AES256, carol],
  ];
  for (const [psk, suite, expected] of cases) {
    const played = againstClient(clientResumption([psk]), { ...serving({}), ...withSuite(suite) });
    assertSecure(played);
    const { info } = played.tested.connection;
    assert.ok(equalBytes(info.externalPsk?.identity ?? new Uint8Array(0), expected.identity));
    assert.equal(info.resumed, false);
    assert.equal(info.peerVerdict, undefined);
  }
});

test('the age of an external key is sent as zero and not looked at', () => {
  const old: OfferedPsk = { ...raw(alice), obfuscatedTicketAge: 0xffff_ffff };
  assertSecure(againstClient(clientResumption([old]), { ...serving({}), ...withSuite(AES128) }));
  const played = againstServer(serverResumption(raw(alice)), only());
  assertSecure(played);
  assert.deepEqual(
    played.peer.clientHello?.known.preSharedKey?.identities.map((one) => one.obfuscatedTicketAge),
    [0],
  );
});

test('server: a key takes the place of a certificate that would be required', () => {
  const played = againstClient(clientResumption([raw(alice)]), {
    ...serving({ clientAuth: 'require' }),
    ...withSuite(AES128),
  });
  assertSecure(played);
  assert.equal(played.tested.connection.info.clientCertificateRequested, false);
});

test('server: its own order decides, and the index is the one in the list of the client', () => {
  const { pair } = connect(
    { externalPsks: [{ ...bob, hash: 'SHA-256' }, alice] },
    { externalPsks: [alice, { ...bob, hash: 'SHA-256' }], credentials: [] },
  );
  for (const end of [pair.client, pair.server]) {
    if (end.error !== undefined) throw end.error;
    assert.ok(
      equalBytes(end.tested.connection.info.externalPsk?.identity ?? new Uint8Array(0), alice.identity),
    );
  }
});

test('server: the suite is one that goes with a key in common, after HelloRetryRequest as well', () => {
  for (const groups of [[NamedGroup.x25519], [NamedGroup.secp256r1]]) {
    const { pair } = connect(
      {
        externalPsks: [alice],
        pskOnly: true,
        groups: [NamedGroup.x25519, NamedGroup.secp256r1],
        keyShares: [NamedGroup.x25519],
      },
      { externalPsks: [alice], credentials: [], cipherSuites: [AES256, AES128], groups },
    );
    for (const end of [pair.client, pair.server]) {
      if (end.error !== undefined) throw end.error;
      assert.equal(end.tested.connection.info.cipherSuite?.code, AES128);
      assert.equal(end.tested.connection.info.helloRetryRequest, groups[0] === NamedGroup.secp256r1);
    }
  }
});

test('server: without a key in common it goes on with a certificate, and prefers one only when told to', () => {
  const strangers = connect({ externalPsks: [alice] }, { externalPsks: [carol] });
  assertConnected(strangers, false);
  assert.equal(strangers.pair.client.tested.connection.info.externalPsk, undefined);
  assert.equal(strangers.pair.client.tested.connection.info.peerCertificates.length > 0, true);
  const friends = connect({ externalPsks: [alice] }, { externalPsks: [alice] });
  assert.ok(friends.pair.server.tested.connection.info.externalPsk);
  const shy = connect({ externalPsks: [alice] }, { externalPsks: [alice], preferCertificates: true });
  assertConnected(shy, false);
  assert.equal(shy.pair.server.tested.connection.info.externalPsk, undefined);
});

test('a session made with a key is resumed, and says whose it was, until the key is another', () => {
  const keys = ticketKeys();
  const server = { externalPsks: [alice], credentials: [], ticketKeys: keys };
  const client = { externalPsks: [alice], pskOnly: true };
  const again = (
    mine: Partial<ClientOptions>,
    theirs: Partial<ServerOptions>,
  ): ReturnType<typeof connect> => {
    const session = newest(connect(client, server));
    return connect({ ...mine, session }, { ...server, ...theirs });
  };
  const resumed = again(client, {});
  assertConnected(resumed, true);
  for (const end of [resumed.pair.client, resumed.pair.server]) {
    assert.ok(
      equalBytes(end.tested.connection.info.externalPsk?.identity ?? new Uint8Array(0), alice.identity),
    );
  }
  assertConnected(again(client, { clientAuth: 'none', externalPsks: [alice, carol] }), false);
  const changed = { ...alice, key: new Uint8Array(32).fill(8) };
  assertConnected(again({ ...client, externalPsks: [changed] }, { externalPsks: [changed] }), false);
  // Nor does a client take up, with certificates allowed, what it made when only keys would do.
  assertConnected(again({ externalPsks: [alice] }, {}), false);
});

test('a session made with a key stands for a required certificate, as the key itself does', () => {
  const server: Partial<ServerOptions> = {
    externalPsks: [alice],
    credentials: [],
    clientAuth: 'require',
    ticketKeys: ticketKeys(),
  };
  const client: Partial<ClientOptions> = { externalPsks: [alice], pskOnly: true };
  const session = newest(connect(client, server));
  const resumed = connect({ ...client, session }, server);
  assertConnected(resumed, true);
  assert.ok(resumed.pair.server.tested.connection.info.externalPsk);
});

test('a server with keys alone refuses a client of TLS 1.2, and one with keys alone a server of TLS 1.2', () => {
  const min: Partial<ServerOptions> = { minVersion: ProtocolVersion.TLS12 };
  const old: Partial<ClientOptions> = {
    minVersion: ProtocolVersion.TLS12,
    maxVersion: ProtocolVersion.TLS12,
  };
  const server = connect(old, { ...min, externalPsks: [alice], credentials: [] }).pair.server.error;
  assert.ok(server instanceof TLSError);
  assert.equal(server.family, 'incompatible', server.message);
  const { pair } = connect(
    { externalPsks: [alice], pskOnly: true },
    { minVersion: ProtocolVersion.TLS12, maxVersion: ProtocolVersion.TLS12 },
  );
  assert.ok(pair.server.error instanceof TLSError);
  assert.equal(pair.server.error.reason, 'no_common_version');
});

const RETRY: Partial<ServerOptions> = { groups: [NamedGroup.secp256r1] };
const retried = (
  first: readonly OfferedPsk[],
  second: readonly OfferedPsk[],
): ReturnType<typeof clientHandshake> => {
  const script = offerPsks(clientHandshake({ helloRetryRequest: true }), first);
  if (second.length > 0) return offerPsks(script, second, { hello: 'second ClientHello' });
  return script.change('second ClientHello', (fields) => ({
    ...fields,
    extensions: fields.extensions.filter(({ type }) => type !== ExtensionType.pre_shared_key),
  }));
};
const retry = (options: Partial<ServerOptions> = {}): PlayOptions<ServerOptions> => ({
  options: { externalPsks: [alice], credentials: [], ...RETRY, ...options },
  peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], cipherSuites: [AES128] },
});
const at128 = { ...serving({}), ...withSuite(AES128) };
const unlike = (psk: ExternalPsk): OfferedPsk => ({ ...raw(alice), identity: psk.identity });

serverRefuses({
  'a wrong binder of a known key': [
    offering({ ...raw(alice), binder: flipBit(0) }),
    'bad_binder',
    'decrypt_error',
    at128,
  ],
  'the binder of another key': [
    offering({ ...raw(alice), secret: new Uint8Array(32) }),
    'bad_binder',
    'decrypt_error',
    at128,
  ],
  'the binder of a session for an external key': [
    offering({ ...raw(alice), kind: 'res' }),
    'bad_binder',
    'decrypt_error',
    at128,
  ],
  'the binder of an imported key for one that is not': [
    offering({ ...raw(alice), kind: 'imp' }),
    'bad_binder',
    'decrypt_error',
    at128,
  ],
  'the binder of a key as it is for an imported one': [
    offering({ ...imported(carol, 'sha256'), kind: 'ext' }),
    'bad_binder',
    'decrypt_error',
    at128,
  ],
  'an imported key whose secret was not derived': [
    offering({ ...imported(carol, 'sha256'), secret: Uint8Array.from(carol.key) }),
    'bad_binder',
    'decrypt_error',
    at128,
  ],
  'the second of two keys with a wrong binder, where the first is unknown': [
    offering(unlike({ ...alice, identity: asciiEncode('mallory') }), { ...raw(alice), binder: flipBit(9) }),
    'bad_binder',
    'decrypt_error',
    at128,
  ],
  'a key that nobody knows': [
    offering(unlike({ ...alice, identity: asciiEncode('mallory') })),
    'no_common_psk',
    'handshake_failure',
    at128,
  ],
  'a known key for a suite of another hash': [
    offering(raw(alice)),
    'no_common_psk',
    'handshake_failure',
    { ...serving({}), ...withSuite(AES256) },
  ],
  'an identity that goes on': [
    offering({ ...raw(alice), identity: asciiEncode('alice2') }),
    'no_common_psk',
    'handshake_failure',
    at128,
  ],
  'an imported key for another protocol': [
    offering(imported(carol, 'sha256', 0x0305)),
    'no_common_psk',
    'handshake_failure',
    at128,
  ],
  'an imported key of another context': [
    offering(imported({ ...carol, context: asciiEncode('there') }, 'sha256')),
    'no_common_psk',
    'handshake_failure',
    at128,
  ],
  'a key to be imported, as it is': [offering(raw(carol)), 'no_common_psk', 'handshake_failure', at128],
  'a known key without (EC)DHE': [
    offerPsks(clientHandshake(), [raw(alice)], { modes: [PskKeyExchangeMode.psk_ke] }),
    'no_common_psk',
    'handshake_failure',
    at128,
  ],
  'no key, where there is no certificate': [
    clientHandshake(),
    'missing_extension',
    'missing_extension',
    at128,
  ],
  'a key that is left out of the second hello': [
    retried([raw(alice), raw(bob)], [raw(bob)]),
    'changed_after_hello_retry_request',
    'illegal_parameter',
    retry(),
  ],
  'all keys left out of the second hello': [
    retried([raw(alice)], []),
    'missing_extension',
    'missing_extension',
    retry(),
  ],
  'a wrong binder in the second hello alone': [
    retried([raw(alice)], [{ ...raw(alice), binder: flipBit(3) }]),
    'bad_binder',
    'decrypt_error',
    retry(),
  ],
});

const only = (options: Partial<ClientOptions> = {}): PlayOptions<ClientOptions> => ({
  options: { externalPsks: [alice], pskOnly: true, cipherSuites: [AES128, AES256], ...options },
  peer: { cipherSuites: [AES128] },
});
const selecting = (index: number): Script<ServerMessages> =>
  serverResumption(raw(alice)).change('ServerHello', (fields) => ({
    ...fields,
    extensions: [
      ...fields.extensions.filter(({ type }) => type !== ExtensionType.pre_shared_key),
      preSharedKey.serverHello.encode(index),
    ],
  }));

test('client: a scripted server with the key, as it is and imported', () => {
  assertSecure(againstServer(serverResumption(raw(alice)), only()));
  const played = againstServer(
    serverResumption(imported(carol, 'sha256')),
    only({ externalPsks: [carol], cipherSuites: [AES128] }),
  );
  assertSecure(played);
  const { clientHello } = played.peer;
  assert.equal(clientHello?.extensions.at(-1)?.type, ExtensionType.pre_shared_key);
  assert.deepEqual(
    clientHello?.known.preSharedKey?.identities.map((one) => one.obfuscatedTicketAge),
    [0],
  );
  assert.deepEqual(clientHello?.known.supportedVersions, [ProtocolVersion.TLS13]);
  assert.equal(clientHello?.known.signatureAlgorithms, undefined, 'no certificate is asked for');
});

test('client: an imported key is offered once for each hash of its suites, others for their own alone', () => {
  const played = againstServer(serverHandshake(), {
    options: { externalPsks: [alice, bob, carol], cipherSuites: [AES256, AES128] },
  });
  assertSecure(played);
  const identities = played.peer.clientHello?.known.preSharedKey?.identities ?? [];
  const expected = [alice.identity, bob.identity].concat(
    imported(carol, 'sha256').identity,
    imported(carol, 'sha384').identity,
  );
  assert.deepEqual(
    identities.map(({ identity }) => [...identity]),
    expected.map((identity) => [...identity]),
  );
});

test('client: after HelloRetryRequest only keys for the suite are offered, with new binders', () => {
  const played = againstServer(serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 }), {
    options: {
      externalPsks: [bob, carol],
      groups: [NamedGroup.x25519, NamedGroup.secp256r1],
      keyShares: [NamedGroup.x25519],
    },
    peer: { cipherSuites: [AES128] },
  });
  assertSecure(played);
  const hellos = played.peer.received.flatMap((item) =>
    item.kind === 'handshake' && item.message.kind === 'ClientHello' ? [item.message] : [],
  );
  const [first, second] = hellos.map((hello) => hello.known.preSharedKey);
  assert.equal(first?.identities.length, 3);
  assert.deepEqual(
    second?.identities.map(({ identity }) => [...identity]),
    [[...imported(carol, 'sha256').identity]],
  );
  assert.notDeepEqual(second?.binders[0], first?.binders[1]);
});

clientRefuses({
  'a certificate where only a key will do': [
    serverHandshake(),
    'missing_extension',
    'missing_extension',
    only(),
  ],
  'a key that was not offered': [selecting(1), 'unoffered_psk', 'illegal_parameter', only()],
  'a key with a suite of another hash': [
    serverResumption(raw(alice)).change('ServerHello', (fields) => ({ ...fields, cipherSuite: AES256 })),
    'unoffered_psk',
    'illegal_parameter',
    only(),
  ],
  'a key without a key share': [
    serverResumption(raw(alice)).change('ServerHello', (fields) => ({
      ...fields,
      extensions: fields.extensions.filter(({ type }) => type !== ExtensionType.key_share),
    })),
    'missing_extension',
    'missing_extension',
    only(),
  ],
  'a certificate although the key was taken': [
    serverResumption(raw(alice)).before('Finished', certificate, certificateVerify),
    'unexpected_message',
    'unexpected_message',
    only(),
  ],
  'a request for a certificate although the key was taken': [
    serverResumption(raw(alice)).before('Finished', certificateRequest),
    'unexpected_message',
    'unexpected_message',
    only(),
  ],
});

test('client: a server that claims a key without having it is found out', () => {
  const script = serverResumption(raw(alice)).replace(
    'expect ClientHello',
    ...serverHandshake().steps.slice(0, 1),
  );
  const played = againstServer(script, only());
  assertRefused(played, 'bad_record_mac', 'unreadable');
  assert.ok(!played.tested.kinds.includes('secure'));
});

test('client: the session comes before the keys, and either may be taken up', () => {
  const server = { externalPsks: [alice], credentials: [], ticketKeys: ticketKeys() };
  const client = { externalPsks: [alice], pskOnly: true };
  const session: StoredSession = newest(connect(client, server));
  const other = connect({ ...client, session }, { ...server, ticketKeys: ticketKeys() });
  assertConnected(other, false);
  assert.ok(other.pair.server.tested.connection.info.externalPsk);
});

test('options: keys that are too short, named twice, used in two ways, too many or of no use are refused', () => {
  const reason = 'invalid_option';
  const refused: readonly (readonly [Partial<ClientOptions>, RegExp])[] = [
    [{ externalPsks: [{ ...alice, key: new Uint8Array(15) }] }, /16 to 65535 bytes/],
    [{ externalPsks: [{ ...alice, identity: new Uint8Array(0) }] }, /needs 1 to/],
    [{ externalPsks: [{ ...alice, identity: new Uint8Array(65528) }] }, /needs 1 to/],
    [{ externalPsks: [alice, { ...alice, key: bob.key }] }, /same identity/],
    [{ externalPsks: [alice, { ...alice, context: new Uint8Array(0) }] }, /both imported and not/],
    [{ externalPsks: [alice, { ...bob, key: alice.key }] }, /two hashes/],
    [
      {
        externalPsks: [alice],
        presharedKeys: [alice],
        minVersion: ProtocolVersion.TLS12,
        cipherSuites: [AES128, CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256],
      },
      /need their own/,
    ],
    [
      { externalPsks: [alice], minVersion: ProtocolVersion.TLS12, maxVersion: ProtocolVersion.TLS12 },
      /TLS 1.3, which is off/,
    ],
    [
      {
        externalPsks: Array.from({ length: 9 }, (_, i) => ({
          identity: Uint8Array.of(i + 1),
          key: new Uint8Array(16).fill(i + 1),
        })),
      },
      /8 at most/,
    ],
    [{ pskOnly: true }, /pskOnly needs/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => connect(options, {}), { reason, message }, String(message));
  }
  assert.throws(
    () =>
      connect(
        {},
        {
          externalPsks: Array.from({ length: 257 }, (_, i) => ({
            identity: Uint8Array.of(i >> 8, i),
            key: new Uint8Array(16).fill(i + 1),
          })),
        },
      ),
    { reason, message: /at most 256/ },
  );
});
