/** What `revocation` takes: nothing that was meant is left out, and nothing that cannot be asked is kept until a handshake. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClientConfig, createClientConfig } from '../../src/config/config.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { judgeChain } from '../../src/handshake/authenticate.ts';
import { TLSError } from '../../src/wire/error.ts';
import { derSequence, derUnsigned } from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  createAuthority,
  createOcspResponse,
  parseOcspResponse,
  type RevocationOptions,
} from '../../src/x509.ts';

const NOW = Date.UTC(2026, 5, 1);
const random = insecureSeededRandom(78);
const root = createAuthority({ random, now: NOW, subject: 'CN=root' });
const promising = root.issue({
  names: ['a.test'],
  extensions: [{ oid: OID.tlsFeature, value: derSequence(derUnsigned(5)) }],
});
const plain = root.issue({ names: ['a.test'] });

function configWith(revocation: unknown): ClientConfig {
  return createClientConfig({
    provider: nobleProvider(random),
    now: () => NOW,
    trust: root.trust,
    serverName: 'a.test',
    revocation: revocation as RevocationOptions,
  });
}

test('mustStaple is held to by the verdict on a peer', () => {
  const soft = { check: 'leaf', ifMissing: 'accept' } as const;
  const strict = configWith({ ...soft, mustStaple: true });
  const verdict = judgeChain(strict, promising.chain);
  if (verdict.verified) assert.fail('a promise that was not kept is accepted');
  assert.equal(verdict.error.code, 'OCSP_VERIFY_NEEDED');
  assert.equal(judgeChain(strict, plain.chain).verified, true);
  assert.equal(judgeChain(configWith(soft), promising.chain).verified, true);
  const response = createOcspResponse({
    answers: [
      {
        certificate: promising.certificate,
        issuer: root.certificate,
        status: { kind: 'good' },
        thisUpdate: NOW - 1000,
      },
    ],
    responder: root.certificate,
    signingKey: root.key,
    random,
    producedAt: NOW - 1000,
  });
  const answered = { ...soft, mustStaple: true, ocspResponses: [parseOcspResponse(response)] };
  assert.equal(judgeChain(configWith(answered), promising.chain).verified, true);
});

for (const [what, revocation, message] of [
  ['mustStaple that is no boolean', { check: 'leaf', mustStaple: 'yes' }, /revocation\.mustStaple/],
  ['a CRL that nobody has read', { check: 'leaf', crls: [Uint8Array.of(0x30, 0)] }, /revocation\.crls/],
  ['a CRL that is missing', { check: 'leaf', crls: [undefined] }, /revocation\.crls/],
  [
    'a response that nobody has read',
    { check: 'leaf', ocspResponses: [Uint8Array.of(0x30, 0)] },
    /ocspResponses/,
  ],
  ['a response among the CRLs', { check: 'leaf', crls: [{ raw: new Uint8Array(1), responses: [] }] }, /crls/],
  ['lists that are none', { check: 'leaf', crls: 'a.crl' }, /revocation\.crls/],
  ['another check', { check: 'all' }, /revocation\.check/],
  ['another ifMissing', { check: 'leaf', ifMissing: 'ignore' }, /revocation\.ifMissing/],
] as const) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => configWith(revocation),
      (error) =>
        error instanceof TLSError && error.reason === 'invalid_option' && message.test(error.message),
    );
  });
}
