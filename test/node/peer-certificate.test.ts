import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  detailedPeerCertificate,
  openSslDate,
  orderedChain,
  peerCertificate,
} from '../../src/node/peer-certificate.ts';
import { createAuthority, createSelfSigned } from '../../src/x509/authority.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { authority, leaf, random } from './support.ts';

/** OpenSSL's view of the same bytes, in the same form. */
function byNode(certificate: Certificate): Record<string, unknown> {
  const legacy = new X509Certificate(certificate.raw).toLegacyObject() as object;
  return { ...legacy };
}

const now = Date.UTC(2026, 0, 5, 1, 2, 3);
const kinds = ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'ed25519', 'rsa-2048'] as const;

describe('as node:tls shows it', () => {
  const compare = (certificate: Certificate): void => {
    const expected = byNode(certificate);
    const actual = peerCertificate(certificate);
    assert.deepEqual({ ...actual, infoAccess: undefined }, { ...expected, infoAccess: undefined });
    assert.deepEqual(
      Object.keys(actual),
      Object.keys(expected).filter((key) => expected[key] !== undefined),
    );
  };
  for (const kind of kinds) {
    test(kind, () => {
      compare(
        createSelfSigned({
          random,
          now,
          kind,
          names: ['a.example', '*.b.example', '192.0.2.1', '2001:db8::1'],
        }).certificate,
      );
    });
  }
  test('an authority', () => compare(authority.certificate));
  test('a leaf', () => compare(leaf.certificate));
  test('names with several values', () => {
    const subject = [
      ['C', 'DE'],
      ['O', 'one'],
      ['O', 'two'],
      ['OU', 'Abteilung für Äpfel'],
      ['street', 'Weg 1'],
      ['emailAddress', 'a@b.example'],
      ['serialNumber', '7'],
      ['CN', 'x'],
    ] as const;
    compare(createSelfSigned({ random, now, subject, names: ['x.example'] }).certificate);
  });
  test('names that look like separators are quoted', () => {
    const subjectAltNames = [
      'uri:http://evil/, DNS:good.example',
      'email:"x"@y.example',
      "uri:it's",
      'uri:a\\b',
    ];
    const { certificate } = createSelfSigned({ random, now, names: [], subjectAltNames });
    compare(certificate);
    assert.match(
      peerCertificate(certificate).subjectaltname ?? '',
      /URI:"http:\/\/evil\/\\u002c DNS:good\.example"/,
    );
  });
  test('a serial number with a leading zero', () => {
    const serial = new Uint8Array([0x0a, 0xff]);
    compare(createSelfSigned({ random, now, names: ['x.example'], serial }).certificate);
  });
});

test('dates are padded as OpenSSL pads them', () => {
  assert.equal(openSslDate(now), 'Jan  5 01:02:03 2026 GMT');
  assert.equal(openSslDate(Date.UTC(2049, 11, 31, 23, 59, 59)), 'Dec 31 23:59:59 2049 GMT');
});

test('an attribute named __proto__ is a name like others', () => {
  const { subject } = peerCertificate(leaf.certificate);
  assert.equal(Object.getPrototypeOf(subject), null);
});

describe('issuers', () => {
  const root = createAuthority({ random, now, subject: 'CN=root' });
  const middle = root.intermediate({ subject: 'CN=middle' });
  const end = middle.issue({ names: ['x.example'] });
  const chain = [end.certificate, middle.certificate, root.certificate];
  test('linked to the root, which is its own', () => {
    const object = detailedPeerCertificate(chain);
    assert.equal(object?.issuerCertificate?.subject.CN, 'middle');
    const top = object?.issuerCertificate?.issuerCertificate;
    assert.equal(top?.subject.CN, 'root');
    assert.equal(top?.issuerCertificate, top);
  });
  test('in any order', () => {
    assert.deepEqual(orderedChain([end.certificate, root.certificate, middle.certificate]), chain);
  });
  test('as far as they were sent', () => {
    assert.equal(detailedPeerCertificate([end.certificate])?.issuerCertificate, undefined);
    assert.equal(detailedPeerCertificate([]), undefined);
  });
  test('two that issued each other end somewhere', () => {
    const a = createAuthority({ random, now, subject: 'CN=a' });
    const b = createAuthority({ random, now, subject: 'CN=b' });
    const aByB = b.intermediate({ subject: 'CN=a', key: a.key }).certificate;
    const bByA = a.intermediate({ subject: 'CN=b', key: b.key }).certificate;
    assert.equal(orderedChain([aByB, bByA]).length, 2);
  });
});
