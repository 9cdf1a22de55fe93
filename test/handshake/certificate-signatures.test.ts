/** What certificates may be signed with, and by whom: said, heard and held to (RFC 8446 4.2.3, 4.2.4). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { TLSError } from '../../src/wire/error.ts';
import { NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import { type End, Pair } from '../engine/pair.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { credentials, issue, trust } from './credentials.ts';

const GROUPS = { groups: [NamedGroup.x25519, NamedGroup.secp256r1] };
const { ecdsa_secp256r1_sha256: P256, ed25519: ED25519 } = SignatureScheme;
/** Signed with Ed25519, as all of the test's authority, and with ECDSA by itself. */
const byEd25519 = credentials.serverP256();
const byP256 = issue({ kind: 'ecdsa-p256', usage: 'serverAuth', selfSigned: true });
const stranger = issue({ kind: 'ecdsa-p256', usage: 'serverAuth', trusted: false });

function pair(client: Partial<ClientOptions>, server: Partial<ServerOptions>): Pair {
  return new Pair({ ...GROUPS, ...client }, { ...GROUPS, ...server }).pump();
}

function shown(at: Pair): Uint8Array | undefined {
  for (const { error } of [at.client, at.server]) if (error !== undefined) throw error;
  return at.client.tested.connection.info.peerCertificates[0]?.raw;
}

function assertRefused(end: End): TLSError {
  assert.ok(end.error instanceof TLSError, String(end.error));
  assert.equal(end.error.family, 'certificate', end.error.message);
  assert.equal(end.error.alertOrigin, 'local');
  return end.error;
}

for (const [version, only] of [
  ['TLS 1.3', ONLY13],
  ['TLS 1.2', ONLY12],
] as const) {
  describe(version, () => {
    const server = { ...only, credentials: [byEd25519, byP256] };

    test('a server shows the chain whose signatures the client takes', () => {
      const lax = { ...only, trust: TrustStore.fromCertificates([byP256.chain[0]]) };
      assert.deepEqual(shown(pair({ ...lax, certificateSchemes: [P256] }, server)), byP256.chain[0].raw);
      assert.deepEqual(
        shown(pair({ ...only, certificateSchemes: [ED25519] }, server)),
        byEd25519.chain[0].raw,
      );
    });

    test('a client refuses a chain signed otherwise than it said', () => {
      const at = pair({ ...only, certificateSchemes: [P256] }, { ...only, credentials: [byEd25519] });
      assertRefused(at.client);
    });

    test('a server shows the chain to an authority that the client named', () => {
      const many = { ...only, credentials: [stranger, byEd25519] };
      assert.deepEqual(shown(pair({ ...only, sendAuthorities: true }, many)), byEd25519.chain[0].raw);
      assertRefused(pair(only, many).client);
    });

    test('the names go out only where the client is told to send them', () => {
      const must = { ...only, credentials: [{ ...byEd25519, mustMatchIssuer: true }] };
      assert.deepEqual(shown(pair({ ...only, sendAuthorities: true }, must)), byEd25519.chain[0].raw);
      assert.ok(pair(only, must).server.error instanceof TLSError);
    });
  });
}

test('a server of TLS 1.3 says it of client certificates, and refuses those that are signed otherwise', () => {
  const client = { ...ONLY13, credentials: [credentials.clientP256()] };
  const server = { ...ONLY13, clientAuth: 'require', trust: trust() } as const;
  shown(pair(client, { ...server, certificateSchemes: [ED25519] }));
  assertRefused(pair(client, { ...server, certificateSchemes: [P256] }).server);
});
