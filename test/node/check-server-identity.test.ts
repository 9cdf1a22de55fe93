import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import nodeTls from 'node:tls';
import fc from 'fast-check';
import { checkServerIdentity } from '../../src/index.ts';
import { splitAltNames } from '../../src/node/check-server-identity.ts';
import { peerCertificate } from '../../src/node/peer-certificate.ts';
import { checkHostname } from '../../src/x509/hostname.ts';
import { authority } from './support.ts';

const cert = (subjectaltname: string | undefined, CN?: string) =>
  ({
    subject: CN === undefined ? {} : { CN },
    ...(subjectaltname === undefined ? {} : { subjectaltname }),
  }) as object;

/** host, names, whether it fits; and where Node thinks otherwise, why. */
const CASES: readonly (readonly [host: string, names: string, fits: boolean, node?: string])[] = [
  ['a.com', 'DNS:a.com', true],
  ['A.COM.', 'DNS:a.com', true],
  ['a.com', 'DNS:A.com', true],
  ['b.com', 'DNS:a.com', false],
  ['x.a.com', 'DNS:*.a.com', true],
  ['a.com', 'DNS:*.a.com', false],
  ['y.x.a.com', 'DNS:*.a.com', false],
  ['a.com', 'DNS:*.com', false],
  ['a.com', 'DNS:*', false],
  ['xa.b.com', 'DNS:x*.b.com', false, 'partial wildcards'],
  ['a.x.com', 'DNS:a.*.com', false],
  ['a.com', 'DNS:b.com, DNS:a.com', true],
  ['a.com', 'URI:http://a.com/', false],
  ['a.com', 'email:x@a.com', false],
  ['a.com', 'IP Address:1.2.3.4', false],
  ['1.2.3.4', 'IP Address:1.2.3.4', true],
  ['1.2.3.4', 'DNS:1.2.3.4', false],
  ['1.2.3.5', 'IP Address:1.2.3.4', false],
  ['::1', 'IP Address:0:0:0:0:0:0:0:1', true],
  ['2001:db8::a', 'IP Address:2001:DB8:0:0:0:0:0:A', true],
  ['::2', 'IP Address:0:0:0:0:0:0:0:1', false],
  ['good.com', 'DNS:"evil.com, DNS:good.com"', false],
  ['good.com', 'URI:"http://evil/, DNS:good.com"', false],
  ['a.com', 'DNS:a.com\u0000.evil.com', false],
  ['xn--mnchen-3ya.de', 'DNS:xn--mnchen-3ya.de', true],
  ['xn--a.b.com', 'DNS:*.b.com', true],
  ['a..com', 'DNS:a..com', false],
  ['', 'DNS:a.com', false],
];

describe('checkServerIdentity', () => {
  for (const [host, names, fits, difference] of CASES) {
    test(`${host} against ${names.replaceAll('\u0000', '\\0')}`, () => {
      const error = checkServerIdentity(host, cert(names));
      assert.equal(error === undefined, fits);
      if (difference !== undefined) return;
      const nodeError = nodeTls.checkServerIdentity(
        host,
        cert(names) as nodeTls.PeerCertificate,
      ) as typeof error;
      assert.equal(nodeError === undefined, fits, 'node:tls');
      if (error !== undefined && /^(?:IP|Host): /.test(error.reason) && !names.includes('\u0000')) {
        assert.equal(error.message, nodeError?.message);
        assert.equal(error.reason, nodeError?.reason);
      }
    });
  }
  test('the error tells what was compared', () => {
    const certificate = cert('DNS:a.com');
    const error = checkServerIdentity('b.com', certificate);
    assert.ok(error instanceof Error);
    assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(error.host, 'b.com');
    assert.equal(error.cert, certificate);
    assert.equal(error.reason, "Host: b.com. is not in the cert's altnames: DNS:a.com");
  });
  test('the common name counts for nothing (Node takes it)', () => {
    const error = checkServerIdentity('a.com', cert(undefined, 'a.com'));
    assert.equal(error?.reason, 'Cert does not contain a DNS name');
  });
  test('what is no host name fits nothing', () => {
    for (const host of ['a b.com', 'münchen.de', '127.1', '-a.com', `${'a'.repeat(64)}.com`]) {
      assert.equal(
        checkServerIdentity(host, cert(`DNS:${host}, IP Address:${host}`))?.code,
        'ERR_TLS_CERT_ALTNAME_INVALID',
      );
    }
  });
  test('an open quote is an error, not an end', () => {
    assert.throws(() => checkServerIdentity('a.com', cert('DNS:"a.com')), {
      code: 'ERR_TLS_CERT_ALTNAME_FORMAT',
    });
    assert.throws(() => checkServerIdentity('a.com', cert('DNS:"a.com\\x"')), {
      code: 'ERR_TLS_CERT_ALTNAME_FORMAT',
    });
  });
});

test('names are split at separators and not inside quotes', () => {
  assert.deepEqual(splitAltNames('DNS:a, DNS:"b, c", URI:x'), ['DNS:a', 'DNS:b, c', 'URI:x']);
  assert.deepEqual(splitAltNames('DNS:"a\\u0000\\"b"'), ['DNS:a\u0000"b']);
  assert.deepEqual(splitAltNames('DNS:a,b'), ['DNS:a,b']);
  assert.deepEqual(splitAltNames(''), ['']);
});

test('decides as the handshake does, whatever stands in the certificate', () => {
  const label = fc.constantFrom('a', 'b', '*', 'xn--a', 'a_b', 'A', 'x*');
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const address = fc.constantFrom('1.2.3.4', '::1', '2001:db8::a');
  const host = fc.oneof(
    name,
    address,
    name.map((one) => `${one}.`),
  );
  const issued = new Map<string, ReturnType<typeof authority.issue>>();
  fc.assert(
    fc.property(fc.array(fc.oneof(name, address), { minLength: 1, maxLength: 3 }), host, (names, wanted) => {
      const key = names.join(' ');
      let one = issued.get(key);
      if (one === undefined) {
        const subjectAltNames = names.map((text) => (/^[\d:]/.test(text) ? text : `dns:${text}`));
        one = authority.issue({ subject: 'CN=x', subjectAltNames, key: authority.key });
        issued.set(key, one);
      }
      const byObject = checkServerIdentity(wanted, peerCertificate(one.certificate));
      assert.equal(byObject === undefined, checkHostname(one.certificate, wanted) === undefined);
    }),
    { numRuns: 300 },
  );
});
