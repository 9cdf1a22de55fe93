/*
 * ML-KEM-768 and ML-KEM-1024 (FIPS 203), deterministic: whoever calls brings the random bytes. Nothing but the matrix, which
 * is public, decides over branches and addresses.
 */
import { compress, decode, decompress, encode } from './mlkem-pack.ts';
import {
  addTo, canonical, innerProduct, layOut, POLY, scaleUp, subtractFrom, transform, transformBack,
} from './mlkem-ring.ts';
import { sampleMatrix, sampleSmall, sampleWipe } from './mlkem-sample.ts';
import { hash, SHA3, SHA3_256_RATE, SHA3_512_RATE, SHAKE, spongeWipe } from './sponge.ts';

/** Most of each: vectors of four polynomials. Behind bytes that are packed or unpacked there is room for 16 more. */
const LARGEST: i32 = 4;
const KEY: i32 = 1568;

/** d || z: what key generation makes a pair of keys from, and afterwards nothing. */
export const SEED: usize = memory.data(64, 16);
/** The decapsulation key: 384 k bytes of secrets, then the encapsulation key, its hash, and z (FIPS 203 algorithm 16). */
export const DECAPSULATION_KEY: usize = memory.data(384 * LARGEST + KEY + 64 + 16, 16);
export const ENCAPSULATION_KEY: usize = memory.data(KEY + 16, 16);
export const MESSAGE: usize = memory.data(32 + 16, 16);
export const CIPHERTEXT: usize = memory.data(1568 + 16, 16);
export const SHARED: usize = memory.data(32, 16);

/** G's input, of at most 64 bytes, and output: rho and sigma, or a shared secret and the seed of a ciphertext. */
const G_INPUT: usize = memory.data(64, 16);
export const G_OUTPUT: usize = memory.data(64, 16);
/** z || c, whose hash is the secret of a ciphertext that is none. */
const REJECTED: usize = memory.data(32 + 1568 + 16, 16);
const REJECTION: usize = memory.data(32, 16);
/** The ciphertext that a message leads to. */
const AGAIN: usize = memory.data(1568 + 16, 16);

const MATRIX: usize = memory.data(16 * 512, 16);
/** Secret polynomials in a row: s or r, then e or e1, then e2 and one to spare. */
const SMALL: usize = memory.data(10 * 512, 16);
/** A vector laid out for products, and two more: t, u or s; the sums. */
const STRAIGHT: usize = memory.data(4 * 512, 16);
const CROSSED: usize = memory.data(4 * 512, 16);
const VECTOR: usize = memory.data(4 * 512, 16);
const SUM: usize = memory.data(512, 16);
const NOISE: usize = memory.data(512, 16);

/** The parameter set: the rank and the bits of compressed coefficients. */
let k: i32 = 3;
let du: i32 = 10;
let dv: i32 = 4;

/** 3 for ML-KEM-768, 4 for ML-KEM-1024. */
export function choose(rank: i32): void {
  k = rank;
  du = rank == 3 ? 10 : 11;
  dv = rank == 3 ? 4 : 5;
}

function keyLength(): i32 {
  return 384 * k + 32;
}

function ciphertextLength(): i32 {
  return 32 * (du * k + dv);
}

function ofVector(vector: usize, i: i32): usize {
  return vector + (<usize>i) * POLY;
}

/** A vector's transform, laid out for products; the vector is transformed in place. */
function prepareVector(vector: usize): void {
  for (let i = 0; i < k; i++) {
    transform(ofVector(vector, i));
    layOut(ofVector(STRAIGHT, i), ofVector(CROSSED, i), ofVector(vector, i));
  }
}

/** ENCAPSULATION_KEY and DECAPSULATION_KEY from SEED (algorithms 13 and 16). */
export function generate(): void {
  memory.copy(G_INPUT, SEED, 32);
  store<u8>(G_INPUT + 32, <u8>k);
  hash(G_OUTPUT, 64, G_INPUT, 33, SHA3_512_RATE, SHA3);
  generateFromSeeds();
}

/** The same from rho, which is public, and sigma, which is not, in G_OUTPUT; and z in SEED. */
export function generateFromSeeds(): void {
  const rho = G_OUTPUT;
  sampleMatrix(MATRIX, rho, k, false, 0, -1, 0, 0);
  sampleSmall(SMALL, G_OUTPUT + 32, 0, 2 * k);
  prepareVector(SMALL);
  const key = DECAPSULATION_KEY + 384 * k;
  for (let i = 0; i < k; i++) {
    const noise = ofVector(SMALL, k + i);
    transform(noise);
    innerProduct(SUM, ofVector(MATRIX, i * k), STRAIGHT, CROSSED, k);
    scaleUp(SUM);
    addTo(SUM, noise);
    canonical(SUM);
    encode(key + 384 * i, SUM);
  }
  memory.copy(key + 384 * k, rho, 32);
  for (let i = 0; i < k; i++) {
    canonical(ofVector(SMALL, i));
    // Into VECTOR first, since encoding writes over what follows, which is the first byte of the key in the end.
    encode(VECTOR, ofVector(SMALL, i));
    memory.copy(DECAPSULATION_KEY + 384 * i, VECTOR, 384);
  }
  memory.copy(ENCAPSULATION_KEY, key, keyLength());
  hash(key + keyLength(), 32, key, keyLength(), SHA3_256_RATE, SHA3);
  memory.copy(key + keyLength() + 32, SEED + 32, 32);
  forget();
  memory.fill(SEED, 0, 64);
}

