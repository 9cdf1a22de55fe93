import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { encodePem } from '../../src/bytes/pem.ts';
import { DerReader, Tag } from '../../src/x509/der.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  createAuthority,
  createCertificate,
  createSigningRequest,
  exportPrivateKey,
  generateKey,
  parseCertificate,
  publicKeyOf,
} from '../../src/x509.ts';
import { assertAccepted, DAY, NOW, random, root, seededRandom, spareKey, thrown, verify } from './kit.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'puretls-x509-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function openssl(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

describe('issuing', () => {
  test('the same random bytes and time give the same certificate', () => {
    const make = (): string => {
      const seeded = seededRandom('again');
      const ca = createAuthority({ random: seeded, now: NOW });
      return toHex(ca.issue({ names: ['a.example'] }).certificate.raw);
    };
    assert.equal(make(), make());
  });

  test('serial numbers are positive, 16 bytes, and differ', () => {
    const serials = Array.from({ length: 50 }, () => root.issue({ key: spareKey }).certificate.serialNumber);
    assert.ok(
      serials.every((serial) => serial.length === 16 && (serial[0] ?? 0) >= 0x40 && (serial[0] ?? 0) < 0x80),
    );
    assert.equal(new Set(serials.map(toHex)).size, serials.length);
  });

  test('extensions can be replaced, added and left out', () => {
    const { certificate } = root.issue({
      key: spareKey,
      names: ['a.example'],
      extensions: [
        { oid: OID.keyUsage, value: Uint8Array.of(3, 2, 5, 0xa0) },
        { oid: '1.2.3', critical: true, value: Uint8Array.of(5, 0) },
      ],
      omit: [OID.authorityKeyIdentifier],
    });
    assert.equal(certificate.extensions.find((one) => one.oid === OID.keyUsage)?.critical, false);
    assert.equal(certificate.extensions.at(-1)?.oid, '1.2.3');
    assert.equal(certificate.known.authorityKeyIdentifier, undefined);
  });

  test('subjectAltName is critical exactly where there is no subject', () => {
    const critical = (subject: string): boolean | undefined =>
      root
        .issue({ key: spareKey, subject, names: ['a.example'] })
        .certificate.extensions.find((one) => one.oid === OID.subjectAltName)?.critical;
    assert.equal(critical(''), true);
    assert.equal(critical('CN=a'), false);
  });

  test('a name too long for a common name is no common name', () => {
    const long = `${'a'.repeat(60)}.example`;
    const { certificate } = root.issue({ key: spareKey, names: [long] });
    assert.equal(certificate.subject.toString(), 'CN=puretls leaf');
    assertAccepted(verify([certificate], { name: long }));
  });

  test('an intermediate of an intermediate is sent with both', () => {
    const inner = root.intermediate({ subject: 'CN=one' }).intermediate({ subject: 'CN=two' });
    assert.deepEqual(
      inner.issue({ names: ['a.example'] }).chain.map((one) => one.subject.toString()),
      ['CN=a.example', 'CN=two', 'CN=one'],
    );
  });

  test('RSA signs with PKCS#1 and with PSS, and each verifies', () => {
    const key = generateKey('rsa-2048', seededRandom('rsa'));
    for (const options of [
      {},
      { hash: 'SHA-384' },
      { padding: 'pss' },
      { padding: 'pss', hash: 'SHA-512' },
    ] as const) {
      const ca = createAuthority({ random, now: NOW, key, ...options });
      assertAccepted(
        verify([ca.issue({ key: spareKey, names: ['a.example'], ...options }).certificate], {
          trust: ca.trust,
        }),
      );
    }
    assert.ok(key.kind === 'rsa');
    for (const parameters of [undefined, { hash: 'SHA-256', saltLength: 32 }] as const) {
      const pss = createAuthority({
        random,
        now: NOW,
        key: { kind: 'rsa-pss', numbers: key.numbers, parameters },
      });
      assertAccepted(verify([pss.issue({ key: spareKey }).certificate], { trust: pss.trust }));
      assert.equal(pss.certificate.publicKey.kind, 'rsa-pss');
    }
  });

  test('what cannot be expressed is refused', () => {
    const issue = (fields: object): unknown => root.issue({ key: spareKey, ...fields });
    thrown('INVALID_REQUEST', () => issue({ notAfter: Number.NaN }));
    thrown('INVALID_REQUEST', () => issue({ notAfter: Date.UTC(10000, 0, 1) }));
    thrown('INVALID_REQUEST', () => issue({ notBefore: Date.UTC(1949, 0, 1) }));
    thrown('INVALID_REQUEST', () => issue({ subject: 'no name' }));
    thrown('INVALID_REQUEST', () => issue({ subject: 'XX=a' }));
    thrown('INVALID_REQUEST', () => issue({ subject: 'C=Ü' }));
    thrown('INVALID_REQUEST', () => issue({ subject: 'emailAddress=ü@example.com' }));
    thrown('INVALID_REQUEST', () => issue({ subjectAltNames: ['bücher.example'] }));
    thrown('INVALID_REQUEST', () => issue({ subjectAltNames: ['IP:1.2.3'] }));
    thrown('INVALID_REQUEST', () => issue({ subjectAltNames: ['IP:1.2.3.4/33'] }));
    thrown('INVALID_REQUEST', () => issue({ subjectAltNames: ['RID:x'] }));
    thrown('INVALID_REQUEST', () => issue({ extKeyUsage: ['serverAuthentication'] }));
    thrown('INVALID_REQUEST', () => issue({ pathLen: -1 }));
    thrown('INVALID_REQUEST', () => issue({ schemes: [] }));
    thrown('UNSUPPORTED_KEY', () =>
      createCertificate({
        subject: 'CN=a',
        publicKey: { kind: 'unknown', algorithmOid: OID.dsa },
        signingKey: spareKey,
        random,
        notBefore: NOW,
        notAfter: NOW + DAY,
      }),
    );
  });
});

describe('signing requests', () => {
  test('hold subject, key and wishes', () => {
    const der = createSigningRequest({
      subject: 'CN=a.example',
      key: spareKey,
      random,
      subjectAltNames: ['a.example'],
    });
    const outer = new DerReader(der, 'CSR').sequence('request');
    const info = outer.sequence('info');
    assert.equal(info.smallInteger('version', 0), 0);
    info.raw('subject');
    info.raw('key');
    const attributes = info.enter(0xa0, 'attributes');
    const attribute = attributes.sequence('attribute');
    assert.equal(attribute.oid('type'), OID.extensionRequest);
    attribute.enter(Tag.set, 'values');
    attributes.finish();
    info.finish();
  });
});

describe('OpenSSL', { skip: hasOpenssl ? false : 'the openssl command is not here' }, () => {
  test('verifies what we issue, strictly', () => {
    const now = Date.now();
    for (const kind of ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'ed25519'] as const) {
      const ca = createAuthority({ random, now, kind });
      const mid = ca.intermediate({
        kind,
        pathLen: 0,
        nameConstraints: { permitted: ['example', 'IP:192.0.2.0/24'] },
      });
      const leaf = mid.issue({ kind, names: ['a.example', '192.0.2.1'] });
      writeFileSync(join(folder, 'ca.pem'), ca.certificatePem);
      writeFileSync(join(folder, 'mid.pem'), mid.certificatePem);
      writeFileSync(join(folder, 'leaf.pem'), leaf.certificatePem);
      const { status, output } = openssl(
        'verify',
        '-x509_strict',
        '-check_ss_sig',
        '-purpose',
        'sslserver',
        '-verify_hostname',
        'a.example',
        '-CAfile',
        'ca.pem',
        '-untrusted',
        'mid.pem',
        'leaf.pem',
      );
      assert.equal(status, 0, output);
    }
  });
  test('reads our keys and signing requests', () => {
    for (const kind of ['ecdsa-p256', 'ed25519'] as const) {
      const key = generateKey(kind, random);
      writeFileSync(join(folder, 'key.pem'), encodePem('PRIVATE KEY', exportPrivateKey(key)));
      assert.equal(openssl('pkey', '-in', 'key.pem', '-noout', '-check').status, 0);
      const request = createSigningRequest({
        subject: 'C=CH, CN=a.example',
        key,
        random,
        subjectAltNames: ['a.example'],
        extKeyUsage: ['serverAuth'],
      });
      writeFileSync(join(folder, 'request.pem'), encodePem('CERTIFICATE REQUEST', request));
      const { status, output } = openssl('req', '-in', 'request.pem', '-verify', '-noout', '-text');
      assert.equal(status, 0, output);
      assert.match(output, /DNS:a\.example/);
    }
  });
  test('issues what we verify', () => {
    const run = (...args: string[]): void => {
      const { status, output } = openssl(...args);
      assert.equal(status, 0, output);
    };
    run(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'o.key',
      '-out',
      'o.pem',
      '-subj',
      '/CN=OpenSSL root',
      '-days',
      '30',
    );
    run(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'l.key',
      '-out',
      'l.csr',
      '-subj',
      '/CN=a.example',
      '-addext',
      'subjectAltName=DNS:a.example',
    );
    run(
      'x509',
      '-req',
      '-in',
      'l.csr',
      '-CA',
      'o.pem',
      '-CAkey',
      'o.key',
      '-copy_extensions',
      'copy',
      '-out',
      'l.pem',
      '-days',
      '20',
    );
    const { output: rootPem } = openssl('x509', '-in', 'o.pem');
    const { output: leafPem } = openssl('x509', '-in', 'l.pem');
    const [anchor, leaf] = [rootPem, leafPem].map((pem) =>
      parseCertificate(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')),
    );
    assert.ok(anchor && leaf);
    assert.ok(publicKeyOf);
    const trust = createAuthority({ random, now: NOW }).trust;
    trust.add(anchor);
    assertAccepted(verify([leaf], { trust, now: Date.now(), name: 'a.example' }));
  });
});
