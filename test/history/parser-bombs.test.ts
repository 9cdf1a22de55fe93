/**
 * Input that is cheap to make and dear to read.
 *
 * - CVE-2018-0739 (OpenSSL), CVE-2025-66031 (node-forge): nested ASN.1 until the stack was full. CVE-2025-12816 (node-forge):
 *   two readers of one structure that saw two things. Here depth and size are bounded, and only DER is read, by one reader.
 * - CVE-2023-29409 (Go), CVE-2023-3446 (OpenSSL): numbers of any size were computed with. Here sizes are looked at first.
 * - RUSTSEC-2023-0053, CVE-2026-32281 (Go), CVE-2023-0464 (OpenSSL): paths without number. Here a search has a budget of
 *   signatures, steps and names; signature-budget.test.ts has it over the wire.
 * - Regular expressions that backtrack, in names and options.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import type { PublicKey } from '../../src/crypto/provider.ts';
import { rsaPublicKey } from '../../src/crypto/rsa/key.ts';
import { serverHandshake } from '../../src/fuzz.ts';
import { splitAltNames } from '../../src/node/check-server-identity.ts';
import { DerReader } from '../../src/x509/der.ts';
import { derElement, derExplicit, derSequence, derUnsigned } from '../../src/x509/der-writer.ts';
import { type Certificate, createCertificate, parseCertificate, publicKeyOf } from '../../src/x509.ts';
import { againstServer, assertRefused } from '../handshake/kit.ts';
import {
  DAY,
  hex,
  NOW,
  random,
  rawCertificate,
  root,
  schemes,
  spareKey,
  thrown,
  verify,
} from '../x509/kit.ts';

function within<T>(milliseconds: number, run: () => T): T {
  const started = performance.now();
  const result = run();
  const took = performance.now() - started;
  assert.ok(took < milliseconds, `${took} ms`);
  return result;
}

/** SEQUENCE in SEQUENCE, each with the right length of five bytes. */
function nested(total: number): Uint8Array {
  const out = new Uint8Array(total);
  for (let at = 0; at + 6 <= total; at += 6) {
    const left = total - at - 6;
    out.set([0x30, 0x84, left >>> 24, (left >>> 16) & 0xff, (left >>> 8) & 0xff, left & 0xff], at);
  }
  return out;
}

describe('nesting', () => {
  test('ten megabytes of SEQUENCE in SEQUENCE are refused in no time', () => {
    const bomb = nested(10 * 1024 * 1024);
    within(1500, () => thrown('TOO_LARGE', () => parseCertificate(bomb)));
    within(1500, () => {
      let depth = 0;
      thrown('MALFORMED', () => {
        let reader = new DerReader(bomb, 'bomb');
        for (; depth < 1000; depth += 1) reader = reader.enter(0x30, 'c');
      });
      assert.ok(depth < 64, `${depth} levels`);
    });
  });
  test('where a certificate is expected, over the wire', () => {
    const script = serverHandshake().change('Certificate', (fields) => ({
      ...fields,
      certificateList: [{ certData: nested(60_000), extensions: [] }],
    }));
    within(2000, () => assertRefused(againstServer(script), 'certificate_refused', 'bad_certificate'));
  });
});

/** What is BER, or neither, at places where a certificate has something. */
const NOT_DER: Readonly<Record<string, () => Uint8Array>> = {
  'an indefinite length': () => Uint8Array.of(0x30, 0x80, ...rawCertificate({}).slice(4), 0, 0),
  'a length with a zero in front': () => {
    const raw = rawCertificate({});
    return Uint8Array.of(0x30, 0x83, 0, raw[2] ?? 0, raw[3] ?? 0, ...raw.slice(4));
  },
  'a negative serial number': () => rawCertificate({ serial: hex('0201ff') }),
  'a serial number with a zero too many': () => rawCertificate({ serial: hex('02020001') }),
  'a version that is one by default, written out': () =>
    rawCertificate({ version: derExplicit(0, derUnsigned(0)) }),
  'a BOOLEAN that is neither': () =>
    rawCertificate({ rawExtensions: derSequence(hex('300f0603551d13 010149 0405 3003 0101ff')) }),
  'CA:TRUE by a BOOLEAN that is 0x49': () =>
    rawCertificate({ extensions: [{ oid: '2.5.29.19', critical: true, value: hex('3003010149') }] }),
  'two algorithms, inside and outside': () =>
    rawCertificate({ outerAlgorithm: derSequence(hex('06032b6570')) }),
  'an extension twice': () =>
    rawCertificate({
      extensions: [
        { oid: '2.5.29.19', value: hex('3000') },
        { oid: '2.5.29.19', value: hex('30030101ff') },
      ],
    }),
  'bytes behind it': () => Uint8Array.of(...rawCertificate({}), 0),
  'bytes behind its extensions': () => rawCertificate({ trailing: derElement(4, new Uint8Array(1)) }),
};