/**
 * The ciphertext of MESSAGE (algorithm 14): t is in VECTOR, the transposed matrix in MATRIX, the seed of everything random
 * in the second half of G_OUTPUT.
 */
function encrypt(to: usize): void {
  sampleSmall(SMALL, G_OUTPUT + 32, 0, 2 * k + 1);
  prepareVector(SMALL);
  for (let i = 0; i < k; i++) {
    innerProduct(SUM, ofVector(MATRIX, i * k), STRAIGHT, CROSSED, k);
    transformBack(SUM);
    addTo(SUM, ofVector(SMALL, k + i));
    canonical(SUM);
    compress(to + 32 * du * i, SUM, du);
  }
  innerProduct(SUM, VECTOR, STRAIGHT, CROSSED, k);
  transformBack(SUM);
  addTo(SUM, ofVector(SMALL, 2 * k));
  decompress(NOISE, MESSAGE, 1);
  addTo(SUM, NOISE);
  canonical(SUM);
  compress(to + 32 * du * k, SUM, dv);
}

/** SHARED and CIPHERTEXT from MESSAGE and ENCAPSULATION_KEY; 0 where a coefficient of that is not reduced (7.2). */
export function encapsulate(): i32 {
  let valid = true;
  for (let i = 0; i < k; i++) valid = decode(ofVector(VECTOR, i), ENCAPSULATION_KEY + 384 * i) && valid;
  if (valid) {
    memory.copy(G_INPUT, MESSAGE, 32);
    const rho = ENCAPSULATION_KEY + 384 * k;
    sampleMatrix(MATRIX, rho, k, true, ENCAPSULATION_KEY, keyLength(), G_INPUT + 32, SHA3);
    hash(G_OUTPUT, 64, G_INPUT, 64, SHA3_512_RATE, SHA3);
    encrypt(CIPHERTEXT);
    memory.copy(SHARED, G_OUTPUT, 32);
  }
  forget();
  memory.fill(MESSAGE, 0, 48);
  return i32(valid);
}

/** The message of CIPHERTEXT (algorithm 15). */
function decrypt(): void {
  for (let i = 0; i < k; i++) decompress(ofVector(SMALL, i), CIPHERTEXT + 32 * du * i, du);
  prepareVector(SMALL);
  for (let i = 0; i < k; i++) decode(ofVector(VECTOR, i), DECAPSULATION_KEY + 384 * i);
  innerProduct(SUM, VECTOR, STRAIGHT, CROSSED, k);
  transformBack(SUM);
  decompress(NOISE, CIPHERTEXT + 32 * du * k, dv);
  subtractFrom(SUM, NOISE);
  canonical(SUM);
  compress(MESSAGE, SUM, 1);
}

/**
 * SHARED from CIPHERTEXT and DECAPSULATION_KEY (algorithms 17 and 18), whatever the ciphertext: where it is not the one that
 * its message leads to, the secret is one that nobody knows, chosen without a branch.
 */
export function decapsulate(): void {
  const key = DECAPSULATION_KEY + 384 * k;
  const length = ciphertextLength();
  decrypt();
  memory.copy(G_INPUT, MESSAGE, 32);
  memory.copy(G_INPUT + 32, key + keyLength(), 32);
  hash(G_OUTPUT, 64, G_INPUT, 64, SHA3_512_RATE, SHA3);
  memory.copy(REJECTED, key + keyLength() + 32, 32);
  memory.copy(REJECTED + 32, CIPHERTEXT, length);
  sampleMatrix(MATRIX, key + 384 * k, k, true, REJECTED, 32 + length, REJECTION, SHAKE);
  for (let i = 0; i < k; i++) decode(ofVector(VECTOR, i), key + 384 * i);
  encrypt(AGAIN);
  let difference = i8x16.splat(0);
  for (let i = 0; i < length; i += 16) {
    difference = v128.or(difference, v128.xor(v128.load(CIPHERTEXT + i), v128.load(AGAIN + i)));
  }
  const wrong = i8x16.splat(-<i8>v128.any_true(difference));
  for (let i: usize = 0; i < 32; i += 16) {
    v128.store(SHARED + i, v128.bitselect(v128.load(REJECTION + i), v128.load(G_OUTPUT + i), wrong));
  }
  forget();
  memory.fill(MESSAGE, 0, 48);
  memory.fill(DECAPSULATION_KEY, 0, 384 * LARGEST + KEY + 64 + 16);
}

/** All that is secret, or was made from it, but what the caller has still to read. */
function forget(): void {
  spongeWipe();
  sampleWipe();
  memory.fill(G_INPUT, 0, 64);
  memory.fill(G_OUTPUT, 0, 64);
  memory.fill(REJECTED, 0, 32);
  memory.fill(REJECTION, 0, 32);
  memory.fill(AGAIN, 0, 1568 + 16);
  memory.fill(SMALL, 0, 10 * 512);
  memory.fill(STRAIGHT, 0, 4 * 512);
  memory.fill(CROSSED, 0, 4 * 512);
  memory.fill(VECTOR, 0, 4 * 512);
  memory.fill(SUM, 0, 512);
  memory.fill(NOISE, 0, 512);
}

/** Forgets what the last call gave. */
export function wipe(): void {
  memory.fill(SHARED, 0, 32);
  memory.fill(DECAPSULATION_KEY, 0, 384 * LARGEST + KEY + 64 + 16);
}
