/** Pre-shared keys of TLS 1.3 as our server judges them, and as our client does (RFC 8446 4.2.9, 4.2.11). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { sha384 } from '../../src/crypto/noble/hash.ts';
import {
  binderOf,
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
  setInteger,
  withExtension,
} from '../../src/fuzz.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../../src/message/extension/psk-key-exchange-modes.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { ExtensionType, PskKeyExchangeMode } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import {
  againstClient,
  againstServer,
  assertRefused,
  assertSecure,
  clientRefuses,
  type Played,
  type PlayOptions,
  serverRefuses,
} from '../handshake/kit.ts';
import { Clock, connect, HOUR, newest, pskOf, SECOND, ticketKeys } from './kit.ts';

const options: Partial<ServerOptions> = { ticketKeys: ticketKeys() };
const theirs: PlayOptions<ServerOptions> = { options };
const session = newest(connect({}, options));
const psk = pskOf(session);
const { psk_ke, psk_dhe_ke } = PskKeyExchangeMode;
const RETRY = {
  options: { ...options, groups: [NamedGroup.secp256r1] },
  peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
};
const garbage = (length = 100): OfferedPsk => ({
  ...psk,
  identity: new Uint8Array(length).fill(7),
  secret: new Uint8Array(32).fill(1),
});
const wrong = (change: (binder: Uint8Array) => Uint8Array): OfferedPsk => ({ ...psk, binder: change });
const full = clientHandshake();
const offering = (...psks: readonly OfferedPsk[]): typeof full => offerPsks(full, psks);

const BAD_BINDER = ['bad_binder', 'decrypt_error'] as const;

serverRefuses({
  'a binder with a flipped bit': [offering(wrong(flipBit(0))), ...BAD_BINDER, theirs],
  'a binder with its last bit flipped': [offering(wrong(flipBit(-1))), ...BAD_BINDER, theirs],
  'a binder of zeros': [offering(wrong((binder) => new Uint8Array(binder.length))), ...BAD_BINDER, theirs],
  'a binder over another transcript': [
    offering(wrong(() => binderOf(psk, Uint8Array.of(1, 2, 3)))),
    ...BAD_BINDER,
    theirs,
  ],
  'a binder of another secret': [offering({ ...psk, secret: new Uint8Array(32) }), ...BAD_BINDER, theirs],
  'a binder of an external key': [offering({ ...psk, kind: 'ext' }), ...BAD_BINDER, theirs],
  'a binder over the whole hello': [
    offering(psk).options('ClientHello', {
      bytes: (raw) => {
        const binder = binderOf(psk, raw);
        return Uint8Array.of(...raw.slice(0, -binder.length), ...binder);
      },
    }),
    ...BAD_BINDER,
    theirs,
  ],
  'a hello that was changed after it was bound': [
    offering(psk).options('ClientHello', {
      bytes: (raw) => flipBit(8 * (4 + 2 + 5))(bindRight(raw)),
    }),
    ...BAD_BINDER,
    theirs,
  ],
  'the binder of the second identity, where the first is unknown': [
    offering(garbage(), wrong(flipBit(9))),
    ...BAD_BINDER,
    theirs,
  ],
  'the binder of the first identity in the place of the second': [
    offering(psk, psk).options('ClientHello', { bytes: (raw) => raw }),
    ...BAD_BINDER,
    theirs,
  ],
  'the first binder after HelloRetryRequest as well': [
    offerPsks(offerPsks(clientHandshake({ helloRetryRequest: true }), [psk]), [wrong(flipBit(3))], {
      hello: 'second ClientHello',
    }),
    ...BAD_BINDER,
    RETRY,
  ],
  'a binder after HelloRetryRequest over the second hello alone': [
    offerPsks(offerPsks(clientHandshake({ helloRetryRequest: true }), [psk]), [psk], {
      hello: 'second ClientHello',
    }).options('second ClientHello', {
      bytes: (raw) => {
        const covered = raw.subarray(0, raw.length - 32 - 3);
        return Uint8Array.of(...raw.slice(0, -32), ...binderOf(psk, covered));
      },
    }),
    ...BAD_BINDER,
    RETRY,
  ],
  'fewer binders than identities': [
    full.change('ClientHello', (fields) => ({
      ...fields,
      extensions: withExtension(
        fields.extensions,
        pskKeyExchangeModes.clientHello.encode([psk_dhe_ke]),
        preSharedKey.clientHello.encode({ identities: [psk, psk], binders: [new Uint8Array(32)] }),
      ),
    })),
    'illegal_parameter',
    'illegal_parameter',
    theirs,
  ],
  'more binders than identities': [
    full.change('ClientHello', (fields) => ({
      ...fields,
      extensions: withExtension(
        fields.extensions,
        pskKeyExchangeModes.clientHello.encode([psk_dhe_ke]),
        preSharedKey.clientHello.encode({
          identities: [psk],
          binders: [new Uint8Array(32), new Uint8Array(32)],
        }),
      ),
    })),
    'illegal_parameter',
    'illegal_parameter',
    theirs,
  ],
  'a binder of 31 bytes': [
    full.change('ClientHello', (fields) => ({
      ...fields,
      extensions: withExtension(
        fields.extensions,
        pskKeyExchangeModes.clientHello.encode([psk_dhe_ke]),
        preSharedKey.clientHello.encode({ identities: [psk], binders: [new Uint8Array(31)] }),
      ),
    })),
    ...BAD_BINDER,
    theirs,
  ],
  'a binder of 48 bytes for a key of SHA-256': [
    offering({ ...psk, hash: sha384, secret: psk.secret }),
    ...BAD_BINDER,
    theirs,
  ],
  'an empty identity': [
    offering({ ...psk, identity: new Uint8Array(0) }),
    'length_out_of_range',
    'decode_error',
    theirs,
  ],
  'pre_shared_key without psk_key_exchange_modes': [
    offerPsks(full, [psk], { modes: undefined }),
    'missing_extension',
    'missing_extension',
    theirs,
  ],
  'pre_shared_key without psk_key_exchange_modes, where no tickets are known': [
    offerPsks(full, [psk], { modes: undefined }),
    'missing_extension',
    'missing_extension',
  ],
  'psk_key_exchange_modes of none': [
    offerPsks(full, [psk], { modes: [] }),
    'length_out_of_range',
    'decode_error',
    theirs,
  ],
  'pre_shared_key that is not the last extension': [
    full.change('ClientHello', (fields) => {
      const [first, ...others] = fields.extensions;
      assert.ok(first);
      const offer = preSharedKey.clientHello.encode({ identities: [psk], binders: [new Uint8Array(32)] });
      return {
        ...fields,
        extensions: [...others, pskKeyExchangeModes.clientHello.encode([psk_dhe_ke]), offer, first],
      };
    }),
    'psk_not_last',
    'illegal_parameter',
    theirs,
  ],
  'pre_shared_key twice': [
    full.change('ClientHello', (fields) => {
      const offer = preSharedKey.clientHello.encode({ identities: [psk], binders: [new Uint8Array(32)] });
      const modes = pskKeyExchangeModes.clientHello.encode([psk_dhe_ke]);
      return { ...fields, extensions: [...fields.extensions, modes, offer, offer] };
    }),
    'psk_not_last',
    'illegal_parameter',
    theirs,
  ],
  'more identities than anyone has': [
    offering(...new Array<OfferedPsk>(65).fill(garbage(8))),
    'too_many_items',
    'decode_error',
    theirs,
  ],
  'a certificate after the PSK was taken up': [
    clientResumption([psk]).before('Finished', certificate),
    'unexpected_message',
    'unexpected_message',
    theirs,
  ],
  'a Finished that is wrong, though the PSK was right': [
    clientResumption([psk]).change('Finished', (fields) => ({ verifyData: flipBit(5)(fields.verifyData) })),
    'bad_finished',
    'decrypt_error',
    theirs,
  ],
});

function bindRight(raw: Uint8Array): Uint8Array {
  const covered = raw.subarray(0, raw.length - 32 - 3);
  return Uint8Array.of(...raw.slice(0, -32), ...binderOf(psk, covered));
}

/** A whole handshake in spite of the offer. */
function assertFull(played: Played): void {
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, false);
}

