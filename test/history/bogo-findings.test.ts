/** What BoringSSL's runner found in us, told without it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServerOptions } from '../../src/config/options.ts';
import {
  clientHandshake,
  duplicateExtension,
  serverHandshake,
  serverHandshake12,
  setInteger,
  splitRecords,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { decodeHandshake } from '../../src/message/handshake.ts';
import { ExtensionType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, issue, SERVER_NAME } from '../handshake/credentials.ts';
import { againstServer, assertRefused, serverRefuses } from '../handshake/kit.ts';
import { assertConnected, connect, newest, ticketKeys } from '../session/kit.ts';
import { againstServer12, ONLY12, ONLY13 } from '../tls12/kit.ts';

const { TLS11, TLS12 } = ProtocolVersion;

describe('TLS_FALLBACK_SCSV with a version below all of ours was answered as if it were not there', () => {
  const fallback = (version: number): ReturnType<typeof clientHandshake> =>
    clientHandshake().change('ClientHello', (fields) => ({
      ...fields,
      legacyVersion: version,
      cipherSuites: [...fields.cipherSuites, CipherSuite.TLS_FALLBACK_SCSV],
      extensions: withoutExtension(fields.extensions, ExtensionType.supported_versions),
    }));
  const both: { options: Partial<ServerOptions> } = { options: { minVersion: TLS12 } };
  // RFC 7507 3: whoever falls back below what the server can is told so, even where nothing is left to speak.
  serverRefuses({
    'from TLS 1.3 to TLS 1.1': [fallback(TLS11), 'inappropriate_fallback', 'inappropriate_fallback', both],
    'from TLS 1.3 to TLS 1.2': [fallback(TLS12), 'inappropriate_fallback', 'inappropriate_fallback', both],
  });
});

describe('an alert about the encrypted flight went out before the change_cipher_spec (RFC 8446 D.4)', () => {
  const kinds = (script: ReturnType<typeof serverHandshake>): string[] =>
    againstServer(script).peer.received.map((item) => item.kind);

  test('a wrong Finished', () => {
    const broken = serverHandshake().change('Finished', (fields) => ({
      ...fields,
      verifyData: fields.verifyData.map((byte) => byte ^ 1),
    }));
    assert.deepEqual(kinds(broken), ['handshake', 'change_cipher_spec', 'alert']);
  });

  test('an EncryptedExtensions that cannot be read', () => {
    const broken = serverHandshake().options('EncryptedExtensions', { bytes: setInteger(4, 2, 0xffff) });
    assert.deepEqual(kinds(broken), ['handshake', 'change_cipher_spec', 'alert']);
  });
});

describe('a binder of another length than any hash has was a decode error, even where no PSK is looked at', () => {
  test('TLS 1.2 is spoken with a client that offers a session of TLS 1.2 as a PSK', () => {
    const pair = new Pair(
      {
        minVersion: TLS12,
        shapeClientHello: (fields) => ({
          ...fields,
          extensions: withExtension(
            fields.extensions,
            preSharedKey.clientHello.encode({
              identities: [{ identity: new Uint8Array(32), obfuscatedTicketAge: 0 }],
              binders: [new Uint8Array(12)],
            }),
          ),
        }),
      },
      ONLY12,
    ).pump();
    assert.equal(pair.server.error, undefined);
    assert.equal(pair.server.tested.connection.info.version, TLS12);
    assert.equal(pair.server.tested.connection.phase, 'open');
  });
});

describe('what a key may sign under could not be told apart from what is verified', () => {
  const { ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ed25519, rsa_pss_rsae_sha256 } = SignatureScheme;
  const p256 = credentials.serverP256();

  test('a server signs under a scheme that it would not accept', () => {
    const signatureSchemes = [ecdsa_secp256r1_sha256];
    const pair = new Pair(ONLY13, {
      ...ONLY13,
      signatureSchemes: [ed25519],
      credentials: [{ ...p256, signatureSchemes }],
    }).pump();
    assert.equal(
      pair.client.tested.connection.info.peerSignatureScheme?.code,
      SignatureScheme.ecdsa_secp256r1_sha256,
    );
  });

  test('TLS 1.2: the first of its list that the client takes, whatever the curve', () => {
    const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
    const pair = new Pair(
      { ...ONLY12, groups },
      {
        ...ONLY12,
        groups,
        credentials: [{ ...p256, signatureSchemes: [ecdsa_secp384r1_sha384, ecdsa_secp256r1_sha256] }],
      },
    ).pump();
    assert.equal(pair.client.error ?? pair.server.error, undefined);
    assert.equal(pair.client.tested.connection.info.peerSignatureScheme?.code, ecdsa_secp384r1_sha384);
  });

  test('a list that leaves the key nothing to sign under is refused', () => {
    for (const signatureSchemes of [[], [rsa_pss_rsae_sha256]]) {
      assert.throws(() => new Pair({}, { credentials: [{ ...p256, signatureSchemes }] }), {
        code: 'TLS_INVALID_OPTION',
      });
    }
    assert.throws(
      () =>
        new Pair(ONLY13, {
          ...ONLY13,
          credentials: [{ ...p256, signatureSchemes: [ecdsa_secp384r1_sha384] }],
        }),
      { code: 'TLS_INVALID_OPTION' },
    );
  });

  test('a client that takes none of it is told so', () => {
    const pair = new Pair(
      { ...ONLY13, signatureSchemes: [ed25519] },
      { ...ONLY13, credentials: [{ ...p256, signatureSchemes: [ecdsa_secp256r1_sha256] }] },
    ).pump();
    assert.equal(pair.server.tested.connection.error?.reason, 'no_common_signature_scheme');
  });
});

describe('a client of TLS 1.2 alone offered hybrid groups, which TLS 1.2 does not have', () => {
  const groups = [NamedGroup.X25519MLKEM768, NamedGroup.x25519];
  const offered = (range: typeof ONLY12): readonly number[] | undefined => {
    let heard: readonly number[] | undefined;
    const pair = new Pair({ ...range, groups }, { ...range, delegate: ['select_config'] });
    pair.server.tested.react = (event) => {
      if (event.kind === 'need' && event.need.kind === 'select_config')
        heard = event.need.clientHello.known.supportedGroups;
    };
    pair.pump();
    return heard;
  };

  test('it offers the others', () => {
    assert.deepEqual(offered(ONLY12), [NamedGroup.x25519]);
    assert.deepEqual(offered(ONLY13), groups);
  });

  test('hybrids alone are refused as an option', () => {
    for (const make of [
      () => new Pair({ ...ONLY12, groups: groups.slice(0, 1) }),
      () => new Pair({}, { ...ONLY12, groups: groups.slice(0, 1) }),
    ]) {
      assert.throws(make, { code: 'TLS_INVALID_OPTION' });
    }
  });
});

describe('TLS 1.2: what a server sent behind ServerHelloDone was kept until its turn came', () => {
  for (const [what, extra] of [
    ['the beginning of a message', [4, 0, 0, 10, 1]],
    ['a whole message', [0, 0, 0, 0]],
  ] as const) {
    test(what, () => {
      const script = serverHandshake12().options('ServerHelloDone', {
        bytes: (raw) => Uint8Array.of(...raw, ...extra),
      });
      assertRefused(againstServer12(script), 'unexpected_message', 'unexpected_message');
    });
  }
});

describe('a second ClientHello without key_share was told that it had changed, not what it lacks (RFC 8446 9.2)', () => {
  serverRefuses({
    'no key_share after HelloRetryRequest': [
      clientHandshake({ helloRetryRequest: true }).change('second ClientHello', (fields) => ({
        ...fields,
        extensions: withoutExtension(fields.extensions, ExtensionType.key_share),
      })),
      'missing_extension',
      'missing_extension',
      {
        options: { groups: [NamedGroup.secp256r1] },
        peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
      },
    ],
  });
});

test('a server of TLS 1.3 acknowledged server_name also when it resumed (RFC 6066 3)', () => {
  const answered: boolean[] = [];
  const server: Partial<ServerOptions> = {
    ...ONLY13,
    namedCredentials: [{ name: SERVER_NAME, credentials: [credentials.server()] }],
    ticketKeys: ticketKeys(),
    shapeEncryptedExtensions: (list) => {
      answered.push(list.some(({ type }) => type === ExtensionType.server_name));
      return list;
    },
  };
  const first = connect(ONLY13, server);
  assertConnected(first, false);
  assertConnected(connect({ ...ONLY13, session: newest(first) }, server), true);
  assert.deepEqual(answered, [true, false]);
});

test('a server of TLS 1.2 acknowledged server_name also when it resumed (RFC 6066 3)', () => {
  const server: Partial<ServerOptions> = {
    ...ONLY12,
    namedCredentials: [{ name: SERVER_NAME, credentials: [credentials.server()] }],
    ticketKeys: ticketKeys(),
  };
  const named = ({ pair }: ReturnType<typeof connect>): boolean => {
    const [record] = splitRecords(pair.server.sent);
    assert.ok(record);
    const message = decodeHandshake(record.slice(5, 9 + (record[8] ?? 0) + 256 * (record[7] ?? 0)), 'tls12');
    assert.ok(message.kind === 'ServerHello');
    return message.known.serverName === true;
  };
  const first = connect(ONLY12, server);
  assertConnected(first, false);
  const again = connect({ ...ONLY12, session: newest(first) }, server);
  assertConnected(again, true);
  assert.deepEqual([named(first), named(again)], [true, false]);
});

describe('a doubled extension is a decode error, wherever it stands, as BoringSSL has it', () => {
  const { server_name, supported_versions, ec_point_formats } = ExtensionType;
  serverRefuses({
    'in ClientHello': [
      clientHandshake().change('ClientHello', (fields) => ({
        ...fields,
        extensions: duplicateExtension(fields.extensions, server_name),
      })),
      'duplicate_extension',
      'decode_error',
    ],
  });
  test('in ServerHello of either version', () => {
    const doubled13 = serverHandshake().change('ServerHello', (fields) => ({
      ...fields,
      extensions: duplicateExtension(fields.extensions, supported_versions),
    }));
    assertRefused(againstServer(doubled13), 'duplicate_extension', 'decode_error');
    const doubled12 = serverHandshake12().change('ServerHello', (fields) => ({
      ...fields,
      extensions: duplicateExtension(fields.extensions, ec_point_formats),
    }));
    assertRefused(againstServer12(doubled12), 'duplicate_extension', 'decode_error');
  });
});

test('TLS 1.2: an exporter with an empty label was refused, though nothing speaks against it (RFC 5705 4)', () => {
  const { pair } = connect(ONLY12, ONLY12);
  const [a, b] = [pair.client, pair.server].map(({ tested }) =>
    tested.connection.exportKeyingMaterial('', undefined, 32),
  );
  assert.deepEqual(a, b);
});

test('a verdict of the application let in a key that may not sign (RFC 8446 4.4.2.2)', () => {
  const unfit = issue({ kind: 'ed25519', usage: 'serverAuth', keyUsage: ['keyAgreement'] });
  for (const only of [ONLY12, ONLY13]) {
    const pair = new Pair({ ...only, delegate: ['verify_peer'] }, { ...only, credentials: [unfit] });
    pair.client.tested.react = (event, connection) => {
      if (event.kind !== 'need' || event.need.kind !== 'verify_peer') return;
      const verdict = { verified: true, path: event.need.chain } as const;
      connection.answer(event.id, { kind: 'verify_peer', verdict, accept: true });
    };
    pair.pump();
    assert.equal(pair.client.tested.connection.error?.reason, 'certificate_unfit');
  }
});

test('a server declined a session because its order of suites began with another hash (RFC 8446 4.2.11)', () => {
  const { TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 } = CipherSuite;
  const keys = ticketKeys();
  const client = { ...ONLY13, cipherSuites: [TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256] };
  const first = connect(
    { ...client, cipherSuites: [TLS_AES_256_GCM_SHA384] },
    { ...ONLY13, ticketKeys: keys },
  );
  const session = newest(first);
  const server = {
    ...ONLY13,
    ticketKeys: keys,
    cipherSuites: [TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384],
  };
  assertConnected(connect({ ...client, session }, server), true);
});
