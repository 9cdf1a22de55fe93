/** Decisions that the application takes: answered at once, later, twice, wrongly, never (DESIGN 3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServerConfig } from '../../src/config/config.ts';
import type { NeedKind, ServerOptions } from '../../src/config/options.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import type { Answer, Need } from '../../src/handshake/effect.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, nameOf } from '../../src/wire/registry.ts';
import { CLIENT, serverWith, sessionOf } from '../early-data/kit.ts';
import { credentials, now, provider, SERVER_NAME } from '../handshake/credentials.ts';
import { assertDead, type Tested } from '../handshake/kit.ts';
import { type End, Pair } from './pair.ts';

type NeedEvent = Extract<ConnectionEvent, { kind: 'need' }>;

/** Where each kind of need comes up, with a right answer to it. */
const PLACES: readonly { kind: NeedKind; role: 'client' | 'server'; right: (need: Need) => Answer }[] = [
  { kind: 'select_config', role: 'server', right: () => ({ kind: 'select_config', config: undefined }) },
  { kind: 'verify_peer', role: 'client', right: verified },
  { kind: 'verify_peer', role: 'server', right: verified },
  { kind: 'sign', role: 'server', right: signed },
  { kind: 'sign', role: 'client', right: signed },
  {
    kind: 'staple',
    role: 'server',
    right: () => ({ kind: 'staple', ocspResponse: Uint8Array.of(0x30, 0) }),
  },
  {
    kind: 'accept_early_data',
    role: 'server',
    right: () => ({ kind: 'accept_early_data', accept: true }),
  },
  {
    kind: 'select_client_credential',
    role: 'client',
    right: () => ({ kind: 'select_client_credential', credential: credentials.client() }),
  },
];

function verified(need: Need): Answer {
  if (need.kind !== 'verify_peer') throw new Error('another need');
  return { kind: 'verify_peer', verdict: need.builtin(), accept: true };
}

function signed(need: Need): Answer {
  if (need.kind !== 'sign' || need.credential.privateKey === undefined) throw new Error('another need');
  return {
    kind: 'sign',
    signature: need.scheme.sign(need.credential.privateKey, need.message, provider.random),
  };
}

/** A pair that delegates one decision at one end, with client certificates so that each kind comes up. */
function pairFor(kind: NeedKind, role: 'client' | 'server'): { pair: Pair; end: End; other: End } {
  const delegate = { delegate: [kind] };
  const pair =
    kind === 'accept_early_data'
      ? earlyPair()
      : new Pair(
          { requestOcsp: true, credentials: [credentials.client()], ...(role === 'client' ? delegate : {}) },
          { clientAuth: 'require', ...(role === 'server' ? delegate : {}) },
        );
  const [end, other] = role === 'client' ? [pair.client, pair.server] : [pair.server, pair.client];
  return { pair, end, other };
}

function earlyPair(): Pair {
  const server: Partial<ServerOptions> = { ...serverWith(), delegate: ['accept_early_data'] };
  return new Pair({ ...CLIENT, session: sessionOf(server) }, server);
}

function needOf(tested: Tested): NeedEvent {
  const needs = tested.events.filter((event): event is NeedEvent => event.kind === 'need');
  const [need] = needs;
  assert.ok(need && needs.length === 1, 'one need');
  return need;
}

function bothSecure(pair: Pair): void {
  for (const { tested, error } of [pair.client, pair.server]) {
    if (error !== undefined) throw error;
    assert.equal(tested.connection.phase, 'open');
  }
}

/** The answering end failed with this reason, and its peer was told `internal_error` or what is given. */
function assertFailed(
  pair: Pair,
  end: End,
  other: End,
  caught: unknown,
  reason: string,
  alert = 'internal_error',
): void {
  assert.ok(caught instanceof TLSError, `not a TLSError: ${String(caught)}`);
  assert.equal(caught.reason, reason, caught.message);
  assertDead(end.tested, caught);
  assert.ok(!end.tested.kinds.includes('secure'));
  const told = other.tested.connection.error;
  assert.equal(told?.reason, 'alert_received');
  assert.equal(told?.alert && nameOf(AlertDescription, told.alert), alert);
  void pair;
}