describe('what is not DER is nothing', () => {
  for (const [what, make] of Object.entries(NOT_DER)) {
    test(what, () => {
      thrown('MALFORMED', () => parseCertificate(make()));
    });
  }
});

describe('numbers', () => {
  test('an RSA key of more than 8192 bits, or with a long exponent, is no key (CVE-2023-29409)', () => {
    const modulus = (bits: number): Uint8Array => new Uint8Array(bits / 8).fill(0xff);
    const exponent = hex('010001');
    assert.ok(rsaPublicKey(modulus(8192), exponent));
    within(1500, () => {
      for (const bits of [8200, 16_384, 1 << 20, 1 << 23]) {
        assert.equal(rsaPublicKey(modulus(bits), exponent), undefined);
        const key: PublicKey = { kind: 'rsa', modulus: modulus(bits), exponent };
        for (const scheme of signatureAlgorithms()) {
          assert.equal(scheme.verify(key, Uint8Array.of(1), modulus(bits)), false);
        }
      }
      assert.equal(rsaPublicKey(modulus(2048), modulus(2048)), undefined);
    });
  });
});

describe('paths', () => {
  test('a mesh of CAs that sign each other costs a bounded number of signatures', () => {
    const COUNT = 14;
    const subject = (i: number): string => `CN=ca ${i}`;
    const mesh: Certificate[] = [];
    for (let i = 0; i < COUNT; i += 1) {
      for (let j = 0; j < COUNT && mesh.length < 63; j += 1) {
        if (i === j) continue;
        mesh.push(
          parseCertificate(
            createCertificate({
              subject: subject(i),
              issuer: subject(j),
              publicKey: publicKeyOf(spareKey),
              signingKey: spareKey,
              random,
              notBefore: NOW - DAY,
              notAfter: NOW + DAY,
              serial: Uint8Array.of(1 + i, 1 + j),
              isCA: true,
            }),
          ),
        );
      }
    }
    const leaf = parseCertificate(
      createCertificate({
        subject: 'CN=leaf',
        issuer: subject(0),
        publicKey: publicKeyOf(spareKey),
        signingKey: spareKey,
        random,
        notBefore: NOW - DAY,
        notAfter: NOW + DAY,
      }),
    );
    let checks = 0;
    const counting = schemes.map((scheme) => ({
      ...scheme,
      verify: (...args: Parameters<typeof scheme.verify>): boolean => {
        checks += 1;
        return scheme.verify(...args);
      },
    }));
    const verdict = verify([leaf, ...mesh], { schemes: counting, limits: { signatureChecks: 24 } });
    assert.equal(verdict.ok, false);
    assert.ok(checks > 1 && checks <= 24, `${checks} checks`);
  });
  test('thousands of names beside hundreds of constraints', () => {
    const excluded = Array.from({ length: 500 }, (_, i) => `DNS:no${i}.example` as const);
    const ca = root.intermediate({ key: spareKey, nameConstraints: { excluded } });
    const names = Array.from({ length: 2000 }, (_, i) => `yes${i}.example`);
    const { chain } = ca.issue({ key: spareKey, names });
    within(3000, () => verify(chain));
  });
});

test('text that a regular expression might go back and forth in', () => {
  within(2000, () => {
    for (const text of [
      `"${'\\'.repeat(50_000)}`,
      '"'.repeat(20_001),
      `DNS:${'a, '.repeat(50_000)}`,
      `${'"a" '.repeat(20_000)}"`,
    ]) {
      try {
        splitAltNames(text);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ERR_TLS_CERT_ALTNAME_FORMAT');
      }
    }
  });
});
