/**
 * Names that were compared as text, or as less.
 *
 * - CVE-2009-2408 (NUL in a common name), CVE-2013-4238 (Python, NUL in an alternative name): what stands behind the NUL was
 *   not read. Here names are bytes with a length, and a character that no host name has matches nothing.
 * - CVE-2016-7099, CVE-2021-44531, CVE-2021-44532, CVE-2021-44533 (Node): wildcards, URI names, a printed list of names that
 *   a name could break out of, and multi-valued RDNs. Here the DER is compared, never its print.
 * - CVE-2026-48618 (Node, normalisation of non-ASCII hosts; its fix broke IPv6), CVE-2022-3602 and CVE-2022-3786 (OpenSSL,
 *   punycode overflow), CVE-2022-45061 (Python, quadratic IDNA): here only A-labels are names, and none is decoded.
 * - CVE-2024-6119 (OpenSSL): a name of another form was compared as if it were one of the wanted. Here otherName is no host.
 * - CVE-2026-48928 (Node): contexts were found by the exact case of a name. Here case is folded.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asciiEncode, utf8Encode } from '../../src/bytes/encoding.ts';
import { clientHandshake } from '../../src/fuzz.ts';
import * as tls from '../../src/index.ts';
import { peerCertificate } from '../../src/node/peer-certificate.ts';
import { ServerNames } from '../../src/node/server-names.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { derElement, derExplicit, derOid } from '../../src/x509/der-writer.ts';
import type { GeneralNameInput } from '../../src/x509/name-builder.ts';
import { type Certificate, matchHostname, parseReferenceName } from '../../src/x509.ts';
import { Pair } from '../engine/pair.ts';
import { issue } from '../handshake/credentials.ts';
import { againstClient, assertRefused } from '../handshake/kit.ts';
import { server as pems } from '../node/support.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { root, spareKey, thrown } from '../x509/kit.ts';

const HOST = 'bank.example';
const withNames = (...subjectAltNames: GeneralNameInput[]): Certificate =>
  root.issue({ key: spareKey, subject: `CN=${HOST}`, subjectAltNames }).certificate;
const dns = (text: string): GeneralNameInput => derElement(0x82, asciiEncode(text));
const otherName = (value: Uint8Array): GeneralNameInput =>
  derElement(0xa0, Uint8Array.from([...derOid('1.3.6.1.5.5.7.8.9'), ...derExplicit(0, value)]));

/** Certificates that are not for bank.example, though they were once taken for it. */
const NOT_IT: Readonly<Record<string, readonly GeneralNameInput[]>> = {
  'CVE-2013-4238: a NUL behind it': [dns(`${HOST}\0.evil.example`)],
  'a NUL alone behind it': [dns(`${HOST}\0`)],
  'a space behind it': [dns(`${HOST} `)],
  'a space before it': [dns(` ${HOST}`)],
  'a line break behind it': [dns(`${HOST}\n`)],
  'a dot behind it': [dns(`${HOST}.`)],
  'a tab in it': [dns('bank\t.example')],
  'CVE-2021-44531: as a URI': [`URI:https://${HOST}/`, `URI:${HOST}`],
  'as a mail address': [`email:${HOST}`, `email:x@${HOST}`],
  'as a directory name': [`dirName:CN=${HOST}`],
  'CVE-2024-6119: as another kind of name': [otherName(derElement(0x0c, utf8Encode(HOST)))],
  'CVE-2021-44532: in the print of another name': [
    dns(`evil.example, DNS:${HOST}`),
    dns(`evil.example", DNS:"${HOST}`),
    `URI:http://evil.example/, DNS:${HOST}`,
  ],
  'CVE-2016-7099: a wildcard that is a part of a label, or not the first, or alone': [
    dns('b*.example'),
    dns('*k.example'),
    dns('bank.*'),
    dns('*.*'),
    dns('*'),
  ],
  'a wildcard for two labels': [dns('*')],
  'a name that begins with it': [dns(`${HOST}.evil.example`)],
  'a name that ends with it': [dns(`not${HOST}`)],
};