function assertResumed(played: Played): void {
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, true);
}

test('server: the right binder is taken, also of the second, third or fourth identity', () => {
  for (const unknown of [0, 1, 2, 3]) {
    const psks = [...new Array<OfferedPsk>(unknown).fill(garbage()), psk];
    const played = againstClient(clientResumption(psks), theirs);
    assertResumed(played);
  }
});

test('server: identities after the fourth are not looked at, and cost nothing', () => {
  let asked = 0;
  const psks = [...new Array<OfferedPsk>(40).fill(garbage()), psk];
  const played = againstClient(offering(...psks), {
    options: { ...options, delegate: ['lookup_session'] },
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind !== 'need') return;
        asked += 1;
        connection.answer(event.id, { kind: 'lookup_session', session: undefined });
      };
    },
  });
  assertFull(played);
  assert.equal(asked, 4);
});

test('server: a wrong binder of an identity that is not chosen does no harm', () => {
  assertResumed(againstClient(clientResumption([psk, wrong(flipBit(1))]), theirs));
  assertFull(againstClient(offering({ ...garbage(), binder: flipBit(1) }), theirs));
});

test('server: psk_ke alone, and modes that nobody knows, lead to a whole handshake without tickets', () => {
  for (const modes of [[psk_ke], [psk_ke, psk_ke]]) {
    const played = againstClient(offerPsks(full, [psk], { modes }), theirs);
    assertFull(played);
    assert.ok(
      !played.peer.received.some(
        (item) => item.kind === 'handshake' && item.message.kind === 'NewSessionTicket',
      ),
    );
  }
  assertResumed(againstClient(clientResumption([psk], { modes: [psk_ke, psk_dhe_ke] }), theirs));
});

