import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import {
  derElement,
  derExplicit,
  derOctetString,
  derOid,
  derSequence,
  derUnsigned,
} from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import { KeyUsage, parseCertificate } from '../../src/x509.ts';
import { hex, rawCertificate, thrown } from './kit.ts';

const known = (oid: string, value: Uint8Array): ReturnType<typeof parseCertificate>['known'] =>
  parseCertificate(rawCertificate({ extensions: [{ oid, value }] })).known;
const ascii = (tag: number, text: string): Uint8Array => derElement(tag, asciiEncode(text));
const uri = ascii(0x86, 'http://a.example/');

describe('extensions that are malformed are refused, critical or not', () => {
  const cases: readonly [what: string, oid: string, value: Uint8Array, message: RegExp][] = [
    ['basicConstraints: cA of 1', OID.basicConstraints, hex('3003010101'), /00 or FF/],
    ['basicConstraints: negative path length', OID.basicConstraints, hex('30060101ff0201ff'), /negative/],
    [
      'basicConstraints: path length first',
      OID.basicConstraints,
      hex('3006020101 0101ff'),
      /unexpected bytes/,
    ],
    ['basicConstraints: trailing bytes', OID.basicConstraints, hex('30000500'), /unexpected bytes/],
    ['basicConstraints: no SEQUENCE', OID.basicConstraints, hex('0101ff'), /expected tag/],
    ['keyUsage: no bit', OID.keyUsage, hex('030100'), /at least one bit/],
    ['keyUsage: trailing zero bits', OID.keyUsage, hex('03020006'), /trailing zero/],
    ['keyUsage: five bytes', OID.keyUsage, hex('03060000000000ff'), /too many/],
    [
      'subjectAltName: 4097 names',
      OID.subjectAltName,
      derSequence(...Array.from({ length: 4097 }, () => hex('8200'))),
      /more than 4096/,
    ],
    ['extKeyUsage: empty', OID.extKeyUsage, hex('3000'), /must not be empty/],
    ['extKeyUsage: no OID', OID.extKeyUsage, hex('30020500'), /expected tag/],
    ['subjectAltName: empty', OID.subjectAltName, hex('3000'), /must not be empty/],
    ['subjectAltName: unknown tag', OID.subjectAltName, hex('30028900'), /no GeneralName/],
    [
      'subjectAltName: non-ASCII',
      OID.subjectAltName,
      derSequence(derElement(0x82, hex('f09f989c'))),
      /above 7F/,
    ],
    ['subjectAltName: an IP of 5 bytes', OID.subjectAltName, hex('3007 8705 0102030405'), /5 bytes/],
    [
      'subjectAltName: an IP with mask',
      OID.subjectAltName,
      derSequence(derElement(0x87, new Uint8Array(8))),
      /8 bytes/,
    ],
    ['subjectAltName: a bad directory name', OID.subjectAltName, hex('3004 a402 0500'), /expected tag/],
    [
      'subjectAltName: an otherName without value',
      OID.subjectAltName,
      derSequence(derElement(0xa0, derOid('1.2.3'))),
      /expected tag/,
    ],
    ['subjectAltName: constructed dNSName', OID.subjectAltName, hex('3004 a202 0400'), /no GeneralName/],
    ['nameConstraints: empty', OID.nameConstraints, hex('3000'), /must not be empty/],
    ['nameConstraints: both lists empty', OID.nameConstraints, hex('3004 a000 a100'), /must not be empty/],
    ['nameConstraints: NULL', OID.nameConstraints, hex('0500'), /expected tag/],
    [
      'nameConstraints: an address without mask',
      OID.nameConstraints,
      derSequence(derElement(0xa0, derSequence(derElement(0x87, new Uint8Array(4))))),
      /4 bytes/,
    ],
    [
      'nameConstraints: minimum written out',
      OID.nameConstraints,
      derSequence(derElement(0xa0, derSequence(ascii(0x82, 'a'), derElement(0x80, hex('00'))))),
      /unexpected bytes/,
    ],
    [
      'nameConstraints: a maximum',
      OID.nameConstraints,
      derSequence(derElement(0xa0, derSequence(ascii(0x82, 'a'), derElement(0x81, hex('01'))))),
      /unexpected bytes/,
    ],
    ['subjectKeyIdentifier: no OCTET STRING', OID.subjectKeyIdentifier, hex('0500'), /expected tag/],
    [
      'authorityKeyIdentifier: unknown field',
      OID.authorityKeyIdentifier,
      hex('30028300'),
      /unexpected bytes/,
    ],
    [
      'authorityKeyIdentifier: empty issuer',
      OID.authorityKeyIdentifier,
      hex('3002a100'),
      /must not be empty/,
    ],
    [
      'authorityKeyIdentifier: long serial',
      OID.authorityKeyIdentifier,
      derSequence(derElement(0x82, new Uint8Array(22).fill(1))),
      /too long/,
    ],
    ['authorityInfoAccess: empty', OID.authorityInfoAccess, hex('3000'), /must not be empty/],
    [
      'authorityInfoAccess: no location',
      OID.authorityInfoAccess,
      derSequence(derSequence(derOid(OID.accessOcsp))),
      /no GeneralName/,
    ],
    ['cRLDistributionPoints: empty', OID.cRLDistributionPoints, hex('3000'), /must not be empty/],
    [
      'cRLDistributionPoints: unknown field',
      OID.cRLDistributionPoints,
      hex('3004 3002 8300'),
      /unexpected bytes/,
    ],
    ['certificatePolicies: empty', OID.certificatePolicies, hex('3000'), /must not be empty/],
    ['certificatePolicies: no OID', OID.certificatePolicies, hex('3004 3002 0500'), /expected tag/],
    ['policyConstraints: empty', OID.policyConstraints, hex('3000'), /must not be empty/],
    ['policyConstraints: negative', OID.policyConstraints, hex('3003 8001 ff'), /negative/],
    ['policyMappings: empty', OID.policyMappings, hex('3000'), /must not be empty/],
    ['policyMappings: half a pair', OID.policyMappings, hex('3006 3004 06022a03'), /truncated|found nothing/],
    [
      'policyMappings: any policy mapped',
      OID.policyMappings,
      derSequence(derSequence(derOid(OID.anyPolicy), derOid('1.2.3'))),
      /anyPolicy/,
    ],
    [
      'policyMappings: mapped to any policy',
      OID.policyMappings,
      derSequence(derSequence(derOid('1.2.3'), derOid(OID.anyPolicy))),
      /anyPolicy/,
    ],
    ['inhibitAnyPolicy: no number', OID.inhibitAnyPolicy, hex('0500'), /expected tag/],
    ['inhibitAnyPolicy: negative', OID.inhibitAnyPolicy, hex('0201 ff'), /negative/],
    ['inhibitAnyPolicy: trailing bytes', OID.inhibitAnyPolicy, hex('020100 00'), /unexpected bytes/],
    ['tlsFeature: empty', OID.tlsFeature, hex('3000'), /must not be empty/],
    ['tlsFeature: out of range', OID.tlsFeature, derSequence(derUnsigned(65536)), /greater than/],
  ];
  for (const [what, oid, value, message] of cases) {
    test(what, () => {
      assert.match(thrown('MALFORMED', () => known(oid, value)).message, message);
    });
  }
});

