/** Which version it comes to, and that neither end can be talked down (RFC 8446 4.1.3, 4.2.1; RFC 7507). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientMessages,
  clientHandshake,
  clientHandshake12,
  clientResumption12,
  type Script,
  serverHandshake,
  serverHandshake12,
} from '../../src/fuzz.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { DOWNGRADE_TLS11, DOWNGRADE_TLS12 } from '../../src/message/server-hello.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { assertRefused, assertSecure, type Played, testedClient } from '../handshake/kit.ts';
import { againstClient12, againstServer12, BOTH, ONLY12, ONLY13 } from './kit.ts';
import { serverSession } from './resumed.ts';

const MIX = { 'TLS 1.2': ONLY12, 'TLS 1.3': ONLY13, both: BOTH } as const;
const { TLS12, TLS13 } = ProtocolVersion;

for (const [mine, client] of Object.entries(MIX)) {
  for (const [theirs, server] of Object.entries(MIX)) {
    const common = Math.min(client.maxVersion, server.maxVersion);
    const works = common >= client.minVersion && common >= server.minVersion;
    test(`client ${mine}, server ${theirs}: ${works ? `0x${common.toString(16)}` : 'protocol_version'}`, () => {
      const pair = new Pair(client, server).pump();
      if (works) {
        for (const end of [pair.client, pair.server]) {
          assert.equal(end.error, undefined);
          assert.equal(end.tested.connection.info.version, common);
        }
        return;
      }
      assert.ok(pair.server.error instanceof TLSError && pair.client.error instanceof TLSError);
      assert.equal(pair.server.error.reason, 'no_common_version');
      assert.equal(pair.client.error.reason, 'alert_received');
      assert.equal(pair.client.error.alert, 70);
    });
  }
}

const client = clientHandshake12();
const fallback = client.change('ClientHello', (fields) => ({
  ...fields,
  cipherSuites: [...fields.cipherSuites, CipherSuite.TLS_FALLBACK_SCSV],
}));

function randomOf(played: Played): Uint8Array {
  for (const item of played.peer.received) {
    if (item.kind === 'handshake' && item.message.kind === 'ServerHello') return item.message.random;
  }
  throw new Error('no ServerHello');
}

const ends = (random: Uint8Array, sentinel: Uint8Array): boolean =>
  Buffer.from(random.subarray(24)).equals(Buffer.from(sentinel));

test('a server that could TLS 1.3 says so in the random of TLS 1.2, and no other', () => {
  const both = againstClient12(client, { options: BOTH });
  assertSecure(both);
  assert.ok(ends(randomOf(both), DOWNGRADE_TLS12));
  const only = againstClient12(client);
  assertSecure(only);
  assert.ok(!ends(randomOf(only), DOWNGRADE_TLS12) && !ends(randomOf(only), DOWNGRADE_TLS11));
  const newer = againstClient12(clientHandshake(), { options: BOTH });
  assertSecure(newer);
  assert.ok(!ends(randomOf(newer), DOWNGRADE_TLS12));
});

test('the sentinel stands also where a session is resumed', () => {
  const { options, peer } = serverSession();
  const played = againstClient12(clientResumption12({ ticket: true }), {
    options: { ...options, ...BOTH },
    peer,
  });
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, true);
  assert.ok(ends(randomOf(played), DOWNGRADE_TLS12));
});

test('TLS_FALLBACK_SCSV: a fallback that was not needed is refused, one that was is not', () => {
  assertRefused(
    againstClient12(fallback, { options: BOTH }),
    'inappropriate_fallback',
    'inappropriate_fallback',
  );
  assertSecure(againstClient12(fallback));
});

test('fallback: our client says that it is a second try, last of its suites, and a server that need not fall back refuses', () => {
  const pair = new Pair({ ...ONLY12, fallback: true }, BOTH).pump();
  assert.equal(pair.server.tested.connection.error?.reason, 'inappropriate_fallback');
  const { error } = pair.client.tested.connection;
  assert.equal(error?.reason, 'alert_received');
  assert.match(error.message, /inappropriate_fallback/);
  const needed = againstServer12(serverHandshake12(), { options: { fallback: true } });
  assertSecure(needed);
  const suites = needed.peer.clientHello?.cipherSuites ?? [];
  assert.equal(suites.at(-1), CipherSuite.TLS_FALLBACK_SCSV);
  const unasked = againstServer12(serverHandshake12()).peer.clientHello?.cipherSuites ?? [];
  assert.deepEqual([...unasked, CipherSuite.TLS_FALLBACK_SCSV], suites);
});

test('fallback: a server may not choose the signalling value', () => {
  const script = serverHandshake12().change('ServerHello', (fields) => ({
    ...fields,
    cipherSuite: CipherSuite.TLS_FALLBACK_SCSV,
  }));
  const played = againstServer12(script, { options: { fallback: true } });
  assertRefused(played, 'unoffered_cipher_suite', 'illegal_parameter');
});

test('fallback is not for the newest version (RFC 7507 4)', () => {
  for (const only of [BOTH, ONLY13]) {
    assert.throws(() => testedClient({ ...only, fallback: true }), /second try/);
  }
});

const offering = (...versions: readonly number[]): Script<ClientMessages> =>
  clientHandshake().change('ClientHello', (fields) => ({
    ...fields,
    extensions: fields.extensions.map((extension) =>
      extension.type === supportedVersions.type
        ? supportedVersions.clientHello.encode(versions.map((each) => codePoint<'ProtocolVersion'>(each)))
        : extension,
    ),
  }));

test('TLS_FALLBACK_SCSV in a hello that offers TLS 1.3 means nothing', () => {
  const script = offering(TLS13, TLS12).change('ClientHello', (fields) => ({
    ...fields,
    cipherSuites: [...fields.cipherSuites, CipherSuite.TLS_FALLBACK_SCSV],
  }));
  assertSecure(againstClient12(script, { options: BOTH }));
});

test('supported_versions decides, in whatever order, and GREASE in it is passed over', () => {
  for (const versions of [
    [TLS12, TLS13],
    [0x0a0a, TLS12, 0x7f1c, TLS13, 0x0302],
  ]) {
    const played = againstClient12(offering(...versions), { options: BOTH });
    assertSecure(played);
    assert.equal(played.tested.connection.info.version, TLS13);
  }
});

test('supported_versions without a version of ours is refused, whatever legacy_version says', () => {
  for (const options of [BOTH, ONLY12, ONLY13]) {
    const played = againstClient12(offering(0x0305, 0x0302, 0x0a0a), { options });
    assertRefused(played, 'no_common_version', 'protocol_version');
  }
});

test('client of either version: a server of TLS 1.3 gets it', () => {
  const pair = new Pair(BOTH, ONLY13).pump();
  assert.equal(pair.client.tested.connection.info.version, TLS13);
});

test('client of either version: after a HelloRetryRequest it is TLS 1.3 and nothing else', () => {
  const script = serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 }).change(
    'ServerHello',
    (fields) => ({
      ...fields,
      extensions: [],
      cipherSuite: CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    }),
  );
  const played = againstServer12(script, {
    options: { ...BOTH, groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] },
  });
  assertRefused(played, 'changed_after_hello_retry_request', 'illegal_parameter');
});

test('server of either version: a second hello without TLS 1.3 after HelloRetryRequest is refused', () => {
  const script = clientHandshake({ helloRetryRequest: true }).change('second ClientHello', (fields) => ({
    ...fields,
    extensions: fields.extensions.filter(({ type }) => type !== supportedVersions.type),
  }));
  const played = againstClient12(script, {
    options: { ...BOTH, groups: [NamedGroup.secp256r1] },
    peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
  });
  assertRefused(played, 'changed_after_hello_retry_request', 'illegal_parameter');
});
