/**
 * Chains with random faults, judged by Node's own tls and by us. Whatever we accept, Node must accept; what only we
 * refuse must be refused for one of the reasons in which we mean to be stricter.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OID } from '../../src/x509/oid.ts';
import {
  type Authority,
  type Certificate,
  createAuthority,
  createSelfSigned,
  generateKey,
  type IssueOptions,
  parseCertificate,
  TrustStore,
  verifyChain,
  type X509ErrorCode,
} from '../../src/x509.ts';
import { DAY, random, schemes } from './kit.ts';
import { nodeVerdict } from './node-verdict.ts';

const CASES = 150;
const now = Date.now();

/** A 32-bit xorshift, so that a failure can be repeated; print `seed` to start elsewhere. */
let state = 20260601;
function chance(probability: number): boolean {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32 < probability;
}
function pick<T>(first: T, ...rest: readonly T[]): T {
  return rest.reduce((chosen, one, i) => (chance(1 / (i + 2)) ? one : chosen), first);
}

function faults(): IssueOptions {
  return {
    ...(chance(0.12)
      ? pick(
          { notBefore: now - 2 * DAY, notAfter: now - DAY },
          { notBefore: now + DAY, notAfter: now + 2 * DAY },
        )
      : {}),
    ...(chance(0.1) ? { pathLen: pick(0, 1) } : {}),
    ...(chance(0.08) ? { extKeyUsage: pick(['clientAuth'], ['serverAuth'], ['anyExtendedKeyUsage']) } : {}),
    ...(chance(0.05) ? { isCA: false } : {}),
    ...(chance(0.06) ? { keyUsage: pick(['digitalSignature'], ['keyCertSign'], ['cRLSign'] as const) } : {}),
    ...(chance(0.05)
      ? { omit: [pick<string>(OID.keyUsage, OID.basicConstraints, OID.subjectKeyIdentifier)] }
      : {}),
    ...(chance(0.03) ? { extensions: [{ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }] } : {}),
    ...(chance(0.05)
      ? {
          nameConstraints: pick(
            { permitted: ['example'] },
            { permitted: ['other'] },
            { excluded: ['a.example'] },
          ),
        }
      : {}),
  };
}

function damaged(certificate: Certificate): Certificate {
  const raw = new Uint8Array(certificate.raw);
  raw[raw.length - 1] = (raw[raw.length - 1] ?? 0) ^ 1;
  return parseCertificate(raw);
}

const keys = Array.from({ length: 4 }, () => generateKey('ecdsa-p256', random));
const keyAt = (i: number): ReturnType<typeof generateKey> => keys[i] ?? generateKey('ecdsa-p256', random);
const strangers = [
  createAuthority({ random, now, subject: 'CN=other' }),
  createAuthority({ random, now, subject: 'CN=root' }),
];

/** Where Node accepts and we do not: a certificate that contradicts itself, or a root that does not say it is a CA. */
const STRICTER: ReadonlySet<X509ErrorCode> = new Set(['INVALID_EXTENSION', 'INVALID_CA', 'INVALID_PURPOSE']);

test(`${CASES} chains with random faults`, async () => {
  let accepted = 0;
  for (let i = 0; i < CASES; i++) {
    const root = createAuthority({
      random,
      now,
      key: keyAt(0),
      subject: 'CN=root',
      ...(chance(0.5) ? faults() : {}),
    });
    let ca: Authority = root;
    for (let depth = pick(0, 1, 1, 2); depth > 0; depth--) {
      const subject = chance(0.1) ? ca.certificate.subject : `CN=mid ${depth}`;
      ca = ca.intermediate({ subject, key: keyAt(depth), ...(chance(0.6) ? faults() : {}) });
    }
    const own = { names: ['a.example'], key: keyAt(3), ...(chance(0.5) ? faults() : {}) };
    const leaf = chance(0.08) ? createSelfSigned({ random, now, ...own }) : ca.issue(own);
    let chain = [...leaf.chain];
    if (chance(0.1) && chain.length > 1) chain.splice(1, 1);
    if (chance(0.15)) chain.push(root.certificate);
    if (chance(0.08)) chain = chain.map((one, at) => (at === i % chain.length ? damaged(one) : one));
    const anchors = [pick(root, root, root, root, root, root, ...strangers, ca, leaf).certificate];
    const verdict = verifyChain({
      chain,
      trust: TrustStore.fromCertificates(anchors),
      now,
      purpose: 'serverAuth',
      schemes,
    });
    const node = await nodeVerdict(chain, leaf.key, anchors);
    if (verdict.ok) {
      accepted++;
      assert.equal(node, undefined, `case ${i}: we accept what Node refuses`);
    } else if (node === undefined) {
      assert.ok(STRICTER.has(verdict.error.code), `case ${i}: only we refuse, with ${verdict.error.code}`);
    }
  }
  assert.ok(accepted > CASES / 10 && accepted < CASES, `${accepted} accepted`);
});