function thrown(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

for (const { kind, role, right } of PLACES) {
  const name = `${kind}, ${role}`;

  test(`${name}: answered at once, from within the event`, () => {
    const { pair, end } = pairFor(kind, role);
    end.tested.react = (event, connection) => {
      if (event.kind === 'need') connection.answer(event.id, right(event.need));
    };
    bothSecure(pair.pump());
  });

  test(`${name}: answered later; meanwhile nothing is read`, () => {
    const { pair, end, other } = pairFor(kind, role);
    pair.pump();
    const { connection } = end.tested;
    assert.equal(connection.wantsInput, false);
    assert.notEqual(connection.phase, 'open');
    const state = connection.stateName;
    connection.receive(Uint8Array.of(23, 3, 3));
    assert.equal(connection.stateName, state);
    void other;
    // The three bytes are the start of a record: what follows completes it, and it is judged once it is read.
    const { id, need } = needOf(end.tested);
    connection.answer(id, right(need));
    assert.equal(connection.wantsInput, connection.phase !== 'failed');
  });

  test(`${name}: answered later, the handshake goes on`, () => {
    const { pair, end } = pairFor(kind, role);
    pair.pump();
    const { id, need } = needOf(end.tested);
    end.tested.connection.answer(id, right(need));
    assert.equal(end.tested.connection.wantsInput, true);
    bothSecure(pair.pump());
  });

  test(`${name}: a second answer, a late one and one with another id are ignored`, () => {
    const { pair, end } = pairFor(kind, role);
    pair.pump();
    const { connection } = end.tested;
    const { id, need } = needOf(end.tested);
    connection.answer(id + 1, right(need));
    connection.refuse(id - 1, new Error('not this one'));
    assert.equal(connection.wantsInput, false, 'still waiting');
    connection.answer(id, right(need));
    connection.answer(id, right(need));
    connection.refuse(id, new Error('too late'));
    bothSecure(pair.pump());
    connection.answer(id, right(need));
    bothSecure(pair);
  });

  test(`${name}: refused with an error of any kind`, () => {
    for (const cause of [new Error('no'), 'no', undefined, { message: 1 }]) {
      const { pair, end, other } = pairFor(kind, role);
      pair.pump();
      const { id } = needOf(end.tested);
      const caught = thrown(() => end.tested.connection.refuse(id, cause));
      assert.ok(caught instanceof TLSError);
      assert.equal(caught.cause, cause);
      pair.pump();
      assertFailed(pair, end, other, caught, 'callback_failed');
    }
  });

  test(`${name}: refused with a TLSError of the application's choice`, () => {
    const { pair, end, other } = pairFor(kind, role);
    pair.pump();
    const chosen = new TLSError('certificate_refused', 'revoked', {
      alert: AlertDescription.certificate_revoked,
      code: 'CERT_REVOKED',
    });
    const caught = thrown(() => end.tested.connection.refuse(needOf(end.tested).id, chosen));
    assert.equal(caught, chosen);
    pair.pump();
    assertFailed(pair, end, other, caught, 'certificate_refused', 'certificate_revoked');
  });

  test(`${name}: a listener that throws`, () => {
    const { pair, end, other } = pairFor(kind, role);
    const boom = new Error('boom');
    end.tested.react = (event) => {
      if (event.kind === 'need') throw boom;
    };
    pair.pump();
    assertFailed(pair, end, other, end.error, 'internal_error');
    assert.equal((end.error as TLSError).cause, boom);
  });

  test(`${name}: no answer before the connection is aborted, closed or cut off`, () => {
    const endings: ((tested: Tested) => void)[] = [
      ({ connection }) => connection.abort(new TLSError('timeout', 'too slow')),
      ({ connection }) => connection.close(),
      ({ connection }) => assert.throws(() => connection.receiveEnd(), { code: 'TLS_UNEXPECTED_EOF' }),
    ];
    for (const ending of endings) {
      const { pair, end } = pairFor(kind, role);
      pair.pump();
      const { id, need } = needOf(end.tested);
      ending(end.tested);
      const { error } = end.tested.connection;
      assert.ok(error);
      end.tested.takeOutput();
      end.tested.connection.answer(id, right(need));
      end.tested.connection.refuse(id, new Error('late'));
      assert.equal(end.tested.connection.error, error);
      assert.equal(end.tested.connection.phase, 'failed');
      assertDead(end.tested, error);
    }
  });
}

const WRONG: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  'a number': 5,
  'a string': 'yes',
  'an empty object': {},
  true: true,
  'another kind of answer': { kind: 'sign_it', signature: new Uint8Array(64) },
};

