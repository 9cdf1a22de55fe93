/**
 * The key of a peer signs the handshake, so that its key usage must allow digitalSignature (RFC 8446 4.4.2.2, RFC 5246
 * 7.4.2): our verifier says so, and an application that calls the peer verified all the same is not believed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pair } from '../engine/pair.ts';
import { type BOTH, ONLY12, ONLY13 } from '../tls12/kit.ts';
import { issue } from './credentials.ts';
import type { Tested } from './kit.ts';

type Role = 'client' | 'server';

const encipher = {
  client: issue({ kind: 'ed25519', usage: 'clientAuth', keyUsage: ['keyEncipherment', 'keyAgreement'] }),
  server: issue({ kind: 'ed25519', usage: 'serverAuth', keyUsage: ['keyEncipherment', 'keyAgreement'] }),
};
const signing = {
  client: issue({ kind: 'ed25519', usage: 'clientAuth', keyUsage: ['digitalSignature', 'keyAgreement'] }),
  server: issue({ kind: 'ed25519', usage: 'serverAuth', keyUsage: ['digitalSignature', 'keyAgreement'] }),
};

/** An application that lets everyone in, and calls them verified or not. */
function trusting(tested: Tested, verified: boolean): void {
  tested.react = (event, connection) => {
    if (event.kind !== 'need' || event.need.kind !== 'verify_peer') return;
    const { chain } = event.need;
    const builtin = event.need.builtin();
    assert.ok(!builtin.verified || verified);
    const verdict = verified ? { verified: true as const, path: chain } : builtin;
    connection.answer(event.id, { kind: 'verify_peer', verdict, accept: true });
  };
}

interface Setting {
  readonly judge: Role;
  readonly only: Partial<typeof BOTH>;
  readonly shown: (typeof encipher)['client'];
}

/** The judge asks its application; `verified` undefined leaves it to our verifier. */
function meet({ judge, only, shown }: Setting, verified: boolean | undefined, insecure = false): Pair {
  const own = verified === undefined ? {} : { delegate: ['verify_peer' as const] };
  const lax = { ...own, dangerousAcceptUnverifiedPeer: insecure };
  const pair =
    judge === 'client'
      ? new Pair({ ...only, ...lax }, { ...only, credentials: [shown] })
      : new Pair({ ...only, credentials: [shown] }, { ...only, ...lax, clientAuth: 'require' });
  if (verified !== undefined) trusting(pair[judge].tested, verified);
  return pair.pump();
}

const otherOf = (judge: Role): Role => (judge === 'client' ? 'server' : 'client');

for (const [name, only] of Object.entries({ 'TLS 1.2': ONLY12, 'TLS 1.3': ONLY13 })) {
  for (const judge of ['client', 'server'] as const) {
    const bad: Setting = { judge, only, shown: encipher[otherOf(judge)] };
    const good: Setting = { judge, only, shown: signing[otherOf(judge)] };

    test(`${name}, ${judge}: an application cannot call a key that may not sign verified`, () => {
      const pair = meet(bad, true);
      const { error } = pair[judge].tested.connection;
      assert.equal(error?.reason, 'certificate_unfit');
      assert.equal(error.alertOrigin, 'local');
      const told = pair[otherOf(judge)].tested.connection.error;
      assert.equal(told?.reason, 'alert_received');
      assert.match(told.message, /illegal_parameter/);
    });

    test(`${name}, ${judge}: our verifier refuses it by its own code`, () => {
      assert.equal(meet(bad, undefined)[judge].tested.connection.error?.code, 'INVALID_PURPOSE');
    });

    test(`${name}, ${judge}: who accepts an unverified peer accepts this one too, as unverified`, () => {
      for (const pair of [meet(bad, false), meet(bad, undefined, true)]) {
        const { connection } = pair[judge].tested;
        assert.equal(connection.phase, 'open');
        assert.equal(connection.info.peerVerdict?.verified, false);
      }
    });

    test(`${name}, ${judge}: a key that may sign and do more is taken, and one that may do anything`, () => {
      assert.equal(meet(good, true)[judge].tested.connection.phase, 'open');
      const usual = issue({ kind: 'ed25519', usage: judge === 'client' ? 'serverAuth' : 'clientAuth' });
      assert.equal(meet({ ...good, shown: usual }, true)[judge].tested.connection.phase, 'open');
    });
  }
}
