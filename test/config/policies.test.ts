/** Published policies: what they leave, and that it is enough for a handshake and for no other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, Credential } from '../../src/config/options.ts';
import { POLICIES } from '../../src/config/policies.ts';
import { TLSError } from '../../src/wire/error.ts';
import type { Reason } from '../../src/wire/reason.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, now, provider } from '../handshake/credentials.ts';

type Policy = keyof typeof POLICIES;

const FIRST: Readonly<Record<Policy, { group: NamedGroup; credential: () => Credential }>> = {
  'nist-sp-800-52r2': { group: NamedGroup.secp256r1, credential: credentials.serverP256 },
  'wpa3-192': { group: NamedGroup.secp384r1, credential: credentials.serverP384 },
  'cnsa-1': { group: NamedGroup.MLKEM1024, credential: credentials.serverP384 },
  'cnsa-2': { group: NamedGroup.MLKEM1024, credential: credentials.serverP384 },
};
/** The test's CA signs with Ed25519, which no policy takes. */
const LAX = { dangerousAcceptUnverifiedPeer: true } as const;

for (const policy of Object.keys(FIRST) as Policy[]) {
  const { group, credential } = FIRST[policy];

  test(`${policy}: both ends under it agree on its first choices`, () => {
    const pair = new Pair(
      { ...LAX, ...POLICIES[policy] },
      { ...POLICIES[policy], credentials: [credential()] },
    );
    pair.pump();
    for (const end of [pair.client, pair.server]) {
      if (end.error !== undefined) throw end.error;
      const { info } = end.tested.connection;
      assert.equal(info.versionName, 'TLSv1.3');
      assert.equal(info.group?.code, group);
      assert.equal(info.cipherSuite?.code, POLICIES[policy].cipherSuites[0]);
    }
  });

  test(`${policy}: TLS 1.2 ${policy === 'cnsa-2' ? 'is refused' : 'is spoken, with AES-GCM'}`, () => {
    const client = { ...LAX, minVersion: ProtocolVersion.TLS12, maxVersion: ProtocolVersion.TLS12 };
    const pair = new Pair(
      { ...client, groups: [NamedGroup.secp256r1, NamedGroup.secp384r1] },
      { ...POLICIES[policy], credentials: [credential()] },
    ).pump();
    if (policy === 'cnsa-2') assertEnded(pair, 'no_common_version');
    else assert.match(pair.server.tested.connection.info.cipherSuite?.name ?? '', /_AES_\d+_GCM_/);
  });

  test(`${policy}: an Ed25519 certificate is a mistake in the options`, () => {
    assert.throws(
      () => createServerConfig({ provider, now, ...POLICIES[policy], credentials: [credentials.server()] }),
      (error) => error instanceof TLSError && error.reason === 'invalid_option',
    );
  });

  const strangers: Readonly<Record<string, readonly [Partial<ClientOptions>, Reason]>> = {
    ChaCha20: [{ cipherSuites: [CipherSuite.TLS_CHACHA20_POLY1305_SHA256] }, 'no_common_cipher_suite'],
    X25519: [{ groups: [NamedGroup.x25519] }, 'no_common_group'],
    Ed25519: [{ signatureSchemes: [SignatureScheme.ed25519] }, 'no_common_signature_scheme'],
  };
  for (const [name, [options, reason]] of Object.entries(strangers)) {
    test(`${policy}: a client with ${name} alone is refused`, () => {
      const client = { ...LAX, groups: [group], ...options };
      assertEnded(new Pair(client, { ...POLICIES[policy], credentials: [credential()] }).pump(), reason);
    });
  }
}

for (const policy of ['wpa3-192', 'cnsa-1', 'cnsa-2'] as const) {
  test(`${policy}: AES-128 and P-256 are refused`, () => {
    const server = { ...POLICIES[policy], credentials: [credentials.serverP384()] };
    const group = POLICIES[policy].groups.slice(0, 1);
    const aes128 = { ...LAX, groups: group, cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256] };
    assertEnded(new Pair(aes128, server).pump(), 'no_common_cipher_suite');
    assertEnded(new Pair({ ...LAX, groups: [NamedGroup.secp256r1] }, server).pump(), 'no_common_group');
  });
}

test('ML-KEM-1024 is off unless it is named', () => {
  const config = createServerConfig({ provider, now, credentials: [credentials.server()] });
  assert.ok(!config.groups.some((group) => group.code === NamedGroup.MLKEM1024));
});

test('ML-KEM-1024 alone leaves TLS 1.2 no group', () => {
  const options = {
    provider,
    now,
    credentials: [credentials.serverP384()],
    maxVersion: ProtocolVersion.TLS12,
  };
  assert.throws(
    () => createServerConfig({ ...options, groups: [NamedGroup.MLKEM1024] }),
    (error) => error instanceof TLSError && error.reason === 'invalid_option',
  );
});

function assertEnded(pair: Pair, reason: Reason): void {
  assert.ok(pair.server.error instanceof TLSError, 'the server refuses');
  assert.equal(pair.server.error.reason, reason);
}
