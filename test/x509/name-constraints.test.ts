import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import { derElement, derExplicit, derOid, derSequence } from '../../src/x509/der-writer.ts';
import type { GeneralNameInput } from '../../src/x509/name-builder.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  createAuthority,
  type IssueOptions,
  type VerifyVerdict,
  type X509ErrorCode,
} from '../../src/x509.ts';
import { assertAccepted, assertRefused, hex, NOW, random, root, spareKey, verify } from './kit.ts';

const key = spareKey;

interface Constraints {
  readonly permitted?: readonly GeneralNameInput[];
  readonly excluded?: readonly GeneralNameInput[];
}

/** The verdict on a leaf with these names below a CA with these constraints. */
function judge(
  nameConstraints: Constraints,
  names: readonly GeneralNameInput[],
  options: IssueOptions = {},
): VerifyVerdict {
  const ca = root.intermediate({ nameConstraints, key });
  return verify(ca.issue({ key, subject: '', subjectAltNames: names, ...options }).chain);
}

type Row = readonly [verdict: 'ok' | X509ErrorCode, constraint: GeneralNameInput, name: GeneralNameInput];

const PERMITTED: readonly Row[] = [
  ['ok', 'DNS:example.com', 'DNS:example.com'],
  ['ok', 'DNS:example.com', 'DNS:a.b.example.com'],
  ['ok', 'DNS:EXAMPLE.com', 'DNS:A.example.COM'],
  ['ok', 'DNS:example.com', 'DNS:*.example.com'],
  ['ok', 'DNS:example.com', 'DNS:*.a.example.com'],
  ['ok', 'DNS:', 'DNS:anything.example'],
  ['ok', 'DNS:.example.com', 'DNS:a.example.com'],
  ['ok', 'DNS:.example.com', 'DNS:*.example.com'],
  ['PERMITTED_VIOLATION', 'DNS:.example.com', 'DNS:example.com'],
  ['PERMITTED_VIOLATION', 'DNS:example.com', 'DNS:badexample.com'],
  ['PERMITTED_VIOLATION', 'DNS:example.com', 'DNS:com'],
  ['PERMITTED_VIOLATION', 'DNS:example.com', 'DNS:example.org'],
  // The wildcard reaches beyond what is permitted.
  ['PERMITTED_VIOLATION', 'DNS:foo.example.com', 'DNS:*.example.com'],
  ['PERMITTED_VIOLATION', 'DNS:example.com', 'DNS:*.com'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'DNS:*.example.com', 'DNS:a.example.com'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'DNS:example..com', 'DNS:a.example.com'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'DNS:example.com.', 'DNS:a.example.com'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'DNS:..', 'DNS:a.example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'DNS:example.com', 'DNS:.example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'DNS:example.com', 'DNS:a.*.example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'DNS:example.com', 'DNS:a b.example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'DNS:example.com', 'DNS:a\0.example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'DNS:example.com', 'DNS:'],

  ['ok', 'IP:192.0.2.0/24', 'IP:192.0.2.255'],
  ['ok', 'IP:0.0.0.0/0', 'IP:192.0.2.1'],
  ['ok', 'IP:2001:db8::/32', 'IP:2001:db8:1::1'],
  ['PERMITTED_VIOLATION', 'IP:192.0.2.0/24', 'IP:192.0.3.0'],
  ['PERMITTED_VIOLATION', 'IP:192.0.2.1/32', 'IP:192.0.2.2'],
  ['PERMITTED_VIOLATION', 'IP:0.0.0.0/0', 'IP:::1'],
  ['PERMITTED_VIOLATION', 'IP:::/0', 'IP:192.0.2.1'],
  ['PERMITTED_VIOLATION', 'IP:192.0.2.0/24', 'IP:::ffff:192.0.2.1'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'IP:192.0.2.0/255.0.255.0', 'IP:192.0.2.1'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'IP:192.0.2.0/0.0.0.255', 'IP:192.0.2.1'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'IP:192.0.2.0/255.255.255.1', 'IP:192.0.2.1'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'IP:0.0.0.0/0.0.0.1', 'IP:192.0.2.1'],

  ['ok', 'email:a@example.com', 'email:a@EXAMPLE.com'],
  ['ok', 'email:example.com', 'email:a@example.com'],
  ['ok', 'email:.example.com', 'email:a@b.example.com'],
  ['ok', 'email:*@example.com', 'email:*@example.com'],
  ['PERMITTED_VIOLATION', 'email:a@example.com', 'email:A@example.com'],
  ['PERMITTED_VIOLATION', 'email:*@example.com', 'email:a@example.com'],
  ['PERMITTED_VIOLATION', 'email:example.com', 'email:a@b.example.com'],
  ['PERMITTED_VIOLATION', 'email:.example.com', 'email:a@example.com'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'email:a@b@example.com', 'email:a@example.com'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'email:@example.com', 'email:a@example.com'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'email:a@', 'email:a@example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'email:example.com', 'email:a@b@example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'email:example.com', 'email:example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'email:example.com', 'email:"a"@example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'email:example.com', 'email:a b@example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'email:example.com', 'email:a\u007f@example.com'],
  ['ok', 'email:', 'email:a@example.com'],

  ['ok', 'URI:example.com', 'URI:https://example.com/x'],
  ['ok', 'URI:', 'URI:https://example.com/x'],
  ['UNSUPPORTED_NAME_SYNTAX', 'URI:example.com', 'URI:://example.com/'],
  ['ok', 'URI:.example.com', 'URI:https://u:p@a.EXAMPLE.com:8443?q'],
  ['PERMITTED_VIOLATION', 'URI:example.com', 'URI:https://a.example.com/'],
  ['PERMITTED_VIOLATION', 'URI:.example.com', 'URI:https://example.com/'],
  ['PERMITTED_VIOLATION', 'URI:example.com', 'URI:https://evil.example/@example.com'],
  ['PERMITTED_VIOLATION', 'URI:example.com', 'URI:https://example.com@evil.example/'],
  ['UNSUPPORTED_NAME_SYNTAX', 'URI:example.com', 'URI:mailto:a@example.com'],
  ['UNSUPPORTED_NAME_SYNTAX', 'URI:example.com', 'URI:https://192.0.2.1/'],
  ['UNSUPPORTED_NAME_SYNTAX', 'URI:example.com', 'URI:https://[::1]/'],
  ['UNSUPPORTED_NAME_SYNTAX', 'URI:example.com', 'URI:https:///x'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'URI:https://example.com', 'URI:https://example.com/'],

  ['ok', 'dirName:C=CH, O=Example', 'dirName:C=CH, O=Example, CN=a'],
  ['ok', 'dirName:C=CH, O=Example', 'dirName:C=CH, O=  example '],
  ['ok', 'dirName:', 'dirName:CN=a'],
  ['PERMITTED_VIOLATION', 'dirName:C=CH, O=Example', 'dirName:C=CH'],
  ['PERMITTED_VIOLATION', 'dirName:C=CH, O=Example', 'dirName:O=Example, C=CH'],
  ['PERMITTED_VIOLATION', 'dirName:C=CH, O=Example', 'dirName:C=CH, O=Examples'],

  ['UNSUPPORTED_CONSTRAINT_TYPE', 'RID:1.2.3', 'RID:1.2.3'],

  // A constraint on one kind says nothing about another.
  ['ok', 'IP:192.0.2.0/24', 'DNS:example.com'],
  ['ok', 'DNS:example.com', 'IP:192.0.2.1'],
  ['ok', 'RID:1.2.3', 'DNS:example.com'],
  ['ok', 'email:example.com', 'URI:https://other.example/'],
];

const EXCLUDED: readonly Row[] = [
  ['EXCLUDED_VIOLATION', 'DNS:example.com', 'DNS:example.com'],
  ['EXCLUDED_VIOLATION', 'DNS:example.com', 'DNS:a.EXAMPLE.com'],
  ['EXCLUDED_VIOLATION', 'DNS:example.com', 'DNS:*.example.com'],
  ['EXCLUDED_VIOLATION', 'DNS:', 'DNS:a.example'],
  // One of the names that the wildcard stands for is excluded (CVE-2025-61727).
  ['EXCLUDED_VIOLATION', 'DNS:foo.example.com', 'DNS:*.example.com'],
  ['ok', 'DNS:a.foo.example.com', 'DNS:*.example.com'],
  ['ok', 'DNS:.foo.example.com', 'DNS:*.example.com'],
  ['ok', 'DNS:example.com', 'DNS:badexample.com'],
  ['ok', 'DNS:example.com', 'DNS:com'],
  ['ok', 'DNS:.example.com', 'DNS:example.com'],
  ['EXCLUDED_VIOLATION', 'DNS:.example.com', 'DNS:a.example.com'],
  ['EXCLUDED_VIOLATION', 'IP:192.0.2.0/24', 'IP:192.0.2.9'],
  ['ok', 'IP:192.0.2.0/24', 'IP:192.0.3.9'],
  ['ok', 'IP:0.0.0.0/0', 'IP:::1'],
  ['EXCLUDED_VIOLATION', 'email:example.com', 'email:x@example.com'],
  ['ok', 'email:example.com', 'email:x@a.example.com'],
  ['EXCLUDED_VIOLATION', 'URI:.example.com', 'URI:https://a.example.com'],
  ['EXCLUDED_VIOLATION', 'dirName:CN=a', 'dirName:CN=A'],
  ['ok', 'dirName:CN=a', 'dirName:CN=b'],
  ['UNSUPPORTED_CONSTRAINT_TYPE', 'RID:1.2.3', 'RID:1.2.4'],
  ['UNSUPPORTED_CONSTRAINT_SYNTAX', 'DNS:*.example.com', 'DNS:example.com'],
  ['ok', 'RID:1.2.3', 'DNS:a.example'],
];

const show = (name: GeneralNameInput): string => JSON.stringify(name);

describe('name constraints', () => {
  for (const [expected, constraint, name] of PERMITTED) {
    test(`permitted ${show(constraint)}, name ${show(name)}: ${expected}`, () => {
      const verdict = judge({ permitted: [constraint] }, [name]);
      if (expected === 'ok') assertAccepted(verdict);
      else assertRefused(verdict, expected, 0);
    });
  }
  for (const [expected, constraint, name] of EXCLUDED) {
    test(`excluded ${show(constraint)}, name ${show(name)}: ${expected}`, () => {
      const verdict = judge({ excluded: [constraint] }, [name]);
      if (expected === 'ok') assertAccepted(verdict);
      else assertRefused(verdict, expected, 0);
    });
  }

  test('every name is looked at', () => {
    assertRefused(
      judge({ permitted: ['example.com'] }, ['a.example.com', 'b.example.org']),
      'PERMITTED_VIOLATION',
    );
    assertAccepted(judge({ permitted: ['example.com', 'example.org'] }, ['a.example.com', 'b.example.org']));
  });
  test('exclusion wins over permission', () => {
    assertRefused(
      judge({ permitted: ['example.com'], excluded: ['a.example.com'] }, ['a.example.com']),
      'EXCLUDED_VIOLATION',
    );
  });
  test('a malformed constraint is found behind one that fits', () => {
    assertRefused(
      judge({ permitted: ['example.com', '*.example'] }, ['a.example.com']),
      'UNSUPPORTED_CONSTRAINT_SYNTAX',
    );
  });
  test('the subject is a directory name', () => {
    const constraints = { permitted: ['dirName:O=Example'] };
    assertAccepted(judge(constraints, ['DNS:a.example'], { subject: 'O=Example, CN=a' }));
    assertRefused(judge(constraints, ['DNS:a.example'], { subject: 'O=Other, CN=a' }), 'PERMITTED_VIOLATION');
    assertAccepted(judge(constraints, ['DNS:a.example'], { subject: '' }));
  });
  test('an email address in the subject counts', () => {
    const constraints = { excluded: ['email:example.com'] };
    assertRefused(
      judge(constraints, ['DNS:a.example'], { subject: 'emailAddress=a@example.com' }),
      'EXCLUDED_VIOLATION',
    );
  });
  test('the common name does not: it is never matched', () => {
    assertAccepted(judge({ permitted: ['example.com'] }, ['a.example.com'], { subject: 'CN=evil.example' }));
  });
  test('an internationalized mailbox meets constraints on email and fails closed', () => {
    const mailbox = derElement(
      0xa0,
      derOid('1.3.6.1.5.5.7.8.9'),
      derExplicit(0, derElement(0x0c, asciiEncode('a@b'))),
    );
    assertRefused(judge({ permitted: ['email:example.com'] }, [mailbox]), 'UNSUPPORTED_CONSTRAINT_TYPE');
    assertAccepted(judge({ permitted: ['DNS:example.com'] }, [mailbox, 'DNS:example.com']));
  });
  test('an otherName that meets a constraint on otherName fails closed', () => {
    const other = derElement(0xa0, derOid('1.2.3'), derExplicit(0, hex('0500')));
    assertRefused(judge({ excluded: [other] }, [other, 'DNS:a.example']), 'UNSUPPORTED_CONSTRAINT_TYPE');
    assertAccepted(judge({ excluded: [other] }, ['DNS:a.example']));
  });
  test('intermediates are held to them, self-issued ones are not', () => {
    const ca = createAuthority({ random, now: NOW, key, nameConstraints: { permitted: ['example.com'] } });
    const outside = ca.intermediate({ subject: 'CN=mid', subjectAltNames: ['other.example'] });
    assertRefused(
      verify(outside.issue({ key, names: ['a.example.com'] }).chain, { trust: ca.trust }),
      'PERMITTED_VIOLATION',
      1,
    );
    const rollover = ca.intermediate({ subject: 'CN=puretls root CA', subjectAltNames: ['other.example'] });
    const leaf = rollover.issue({ key, names: ['a.example.com'] }).certificate;
    assertAccepted(verify([leaf, rollover.certificate], { trust: ca.trust }));
    const bad = rollover.issue({ key, names: ['b.example'] }).certificate;
    assertRefused(verify([bad, rollover.certificate], { trust: ca.trust }), 'PERMITTED_VIOLATION', 0);
  });
  test('a self-issued leaf is held to them', () => {
    const ca = createAuthority({ random, now: NOW, nameConstraints: { permitted: ['example.com'] } });
    const leaf = ca.issue({ subject: 'CN=puretls root CA', names: ['other.example'] }).certificate;
    assert.equal(leaf.isSelfIssued, true);
    assertRefused(verify([leaf], { trust: ca.trust }), 'PERMITTED_VIOLATION', 0);
  });
  test('constraints of several CAs add up: a lower one cannot widen', () => {
    const outer = root.intermediate({
      subject: 'CN=outer',
      nameConstraints: { permitted: ['foo.example.com'] },
    });
    const inner = outer.intermediate({
      subject: 'CN=inner',
      nameConstraints: { permitted: ['example.com'] },
    });
    assertAccepted(verify(inner.issue({ key, names: ['foo.example.com'] }).chain));
    assertRefused(verify(inner.issue({ key, names: ['bar.example.com'] }).chain), 'PERMITTED_VIOLATION', 0);
  });
  test('not critical, they bind all the same', () => {
    const value = derSequence(derElement(0xa0, derSequence(derElement(0x82, asciiEncode('example.com')))));
    const ca = root.intermediate({ key, extensions: [{ oid: OID.nameConstraints, value }] });
    assertRefused(verify(ca.issue({ key, names: ['a.example'] }).chain), 'PERMITTED_VIOLATION', 0);
  });
  test('another path is taken where one is forbidden', () => {
    const forbids = createAuthority({
      random,
      now: NOW,
      subject: 'CN=forbids',
      nameConstraints: { excluded: ['a.example'] },
    });
    const allows = createAuthority({ random, now: NOW, subject: 'CN=allows' });
    const mid = forbids.intermediate({ subject: 'CN=mid', key });
    const same = allows.intermediate({ subject: 'CN=mid', key });
    const { certificate } = mid.issue({ names: ['a.example'] });
    const trust = forbids.trust;
    trust.add(allows.certificate);
    assertAccepted(verify([certificate, mid.certificate, same.certificate], { trust }));
    assertRefused(verify([certificate, mid.certificate], { trust }), 'EXCLUDED_VIOLATION', 0);
  });
  test('constraints times names are bounded', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `DNS:n${i}.test`);
    const excluded = Array.from({ length: 1000 }, (_, i) => `DNS:x${i}.test`);
    const start = performance.now();
    assertRefused(judge({ excluded }, names), 'BUDGET_EXCEEDED');
    assert.ok(performance.now() - start < 6000);
  });
});
