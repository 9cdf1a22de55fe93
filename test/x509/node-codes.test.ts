/** The codes that programs written for Node know: each case is verified by Node's own tls and by us, and compared. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OID } from '../../src/x509/oid.ts';
import {
  type Authority,
  type Certificate,
  createAuthority,
  createSelfSigned,
  type Issued,
  type IssueOptions,
  parseCertificate,
  TrustStore,
  verifyChain,
} from '../../src/x509.ts';
import { DAY, hex, random, schemes, spareKey } from './kit.ts';
import { nodeVerdict } from './node-verdict.ts';

/** Node asks the machine's clock. */
const now = Date.now();
const expired = { notBefore: now - 2 * DAY, notAfter: now - DAY };
const future = { notBefore: now + DAY, notAfter: now + 2 * DAY };
const root = createAuthority({ random, now });
const stranger = createAuthority({ random, now, subject: 'CN=stranger' });
const mid = root.intermediate();
const names = { names: ['a.example'], key: spareKey };
const leaf = mid.issue(names);
const self = createSelfSigned({ random, now, ...names });

/** A certificate whose last signature byte is another. */
function damaged(certificate: Certificate): Certificate {
  const raw = new Uint8Array(certificate.raw);
  raw[raw.length - 1] = (raw[raw.length - 1] ?? 0) ^ 1;
  return parseCertificate(raw);
}

interface Case {
  readonly what: string;
  readonly chain: readonly Certificate[];
  readonly issued: Issued;
  readonly trusted: readonly Certificate[];
  readonly code: string | undefined;
}

const below = (
  ca: Authority,
  options: IssueOptions = {},
): { chain: readonly Certificate[]; issued: Issued } => {
  const issued = ca.issue({ ...names, ...options });
  return { chain: issued.chain, issued };
};
const trusted = [root.certificate];
const oldRoot = createAuthority({ random, now, subject: 'CN=old root', ...expired });
const oldSelf = createSelfSigned({ random, now, ...names, ...expired });
const twin = createAuthority({ random, now });
const shortRoot = createAuthority({ random, now, subject: 'CN=short', pathLen: 0 });

const CASES: readonly Case[] = [
  { what: 'all is well', ...below(mid), trusted, code: undefined },
  {
    what: 'the intermediate is missing',
    chain: [leaf.certificate],
    issued: leaf,
    trusted,
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  {
    what: 'the root is not trusted',
    ...below(mid),
    trusted: [stranger.certificate],
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  },
  {
    what: 'the root is sent and not trusted',
    chain: [...leaf.chain, root.certificate],
    issued: leaf,
    trusted: [stranger.certificate],
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  },
  {
    what: 'only the intermediate is trusted',
    ...below(mid),
    trusted: [mid.certificate],
    code: 'UNABLE_TO_GET_ISSUER_CERT',
  },
  {
    what: 'only the intermediate is trusted, and the root is sent',
    chain: [...leaf.chain, root.certificate],
    issued: leaf,
    trusted: [mid.certificate],
    code: 'UNABLE_TO_GET_ISSUER_CERT',
  },
  {
    what: 'only the leaf is trusted',
    chain: [leaf.certificate],
    issued: leaf,
    trusted: [leaf.certificate],
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  {
    what: 'the intermediate is expired and its issuer is missing',
    ...below(root.intermediate(expired)),
    trusted: [stranger.certificate],
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  },
  {
    what: 'the leaf is expired and the issuer of its issuer is missing',
    ...below(mid, expired),
    trusted: [stranger.certificate],
    code: 'CERT_HAS_EXPIRED',
  },
  {
    what: 'self-signed and not trusted',
    chain: [self.certificate],
    issued: self,
    trusted,
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
  {
    what: 'self-signed and trusted',
    chain: [self.certificate],
    issued: self,
    trusted: [self.certificate],
    code: undefined,
  },
  {
    what: 'self-signed, expired and not trusted',
    chain: [oldSelf.certificate],
    issued: oldSelf,
    trusted,
    code: 'CERT_HAS_EXPIRED',
  },
  { what: 'the leaf is expired', ...below(mid, expired), trusted, code: 'CERT_HAS_EXPIRED' },
  { what: 'the leaf is not yet valid', ...below(mid, future), trusted, code: 'CERT_NOT_YET_VALID' },
  {
    what: 'the intermediate is expired',
    ...below(root.intermediate(expired)),
    trusted,
    code: 'CERT_HAS_EXPIRED',
  },
  {
    what: 'the root is expired',
    ...below(oldRoot),
    trusted: [oldRoot.certificate],
    code: 'CERT_HAS_EXPIRED',
  },
  {
    what: 'expired and the intermediate missing',
    chain: [mid.issue({ ...names, ...expired }).certificate],
    issued: leaf,
    trusted,
    code: 'CERT_HAS_EXPIRED',
  },
  {
    what: 'the purpose is another',
    ...below(mid, { extKeyUsage: ['clientAuth'] }),
    trusted,
    code: 'INVALID_PURPOSE',
  },
  {
    what: 'the path is too long',
    ...below(shortRoot.intermediate()),
    trusted: [shortRoot.certificate],
    code: 'PATH_LENGTH_EXCEEDED',
  },
  {
    what: 'the signature is damaged',
    chain: [damaged(leaf.certificate), mid.certificate],
    issued: leaf,
    trusted,
    code: 'CERT_SIGNATURE_FAILURE',
  },
  {
    what: 'the signature of the intermediate is damaged',
    chain: [leaf.certificate, damaged(mid.certificate)],
    issued: leaf,
    trusted,
    code: 'CERT_SIGNATURE_FAILURE',
  },
  {
    what: 'a namesake of the root is trusted',
    ...below(mid),
    trusted: [twin.certificate],
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  },
];

describe("Node's codes", () => {
  for (const { what, chain, issued, trusted: anchors, code } of CASES) {
    test(`${what}: ${code ?? 'accepted'}`, async () => {
      const verdict = verifyChain({
        chain,
        trust: TrustStore.fromCertificates(anchors),
        now,
        purpose: 'serverAuth',
        schemes,
      });
      assert.equal(verdict.ok ? undefined : verdict.error.code, code, 'ours');
      assert.equal(await nodeVerdict(chain, issued.key, anchors), code, "Node's");
    });
  }
  test('of the two findings on an issuer that is no CA, we give the telling one', async () => {
    const { chain, issued } = below(root.intermediate({ isCA: false, omit: [OID.keyUsage] }));
    const verdict = verifyChain({ chain, trust: root.trust, now, purpose: 'serverAuth', schemes });
    assert.equal(!verdict.ok && verdict.error.code, 'INVALID_CA');
    // OpenSSL finds INVALID_CA as well, and then that what is no CA does not have the purpose of one.
    assert.equal(await nodeVerdict(chain, issued.key, trusted), 'INVALID_PURPOSE');
  });
  test('where Node says UNSPECIFIED, we say what it is', async () => {
    const extension = { oid: '1.2.3.4', critical: true, value: hex('0500') };
    const one = root.issue({ ...names, extensions: [extension] });
    const verdict = verifyChain({ chain: one.chain, trust: root.trust, now, purpose: 'serverAuth', schemes });
    assert.equal(!verdict.ok && verdict.error.code, 'UNHANDLED_CRITICAL_EXTENSION');
    assert.equal(await nodeVerdict(one.chain, one.key, trusted), 'UNSPECIFIED');
  });
});
