/** ML-DSA in handshakes (draft-ietf-tls-mldsa): of TLS 1.3 alone, and only where it was asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { serverHandshake12 } from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { againstServer12, BOTH, ONLY12 } from '../tls12/kit.ts';
import { credentials, issue, now, provider } from './credentials.ts';
import { assertRefused } from './kit.ts';

const { mldsa44, mldsa65, mldsa87, ed25519 } = SignatureScheme;
const PLAIN = [ed25519];

for (const [kind, scheme] of [
  ['ml-dsa-44', mldsa44],
  ['ml-dsa-65', mldsa65],
  ['ml-dsa-87', mldsa87],
] as const) {
  const server = issue({ kind, usage: 'serverAuth' });
  const client = issue({ kind, usage: 'clientAuth' });
  const asking = { signatureSchemes: [scheme, ...PLAIN] };
  const play = (ofClient: Partial<ClientOptions>, ofServer: Partial<ServerOptions>): Pair =>
    new Pair(
      { credentials: [client], ...ofClient },
      { credentials: [server], clientAuth: 'require', ...ofServer },
    ).pump();

  test(`${kind}: both ends sign with it`, () => {
    const pair = play(asking, asking);
    for (const end of [pair.client, pair.server]) {
      if (end.error !== undefined) throw end.error;
      assert.equal(end.tested.connection.info.peerSignatureScheme?.code, scheme);
      assert.equal(end.tested.connection.info.peerVerdict?.verified, true);
    }
  });

  test(`${kind}: not for a client that does not offer it`, () => {
    const pair = play({ credentials: [] }, asking);
    assert.ok(pair.server.error instanceof TLSError);
    assert.equal(pair.server.error.reason, 'no_common_signature_scheme');
  });

  test(`${kind}: not in TLS 1.2, where another credential is shown, or none`, () => {
    const versions = [ONLY12, BOTH] as const;
    const fallback = { ...asking, ...versions[1], credentials: [server, credentials.server()] };
    const pair = play({ ...asking, ...versions[0], credentials: [] }, { ...fallback, clientAuth: 'none' });
    assert.equal(pair.server.tested.connection.info.localCredential, fallback.credentials[1]);
    const without = play(
      { ...asking, ...versions[0], credentials: [] },
      { ...asking, ...versions[1], clientAuth: 'none' },
    );
    assert.ok(without.server.error instanceof TLSError);
    assert.equal(without.server.error.reason, 'no_common_signature_scheme');
  });

  test(`${kind}: a credential of it needs its scheme, and TLS 1.3`, () => {
    const invalid = (options: Partial<ServerOptions>): void => {
      assert.throws(
        () => createServerConfig({ provider, now, credentials: [server], ...options }),
        (error) => error instanceof TLSError && error.reason === 'invalid_option',
      );
    };
    invalid({});
    invalid({ ...asking, ...ONLY12 });
    invalid({ signatureSchemes: [scheme === mldsa44 ? mldsa65 : mldsa44] });
  });
}

test('it is offered only where it was asked for', () => {
  const config = createServerConfig({ provider, now, credentials: [credentials.server()] });
  assert.ok(!config.signatureAlgorithms.some(({ keyKind }) => keyKind === 'ml-dsa'));
});

test('a server of TLS 1.2 that signs with it is refused, though it was offered for TLS 1.3', () => {
  const script = serverHandshake12().change('ServerKeyExchange', (fields) => ({
    ...fields,
    algorithm: mldsa44,
  }));
  const played = againstServer12(script, { options: { signatureSchemes: [mldsa44, ...PLAIN] } });
  assertRefused(played, 'unoffered_signature_scheme', 'illegal_parameter');
});
