/** A client that nobody knows yet must not make a server check signatures without end (RUSTSEC-2023-0053, CVE-2026-32281). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CryptoProvider, SignatureAlgorithm } from '../../src/crypto/provider.ts';
import { MAX_CHAIN_SIGNATURES } from '../../src/wire/limits.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { createCertificate, generateKey } from '../../src/x509/issue.ts';
import { publicKeyOf } from '../../src/x509/public-key.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, NOW, provider } from '../handshake/credentials.ts';

const DAY = 86_400_000;
const leafKey = generateKey('ecdsa-p256', provider.random);
const otherKey = generateKey('ed25519', provider.random);

function certificate(serial: number, fields: Partial<Parameters<typeof createCertificate>[0]>): Certificate {
  const publicKey = publicKeyOf(generateKey('ed25519', provider.random));
  return parseCertificate(
    createCertificate({
      subject: 'CN=Namesake',
      issuer: 'CN=Elsewhere',
      publicKey,
      signingKey: otherKey,
      random: provider.random,
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
      serial: Uint8Array.of(serial),
      isCA: true,
      keyUsage: ['keyCertSign'],
      ...fields,
    }),
  );
}

test('server: a leaf with sixty namesakes of its issuer costs a bounded number of signature checks', () => {
  const leaf = certificate(1, {
    subject: 'CN=leaf',
    issuer: 'CN=Namesake',
    publicKey: publicKeyOf(leafKey),
    isCA: false,
    keyUsage: ['digitalSignature'],
  });
  const namesakes = Array.from({ length: 60 }, (_, i) => certificate(2 + i, {}));
  let checks = 0;
  const signatureAlgorithms = provider.signatureAlgorithms.map(
    (scheme): SignatureAlgorithm => ({
      ...scheme,
      verify: (key, message, signature) => {
        checks += 1;
        return scheme.verify(key, message, signature);
      },
    }),
  );
  const counting: CryptoProvider = { ...provider, signatureAlgorithms };
  const pair = new Pair(
    { credentials: [{ chain: [leaf, ...namesakes], privateKey: leafKey }] },
    { provider: counting, clientAuth: 'require', credentials: [credentials.server()] },
  ).pump();
  assert.equal(pair.server.tested.connection.error?.family, 'certificate');
  // One more for CertificateVerify.
  assert.ok(checks <= MAX_CHAIN_SIGNATURES + 1, `${checks} checks`);
  assert.ok(checks > 10, 'the chain was looked at');
});