describe('none of these is for the host', () => {
  for (const [what, names] of Object.entries(NOT_IT)) {
    test(what, () => {
      for (const name of names) assert.equal(matchHostname(withNames(name), HOST), false, String(name));
      assert.equal(matchHostname(withNames(...names), HOST), false);
    });
  }
  test('CVE-2009-2408, CVE-2021-44533: a common name, with a NUL, or among several in one RDN, or alone', () => {
    const bare = (subject: string): Certificate => root.issue({ key: spareKey, subject }).certificate;
    for (const subject of [`CN=${HOST}`, `CN=${HOST}\0.evil.example`, `CN=evil.example+CN=${HOST}`]) {
      assert.equal(matchHostname(bare(subject), HOST), false, subject);
    }
  });
  test('those that are, are', () => {
    for (const name of [HOST, 'BANK.example']) assert.ok(matchHostname(withNames(dns(name)), HOST), name);
    assert.ok(matchHostname(withNames(dns('*.bank.example')), 'www.bank.example'));
  });
});

describe('hosts that are no names', () => {
  test('CVE-2026-48618: nothing is normalised into another name, and addresses still are addresses', () => {
    for (const host of [
      'bаnk.example',
      'ｂａｎｋ.example',
      'bank。example',
      'bank.example\u00ad',
      'faß.example',
    ]) {
      thrown('INVALID_NAME', () => parseReferenceName(host));
      assert.equal(matchHostname(withNames(dns(HOST)), host), false, host);
    }
    const v6 = withNames('IP:2001:db8::1');
    for (const host of ['2001:db8::1', '[2001:db8::1]']) assert.ok(matchHostname(v6, host), host);
  });
  test('CVE-2022-3602, CVE-2022-45061: punycode of any length takes no time, and is not decoded', () => {
    const started = performance.now();
    for (const label of ['xn--', 'xn--a', `xn--${'a'.repeat(60)}`, `xn--${'a'.repeat(100_000)}`]) {
      matchHostname(withNames(dns(`${label.slice(0, 63)}.example`)), `${label}.example`);
      matchHostname(withNames(dns(`${label}.example`)), HOST);
    }
    assert.equal(matchHostname(withNames(dns('xn--bnk-0ka.example')), 'bánk.example'), false);
    assert.ok(performance.now() - started < 1500);
  });
});

describe('the name in the hello', () => {
  const named = issue({ kind: 'ed25519', usage: 'serverAuth', names: ['one.test', 'server.test'] });
  test('CVE-2026-48928: a credential, or a context, is found whatever the case', () => {
    for (const only of [ONLY12, ONLY13]) {
      for (const sent of ['one.test', 'ONE.TEST', 'oNe.Test']) {
        const pair = new Pair(
          { ...only, sendServerName: sent },
          { ...only, namedCredentials: [{ name: 'One.test', credentials: [named] }] },
        ).pump();
        assert.equal(pair.client.tested.connection.phase, 'open');
        assert.equal(pair.server.tested.connection.info.localCredential?.chain[0], named.chain[0], sent);
      }
    }
    const contexts = new ServerNames();
    const context = tls.createSecureContext(pems);
    contexts.add('One.Example', context);
    for (const name of ['one.example', 'ONE.EXAMPLE', 'one.example.'])
      assert.equal(contexts.find(name), context);
    assert.equal(contexts.find('xone.example'), undefined);
  });
  test('a name with a NUL or a control character is refused', () => {
    for (const byte of [0, 0x0a, 0x20, 0x7f]) {
      const script = clientHandshake().change('ClientHello', (fields) => ({
        ...fields,
        extensions: fields.extensions.map((one) =>
          one.type === ExtensionType.server_name
            ? { ...one, data: Uint8Array.of(0, 5, 0, 0, 2, 0x61, byte) }
            : one,
        ),
      }));
      assertRefused(againstClient(script), 'bad_value', 'illegal_parameter');
    }
  });
});

test('CVE-2021-44532: what is printed for a program leads no check astray', () => {
  for (const names of Object.values(NOT_IT)) {
    const printed = peerCertificate(withNames(...names));
    const error = tls.checkServerIdentity(HOST, printed as never);
    assert.equal((error as { code?: string } | undefined)?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  }
  const good = peerCertificate(withNames(dns(HOST)));
  assert.equal(tls.checkServerIdentity(HOST, good as never), undefined);
});
