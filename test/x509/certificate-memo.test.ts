import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { copyBytes } from '../../src/bytes/bytes.ts';
import { CertificateMemo } from '../../src/x509/certificate-memo.ts';
import { MAX_REMEMBERED_CERTIFICATE_BYTES, MAX_REMEMBERED_CERTIFICATES } from '../../src/x509/limits.ts';
import { assertAccepted, assertRefused, DAY, NOW, root, thrown, verify } from './kit.ts';

const issue = (name: string): Uint8Array => root.issue({ names: [name] }).certificate.raw;
const leaf = issue('a.example');

describe('certificates read lately', () => {
  test('gives the same for the same bytes, wherever they lie', () => {
    const memo = new CertificateMemo();
    const first = memo.parse(leaf);
    assert.equal(memo.parse(copyBytes(leaf)), first);
    assert.deepEqual(first.raw, leaf);
    assert.notEqual(first.raw, leaf);
  });

  test('one bit makes another certificate', () => {
    const memo = new CertificateMemo();
    memo.parse(leaf);
    const changed = copyBytes(leaf);
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
    assert.deepEqual(memo.parse(changed).raw, changed);
    assertRefused(verify([memo.parse(changed)]), 'CERT_SIGNATURE_FAILURE');
  });

  test('remembers no verdict: date and name are judged each time', () => {
    const memo = new CertificateMemo();
    assertAccepted(verify([memo.parse(leaf)], { name: 'a.example' }));
    assertRefused(verify([memo.parse(leaf)], { name: 'b.example' }), 'HOSTNAME_MISMATCH');
    assertRefused(verify([memo.parse(leaf)], { now: NOW + 400 * DAY }), 'CERT_HAS_EXPIRED');
  });

  test('what does not parse fails again, whole or as the end of what does', () => {
    const memo = new CertificateMemo();
    memo.parse(leaf);
    for (let i = 0; i < 2; i += 1) {
      thrown('MALFORMED', () => memo.parse(leaf.subarray(0, leaf.length - 1)));
      thrown('MALFORMED', () => memo.parse(new Uint8Array(0)));
    }
  });

  test('bytes that were written into later are not taken for what they were', () => {
    const memo = new CertificateMemo();
    const first = memo.parse(leaf);
    first.raw[first.raw.length - 1] = (first.raw[first.raw.length - 1] ?? 0) ^ 1;
    assert.notEqual(memo.parse(leaf), first);
    assert.ok(Object.isFrozen(first));
  });

  test('keeps few, and drops the oldest', () => {
    const memo = new CertificateMemo();
    const first = memo.parse(leaf);
    for (let i = 1; i < MAX_REMEMBERED_CERTIFICATES; i += 1) memo.parse(issue(`${i}.example`));
    assert.equal(memo.parse(leaf), first);
    memo.parse(issue('last.example'));
    assert.notEqual(memo.parse(leaf), first);
  });

  test('keeps no big one', () => {
    const memo = new CertificateMemo();
    const names = Array.from({ length: 300 }, (_, i) => `a-rather-long-name-for-a-host-${i}.example`);
    const big = root.issue({ names }).certificate.raw;
    assert.ok(big.length > MAX_REMEMBERED_CERTIFICATE_BYTES);
    assert.notEqual(memo.parse(big), memo.parse(big));
  });
});