const WRONG_BY_KIND: Readonly<Record<NeedKind, readonly unknown[]>> = {
  lookup_session: [
    { kind: 'lookup_session', session: null },
    { kind: 'lookup_session', session: 'c2Vzc2lvbg==' },
  ],
  accept_early_data: [
    { kind: 'accept_early_data' },
    { kind: 'accept_early_data', accept: 1 },
    { kind: 'accept_early_data', accept: 'yes' },
  ],
  select_config: [
    { kind: 'select_config', config: null },
    { kind: 'select_config', config: 5 },
    { kind: 'select_config', config: {} },
    { kind: 'select_config', config: { role: 'server' } },
    { kind: 'select_config', config: Object.freeze({ role: 'server' }) },
    { kind: 'select_config', config: Object.freeze({ role: 'client' }) },
  ],
  verify_peer: [
    { kind: 'verify_peer' },
    { kind: 'verify_peer', accept: true },
    { kind: 'verify_peer', accept: 'yes', verdict: { verified: true, path: [] } },
    { kind: 'verify_peer', accept: 1, verdict: { verified: true, path: [] } },
    { kind: 'verify_peer', accept: true, verdict: {} },
    { kind: 'verify_peer', accept: false, verdict: { verified: false } },
    { kind: 'verify_peer', accept: false, verdict: { verified: false, error: new Error('plain'), path: [] } },
    { kind: 'verify_peer', accept: true, verdict: { verified: 'yes', path: [] } },
  ],
  sign: [
    { kind: 'sign' },
    { kind: 'sign', signature: undefined },
    { kind: 'sign', signature: 'c2ln' },
    { kind: 'sign', signature: [1, 2, 3] },
    { kind: 'sign', signature: new Uint8Array(0) },
    { kind: 'sign', signature: new Uint8Array(70_000) },
  ],
  staple: [
    { kind: 'staple', ocspResponse: null },
    { kind: 'staple', ocspResponse: 'MAA=' },
    { kind: 'staple', ocspResponse: [48, 0] },
    { kind: 'staple', ocspResponse: new Uint8Array(0) },
    { kind: 'staple', ocspResponse: new Uint8Array(2 ** 24) },
  ],
  select_client_credential: [
    { kind: 'select_client_credential', credential: 5 },
    { kind: 'select_client_credential', credential: {} },
    { kind: 'select_client_credential', credential: { chain: [] } },
    { kind: 'select_client_credential', credential: { chain: [1, 2] } },
    { kind: 'select_client_credential', credential: { chain: [{}], privateKey: undefined } },
    { kind: 'select_client_credential', credential: { chain: 'abc' } },
  ],
};

