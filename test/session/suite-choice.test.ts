/** A server resumes although its order of suites, or the client's, names one of another hash first (RFC 8446 4.2.11). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerOptions } from '../../src/config/options.ts';
import { clientHandshake, clientResumption, flipBit, type OfferedPsk, offerPsks } from '../../src/fuzz.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { againstClient, serverRefuses } from '../handshake/kit.ts';
import { ONLY13 } from '../tls12/kit.ts';
import { assertConnected, type Connected, connect, newest, pskOf, ticketKeys } from './kit.ts';

const AES128 = CipherSuite.TLS_AES_128_GCM_SHA256;
const AES256 = CipherSuite.TLS_AES_256_GCM_SHA384;
const CHACHA = CipherSuite.TLS_CHACHA20_POLY1305_SHA256;
const ORDERS = {
  'SHA-256 first': { cipherSuites: [AES128, CHACHA, AES256] },
  'SHA-384 first': { cipherSuites: [AES256, CHACHA, AES128] },
} as const;

const keys = ticketKeys();
const common = { ...ONLY13, ticketKeys: keys };
const sessionWith = (suite: CipherSuite): StoredSession =>
  newest(connect({ ...ONLY13, cipherSuites: [suite] }, common));
const suiteOf = ({ pair }: Connected): number | undefined =>
  pair.server.tested.connection.info.cipherSuite?.code;

for (const [name, order] of Object.entries(ORDERS)) {
  for (const preferServerOrder of [true, false]) {
    test(`${name}, of the ${preferServerOrder ? 'server' : 'client'}: either session is taken up`, () => {
      for (const [made, taken] of [
        [AES128, order.cipherSuites.find((suite) => suite !== AES256)],
        [AES256, AES256],
      ] as const) {
        const again = connect(
          { ...ONLY13, ...(preferServerOrder ? {} : order), session: sessionWith(made) },
          { ...common, ...(preferServerOrder ? order : {}), preferServerOrder },
        );
        assertConnected(again, true);
        assert.equal(suiteOf(again), taken, 'the first of that hash');
        // The ticket of the resumed connection is of the suite in use.
        assert.equal(newest(again).cipherSuite, taken);
      }
    });
  }
}

test('a suite that either end does not have is not chosen for a session', () => {
  const long = sessionWith(AES256);
  const server: Partial<ServerOptions> = { ...common, cipherSuites: [AES128, CHACHA] };
  const unknown = connect({ ...ONLY13, session: { ...long, secret: long.secret.clone() } }, server);
  assertConnected(unknown, false);
  assert.equal(suiteOf(unknown), AES128);
  const played = againstClient(offerPsks(clientHandshake(), [pskOf(long)]), {
    options: { ...common, cipherSuites: [AES256, AES128] },
    peer: { cipherSuites: [AES128] },
  });
  assert.equal(played.tested.connection.info.resumed, false);
});

test('a session that is not taken does not change the suite', () => {
  const short = pskOf(sessionWith(AES128));
  const unknown: OfferedPsk = { ...short, identity: new Uint8Array(short.identity.length) };
  const options = { ...common, ...ORDERS['SHA-384 first'] };
  const played = againstClient(offerPsks(clientHandshake(), [unknown]), { options });
  assert.equal(played.tested.connection.info.resumed, false);
  assert.equal(played.tested.connection.info.cipherSuite?.code, AES256);
});

test('the first session that can be taken is, whatever its hash', () => {
  const [short, long] = [pskOf(sessionWith(AES128)), pskOf(sessionWith(AES256))];
  const options = { ...common, ...ORDERS['SHA-256 first'] };
  const played = againstClient(clientResumption([long, short]), {
    options,
    peer: { cipherSuites: [AES256, AES128] },
  });
  assert.equal(played.tested.connection.info.resumed, true);
  assert.equal(played.tested.connection.info.cipherSuite?.code, AES256);
});

test('HelloRetryRequest has named the suite: a session of its hash is bound to both hellos, another is passed over', () => {
  const groups = { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] };
  const server = { ...common, ...ORDERS['SHA-384 first'], groups: [NamedGroup.secp256r1] };
  for (const [suite, resumed] of [
    [AES256, true],
    [AES128, false],
  ] as const) {
    const again = connect({ ...ONLY13, ...groups, session: sessionWith(suite) }, server);
    assertConnected(again, resumed);
    assert.equal(again.pair.server.tested.connection.info.helloRetryRequest, true);
    assert.equal(suiteOf(again), AES256);
  }
});

const psk = pskOf(sessionWith(AES128));
serverRefuses({
  'a wrong binder of a session for which the suite is changed': [
    offerPsks(clientHandshake(), [{ ...psk, binder: flipBit(4) }]),
    'bad_binder',
    'decrypt_error',
    { options: { ...common, ...ORDERS['SHA-384 first'] } },
  ],
});
