/** Other readers of certificates: node:crypto (OpenSSL), and pkijs over asn1js. They must see what we see. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fromBER, type Integer, Sequence } from 'asn1js';
import { AltName, BasicConstraints, ExtKeyUsage, Certificate as PkijsCertificate } from 'pkijs';
import { toHex } from '../../src/bytes/encoding.ts';
import { decodePem } from '../../src/bytes/pem.ts';
import { rootPlaces } from '../../src/platform/system-roots.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  type Certificate,
  createAuthority,
  createSelfSigned,
  formatIp,
  parseCertificate,
  X509Error,
} from '../../src/x509.ts';
import { NOW, random, root } from './kit.ts';

const leaf = root.intermediate({ subject: 'C=CH, O=Example \\+ Sons, CN=mid' }).issue({
  subject: 'C=CH, O=Example, CN=a.example',
  subjectAltNames: [
    'a.example',
    '*.b.example',
    '192.0.2.1',
    '2001:db8::1',
    'email:a@b.example',
    'URI:https://a.example/',
  ],
}).certificate;
const samples: readonly Certificate[] = [
  leaf,
  root.certificate,
  createSelfSigned({ random, now: NOW, names: ['self.example'], kind: 'ed25519' }).certificate,
  createAuthority({ random, now: NOW, kind: 'ecdsa-p521', pathLen: 3, notAfter: Date.UTC(2080, 0, 1) })
    .certificate,
];

/** Every root of this machine's bundle; none where there is no bundle. */
function systemSamples(): Uint8Array[] {
  const file = rootPlaces({}).files.find((one) => existsSync(one));
  return file === undefined ? [] : decodePem(readFileSync(file, 'utf8')).map((block) => block.bytes);
}

/** Node's multi-line name, most significant first, against ours. */
function nodeName(certificate: Certificate, which: 'subject' | 'issuer'): string {
  return certificate[which].rdns
    .map((rdn) => rdn.map((attribute) => attribute.text ?? '').join('+'))
    .join('|');
}

function compareWithNode(ours: Certificate): void {
  const theirs = new X509Certificate(ours.raw);
  const sign = (ours.serialNumber[0] ?? 0) === 0 && ours.serialNumber.length > 1 ? 1 : 0;
  assert.equal(BigInt(`0x${theirs.serialNumber}`), BigInt(`0x${toHex(ours.serialNumber.subarray(sign))}`));
  assert.equal(Date.parse(theirs.validFrom), ours.notBefore);
  assert.equal(Date.parse(theirs.validTo), ours.notAfter);
  assert.equal(theirs.ca, ours.known.basicConstraints?.isCA === true);
  assert.deepEqual(new Uint8Array(theirs.publicKey.export({ format: 'der', type: 'spki' })), ours.spkiRaw);
  assert.deepEqual(theirs.keyUsage ?? [], ours.known.extKeyUsage ?? []);
  const values = (theirs.subject ?? '').split('\n').map((line) => line.slice(line.indexOf('=') + 1));
  if (nodeName(ours, 'subject').match(/^[\w .|-]*$/))
    assert.equal(values.join('|'), nodeName(ours, 'subject'));
  const names = (ours.subjectAltName ?? []).flatMap((name) =>
    name.kind === 'dns'
      ? [`DNS:${name.value}`]
      : name.kind === 'email'
        ? [`email:${name.value}`]
        : name.kind === 'uri'
          ? [`URI:${name.value}`]
          : [],
  );
  for (const name of names)
    assert.ok(theirs.subjectAltName?.split(', ').includes(name), `${name} in ${theirs.subjectAltName}`);
}