test('server: what a client says of its ticket is no reason not to resume, however wrong', () => {
  const clock = new Clock();
  const server = { now: clock.now, ticketKeys: ticketKeys({ now: clock.now }) };
  const given = newest(connect({ now: clock.now }, server));
  clock.pass(HOUR + 5);
  for (const off of [0, 5, 61 * SECOND, -61 * SECOND, HOUR, -HOUR, 2 ** 31]) {
    assertResumed(againstClient(clientResumption([pskOf(given, HOUR + off)]), { options: server }));
  }
});

test('server: a PSK of another hash than the suite that is chosen is passed over', () => {
  const suites = [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384];
  const server = { ...options, cipherSuites: suites };
  const long = newest(connect({ cipherSuites: [CipherSuite.TLS_AES_256_GCM_SHA384] }, server));
  const played = againstClient(offering(pskOf(long)), {
    options: server,
    peer: { cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256] },
  });
  assertFull(played);
  const fits = againstClient(clientResumption([pskOf(long)]), {
    options: server,
    peer: { cipherSuites: [CipherSuite.TLS_AES_256_GCM_SHA384] },
  });
  assertResumed(fits);
});

test('server: another suite of the same hash is fine (RFC 8446 4.2.11)', () => {
  const server = {
    ...options,
    cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_CHACHA20_POLY1305_SHA256],
  };
  const played = againstClient(clientResumption([psk]), {
    options: server,
    peer: { cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256] },
  });
  assertResumed(played);
});

const answering = (
  change: (script: Script<ServerMessages>) => Script<ServerMessages>,
): Script<ServerMessages> => change(serverResumption(psk));
const own = (): PlayOptions<ClientOptions> => ({ options: { session: copyOf(session) } });
const copyOf = (from: StoredSession): StoredSession => ({ ...from, secret: from.secret.clone() });
const selecting = (index: number): Script<ServerMessages> =>
  serverResumption(psk).change('ServerHello', (fields) => ({
    ...fields,
    extensions: [
      ...fields.extensions.filter(({ type }) => type !== ExtensionType.pre_shared_key),
      preSharedKey.serverHello.encode(index),
    ],
  }));

