import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import { derElement, derExplicit, derOid, derSequence, derUnsigned } from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import { certificateJson, createAuthority, describeCertificate, parseCertificate } from '../../src/x509.ts';
import { hex, NOW, random, rawCertificate, root, spareKey } from './kit.ts';

const uri = derElement(0x86, asciiEncode('http://a.example/'));
const { certificate } = root.issue({
  key: spareKey,
  serial: hex('0102ff'),
  names: ['a.example', '2001:db8::1'],
  extensions: [
    { oid: OID.authorityInfoAccess, value: derSequence(derSequence(derOid(OID.accessOcsp), uri)) },
    {
      oid: OID.cRLDistributionPoints,
      value: derSequence(derSequence(derElement(0xa0, derElement(0xa0, uri)))),
    },
    { oid: OID.certificatePolicies, value: derSequence(derSequence(derOid(OID.anyPolicy))) },
    { oid: OID.tlsFeature, value: derSequence(derUnsigned(5), derUnsigned(17)) },
    { oid: '1.2.3', critical: true, value: hex('dead') },
  ],
});

describe('a certificate as JSON', () => {
  const json = certificateJson(certificate);
  test('has everything', () => {
    assert.equal(json.version, 3);
    assert.equal(json.serialNumber, '0102ff');
    assert.equal(json.signatureAlgorithm, 'ECDSA with SHA-256');
    assert.equal(json.issuer, 'CN=puretls root CA');
    assert.equal(json.notBefore, '2026-06-01T11:00:00Z');
    assert.deepEqual(json.subjectAltNames, ['DNS:a.example', 'IP:2001:db8::1']);
    assert.equal(json.publicKey.curve, 'P-256');
    assert.equal(json.fingerprint256, createHash('sha256').update(certificate.raw).digest('hex'));
    assert.equal(json.keyFingerprint256, createHash('sha256').update(certificate.spkiRaw).digest('hex'));
    const values = new Map(json.extensions.map((one) => [one.name, one.value]));
    assert.deepEqual(values.get('basicConstraints'), ['CA: no']);
    assert.deepEqual(values.get('keyUsage'), ['digitalSignature']);
    assert.deepEqual(values.get('extKeyUsage'), ['serverAuth', 'clientAuth']);
    assert.deepEqual(values.get('authorityInfoAccess'), ['accessOcsp: URI:http://a.example/']);
    assert.deepEqual(values.get('cRLDistributionPoints'), ['URI:http://a.example/']);
    assert.deepEqual(values.get('certificatePolicies'), ['anyPolicy']);
    assert.deepEqual(values.get('tlsFeature'), ['status_request', '17']);
    assert.deepEqual(values.get('1.2.3'), ['dead']);
  });
  test('survives JSON', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(json)), json);
  });
});

describe('a certificate as text', () => {
  test('shows the parts in order', () => {
    const text = describeCertificate(certificate);
    assert.match(text, /Serial Number: 01:02:ff\n/);
    assert.match(text, /Not Before: 2026-06-01T11:00:00Z\n/);
    assert.match(text, / {4}Public Key: EC P-256\n {8}04:/);
    assert.match(text, /subjectAltName:\n {12}DNS:a\.example\n {12}IP:2001:db8::1\n/);
    assert.match(text, /1\.2\.3 \(critical\):\n {12}dead\n/);
    assert.ok(text.endsWith('\n'));
    assert.ok(text.split('\n').every((line) => line.length < 140));
  });
  test('of a CA', () => {
    const ca = createAuthority({
      random,
      now: NOW,
      pathLen: 2,
      nameConstraints: {
        permitted: ['example', 'IP:192.0.2.0/24'],
        excluded: ['IP:2001:db8::/32', 'dirName:CN=x'],
      },
    });
    const text = describeCertificate(ca.certificate);
    for (const line of [
      'CA: yes',
      'path length: 2',
      'permitted DNS:example',
      'permitted IP:192.0.2.0/255.255.255.0',
      'excluded IP:2001:db8::/ffff:ffff::',
      'excluded dirName:CN=x',
      'keyCertSign, cRLSign',
    ]) {
      assert.ok(text.includes(`            ${line}\n`), line);
    }
  });
  test('of every kind of key and name', () => {
    const rsa = { kind: 'rsa', modulus: new Uint8Array(256).fill(0xff), exponent: hex('010001') } as const;
    const other = derElement(0xa0, derOid('1.2.3'), derExplicit(0, hex('0500')));
    const names = ['email:a@b', 'URI:x:y', 'RID:1.2.3', 'dirName:CN=z', other, derElement(0xa3, hex('0500'))];
    const one = root.issue({ key: spareKey, subjectAltNames: names }).certificate;
    const json = certificateJson({ ...one, publicKey: rsa });
    assert.deepEqual(json.publicKey.bits, 2048);
    assert.deepEqual(json.subjectAltNames, [
      'email:a@b',
      'URI:x:y',
      'RID:1.2.3',
      'dirName:CN=z',
      'otherName:1.2.3:0500',
      'x400:a3020500',
    ]);
    assert.match(describeCertificate({ ...one, publicKey: rsa }), /RSA 2048 bits, exponent 0x010001/);
    const dsa = derSequence(derSequence(derOid(OID.dsa)), hex('030100'));
    assert.match(
      describeCertificate(parseCertificate(rawCertificate({ publicKey: dsa }))),
      /Public Key: dsa\n/,
    );
  });
  test('cannot drive a terminal', () => {
    const evil = '\u001b[2J\r\n\u202eelpmaxe\u0085\u009b31m';
    const one = root.issue({
      key: spareKey,
      subject: [['CN', evil]],
      subjectAltNames: [
        derElement(0x82, asciiEncode('a\u001b[31m\n')),
        derElement(0x86, asciiEncode('x:\u0007')),
      ],
    }).certificate;
    const text = describeCertificate(one);
    for (const char of text) {
      const code = char.codePointAt(0) ?? 0;
      assert.ok(code === 0x0a || (code >= 0x20 && code < 0x7f) || code === 0x2026, `U+${code.toString(16)}`);
    }
    assert.ok(!text.split('\n').some((line) => line.startsWith('elpmaxe')));
  });
});
