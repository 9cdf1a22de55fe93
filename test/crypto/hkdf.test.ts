import assert from 'node:assert/strict';
import { hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { deriveSecret, hkdfExpand, hkdfExpandLabel, hkdfExtract } from '../../src/crypto/hkdf.ts';
import * as reference from '../../src/crypto/noble/hash.ts';
import * as kernel from '../../src/crypto/wasm/sha2.ts';
import { TLSError } from '../../src/wire/error.ts';
import { bytes, hex, repeatable, vectors } from './support/vectors.ts';

const EMPTY = new Uint8Array(0);

interface Rfc5869 {
  readonly tests: readonly Record<'ikm' | 'salt' | 'info' | 'prk' | 'okm', string>[];
}

for (const [provider, { sha256, sha384, sha512 }] of Object.entries({ noble: reference, wasm: kernel })) {
  test(`${provider}: RFC 5869 test cases`, () => {
    const { tests } = vectors<Rfc5869>('hkdf-rfc5869.json');
    assert.equal(tests.length, 3);
    for (const each of tests) {
      const prk = hkdfExtract(sha256, hex(each.salt), hex(each.ikm));
      assert.deepEqual(prk, hex(each.prk));
      assert.deepEqual(hkdfExpand(sha256, prk, hex(each.info), each.okm.length / 2), hex(each.okm));
    }
  });

  test(`${provider}: agrees with OpenSSL at every length around block borders`, () => {
    const random = repeatable();
    for (const hash of [sha256, sha384, sha512]) {
      const [ikm, salt, info] = [bytes(40, random), bytes(13, random), bytes(21, random)];
      const h = hash.outputLength;
      for (const length of [1, h - 1, h, h + 1, 2 * h, 3 * h + 5, 255 * h]) {
        const expected = new Uint8Array(hkdfSync(hash.name.replace('-', ''), ikm, salt, info, length));
        assert.deepEqual(hkdfExpand(hash, hkdfExtract(hash, salt, ikm), info, length), expected);
      }
    }
  });

  test(`${provider}: refuses more than 255 blocks`, () => {
    assert.throws(() => hkdfExpand(sha256, bytes(32, repeatable()), EMPTY, 255 * 32 + 1), TLSError);
  });

  test(`${provider}: HKDF-Expand-Label builds HkdfLabel as RFC 8446 7.1 says`, () => {
    const secret = bytes(32, repeatable());
    const context = hex('c0ffee');
    // length 42, "tls13 test", context
    const info = hex('002a0a746c7331332074657374' + '03c0ffee');
    assert.deepEqual(
      hkdfExpandLabel(sha256, secret, 'test', context, 42),
      hkdfExpand(sha256, secret, info, 42),
    );
    assert.deepEqual(
      hkdfExpandLabel(sha256, secret, hex('74657374'), context, 42),
      hkdfExpand(sha256, secret, info, 42),
    );
  });

  test(`${provider}: takes key bytes from a Secret without wiping it`, () => {
    const raw = bytes(32, repeatable());
    const secret = new Secret(raw.slice());
    assert.deepEqual(
      hkdfExpandLabel(sha256, secret, 'key', EMPTY, 16),
      hkdfExpandLabel(sha256, raw, 'key', EMPTY, 16),
    );
    assert.equal(secret.wiped, false);
    assert.equal(deriveSecret(sha256, secret, 'derived', sha256.digest(EMPTY)).length, 32);
    secret.wipe();
    assert.throws(() => hkdfExpandLabel(sha256, secret, 'key', EMPTY, 16));
  });

  test(`${provider}: takes labels of 1 to 249 bytes and contexts of up to 255`, () => {
    const secret = bytes(32, repeatable());
    assert.equal(hkdfExpandLabel(sha256, secret, 'x'.repeat(249), new Uint8Array(255), 32).length, 32);
    const refused = (label: string | Uint8Array, context: Uint8Array, length: number): void =>
      assert.throws(
        () => hkdfExpandLabel(sha256, secret, label, context, length),
        (error) => error instanceof TLSError && error.reason === 'invalid_option',
      );
    refused('', EMPTY, 32);
    refused(EMPTY, EMPTY, 32);
    refused('x'.repeat(250), EMPTY, 32);
    refused('x', new Uint8Array(256), 32);
    refused('x', EMPTY, 0x10000);
    refused('x', EMPTY, -1);
    refused('é', EMPTY, 32);
    refused('\u{1f600}', EMPTY, 32);
  });

  test(`${provider}: two labels, contexts, lengths or secrets never give related output`, () => {
    const secret = bytes(32, repeatable());
    const base = hkdfExpandLabel(sha256, secret, 'key', EMPTY, 16);
    const others = [
      hkdfExpandLabel(sha256, secret, 'kez', EMPTY, 16),
      hkdfExpandLabel(sha256, secret, 'key', Uint8Array.of(0), 16),
      hkdfExpandLabel(sha256, secret, 'key', EMPTY, 17).subarray(0, 16),
      hkdfExpandLabel(sha256, bytes(32, repeatable(2)), 'key', EMPTY, 16),
    ];
    for (const other of others) assert.notDeepEqual(other, base);
  });
}
