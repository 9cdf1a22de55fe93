import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import { Tag } from '../../src/x509/der.ts';
import {
  derBitString,
  derElement,
  derExplicit,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derUnsigned,
} from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  encodePublicKey,
  KeyUsage,
  parseCertificate,
  parsePeerChain,
  publicKeyOf,
  X509Error,
} from '../../src/x509.ts';
import { DAY, ECDSA_SHA256, hex, NOW, type RawParts, rawCertificate, root, spareKey, thrown } from './kit.ts';

const generalizedTime = (text: string): Uint8Array => derElement(Tag.generalizedTime, asciiEncode(text));
const point =
  publicKeyOf(spareKey).kind === 'ec' ? encodePublicKey(publicKeyOf(spareKey)).subarray(26) : hex('');
const ecKey = (parameters: Uint8Array, bits: Uint8Array): Uint8Array =>
  derSequence(derSequence(derOid(OID.ecPublicKey), parameters), derBitString(bits));
const rsaKey = (modulus: Uint8Array, exponent: Uint8Array, parameters = derNull()): Uint8Array =>
  derSequence(
    derSequence(derOid(OID.rsaEncryption), parameters),
    derBitString(derSequence(derUnsigned(modulus), derUnsigned(exponent))),
  );

describe('reading a certificate', () => {
  const leaf = root.issue({ names: ['a.example', '192.0.2.7'] }).certificate;

  test('reads every field', () => {
    assert.equal(leaf.version, 3);
    assert.equal(leaf.issuer.toString(), 'CN=puretls root CA');
    assert.equal(leaf.subject.toString(), 'CN=a.example');
    assert.equal(leaf.notBefore, NOW - 3_600_000);
    assert.equal(leaf.notAfter, NOW + 397 * DAY);
    assert.equal(leaf.serialNumber.length, 16);
    assert.equal(leaf.publicKey.kind, 'ec');
    assert.equal(leaf.isSelfIssued, false);
    assert.deepEqual(leaf.signatureKind, { kind: 'ecdsa', hash: 'SHA-256' });
    assert.equal(leaf.known.keyUsage, KeyUsage.digitalSignature);
    assert.deepEqual(leaf.known.extKeyUsage, [OID.serverAuth, OID.clientAuth]);
    assert.deepEqual(leaf.subjectAltName, [
      { kind: 'dns', value: 'a.example' },
      { kind: 'ip', bytes: hex('c0000207') },
    ]);
    assert.deepEqual(leaf.known.basicConstraints, { isCA: false, pathLength: undefined });
    assert.deepEqual(
      leaf.known.authorityKeyIdentifier?.keyIdentifier,
      root.certificate.known.subjectKeyIdentifier,
    );
  });

  test('keeps a copy: the input may change afterwards', () => {
    const input = new Uint8Array(leaf.raw);
    const parsed = parseCertificate(input);
    input.fill(0);
    assert.deepEqual(parsed.raw, leaf.raw);
    assert.equal(parsed.subject.toString(), 'CN=a.example');
  });

  test('the minimal raw certificate is sound', () => {
    const parsed = parseCertificate(rawCertificate({}));
    assert.equal(parsed.isSelfIssued, true);
    assert.deepEqual(parsed.extensions, []);
  });

  const refused: readonly [what: string, parts: RawParts, message: RegExp][] = [
    ['version 1 written out', { version: derExplicit(0, derUnsigned(0)) }, /default value/],
    ['version 4', { version: derExplicit(0, derUnsigned(3)) }, /greater than 2/],
    [
      'a version with trailing bytes',
      { version: derExplicit(0, derUnsigned(2), derNull()) },
      /unexpected bytes/,
    ],
    [
      'extensions in version 2',
      { version: derExplicit(0, derUnsigned(1)), extensions: [sanExtension()] },
      /only version 3/,
    ],
    ['extensions in version 1', { version: undefined, extensions: [sanExtension()] }, /only version 3/],
    ['a serial number of zero', { serial: derUnsigned(0) }, /must be positive/],
    ['a negative serial number', { serial: hex('0201ff') }, /must be positive/],
    ['a serial number of 21 octets', { serial: derElement(2, new Uint8Array(21).fill(1)) }, /more than 20/],
    ['a serial number that is not minimal', { serial: hex('02020001') }, /not minimal/],
    ['another inner algorithm', { outerAlgorithm: derSequence(derOid(OID.ecdsaWithSha384)) }, /must equal/],
    [
      'NULL parameters inside only',
      { innerAlgorithm: derSequence(derOid(OID.ecdsaWithSha256), derNull()), outerAlgorithm: ECDSA_SHA256 },
      /must equal/,
    ],
    [
      'ECDSA with NULL parameters',
      { innerAlgorithm: derSequence(derOid(OID.ecdsaWithSha256), derNull()) },
      /no parameters/,
    ],
    [
      'Ed25519 with parameters',
      { innerAlgorithm: derSequence(derOid(OID.ed25519), derNull()) },
      /no parameters/,
    ],
    ['RSA without NULL', { innerAlgorithm: derSequence(derOid(OID.sha256WithRsa)) }, /must be NULL/],
    [
      'RSA with other parameters',
      { innerAlgorithm: derSequence(derOid(OID.sha256WithRsa), derSequence()) },
      /must be NULL/,
    ],
    [
      'an algorithm with two parameters',
      { innerAlgorithm: derSequence(derOid(OID.sha256WithRsa), derNull(), derNull()) },
      /unexpected bytes/,
    ],
    [
      'RSASSA-PSS without parameters',
      { innerAlgorithm: derSequence(derOid(OID.rsassaPss)) },
      /need parameters/,
    ],
    ['a signature with unused bits', { signature: derBitString(hex('80'), 7) }, /whole bytes/],
    [
      'unique identifiers in version 1',
      { version: undefined, uniqueIds: hex('81020001') },
      /no unique identifiers/,
    ],
    ['an empty extension list', { extensions: [] }, /must not be empty/],
    [
      'bytes behind the extensions list',
      {
        rawExtensions: concatBytes(
          derSequence(derSequence(derOid('1.2.3'), derOctetString(hex('')))),
          derNull(),
        ),
      },
      /unexpected bytes/,
    ],
    ['bytes at the end of the TBSCertificate', { trailing: derNull() }, /unexpected bytes/],
    ['an extension twice', { extensions: [sanExtension(), sanExtension()] }, /stands twice/],
    [
      'an unknown extension twice',
      {
        extensions: [
          { oid: '1.2.3', value: hex('') },
          { oid: '1.2.3', value: hex('00') },
        ],
      },
      /stands twice/,
    ],
    [
      '65 extensions',
      { extensions: Array.from({ length: 65 }, (_, i) => ({ oid: `1.2.3.${i}`, value: hex('') })) },
      /more than 64/,
    ],
    [
      'critical FALSE written out',
      { rawExtensions: derSequence(derSequence(derOid('1.2.3'), hex('010100'), derOctetString(hex('')))) },
      /default value/,
    ],
    [
      'critical that is no canonical BOOLEAN',
      { rawExtensions: derSequence(derSequence(derOid('1.2.3'), hex('010101'), derOctetString(hex('')))) },
      /00 or FF/,
    ],

    ['an empty RDN', { subject: derSequence(derElement(Tag.set)) }, /must not be empty/],
    [
      'an RDN out of order',
      { subject: derSequence(derElement(Tag.set, attribute('2.5.4.10'), attribute('2.5.4.3'))) },
      /DER order/,
    ],
    [
      'an attribute twice',
      { subject: derSequence(derElement(Tag.set, attribute('2.5.4.3'), attribute('2.5.4.3'))) },
      /DER order/,
    ],
    [
      'an attribute with three parts',
      { subject: derSequence(derElement(Tag.set, derSequence(derOid('2.5.4.3'), derNull(), derNull()))) },
      /unexpected bytes/,
    ],
    [
      'an OCTET STRING in a name',
      { subject: derSequence(derElement(Tag.set, derSequence(derOid('2.5.4.3'), hex('040161')))) },
      /no type of attribute value/,
    ],
    [
      'a broken BIT STRING in a name',
      { subject: derSequence(derElement(Tag.set, derSequence(derOid('2.5.4.45'), hex('03020801')))) },
      /unused bits/,
    ],
    [
      'a context tag in a name',
      { subject: derSequence(derElement(Tag.set, derSequence(derOid('2.5.4.3'), hex('830161')))) },
      /no type of attribute value/,
    ],
    [
      'bad UTF-8 in a name',
      { subject: derSequence(derElement(Tag.set, derSequence(derOid('2.5.4.3'), hex('0c02c0af')))) },
      /bad string/,
    ],
    [
      'a control character in PrintableString',
      { subject: derSequence(derElement(Tag.set, derSequence(derOid('2.5.4.3'), hex('130100')))) },
      /bad string/,
    ],

    [
      'explicit curve parameters',
      { publicKey: ecKey(derSequence(derUnsigned(1)), point) },
      /only named curves/,
    ],
    ['an EC key without parameters', { publicKey: ecKey(new Uint8Array(0), point) }, /needs its named curve/],
    ['implicit curve NULL', { publicKey: ecKey(derNull(), point) }, /only named curves/],
    [
      'a compressed point',
      { publicKey: ecKey(derOid(OID.secp256r1), concatBytes(hex('02'), point.subarray(1, 33))) },
      /uncompressed/,
    ],
    [
      'a hybrid point',
      { publicKey: ecKey(derOid(OID.secp256r1), concatBytes(hex('06'), point.subarray(1))) },
      /uncompressed/,
    ],
    [
      'a point of another curve',
      { publicKey: ecKey(derOid(OID.secp384r1), point) },
      /uncompressed point of P-384/,
    ],
    [
      'an Ed25519 key of 31 bytes',
      { publicKey: derSequence(derSequence(derOid(OID.ed25519)), derBitString(new Uint8Array(31))) },
      /32 bytes/,
    ],
    [
      'an Ed25519 key with parameters',
      {
        publicKey: derSequence(derSequence(derOid(OID.ed25519), derNull()), derBitString(new Uint8Array(32))),
      },
      /no parameters/,
    ],
    [
      'an RSA key without NULL',
      { publicKey: rsaKey(hex('ff'), hex('03'), new Uint8Array(0)) },
      /must be NULL/,
    ],
    ['an RSA modulus of zero', { publicKey: rsaKey(hex('00'), hex('03')) }, /zero/],
    [
      'a negative RSA modulus',
      {
        publicKey: derSequence(
          derSequence(derOid(OID.rsaEncryption), derNull()),
          derBitString(derSequence(hex('0201ff'), derUnsigned(3))),
        ),
      },
      /negative/,
    ],
    [
      'an RSA key with three numbers',
      {
        publicKey: derSequence(
          derSequence(derOid(OID.rsaEncryption), derNull()),
          derBitString(derSequence(derUnsigned(5), derUnsigned(3), derUnsigned(1))),
        ),
      },
      /unexpected bytes/,
    ],
    [
      'a key of seven and a half bytes',
      { publicKey: derSequence(derSequence(derOid(OID.ed25519)), derBitString(new Uint8Array(32), 4)) },
      /whole bytes/,
    ],
  ];
  for (const [what, parts, message] of refused) {
    test(`refuses ${what}`, () => {
      assert.match(thrown('MALFORMED', () => parseCertificate(rawCertificate(parts))).message, message);
    });
  }

  test('refuses bytes behind the certificate', () => {
    thrown('MALFORMED', () => parseCertificate(concatBytes(leaf.raw, hex('00'))));
  });

  test('refuses more than 100 KiB before reading anything', () => {
    thrown('TOO_LARGE', () => parseCertificate(new Uint8Array(100 * 1024 + 1)));
  });

  test('takes a serial number of 160 bits with its sign byte', () => {
    const serial = derUnsigned(new Uint8Array(20).fill(0xff));
    assert.equal(parseCertificate(rawCertificate({ serial })).serialNumber.length, 21);
  });

  test('reads what no rule forbids but nothing can verify', () => {
    const dsa = derSequence(derSequence(derOid(OID.dsa)), derBitString(hex('00')));
    assert.deepEqual(parseCertificate(rawCertificate({ publicKey: dsa })).publicKey, {
      kind: 'unknown',
      algorithmOid: OID.dsa,
    });
    const p192 = ecKey(derOid('1.2.840.10045.3.1.1'), hex('04'));
    assert.equal(parseCertificate(rawCertificate({ publicKey: p192 })).publicKey.kind, 'unknown');
    const sha1 = derSequence(derOid(OID.ecdsaWithSha1));
    assert.equal(parseCertificate(rawCertificate({ innerAlgorithm: sha1 })).signatureKind.kind, 'weak');
    const other = derSequence(derOid('1.2.3.4'), derNull());
    assert.equal(parseCertificate(rawCertificate({ innerAlgorithm: other })).signatureKind.kind, 'unknown');
  });

  test('a prototype cannot be reached through an OID or a name', () => {
    const subject = derSequence(
      derElement(
        Tag.set,
        derSequence(derOid('2.5.4.3'), derElement(Tag.utf8String, asciiEncode('__proto__'))),
      ),
    );
    const parsed = parseCertificate(rawCertificate({ subject }));
    assert.deepEqual(parsed.subject.values(OID.commonName), ['__proto__']);
    assert.equal(({} as Record<string, unknown>)['CN'], undefined);
  });
});

