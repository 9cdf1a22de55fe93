/** RFC 5705; that OpenSSL gives the same is tested in `openssl12.test.ts`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { sha256, sha384 } from '../../src/crypto/noble/hash.ts';
import { prf } from '../../src/crypto/prf.ts';
import { exportKeyingMaterial12 } from '../../src/key-schedule/exporter12.ts';
import { TLSError } from '../../src/wire/error.ts';

const MASTER = new Secret(new Uint8Array(48).fill(1));
const CLIENT = new Uint8Array(32).fill(2);
const SERVER = new Uint8Array(32).fill(3);
const LABEL = 'EXPORTER-test';
const EMPTY = new Uint8Array(0);

function exported(context: Uint8Array | undefined, label: string | Uint8Array = LABEL, length = 32): string {
  const material = exportKeyingMaterial12(sha256, MASTER, CLIENT, SERVER, label, context, length);
  assert.equal(material.length, length);
  return Buffer.from(material).toString('hex');
}

function refused(run: () => unknown): void {
  assert.throws(run, (error) => error instanceof TLSError && error.reason === 'invalid_option');
}

describe('exporter of TLS 1.2', () => {
  test('is the PRF over both randoms, and the context with its length where there is one', () => {
    const randoms = Buffer.concat([CLIENT, SERVER]);
    const plain = Buffer.from(prf(sha256, MASTER, LABEL, randoms, 32)).toString('hex');
    assert.equal(exported(undefined), plain);
    const context = Buffer.from('abc');
    const seed = Buffer.concat([randoms, Uint8Array.of(0, 3), context]);
    assert.equal(exported(context), Buffer.from(prf(sha256, MASTER, LABEL, seed, 32)).toString('hex'));
  });

  test('no context and an empty one differ', () => {
    assert.notEqual(exported(undefined), exported(EMPTY));
  });

  test('everything counts', () => {
    const all = [
      exported(undefined),
      exported(EMPTY),
      exported(Uint8Array.of(0)),
      exported(Uint8Array.of(0, 0)),
      exported(undefined, 'EXPORTER-tesu'),
      Buffer.from(exportKeyingMaterial12(sha384, MASTER, CLIENT, SERVER, LABEL, undefined, 32)).toString(
        'hex',
      ),
      Buffer.from(exportKeyingMaterial12(sha256, MASTER, SERVER, CLIENT, LABEL, undefined, 32)).toString(
        'hex',
      ),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  test('a label as bytes is the label as text', () => {
    assert.equal(exported(undefined, asciiEncode(LABEL)), exported(undefined));
    assert.equal(exported(undefined, Uint8Array.of(0xff, 0xfe)).length, 64, 'bytes need not be ASCII');
  });

  test('labels that are TLS’s own are refused, also with something behind them', () => {
    for (const label of [
      'client finished',
      'server finished',
      'master secret',
      'key expansion',
      'extended master secret',
    ]) {
      refused(() => exported(undefined, label));
      refused(() => exported(EMPTY, asciiEncode(label)));
      refused(() => exported(undefined, `${label}s`));
      refused(() => exported(undefined, Uint8Array.of(...asciiEncode(label), 0xff)));
    }
    exported(undefined, 'Master secret');
    exported(undefined, 'a master secret');
  });

  test('labels, contexts and lengths out of range are refused', () => {
    refused(() => exported(undefined, 'x'.repeat(256)));
    refused(() => exported(undefined, 'EXPORTER-é'));
    refused(() => exported(new Uint8Array(0x10000)));
    for (const length of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 0x8001]) {
      refused(() => exported(undefined, LABEL, length));
    }
  });

  test('the edges of the ranges are taken', () => {
    exported(undefined, 'x'.repeat(255));
    assert.notEqual(exported(undefined, ''), exported(undefined));
    exported(new Uint8Array(0xffff));
    assert.equal(exported(undefined, LABEL, 0x8000).slice(0, 64), exported(undefined));
    assert.equal(exported(undefined, LABEL, 1), exported(undefined).slice(0, 2));
  });
});
