/** A toy AEAD that is fast and shows what it was asked, and helpers shared by the record tests. */
import assert from 'node:assert/strict';
import { Secret } from '../../src/bytes/secret.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import type { Aead, AeadKey, CipherSuite13 } from '../../src/crypto/provider.ts';
import { type Aligned, HandshakeJoiner } from '../../src/message/joiner.ts';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { RecordView } from '../../src/record/header.ts';
import { TLSError } from '../../src/wire/error.ts';
import type { Reason } from '../../src/wire/reason.ts';
import type { ContentType } from '../../src/wire/registry.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';

export const TAG = 16;

export interface ToyAead extends Aead {
  readonly nonces: Uint8Array[];
  readonly wipedKeys: number[];
}

/** Flips all bits; the tag is a checksum of key, nonce, additional data and ciphertext. Not secure, and that is fine. */
export function toyAead(limits: { confidentiality?: number; integrity?: number } = {}): ToyAead {
  const nonces: Uint8Array[] = [];
  const wipedKeys: number[] = [];
  let created = 0;
  const create = (key: Uint8Array): AeadKey => {
    const own = key.slice();
    const number = created++;
    let wiped = false;
    const tag = (nonce: Uint8Array, aad: Uint8Array, data: Uint8Array): Uint8Array => {
      const sums = new Uint32Array(4).fill(0x811c9dc5);
      for (const part of [own, nonce, aad, data]) {
        for (let i = 0; i < part.length; i++) {
          const lane = i & 3;
          sums[lane] = Math.imul((sums[lane] ?? 0) ^ (part[i] ?? 0), 0x01000193) + i;
        }
      }
      const mixed = new Uint8Array(sums.buffer.slice(0));
      for (let i = 0; i < TAG; i++) mixed[i] = (mixed[i] ?? 0) ^ data.length;
      return mixed;
    };
    return {
      seal: (nonce, aad, buffer, offset, length) => {
        assert.equal(wiped, false, 'a wiped key was used');
        nonces.push(nonce.slice());
        const data = buffer.subarray(offset, offset + length);
        for (let i = 0; i < length; i++) data[i] = ~(data[i] ?? 0);
        buffer.set(tag(nonce, aad, data), offset + length);
      },
      open: (nonce, aad, buffer, offset, length) => {
        assert.equal(wiped, false, 'a wiped key was used');
        assert.ok(length >= TAG);
        nonces.push(nonce.slice());
        const data = buffer.subarray(offset, offset + length - TAG);
        const expected = tag(nonce, aad, data);
        const given = buffer.subarray(offset + length - TAG, offset + length);
        if (expected.some((byte, i) => byte !== given[i])) {
          data.fill(0);
          return -1;
        }
        for (let i = 0; i < data.length; i++) data[i] = ~(data[i] ?? 0);
        return data.length;
      },
      wipe: () => {
        wiped = true;
        own.fill(0);
        wipedKeys.push(number);
      },
    };
  };
  return {
    name: 'AES-128-GCM',
    keyLength: 16,
    nonceLength: 12,
    tagLength: TAG,
    confidentialityLimit: limits.confidentiality ?? Number.POSITIVE_INFINITY,
    integrityLimit: limits.integrity ?? Number.POSITIVE_INFINITY,
    create,
    nonces,
    wipedKeys,
  };
}

export function suiteWith(aead: Aead): CipherSuite13 {
  return { version: 'tls13', code: CipherSuite.TLS_AES_128_GCM_SHA256, name: 'toy', aead, hash: sha256 };
}

export function secretOf(byte: number): Secret {
  return new Secret(new Uint8Array(32).fill(byte));
}

export function proof(): Aligned {
  const { aligned } = new HandshakeJoiner();
  assert.ok(aligned);
  return aligned;
}

/** A view over a copy of one whole record, as a deframer would give it. */
export function viewOf(record: Uint8Array): RecordView {
  const view = new RecordView();
  const own = record.slice();
  view.header.set(own.subarray(0, 5));
  view.type = codeOf(own[0] ?? 0);
  view.version = ((own[1] ?? 0) << 8) | (own[2] ?? 0);
  view.buffer = own;
  view.offset = 5;
  view.length = own.length - 5;
  return view;
}

const codeOf = (code: number): RecordView['type'] => code as RecordView['type'];

/** A record of any type byte, version and body. */
export function rawRecord(type: number, body: Uint8Array, version = 0x0303): Uint8Array {
  const out = new Uint8Array(5 + body.length);
  out.set([type, version >>> 8, version & 0xff, body.length >>> 8, body.length & 0xff]);
  out.set(body, 5);
  return out;
}

/** Bytes that differ from position to position. */
export function pattern(length: number, seed = 1): Uint8Array {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = (i * 31 + (i >>> 8) * 7 + seed) & 0xff;
  return out;
}

export function rejects(action: () => unknown, reason: Reason): TLSError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof TLSError, `not a TLSError: ${String(error)}`);
    assert.equal(error.reason, reason);
    return error;
  }
  assert.fail(`expected ${reason}`);
}

/** One record in an array of its own. */
export function sealed(half: WriteHalf, type: ContentType, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(half.overhead + half.paddedLength(type, content.length));
  assert.equal(half.seal(type, content, 0, content.length, out, 0), out.length);
  return out;
}

/** Both ends of one direction under the same key. */
export function pair(suite: CipherSuite13 = suiteWith(toyAead())): { write: WriteHalf; read: ReadHalf } {
  const write = new WriteHalf();
  const read = new ReadHalf();
  write.install(suite, secretOf(1));
  read.install(suite, secretOf(1), proof());
  return { write, read };
}