function compareWithPkijs(ours: Certificate): void {
  const theirs = PkijsCertificate.fromBER(ours.raw);
  assert.equal(theirs.version + 1, ours.version);
  assert.equal(toHex(new Uint8Array(theirs.serialNumber.valueBlock.valueHexView)), toHex(ours.serialNumber));
  assert.equal(theirs.notBefore.value.getTime(), ours.notBefore);
  assert.equal(theirs.notAfter.value.getTime(), ours.notAfter);
  assert.equal(theirs.signatureAlgorithm.algorithmId, ours.signatureAlgorithm.oid);
  assert.deepEqual(new Uint8Array(theirs.tbsView), ours.tbsRaw);
  assert.deepEqual(new Uint8Array(theirs.subject.toSchema().toBER()), ours.subject.raw);
  assert.deepEqual(
    theirs.extensions?.map((one) => [one.extnID, one.critical]) ?? [],
    ours.extensions.map((one) => [one.oid, one.critical]),
  );
  for (const { extnID, parsedValue } of theirs.extensions ?? []) {
    if (extnID === OID.basicConstraints) {
      assert.ok(parsedValue instanceof BasicConstraints);
      assert.equal(parsedValue.cA, ours.known.basicConstraints?.isCA);
      assert.equal(parsedValue.pathLenConstraint, ours.known.basicConstraints?.pathLength);
    } else if (extnID === OID.extKeyUsage) {
      assert.ok(parsedValue instanceof ExtKeyUsage);
      assert.deepEqual(parsedValue.keyPurposes, ours.known.extKeyUsage);
    } else if (extnID === OID.subjectAltName) {
      assert.ok(parsedValue instanceof AltName);
      assert.equal(parsedValue.altNames.length, ours.subjectAltName?.length);
    }
  }
}

describe('a second opinion', () => {
  for (const one of samples) {
    test(`node:crypto reads ${one.subject} as we do`, () => compareWithNode(one));
    test(`pkijs reads ${one.subject} as we do`, () => compareWithPkijs(one));
  }

  test('node:crypto on the addresses', () => {
    const text = new X509Certificate(leaf.raw).subjectAltName ?? '';
    for (const name of leaf.subjectAltName ?? []) {
      if (name.kind === 'ip' && name.bytes.length === 4)
        assert.ok(text.includes(`IP Address:${formatIp(name.bytes)}`));
    }
    assert.equal(new X509Certificate(leaf.raw).checkIP('2001:db8::1'), '2001:db8::1');
  });

  const bundle = systemSamples();
  test("all of this machine's roots", {
    skip: bundle.length === 0 ? 'there is no bundle of roots here' : false,
  }, () => {
    for (const der of bundle) {
      const ours = parseCertificate(der, { trustAnchor: true });
      compareWithNode(ours);
      compareWithPkijs(ours);
    }
  });

  test('what neither reads, we do not read either', () => {
    const { raw } = leaf;
    for (let i = 0; i < raw.length; i += 3) {
      const changed = new Uint8Array(raw);
      changed[i] = (changed[i] ?? 0) ^ 0x20;
      let ours: Certificate;
      try {
        ours = parseCertificate(changed);
      } catch (error) {
        assert.ok(error instanceof X509Error);
        continue;
      }
      // We are the strictest: what passes here is DER to asn1js and a certificate to OpenSSL.
      const { offset, result } = fromBER(changed);
      assert.equal(offset, changed.length, `byte ${i}`);
      assert.ok(result instanceof Sequence);
      assert.deepEqual(new Uint8Array(new X509Certificate(changed).raw), ours.raw, `byte ${i}`);
    }
  });

  test('PKI.js takes BOOLEAN 49 for true; we refuse it', () => {
    const raw = new Uint8Array(root.certificate.raw);
    // basicConstraints: 30 03 01 01 ff
    const at = raw.findIndex((_, i) => toHex(raw.subarray(i, i + 5)) === '30030101ff');
    assert.ok(at > 0);
    raw[at + 4] = 0x49;
    assert.doesNotThrow(() => PkijsCertificate.fromBER(raw));
    assert.throws(() => parseCertificate(raw), /00 or FF/);
    const integer: Integer | undefined = PkijsCertificate.fromBER(raw).serialNumber;
    assert.ok(integer);
  });
});
