/**
 * Revocation lists that were believed, or not missed.
 *
 * - cfssl issue 338 and its kind: a list that nobody had signed, or another issuer, was taken for the issuer's word.
 * - Lists that were overdue, from a key that may not sign lists, with critical extensions that nobody understood, or about
 *   other certificates: taken for news, and so were OCSP responses that anybody had signed. And where no list was found, that was taken for good news.
 *
 * Here a list counts when the issuer's own key has signed it, it is in date and all of it is understood; where revocation is
 * asked for and no list speaks, the certificate is refused. Each goes through a handshake.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flipBit } from '../../src/fuzz.ts';
import { strangeExtension } from '../../src/x509/issue-crl.ts';
import {
  type Authority,
  type CrlFields,
  createAuthority,
  createCrl,
  createOcspResponse,
  type Issued,
  type OcspAnswer,
  parseCrl,
  parseOcspResponse,
  verifyChain,
  type X509ErrorCode,
} from '../../src/x509.ts';
import { Pair } from '../engine/pair.ts';
import { NOW, provider, SERVER_NAME } from '../handshake/credentials.ts';
import { assertConnected, connect, newest, ticketKeys } from '../session/kit.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';

const HOUR = 3_600_000;
const { random } = provider;
const kind = 'ed25519';
const root = createAuthority({ random, now: NOW, kind, subject: 'CN=root' });
const ca = root.intermediate({ kind, subject: 'CN=ca' });
const mute = root.intermediate({ kind, subject: 'CN=mute', keyUsage: ['keyCertSign'] });
const namesake = createAuthority({ random, now: NOW, kind, subject: 'CN=ca' });
const leaf = ca.issue({ kind, names: [SERVER_NAME] });
const ofMute = mute.issue({ kind, names: [SERVER_NAME] });

function list(issuer: Authority, fields: Partial<CrlFields> = {}): Uint8Array {
  return createCrl({
    issuer: issuer.certificate,
    signingKey: issuer.key,
    random,
    thisUpdate: NOW - HOUR,
    nextUpdate: NOW + HOUR,
    revoked: [],
    ...fields,
  });
}

const past = { thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR };
const CASES: Readonly<
  Record<string, readonly [lists: readonly Uint8Array[], code: X509ErrorCode | 'ok', issued?: typeof leaf]>
> = {
  'a list of the issuer': [[list(ca)], 'ok'],
  'a list of the issuer with the certificate on it': [[list(ca, { revoked: [leaf] })], 'CERT_REVOKED'],
  'no list': [[], 'UNABLE_TO_GET_CRL'],
  'a list of somebody else': [[list(root)], 'UNABLE_TO_GET_CRL'],
  'a list whose signature was changed': [[flipBit(-9)(list(ca))], 'CRL_SIGNATURE_FAILURE'],
  'a list of a namesake': [[list(namesake)], 'CRL_SIGNATURE_FAILURE'],
  'a list in the issuer’s name, signed by another': [
    [list(ca, { signingKey: namesake.key })],
    'CRL_SIGNATURE_FAILURE',
  ],
  'a list that is overdue': [[list(ca, past)], 'CRL_HAS_EXPIRED'],
  'a list that says no end': [[list(ca, { nextUpdate: undefined })], 'CRL_HAS_EXPIRED'],
  'a list from the future': [[list(ca, { thisUpdate: NOW + 60_000 })], 'CRL_NOT_YET_VALID'],
  'a list from a key that may not sign lists': [[list(mute)], 'KEYUSAGE_NO_CRL_SIGN', ofMute],
  'a list with a critical extension that nobody knows': [
    [list(ca, { extensions: [strangeExtension(true)] })],
    'UNHANDLED_CRITICAL_CRL_EXTENSION',
  ],
  'a list about CA certificates': [[list(ca, { scope: { only: 'ca' } })], 'DIFFERENT_CRL_SCOPE'],
  'an indirect list': [[list(ca, { scope: { indirect: true } })], 'DIFFERENT_CRL_SCOPE'],
  'a list of some reasons alone': [[list(ca, { scope: { reasons: 2 } })], 'UNABLE_TO_GET_CRL'],
  'an overdue list with the certificate on it, behind a new one without': [
    [list(ca, { ...past, revoked: [leaf] }), list(ca)],
    'ok',
  ],
};

for (const [what, [ders, code, issued = leaf]] of Object.entries(CASES)) {
  test(`${what}: ${code}`, () => {
    for (const only of [ONLY12, ONLY13]) {
      const pair = new Pair(
        { ...only, trust: root.trust, revocation: { crls: ders.map(parseCrl), check: 'leaf' } },
        { ...only, credentials: [issued.credential] },
      ).pump();
      const { error } = pair.client.tested.connection;
      if (code === 'ok') {
        assert.equal(error, undefined);
        continue;
      }
      assert.equal(error?.code, code, error?.message ?? 'accepted');
      assert.ok(!pair.server.tested.kinds.includes('secure'));
      assert.equal(pair.server.tested.connection.error?.reason, 'alert_received');
    }
  });
}

test('of the whole chain: an intermediate that was revoked, or that no list speaks for', () => {
  const judge = (...ders: readonly Uint8Array[]): string | undefined =>
    new Pair(
      { ...ONLY13, trust: root.trust, revocation: { crls: ders.map(parseCrl), check: 'chain' } },
      { ...ONLY13, credentials: [leaf.credential] },
    ).pump().client.tested.connection.error?.code;
  assert.equal(judge(list(ca), list(root)), undefined);
  assert.equal(judge(list(ca), list(root, { revoked: [ca] })), 'CERT_REVOKED');
  assert.equal(judge(list(ca)), 'UNABLE_TO_GET_CRL');
});

test('a session is not taken up once the lists have changed', () => {
  const revocation = (...revoked: CrlFields['revoked']) => ({
    crls: [parseCrl(list(ca, { revoked }))],
    check: 'leaf' as const,
  });
  for (const only of [ONLY12, ONLY13]) {
    const server = { ...only, credentials: [leaf.credential], ticketKeys: ticketKeys() };
    const client = { ...only, trust: root.trust, revocation: revocation() };
    const session = newest(connect(client, server));
    const copy = { ...session, secret: session.secret.clone() };
    assertConnected(connect({ ...client, session: copy }, server), true);
    const again = connect({ ...client, session, revocation: revocation(leaf) }, server);
    assert.equal(again.pair.client.tested.connection.error?.code, 'CERT_REVOKED');
  }
});

describe('OCSP responses', () => {
  const other = ca.issue({ kind, names: ['other.test'] });
  const responder = ca.issue({ kind, subject: 'CN=responder', extKeyUsage: ['ocspSigning'] });
  const server = ca.issue({ kind, subject: 'CN=responder', extKeyUsage: ['serverAuth'] });
  const foreign = root.issue({ kind, subject: 'CN=responder', extKeyUsage: ['ocspSigning'] });

  const about = (fields: Partial<OcspAnswer> = {}): OcspAnswer => ({
    certificate: leaf.certificate,
    issuer: ca.certificate,
    status: { kind: 'good' },
    thisUpdate: NOW - HOUR,
    nextUpdate: NOW + HOUR,
    ...fields,
  });
  const response = (signer: Issued, ...answers: readonly OcspAnswer[]): Uint8Array =>
    createOcspResponse({
      answers,
      responder: signer.certificate,
      signingKey: signer.key,
      random,
      producedAt: NOW - HOUR,
    });
  const REVOKED = { kind: 'revoked', revokedAt: NOW - HOUR, reason: 'keyCompromise' } as const;
  const RESPONSES: Readonly<Record<string, readonly [X509ErrorCode | 'ok', ...Uint8Array[]]>> = {
    'of the issuer': ['ok', response(ca, about())],
    'of a responder that the issuer made': ['ok', response(responder, about())],
    'that it is revoked': ['CERT_REVOKED', response(ca, about({ status: REVOKED }))],
    'none at all': ['OCSP_VERIFY_NEEDED'],
    'about another certificate': [
      'OCSP_VERIFY_NEEDED',
      response(ca, about({ certificate: other.certificate })),
    ],
    'whose signature was changed': ['OCSP_VERIFY_FAILED', flipBit(-9)(response(ca, about()))],
    'of a namesake of the issuer': ['OCSP_VERIFY_FAILED', response(namesake, about())],
    'of a certificate that is for servers': ['OCSP_VERIFY_FAILED', response(server, about())],
    'of a responder of another CA': ['OCSP_VERIFY_FAILED', response(foreign, about())],
    'of the certificate itself': ['OCSP_VERIFY_FAILED', response(leaf, about())],
    'that is too old': ['OCSP_HAS_EXPIRED', response(ca, about({ nextUpdate: NOW - HOUR / 2 }))],
    'from the future': ['OCSP_NOT_YET_VALID', response(ca, about({ thisUpdate: NOW + HOUR }))],
    'good and revoked': ['CERT_REVOKED', response(ca, about()), response(ca, about({ status: REVOKED }))],
  };
  for (const [what, [code, ...ders]] of Object.entries(RESPONSES)) {
    test(`${what}: ${code}`, () => {
      const verdict = verifyChain({
        chain: leaf.chain,
        trust: root.trust,
        now: NOW,
        purpose: 'serverAuth',
        schemes: provider.signatureAlgorithms,
        revocation: { ocspResponses: ders.map(parseOcspResponse), check: 'leaf' },
      });
      assert.equal(verdict.ok ? 'ok' : verdict.error.code, code);
    });
  }
});
