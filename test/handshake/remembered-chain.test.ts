/** A peer that comes again: the signatures in its chain are not computed twice, everything else is judged each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyBytes } from '../../src/bytes/bytes.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { TLSError } from '../../src/wire/error.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import { Pair } from '../engine/pair.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { issue, NOW, provider, trust } from './credentials.ts';

const DAY = 86_400_000;
const shown = issue({ kind: 'ed25519', usage: 'serverAuth' });

/** The test's provider, and how often it was asked for a signature since the last time. */
function counted(): { readonly provider: CryptoProvider; readonly take: () => number } {
  let calls = 0;
  const signatureAlgorithms = provider.signatureAlgorithms.map((scheme) => ({
    ...scheme,
    verify: (...args: Parameters<typeof scheme.verify>): boolean => {
      calls += 1;
      return scheme.verify(...args);
    },
  }));
  const take = (): number => {
    const taken = calls;
    calls = 0;
    return taken;
  };
  return { provider: { ...provider, signatureAlgorithms }, take };
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof TLSError, `no TLSError: ${String(error)}`);
  return error.code;
}

for (const [name, only] of Object.entries({ 'TLS 1.2': ONLY12, 'TLS 1.3': ONLY13 })) {
  test(`${name}: the second time, only what the peer signs now is computed`, () => {
    const { provider: mine, take } = counted();
    const client = { ...only, provider: mine, trust: TrustStore.fromCertificates(trust().certificates) };
    const server = { ...only, credentials: [shown] };
    const meet = (change: Partial<typeof client> & { now?: () => number; serverName?: string } = {}): Pair =>
      new Pair({ ...client, ...change }, server).pump();

    assert.equal(meet().client.tested.connection.phase, 'open');
    assert.equal(take(), 2);
    assert.equal(meet().client.tested.connection.phase, 'open');
    assert.equal(take(), 1);

    assert.equal(codeOf(meet({ now: () => NOW + 31 * DAY }).client.error), 'CERT_HAS_EXPIRED');
    assert.equal(codeOf(meet({ serverName: 'other.test' }).client.error), 'HOSTNAME_MISMATCH');
    assert.equal(codeOf(meet({ trust: new TrustStore() }).client.error), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test(`${name}: a signature that is wrong is computed, and refused, each time`, () => {
    const { provider: mine, take } = counted();
    const client = { ...only, provider: mine, trust: TrustStore.fromCertificates(trust().certificates) };
    const raw = copyBytes(shown.chain[0].raw);
    raw[raw.length - 1] = (raw[raw.length - 1] ?? 0) ^ 1;
    const forged = { ...shown, chain: [parseCertificate(raw)] };
    for (let i = 0; i < 3; i += 1) {
      const pair = new Pair(client, { ...only, credentials: [forged] }).pump();
      assert.equal(codeOf(pair.client.error), 'CERT_SIGNATURE_FAILURE');
      assert.equal(take(), 2);
    }
  });
}
