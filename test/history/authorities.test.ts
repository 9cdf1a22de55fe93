/**
 * Certificates that vouch for others although they may not.
 *
 * - CVE-2002-0862 (CryptoAPI), CVE-2011-0228 (iOS), CVE-2021-3450 (OpenSSL), GHSA-2328-f5f3-gj25 (node-forge): a leaf issued
 *   certificates. GHSA-h8mc-2r26-8398: pathLenConstraint without keyUsage was not heeded. Here only one that says it is a CA,
 *   and whose key usage, where there is one, says keyCertSign, is an issuer.
 * - CVE-2015-1793 (OpenSSL): on an alternative path the checks were those of the first. Here each path is judged whole.
 * - CVE-2025-61727 (Go), RUSTSEC-2026-0099, GHSA-965h-392x-2mh5, CVE-2024-0567: name constraints passed over for wildcards,
 *   for URIs, or on a second path. Here what is not understood is refused.
 * - Measured in JavaScript stacks: the wrong purpose, an unknown critical extension, a
 *   self-signed certificate where no CA was given, and a host that nobody compared.
 *
 * Each chain goes through a handshake, to our client.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { derOid, derSequence } from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  type Authority,
  type Certificate,
  createAuthority,
  createCertificate,
  createSelfSigned,
  type Issued,
  type IssueOptions,
  parseCertificate,
  publicKeyOf,
  TrustStore,
  type X509ErrorCode,
} from '../../src/x509.ts';
import { Pair } from '../engine/pair.ts';
import { NOW, provider, SERVER_NAME } from '../handshake/credentials.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';

const DAY = 86_400_000;
const { random } = provider;
const root = createAuthority({ random, now: NOW, kind: 'ed25519', subject: 'CN=root' });
const names = [SERVER_NAME];
const leafOf = (ca: Authority, options: IssueOptions = {}): Issued =>
  ca.issue({ kind: 'ed25519', names, ...options });
const below = (options: IssueOptions): Issued => leafOf(root.intermediate({ kind: 'ed25519', ...options }));

interface Case {
  readonly issued: Issued;
  readonly chain?: readonly Certificate[];
  readonly trust?: TrustStore;
  readonly code: X509ErrorCode | 'ok';
}

function cross(subject: Authority, issuer: Authority, options: { isCA?: boolean } = {}): Certificate {
  return parseCertificate(
    createCertificate({
      subject: subject.certificate.subject,
      issuer: issuer.certificate,
      publicKey: publicKeyOf(subject.key),
      signingKey: issuer.key,
      random,
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
      isCA: options.isCA ?? true,
    }),
  );
}

/** A second path, of which the first step is a leaf that acts as CA (CVE-2015-1793). */
function alternative(): Case {
  const evilLeaf = leafOf(root);
  const evil = root.intermediate({ kind: 'ed25519', subject: 'CN=evil' });
  const stranger = createAuthority({ random, now: NOW, kind: 'ed25519', subject: 'CN=stranger' });
  const issued = leafOf(evil);
  const byLeaf = parseCertificate(
    createCertificate({
      subject: evil.certificate.subject,
      issuer: evilLeaf.certificate,
      publicKey: publicKeyOf(evil.key),
      signingKey: evilLeaf.key,
      random,
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
      isCA: true,
    }),
  );
  const chain = [issued.certificate, cross(evil, stranger), byLeaf, evilLeaf.certificate];
  return { issued, chain, code: 'INVALID_CA' };
}

function crossed(): Case {
  const one = createAuthority({ random, now: NOW, kind: 'ed25519', subject: 'CN=one' });
  const two = createAuthority({ random, now: NOW, kind: 'ed25519', subject: 'CN=two' });
  const issued = leafOf(one);
  return {
    issued,
    chain: [issued.certificate, cross(one, two), cross(two, one)],
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  };
}

const inner = (options: IssueOptions): Issued =>
  leafOf(
    root.intermediate({ kind: 'ed25519', ...options }).intermediate({ kind: 'ed25519', subject: 'CN=i' }),
  );
const constrained = (
  nameConstraints: NonNullable<IssueOptions['nameConstraints']>,
  more: IssueOptions = {},
): Issued => leafOf(root.intermediate({ kind: 'ed25519', nameConstraints }), more);
const rooted = leafOf(root);
const selfSigned = createSelfSigned({ random, now: NOW, kind: 'ed25519', names });
const unknownCritical = { oid: '1.3.6.1.4.1.55738.1', critical: true, value: derSequence(derOid('1.2.3')) };

