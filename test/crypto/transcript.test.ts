import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { sha256, sha384 } from '../../src/crypto/noble/hash.ts';
import { TranscriptHash } from '../../src/crypto/transcript.ts';
import { TLSError } from '../../src/wire/error.ts';
import { bytes, repeatable } from './support/vectors.ts';

const random = repeatable();
const [hello1, retry, hello2, more] = [
  bytes(200, random),
  bytes(90, random),
  bytes(250, random),
  bytes(5000, random),
];
const internal = (error: unknown): boolean => error instanceof TLSError && error.reason === 'internal_error';

test('messages before and after the choice of hash count alike', () => {
  for (const hash of [sha256, sha384]) {
    const transcript = new TranscriptHash();
    assert.equal(transcript.hash, undefined);
    transcript.add(hello1);
    transcript.add(retry);
    transcript.commit(hash);
    assert.equal(transcript.hash, hash);
    transcript.add(hello2);
    assert.deepEqual(transcript.digest(), hash.digest(concatBytes(hello1, retry, hello2)));
    transcript.add(more);
    assert.deepEqual(transcript.digest(), hash.digest(concatBytes(hello1, retry, hello2, more)));
    assert.deepEqual(transcript.digest(), transcript.digest());
  }
});

test('no digest before the hash is known', () => {
  const transcript = new TranscriptHash();
  transcript.add(hello1);
  assert.throws(() => transcript.digest(), internal);
  assert.throws(() => transcript.digestWith(hello2), internal);
  assert.throws(() => transcript.replaceWithMessageHash(), internal);
});

test('the hash is chosen once', () => {
  const transcript = new TranscriptHash();
  transcript.add(hello1);
  transcript.commit(sha256);
  transcript.commit(sha256);
  assert.deepEqual(transcript.digest(), sha256.digest(hello1));
  assert.throws(() => transcript.commit(sha384), internal);
  assert.deepEqual(transcript.digest(), sha256.digest(hello1));
});

test('digestWith leaves no trace', () => {
  const transcript = new TranscriptHash();
  transcript.commit(sha256);
  transcript.add(hello1);
  assert.deepEqual(transcript.digestWith(hello2), sha256.digest(concatBytes(hello1, hello2)));
  assert.deepEqual(transcript.digestWith(retry), sha256.digest(concatBytes(hello1, retry)));
  assert.deepEqual(transcript.digest(), sha256.digest(hello1));
});

test('HelloRetryRequest: ClientHello1 becomes message_hash (RFC 8446 4.4.1)', () => {
  for (const hash of [sha256, sha384]) {
    const transcript = new TranscriptHash();
    transcript.add(hello1);
    transcript.commit(hash);
    transcript.replaceWithMessageHash();
    transcript.add(retry);
    transcript.add(hello2);
    const synthetic = concatBytes(Uint8Array.of(254, 0, 0, hash.outputLength), hash.digest(hello1));
    assert.deepEqual(transcript.digest(), hash.digest(concatBytes(synthetic, retry, hello2)));
  }
});

test('clones go their own way, before and after the choice', () => {
  const early = new TranscriptHash();
  early.add(hello1);
  const copy = early.clone();
  copy.commit(sha384);
  early.add(retry);
  early.commit(sha256);
  assert.deepEqual(copy.digest(), sha384.digest(hello1));
  const late = early.clone();
  late.add(hello2);
  early.add(more);
  assert.equal(late.hash, sha256);
  assert.deepEqual(late.digest(), sha256.digest(concatBytes(hello1, retry, hello2)));
  assert.deepEqual(early.digest(), sha256.digest(concatBytes(hello1, retry, more)));
});

test('an empty transcript is the hash of nothing', () => {
  const transcript = new TranscriptHash();
  transcript.commit(sha256);
  assert.deepEqual(transcript.digest(), sha256.digest(new Uint8Array(0)));
});