describe('trust anchors', () => {
  test('may have the quirks of old roots', () => {
    const keyUsage = { oid: OID.keyUsage, critical: true, value: hex('03020006') };
    for (const parts of [
      { serial: derUnsigned(0) },
      { serial: hex('0201ff') },
      { notBefore: generalizedTime('20111006083956Z') },
      { extensions: [keyUsage] },
    ]) {
      const der = rawCertificate(parts);
      thrown('MALFORMED', () => parseCertificate(der));
      parseCertificate(der, { trustAnchor: true });
    }
  });
  test('and no others', () => {
    for (const parts of [{ serial: hex('02020001') }, { notBefore: generalizedTime('20111006083956.0Z') }]) {
      thrown('MALFORMED', () => parseCertificate(rawCertificate(parts), { trustAnchor: true }));
    }
  });
});

describe("a peer's chain", () => {
  const good = root.issue({ names: ['a.example'] }).certificate;
  test('may hold certificates of no use, behind the leaf', () => {
    assert.deepEqual(
      parsePeerChain([good.raw, hex('3000'), root.certificate.raw]).map((one) => one.raw),
      [good.raw, root.certificate.raw],
    );
  });
  test('must have a leaf that can be read', () => {
    thrown('MALFORMED', () => parsePeerChain([hex('3000'), good.raw]));
    assert.deepEqual(parsePeerChain([]), []);
  });
});

describe('mutations', () => {
  test('no flipped byte throws anything but X509Error', () => {
    const { raw } = root.issue({ names: ['a.example', '*.b.example', '::1'] }).certificate;
    let parsed = 0;
    for (let i = 0; i < raw.length; i++) {
      for (const bit of [0x01, 0x80, 0xff]) {
        const changed = new Uint8Array(raw);
        changed[i] = (changed[i] ?? 0) ^ bit;
        try {
          parseCertificate(changed);
          parsed++;
        } catch (error) {
          assert.ok(error instanceof X509Error, `byte ${i}: ${String(error)}`);
        }
      }
    }
    assert.ok(parsed > raw.length / 2, 'names, keys and signatures are free bytes');
  });
  test('no cut throws anything but X509Error', () => {
    const { raw } = root.certificate;
    for (let length = 0; length < raw.length; length++) {
      thrown('MALFORMED', () => parseCertificate(raw.subarray(0, length)));
    }
  });
});

function attribute(oid: string): Uint8Array {
  return derSequence(derOid(oid), hex('0c0161'));
}

function sanExtension(): { oid: string; value: Uint8Array } {
  return { oid: OID.subjectAltName, value: hex('3003820161') };
}