clientRefuses({
  'a PSK that was not in the list': [selecting(1), 'unoffered_psk', 'illegal_parameter', own()],
  'the last PSK there could be': [selecting(0xffff), 'unoffered_psk', 'illegal_parameter', own()],
  'a PSK where none was offered': [
    serverHandshake().change('ServerHello', (fields) => ({
      ...fields,
      extensions: [...fields.extensions, preSharedKey.serverHello.encode(0)],
    })),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'a PSK with a suite of another hash': [
    answering((script) =>
      script.change('ServerHello', (fields) => ({
        ...fields,
        cipherSuite: CipherSuite.TLS_AES_256_GCM_SHA384,
      })),
    ),
    'unoffered_psk',
    'illegal_parameter',
    own(),
  ],
  'a PSK without a key share': [
    answering((script) =>
      script.change('ServerHello', (fields) => ({
        ...fields,
        extensions: fields.extensions.filter(({ type }) => type !== ExtensionType.key_share),
      })),
    ),
    'missing_extension',
    'missing_extension',
    own(),
  ],
  'a certificate although the PSK was taken': [
    answering((script) => script.before('Finished', certificate)),
    'unexpected_message',
    'unexpected_message',
    own(),
  ],
  'a certificate and its signature although the PSK was taken': [
    answering((script) => script.before('Finished', certificate, certificateVerify)),
    'unexpected_message',
    'unexpected_message',
    own(),
  ],
  'a request for a certificate although the PSK was taken': [
    answering((script) => script.before('Finished', certificateRequest)),
    'unexpected_message',
    'unexpected_message',
    own(),
  ],
  'a wrong Finished after the PSK was taken': [
    answering((script) =>
      script.change('Finished', (fields) => ({ verifyData: flipBit(2)(fields.verifyData) })),
    ),
    'bad_finished',
    'decrypt_error',
    own(),
  ],
  'early_data in EncryptedExtensions, which was not offered': [
    answering((script) =>
      script.change('EncryptedExtensions', (fields) => ({
        extensions: withExtension(fields.extensions, {
          type: ExtensionType.early_data,
          data: new Uint8Array(0),
        }),
      })),
    ),
    'unsolicited_extension',
    'unsupported_extension',
    own(),
  ],
  'no Certificate, and no PSK': [
    serverHandshake().without('Certificate', 'CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
    own(),
  ],
  'a selected_identity of one byte': [
    serverHandshake()
      .options('ServerHello', {
        bytes: (raw) => setInteger(1, 3, raw.length - 4)(raw),
      })
      .change('ServerHello', (fields) => ({
        ...fields,
        extensions: [...fields.extensions, { type: ExtensionType.pre_shared_key, data: Uint8Array.of(0) }],
      })),
    'truncated',
    'decode_error',
    own(),
  ],
});

test('client: a server that has the PSK not at all shows at its Finished', () => {
  const script = serverResumption(psk).replace('expect ClientHello', ...serverHandshake().steps.slice(0, 1));
  const played = againstServer(script, { options: { session: copyOf(session) } });
  assertRefused(played, 'bad_record_mac', 'unreadable');
  assert.ok(!played.tested.kinds.includes('secure'));
});

test('client: a PSK is offered last, with psk_dhe_ke alone, and never with early data', () => {
  const played = againstServer(serverResumption(psk), { options: { session: copyOf(session) } });
  assertResumed(played);
  const { clientHello } = played.peer;
  assert.equal(clientHello?.extensions.at(-1)?.type, ExtensionType.pre_shared_key);
  assert.deepEqual(clientHello?.known.pskKeyExchangeModes, [psk_dhe_ke]);
  assert.equal(clientHello?.known.earlyData, undefined);
  assert.equal(clientHello?.known.preSharedKey?.identities.length, 1);
});

test('client: a server that does not take the PSK gives a whole handshake', () => {
  const played = againstServer(serverHandshake(), { options: { session: copyOf(session) } });
  assertFull(played);
});

test('client: after HelloRetryRequest it binds again, and drops a PSK whose hash is not that of the suite', () => {
  const groups = { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] };
  for (const [suite, kept] of [
    [CipherSuite.TLS_AES_128_GCM_SHA256, true],
    [CipherSuite.TLS_AES_256_GCM_SHA384, false],
  ] as const) {
    const played = againstServer(serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 }), {
      options: { ...groups, session: copyOf(session) },
      peer: { cipherSuites: [suite] },
    });
    assertFull(played);
    const hellos = played.peer.received.flatMap((item) =>
      item.kind === 'handshake' && item.message.kind === 'ClientHello' ? [item.message] : [],
    );
    const [first, second] = hellos.map((hello) => hello.known.preSharedKey);
    assert.ok(first, 'offered at first');
    assert.equal(second !== undefined, kept);
    assert.notDeepEqual(second?.binders, first.binders);
  }
});