describe('extensions that are sound are read', () => {
  test('basicConstraints', () => {
    assert.deepEqual(known(OID.basicConstraints, hex('3000')).basicConstraints, {
      isCA: false,
      pathLength: undefined,
    });
    assert.deepEqual(known(OID.basicConstraints, hex('3003010100')).basicConstraints, {
      isCA: false,
      pathLength: undefined,
    });
    assert.deepEqual(known(OID.basicConstraints, hex('30060101ff020103')).basicConstraints, {
      isCA: true,
      pathLength: 3,
    });
  });
  test('keyUsage up to its ninth bit', () => {
    assert.equal(known(OID.keyUsage, hex('03020106')).keyUsage, KeyUsage.keyCertSign | KeyUsage.cRLSign);
    assert.equal(known(OID.keyUsage, hex('0303070080')).keyUsage, KeyUsage.decipherOnly);
  });
  test('every kind of GeneralName', () => {
    const names = known(
      OID.subjectAltName,
      derSequence(
        ascii(0x81, 'a@b.example'),
        ascii(0x82, 'b.example'),
        uri,
        derElement(0x87, hex('7f000001')),
        derElement(0x88, hex('2a03')),
        derElement(0xa0, derOid('1.2.3'), derExplicit(0, hex('0c0161'))),
        derElement(0xa4, derSequence()),
        derElement(0xa3, hex('0500')),
        derElement(0xa5, hex('0500')),
      ),
    ).subjectAltName;
    assert.deepEqual(
      names?.map((name) => name.kind),
      ['email', 'dns', 'uri', 'ip', 'registeredId', 'other', 'directory', 'x400', 'ediParty'],
    );
  });
  test('authorityKeyIdentifier', () => {
    const id = known(
      OID.authorityKeyIdentifier,
      derSequence(derElement(0x80, hex('aa')), derElement(0xa1, uri), derElement(0x82, hex('01'))),
    );
    assert.deepEqual(id.authorityKeyIdentifier?.keyIdentifier, hex('aa'));
    assert.equal(id.authorityKeyIdentifier?.issuer?.length, 1);
    assert.deepEqual(id.authorityKeyIdentifier?.serialNumber, hex('01'));
  });
  test('authorityInfoAccess', () => {
    const access = known(
      OID.authorityInfoAccess,
      derSequence(derSequence(derOid(OID.accessOcsp), uri)),
    ).authorityInfoAccess;
    assert.deepEqual(access, [
      { method: OID.accessOcsp, location: { kind: 'uri', value: 'http://a.example/' } },
    ]);
  });
  test('cRLDistributionPoints', () => {
    const full = derElement(0xa0, derElement(0xa0, uri));
    const relative = derElement(0xa0, derElement(0xa1, derSequence(derOid('2.5.4.3'), hex('0c0161'))));
    const value = derSequence(
      derSequence(full, derElement(0x81, hex('0640'))),
      derSequence(relative),
      derSequence(derElement(0xa2, uri)),
    );
    assert.deepEqual(known(OID.cRLDistributionPoints, value).cRLDistributionPoints, ['http://a.example/']);
  });
  test('policies, policy constraints, TLS features', () => {
    const policies = derSequence(derSequence(derOid('1.2.3')), derSequence(derOid('1.2.4'), derSequence()));
    assert.deepEqual(known(OID.certificatePolicies, policies).certificatePolicies, ['1.2.3', '1.2.4']);
    assert.deepEqual(known(OID.policyConstraints, hex('3006 800100 810102')).policyConstraints, {
      requireExplicitPolicy: 0,
      inhibitPolicyMapping: 2,
    });
    assert.deepEqual(known(OID.tlsFeature, derSequence(derUnsigned(5))).tlsFeature, [5]);
  });
  test('an unknown one is kept as it is', () => {
    const { extensions } = parseCertificate(
      rawCertificate({ extensions: [{ oid: '1.2.3', critical: true, value: hex('dead') }] }),
    );
    assert.deepEqual(extensions, [{ oid: '1.2.3', critical: true, value: hex('dead') }]);
    assert.ok(derOctetString(hex('dead')).length === 4);
  });
});
