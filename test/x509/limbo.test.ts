/**
 * x509-limbo (C2SP, Apache-2.0): path validation cases of many origins. Set LIMBO_FILE to the `limbo.json`; without it
 * the sibling folder is looked at, and the test is skipped when there is none.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import {
  type Certificate,
  type CertificateRevocationList,
  parseCertificates,
  parseCrls,
  TrustStore,
  type VerifyInput,
  verifyChain,
  X509Error,
} from '../../src/x509.ts';
import { projectRoot } from '../house/root.ts';

interface Case {
  readonly id: string;
  readonly features: readonly string[];
  readonly validation_kind: 'SERVER' | 'CLIENT';
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly key_usage: readonly string[];
  readonly extended_key_usage: readonly string[];
  readonly expected_result: 'SUCCESS' | 'FAILURE';
  readonly expected_peer_name: { readonly kind: 'DNS' | 'IP' | 'RFC822'; readonly value: string } | null;
  readonly max_chain_depth: number | null;
  readonly crls?: readonly string[];
}

const FILE =
  process.env['LIMBO_FILE'] ?? join(projectRoot(import.meta.url), '..', 'shared', 'limbo', 'limbo.json');

const schemes = signatureAlgorithms();

/** What we say to a case: undefined for a good path, else why not. */
function run(one: Case): string | undefined {
  let intermediates: Certificate[];
  let leaf: Certificate[];
  const trust = new TrustStore();
  try {
    leaf = parseCertificates(one.peer_certificate);
    for (const pem of one.trusted_certs) trust.addPem(pem, { skipBroken: true });
    intermediates = one.untrusted_intermediates.flatMap((pem) => {
      try {
        return parseCertificates(pem);
      } catch (error) {
        if (error instanceof X509Error) return [];
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof X509Error) return `${error.code}: ${error.message}`;
    throw error;
  }
  const name = one.expected_peer_name;
  let crls: CertificateRevocationList[];
  try {
    crls = (one.crls ?? []).flatMap((pem) => parseCrls(pem));
  } catch (error) {
    if (error instanceof X509Error) return `${error.code}: ${error.message}`;
    throw error;
  }
  const input: VerifyInput = {
    chain: [...leaf, ...intermediates],
    trust,
    now: one.validation_time === null ? Date.now() : Date.parse(one.validation_time),
    purpose: one.validation_kind === 'SERVER' ? 'serverAuth' : 'clientAuth',
    schemes,
    partialChain: true,
    ...(name === null || name.kind === 'RFC822' ? {} : { name: name.value }),
    keyUsage: one.key_usage.includes('digitalSignature') ? 'digitalSignature' : 'any',
    ...(one.features.includes('has-crl') ? { revocation: { crls, check: 'leaf' as const } } : {}),
    ...(one.max_chain_depth === null ? {} : { limits: { intermediates: one.max_chain_depth } }),
  };
  const verdict = verifyChain(input);
  return verdict.ok ? undefined : `${verdict.error.code}: ${verdict.error.message}`;
}

/** Where we say otherwise than the case, and why. A test fails when an entry is not needed any more. */
const HINTS = 'key identifiers are hints; certificates made by hand have none, and Node accepts them';
const CABF_ROOT =
  "a rule of CABF on what a public root's authorityKeyIdentifier may hold; it is a hint to us";
const CABF_CN = 'a rule of CABF on the common name, which is never read here';
const CABF_EKU = 'a rule of CABF on extended key usage; RFC 5280 and Node allow it';
const NO_PSL = 'no public suffix list is consulted';
const CABF_RSA = 'CABF wants RSA moduli of whole bytes; the arithmetic does not care';

const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ['rfc5280::aki::leaf-missing-aki', HINTS],
  ['rfc5280::aki::intermediate-missing-aki', HINTS],
  ['rfc5280::aki::cross-signed-root-missing-aki', HINTS],
  ['rfc5280::ski::root-missing-ski', HINTS],
  ['rfc5280::ski::intermediate-missing-ski', HINTS],
  [
    'rfc5280::nc::permitted-dns-match-noncritical',
    'contradicts webpki::nc::permitted-dns-match-noncritical, which we follow: they bind all the same',
  ],
  [
    'rfc5280::nc::invalid-dnsname-leading-period',
    'OpenSSL defines it and private CAs use it: names below only',
  ],
  [
    'rfc5280::san::noncritical-with-empty-subject',
    'a duty of the issuer; nothing hangs on the bit, and common tools leave it out',
  ],
  ['rfc5280::san::underscore-dns', 'Node, Go and webpki accept underscores'],
  [
    'rfc5280::root-non-critical-basic-constraints',
    'public roots (Go Daddy, Starfield, ePKI) and many private ones are so',
  ],
  ['webpki::aki::root-with-aki-missing-keyidentifier', CABF_ROOT],
  ['webpki::aki::root-with-aki-authoritycertissuer', CABF_ROOT],
  ['webpki::aki::root-with-aki-authoritycertserialnumber', CABF_ROOT],
  ['webpki::aki::root-with-aki-all-fields', CABF_ROOT],
  ['webpki::cn::ipv4-hex-mismatch', CABF_CN],
  ['webpki::cn::ipv4-leading-zeros-mismatch', CABF_CN],
  ['webpki::cn::ipv6-uppercase-mismatch', CABF_CN],
  ['webpki::cn::ipv6-uncompressed-mismatch', CABF_CN],
  ['webpki::cn::ipv6-non-rfc5952-mismatch', CABF_CN],
  ['webpki::cn::punycode-not-in-san', CABF_CN],
  ['webpki::cn::utf8-vs-punycode-mismatch', CABF_CN],
  ['webpki::cn::not-in-san', CABF_CN],
  ['webpki::cn::case-mismatch', CABF_CN],
  ['webpki::eku::ee-anyeku', 'CABF forbids it beside serverAuth; serverAuth is there'],
  ['webpki::eku::ee-critical-eku', CABF_EKU],
  ['webpki::eku::ee-without-eku', CABF_EKU],
  ['webpki::eku::root-has-eku', CABF_EKU],
  ['webpki::san::public-suffix-multi-label-wildcard-san', NO_PSL],
  ['webpki::san::public-suffix-private-namespace-wildcard-san', NO_PSL],
  ['webpki::san::san-critical-with-nonempty-subject', 'CABF only; RFC 5280 4.2.1.6 allows it'],
  ['webpki::forbidden-rsa-not-divisible-by-8-in-root', CABF_RSA],
  ['webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf', CABF_RSA],
  ['webpki::ee-basicconstraints-ca', 'CABF only; a CA certificate may serve TLS in private PKIs, as in Node'],
  ['crl::crlnumber-missing', 'lists of small CAs have none, OpenSSL takes them, and nothing hangs on it'],
  ['webpki::ca-as-leaf', 'contradicts rfc5280::ca-as-leaf, which we follow'],
]);

const isHere = existsSync(FILE);

describe('x509-limbo', { skip: isHere ? false : 'limbo.json is not here; set LIMBO_FILE' }, () => {
  const cases = isHere ? (JSON.parse(readFileSync(FILE, 'utf8')) as { testcases: Case[] }).testcases : [];
  for (const one of cases) {
    test(one.id, () => {
      const why = run(one);
      const result = why === undefined ? 'SUCCESS' : 'FAILURE';
      if (DIFFERENT.has(one.id)) {
        assert.notEqual(result, one.expected_result, `now agrees: take it off the list (${why})`);
      } else {
        assert.equal(result, one.expected_result, why);
      }
    });
  }
  test('the list of differences is about this set', () => {
    const ids = new Set(cases.map((one) => one.id));
    // An edition of limbo may lack a case; only a name that it never had would be a slip of ours.
    const strangers = [...DIFFERENT.keys()].filter((id) => !ids.has(id));
    assert.ok(strangers.length < DIFFERENT.size, strangers.join(', '));
  });
});