for (const { kind, role } of PLACES) {
  test(`${kind}, ${role}: an answer of another type fails the handshake, at once or later`, () => {
    const answers = [...Object.values(WRONG), ...WRONG_BY_KIND[kind]];
    for (const [index, answer] of answers.entries()) {
      for (const moment of ['in the event', 'later'] as const) {
        const { pair, end, other } = pairFor(kind, role);
        let caught: unknown;
        if (moment === 'in the event') {
          end.tested.react = (event, connection) => {
            if (event.kind === 'need') connection.answer(event.id, answer as Answer);
          };
          pair.pump();
          caught = end.error;
        } else {
          pair.pump();
          const { id } = needOf(end.tested);
          caught = thrown(() => end.tested.connection.answer(id, answer as Answer));
          pair.pump();
        }
        assert.ok(caught !== undefined, `accepted answer ${index}: ${JSON.stringify(answer)} ${moment}`);
        assertFailed(pair, end, other, caught, 'callback_failed');
      }
    }
  });

  test(`${kind}, ${role}: a promise is named as what it is`, () => {
    const { pair, end, other } = pairFor(kind, role);
    pair.pump();
    const promise: unknown = Promise.resolve({ kind });
    const caught = thrown(() => end.tested.connection.answer(needOf(end.tested).id, promise as Answer));
    pair.pump();
    assertFailed(pair, end, other, caught, 'async_answer');
  });

  test(`${kind}, ${role}: a wrong answer whose error the listener swallows still ends the connection`, () => {
    const { pair, end, other } = pairFor(kind, role);
    end.tested.react = (event, connection) => {
      if (event.kind === 'need') thrown(() => connection.answer(event.id, undefined as unknown as Answer));
    };
    pair.pump();
    assertFailed(pair, end, other, end.error, 'callback_failed');
  });
}

test('select_config: the config that is chosen is the one that is used', () => {
  const { pair, end } = pairFor('select_config', 'server');
  const chosen = createServerConfig({
    provider,
    now,
    credentials: [credentials.serverP256()],
    alpnProtocols: ['h2'],
    dangerousAcceptUnverifiedPeer: true,
  });
  end.tested.react = (event, connection) => {
    if (event.kind !== 'need' || event.need.kind !== 'select_config') return;
    assert.equal(event.need.serverName, SERVER_NAME);
    assert.equal(event.need.clientHello.kind, 'ClientHello');
    connection.answer(event.id, { kind: 'select_config', config: chosen });
  };
  bothSecure(pair.pump());
  assert.equal(pair.client.tested.connection.info.peerSignatureScheme?.name, 'ecdsa_secp256r1_sha256');
  assert.equal(pair.server.tested.connection.info.clientCertificateRequested, false);
});

test('verify_peer: accept decides, and the verdict is told', () => {
  for (const role of ['client', 'server'] as const) {
    const refused = pairFor('verify_peer', role);
    refused.end.tested.react = (event, connection) => {
      if (event.kind !== 'need' || event.need.kind !== 'verify_peer') return;
      connection.answer(event.id, { kind: 'verify_peer', verdict: event.need.builtin(), accept: false });
    };
    refused.pair.pump();
    assert.equal(refused.end.tested.connection.error?.reason, 'certificate_refused');

    const accepted = pairFor('verify_peer', role);
    const error = new TLSError('certificate_refused', 'not known here', { code: 'CERT_UNTRUSTED' });
    accepted.end.tested.react = (event, connection) => {
      if (event.kind !== 'need') return;
      connection.answer(event.id, {
        kind: 'verify_peer',
        verdict: { verified: false, error, path: [] },
        accept: true,
      });
    };
    bothSecure(accepted.pair.pump());
    const { peerVerdict } = accepted.end.tested.connection.info;
    assert.equal(peerVerdict?.verified === false && peerVerdict.error, error);
  }
});

test('sign: a wrong signature goes out as it is, and the peer refuses it', () => {
  for (const role of ['client', 'server'] as const) {
    const { pair, end, other } = pairFor('sign', role);
    end.tested.react = (event, connection) => {
      if (event.kind === 'need') connection.answer(event.id, { kind: 'sign', signature: new Uint8Array(64) });
    };
    pair.pump();
    assert.equal(other.tested.connection.error?.reason, 'bad_signature');
  }
});

test('while a need is pending, what a peer may pile up is bounded', () => {
  const { pair, end } = pairFor('select_config', 'server');
  pair.pump();
  const chunk = new Uint8Array(65_536);
  const caught = thrown(() => {
    for (let i = 0; i < 100; i += 1) end.tested.receive(chunk);
  });
  assert.ok(caught instanceof TLSError);
  assert.equal(caught.reason, 'buffer_full');
  end.tested.takeOutput();
  assertDead(end.tested, caught);
});