const CASES: Readonly<Record<string, Case>> = {
  'a sound chain': { issued: below({}), code: 'ok' },
  'CVE-2002-0862: a leaf as CA': { issued: below({ isCA: false }), code: 'INVALID_CA' },
  'CVE-2011-0228: no basicConstraints': {
    issued: below({ omit: [OID.basicConstraints] }),
    code: 'INVALID_CA',
  },
  'GHSA-2328-f5f3-gj25: neither basicConstraints nor keyUsage': {
    issued: below({ omit: [OID.basicConstraints, OID.keyUsage] }),
    code: 'INVALID_CA',
  },
  'CVE-2021-3450: keyCertSign, but no CA': {
    issued: below({ isCA: false, keyUsage: ['keyCertSign'] }),
    code: 'INVALID_CA',
  },
  'a CA whose key may not sign certificates': {
    issued: below({ keyUsage: ['cRLSign', 'digitalSignature'] }),
    code: 'INVALID_CA',
  },
  'a path longer than pathLenConstraint': { issued: inner({ pathLen: 0 }), code: 'PATH_LENGTH_EXCEEDED' },
  'GHSA-h8mc-2r26-8398: the same without keyUsage': {
    issued: inner({ pathLen: 0, omit: [OID.keyUsage] }),
    code: 'PATH_LENGTH_EXCEEDED',
  },
  'CVE-2015-1793: an alternative path through a leaf': alternative(),
  'two CAs that sign each other, and nobody else them': crossed(),
  'a certificate trusted itself, that is for another name': {
    issued: createSelfSigned({ random, now: NOW, kind: 'ed25519', names: ['other.test'] }),
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
  'a self-signed certificate, and no CA is given': {
    issued: selfSigned,
    trust: TrustStore.fromCertificates([]),
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
  'a chain to a root of its own, and no CA is given': {
    issued: rooted,
    chain: [rooted.certificate, root.certificate],
    trust: TrustStore.fromCertificates([]),
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  },
  'CVE-2025-61727: a wildcard that reaches into what is excluded': {
    issued: constrained(
      { excluded: ['DNS:secret.test'] },
      { names: [], subjectAltNames: [SERVER_NAME, '*.test'] },
    ),
    code: 'EXCLUDED_VIOLATION',
  },
  'RUSTSEC-2026-0099: a wildcard wider than what is permitted': {
    issued: constrained(
      { permitted: ['DNS:server.test'] },
      { names: [], subjectAltNames: [SERVER_NAME, '*.test'] },
    ),
    code: 'PERMITTED_VIOLATION',
  },
  'GHSA-965h-392x-2mh5: a URI outside what is permitted': {
    issued: constrained(
      { permitted: ['URI:.good.test'] },
      { names: [], subjectAltNames: [SERVER_NAME, 'URI:https://evil.test/'] },
    ),
    code: 'PERMITTED_VIOLATION',
  },
  'a name outside what is permitted': {
    issued: constrained({ permitted: ['DNS:other.test'] }),
    code: 'PERMITTED_VIOLATION',
  },
  'a constraint on a kind of name that nobody understands, where there is such a name': {
    issued: constrained(
      { permitted: ['RID:1.2.3'] },
      { names: [], subjectAltNames: [SERVER_NAME, 'RID:1.2.4'] },
    ),
    code: 'UNSUPPORTED_CONSTRAINT_TYPE',
  },
  'the wrong purpose': { issued: leafOf(root, { extKeyUsage: ['clientAuth'] }), code: 'INVALID_PURPOSE' },
  'a key that may not sign': {
    issued: leafOf(root, { keyUsage: ['keyAgreement'] }),
    code: 'INVALID_PURPOSE',
  },
  'an unknown critical extension': {
    issued: leafOf(root, { extensions: [unknownCritical] }),
    code: 'UNHANDLED_CRITICAL_EXTENSION',
  },
  'a common name, and no alternative names': {
    issued: root.issue({ kind: 'ed25519', subject: `CN=${SERVER_NAME}` }),
    code: 'HOSTNAME_MISMATCH',
  },
  'the wrong host': { issued: leafOf(root, { names: ['elsewhere.test'] }), code: 'HOSTNAME_MISMATCH' },
  'yesterday’s': {
    issued: leafOf(root, { notBefore: NOW - 2 * DAY, notAfter: NOW - DAY }),
    code: 'CERT_HAS_EXPIRED',
  },
};

for (const [what, { issued, chain = issued.chain, trust = root.trust, code }] of Object.entries(CASES)) {
  test(`${what}: ${code}`, () => {
    for (const only of [ONLY13, ONLY12]) {
      const pair = new Pair(
        { ...only, trust },
        { ...only, credentials: [{ chain, privateKey: issued.key }] },
      ).pump();
      const { error } = pair.client.tested.connection;
      if (code === 'ok') {
        assert.equal(error, undefined);
        assert.equal(pair.server.tested.connection.phase, 'open');
        continue;
      }
      assert.equal(error?.code, code, error?.message ?? 'accepted');
      assert.equal(error.family, 'certificate');
      assert.ok(!pair.client.tested.kinds.includes('secure') && !pair.server.tested.kinds.includes('secure'));
      assert.equal(pair.server.tested.connection.error?.reason, 'alert_received');
    }
  });
}

test('a client’s certificate is held to the same by a server', () => {
  for (const [issued, code] of [
    [below({ isCA: false }), 'INVALID_CA'],
    [leafOf(root, { extKeyUsage: ['serverAuth'] }), 'INVALID_PURPOSE'],
    [selfSigned, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ] as const) {
    const pair = new Pair(
      { ...ONLY13, credentials: [{ chain: issued.chain, privateKey: issued.key }] },
      { ...ONLY13, clientAuth: 'require', trust: root.trust },
    ).pump();
    assert.equal(pair.server.tested.connection.error?.code, code);
    assert.ok(!pair.server.tested.kinds.includes('secure'));
  }
});

test('a client without a certificate does not pass where one is required', () => {
  for (const [only, reason] of [
    [ONLY13, 'certificate_required'],
    [ONLY12, 'no_client_certificate'],
  ] as const) {
    const pair = new Pair(only, { ...only, clientAuth: 'require', trust: root.trust }).pump();
    assert.equal(pair.server.tested.connection.error?.reason, reason);
    assert.ok(!pair.server.tested.kinds.includes('secure'));
  }
});
