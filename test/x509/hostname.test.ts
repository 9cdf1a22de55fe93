import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import { derElement } from '../../src/x509/der-writer.ts';
import { dnsNameProblem, matchDnsName } from '../../src/x509/hostname.ts';
import type { GeneralNameInput } from '../../src/x509/name-builder.ts';
import { type Certificate, checkHostname, matchHostname, parseReferenceName } from '../../src/x509.ts';
import { hex, root, spareKey, thrown } from './kit.ts';

function certificateFor(...subjectAltNames: GeneralNameInput[]): Certificate {
  return root.issue({ key: spareKey, subject: 'CN=common.example', subjectAltNames }).certificate;
}

const ROWS: readonly [presented: string, reference: string, matches: boolean][] = [
  ['a.example', 'a.example', true],
  ['a.example', 'A.EXAMPLE', true],
  ['A.Example', 'a.example', true],
  ['a.example', 'a.example.', true],
  ['a.example', 'a.example..', false],
  ['a.example.', 'a.example', false],
  ['a.example', 'b.example', false],
  ['a.example', 'b.a.example', false],
  ['b.a.example', 'a.example', false],
  ['example', 'example', true],
  ['localhost', 'localhost', true],
  ['a_b.example', 'a_b.example', true],
  ['xn--bcher-kva.example', 'XN--BCHER-KVA.example', true],
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'A.EXAMPLE.com', true],
  ['*.example.com', 'xn--bcher-kva.example.com', true],
  ['*.example.com', 'a.b.example.com', false],
  ['*.example.com', 'example.com', false],
  ['*.example.com', '.example.com', false],
  ['*.com', 'example.com', false],
  ['*.', 'example', false],
  ['*', 'example', false],
  ['*', 'example.com', false],
  ['*.*.com', 'a.example.com', false],
  ['*a.example.com', 'ba.example.com', false],
  ['a*.example.com', 'ab.example.com', false],
  ['a*b.example.com', 'axb.example.com', false],
  ['xn--*.example.com', 'xn--a.example.com', false],
  ['a.*.example.com', 'a.b.example.com', false],
  ['**.example.com', 'a.example.com', false],
  ['*.example.com.', 'a.example.com', false],
  ['*.-example.com', 'a.-example.com', false],
  ['a.example\0.evil', 'a.example', false],
  ['a.example\0', 'a.example', false],
  ['a.example ', 'a.example', false],
  [' a.example', 'a.example', false],
  ['a.example\n', 'a.example', false],
  ['a..example', 'a..example', false],
  ['.example', '.example', false],
  ['', '', false],
  // Printed forms are never compared (CVE-2021-44532).
  ['a.example, DNS:b.example', 'b.example', false],
  ['"a.example"', 'a.example', false],
  ['192.0.2.1', '192.0.2.1', false],
  ['*.0.2.1', '192.0.2.1', false],
  ['::1', '::1', false],
];

describe('DNS names', () => {
  for (const [presented, reference, matches] of ROWS) {
    test(`${JSON.stringify(presented)} ${matches ? 'covers' : 'does not cover'} ${JSON.stringify(reference)}`, () => {
      const certificate = certificateFor(derElement(0x82, asciiEncode(presented)));
      assert.equal(matchHostname(certificate, reference), matches);
    });
  }

  test('any of the names will do', () => {
    assert.ok(matchHostname(certificateFor('a.example', 'b.example', '192.0.2.1'), 'b.example'));
  });
  test('the common name never counts', () => {
    assert.equal(matchHostname(certificateFor('a.example'), 'common.example'), false);
    const bare = root.issue({ key: spareKey, subject: 'CN=common.example' }).certificate;
    const error = checkHostname(bare, 'common.example');
    assert.equal(error?.code, 'HOSTNAME_MISMATCH');
    assert.match(error?.message ?? '', /its common name is not used/);
  });
  test('names of other kinds never count (CVE-2021-44531)', () => {
    const certificate = certificateFor(
      'URI:https://a.example',
      'email:x@a.example',
      'dirName:CN=a.example',
      'email:a.example',
      'URI:a.example',
    );
    assert.equal(matchHostname(certificate, 'a.example'), false);
  });
  test('the error lists the names, without control characters', () => {
    const error = checkHostname(
      certificateFor(derElement(0x82, asciiEncode('a\u001b[31m.example')), 'b.example'),
      'c.example',
    );
    assert.equal(error?.code, 'HOSTNAME_MISMATCH');
    assert.match(error?.message ?? '', /not for c\.example: it is for a\\u\{1b\}\[31m\.example, b\.example/);
    assert.equal(error?.details['name'], 'c.example');
  });
  test('the error stays short with a thousand names', () => {
    const many = certificateFor(...Array.from({ length: 1000 }, (_, i) => `n${i}.example`));
    assert.match(checkHostname(many, 'x.example')?.message ?? '', /n9\.example and 990 more$/);
  });
});

describe('reference names', () => {
  const refused: readonly [name: string, message: RegExp][] = [
    ['', /empty/],
    ['.', /empty/],
    ['a..b', /label is empty/],
    ['.a', /label is empty/],
    ['bücher.example', /convert it to its ASCII form/],
    ['a.example\0', /character that host names do not have/],
    ['a b', /character that host names do not have/],
    ['*.example.com', /character that host names do not have/],
    ['https://a.example', /character that host names do not have/],
    ['a.example:443', /character that host names do not have/],
    ['-a.example', /hyphen/],
    [`${'a'.repeat(64)}.example`, /longer than 63/],
    [`${'abcdefg.'.repeat(32)}example`, /longer than 253/],
    ['127.1', /neither a host name nor an IP address/],
    ['2130706433', /neither a host name nor an IP address/],
    ['0x7f000001', /neither a host name nor an IP address/],
    ['1.2.3.04', /neither a host name nor an IP address/],
    ['1.2.3.4.5', /neither a host name nor an IP address/],
    ['1.2.3.4.', /neither a host name nor an IP address/],
    ['256.0.0.1', /neither a host name nor an IP address/],
    ['[::1', /character that host names do not have/],
    ['::1::', /character that host names do not have/],
    ['1:2:3:4:5:6:7:8:9', /character that host names do not have/],
  ];
  for (const [name, message] of refused) {
    test(`${JSON.stringify(name.slice(0, 40))} is refused`, () => {
      assert.match(thrown('INVALID_NAME', () => parseReferenceName(name)).message, message);
      assert.equal(checkHostname(certificateFor('a.example'), name)?.code, 'INVALID_NAME');
    });
  }
  test('253 characters and 63 in a label are accepted', () => {
    const label = 'a'.repeat(63);
    assert.equal(dnsNameProblem(`${label}.${label}.${label}.${'b'.repeat(61)}`), undefined);
  });
});

describe('IP addresses', () => {
  const v4 = certificateFor('192.0.2.1');
  const v6 = certificateFor('IP:2001:db8::1');
  test('match by their bytes, whatever their text', () => {
    assert.ok(matchHostname(v4, '192.0.2.1'));
    for (const text of [
      '2001:db8::1',
      '2001:DB8::1',
      '2001:0db8:0:0:0:0:0:1',
      '2001:db8::0.0.0.1',
      '[2001:db8::1]',
      '2001:db8::1%eth0',
    ]) {
      assert.ok(matchHostname(v6, text), text);
    }
  });
  test('do not match others', () => {
    for (const text of ['192.0.2.2', '::ffff:192.0.2.1', '::192.0.2.1', '[192.0.2.1]']) {
      assert.equal(matchHostname(v4, text), false, text);
    }
    assert.equal(checkHostname(v4, '192.0.2.2')?.code, 'IP_ADDRESS_MISMATCH');
    assert.equal(matchHostname(v6, '2001:db8::2'), false);
  });
  test('a mapped address in the certificate is not its IPv4 address', () => {
    assert.equal(matchHostname(certificateFor('IP:::ffff:192.0.2.1'), '192.0.2.1'), false);
  });
  test('a DNS name in bytes of an address, and the other way round, match nothing', () => {
    assert.equal(matchHostname(certificateFor(derElement(0x87, asciiEncode('a.ex'))), 'a.ex'), false);
    assert.equal(matchHostname(certificateFor(derElement(0x82, hex('7f000001'))), '127.0.0.1'), false);
  });
});

describe('time and totality', () => {
  test('long hostile names take linear time (CVE-2022-45061)', () => {
    const long = 'xn--'.repeat(100_000);
    const start = performance.now();
    assert.equal(matchDnsName(long, 'a.example'), false);
    assert.equal(matchDnsName(`*.${'a.'.repeat(100_000)}`, 'a.example'), false);
    thrown('INVALID_NAME', () => parseReferenceName(long));
    thrown('INVALID_NAME', () => parseReferenceName('1.'.repeat(100_000)));
    thrown('INVALID_NAME', () => parseReferenceName(':'.repeat(100_000)));
    thrown('INVALID_NAME', () => parseReferenceName(`[${'0:'.repeat(100_000)}]`));
    assert.ok(performance.now() - start < 2000);
  });

  /** RFC 9525 6.3 written again, label by label, as an independent oracle. */
  function oracle(presented: string, reference: string): boolean {
    const p = presented.toLowerCase().split('.');
    const r = reference.toLowerCase().split('.');
    const isLabel = (label: string): boolean => /^[a-z0-9_][a-z0-9_-]{0,62}$/.test(label);
    if (!r.every(isLabel) || p.length !== r.length) return false;
    const wildcard = p[0] === '*';
    if (wildcard && p.length < 3) return false;
    return p.every((label, i) => (wildcard && i === 0) || (isLabel(label) && label === r[i]));
  }
  test('agrees with an independent oracle', () => {
    const label = fc.constantFrom('a', 'b', 'A', 'xn--a', '*', '', '-a', 'a-', 'a*', '_x', 'com');
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(name, name, (presented, reference) => {
        if (/\d$/.test(reference) || reference.endsWith('.')) return;
        let normal: string;
        try {
          const parsed = parseReferenceName(reference);
          if (parsed.kind !== 'dns') return;
          normal = parsed.name;
        } catch {
          assert.equal(oracle(presented, reference), false);
          return;
        }
        assert.equal(
          matchDnsName(presented, normal),
          oracle(presented, reference),
          `${presented} ${reference}`,
        );
      }),
      { numRuns: 5000 },
    );
  });
});
