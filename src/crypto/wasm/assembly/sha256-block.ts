/*
 * The compression function of SHA-256 (FIPS 180-4 6.2.2). All state is in locals: a..h are the working
 * variables of the standard, and w0..w15 the last sixteen words of the message schedule. Instead of moving a..h on by one
 * place each round, a round names them one place further on, so after sixteen rounds all are back where they began: that
 * is one turn of the loop. Between two turns each w is replaced by the word sixteen further on, in an order in which what
 * it needs is old or new as the recurrence says: w(t) = w(t - 16) + sigma0(w(t - 15)) + w(t - 7) + sigma1(w(t - 2)).
 *
 * There are additions, rotations and gates only, so time and addresses depend on the number of blocks alone.
 */

/** The first 32 bits behind the point of the cube roots of the first 64 primes (FIPS 180-4 4.2.2). */
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16);
/** SHA-256 begins with the square roots of the first eight primes (FIPS 180-4 5.3.3). */
export const SHA256_BEGIN: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
], 16);

function sum0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}

function sum1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}

function sigma0(x: u32): u32 {
  return rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
}

function sigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10);
}

/** y where x has ones, z where it has zeros. */
function choose(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z));
}

/** What two of three say, bit by bit. */
function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) | (z & (x | y));
}

/** Takes `blocks` times 64 bytes at `from` into the eight words at `chain`. */
export function compress256(chain: usize, from: usize, blocks: i32): void {
  let t: u32;
  let a = load<u32>(chain, 0);
  let b = load<u32>(chain, 4);
  let c = load<u32>(chain, 8);
  let d = load<u32>(chain, 12);
  let e = load<u32>(chain, 16);
  let f = load<u32>(chain, 20);
  let g = load<u32>(chain, 24);
  let h = load<u32>(chain, 28);
  for (; blocks > 0; blocks--) {
    const a0 = a, b0 = b, c0 = c, d0 = d, e0 = e, f0 = f, g0 = g, h0 = h;
    let w0 = bswap<u32>(load<u32>(from, 0));
    let w1 = bswap<u32>(load<u32>(from, 4));
    let w2 = bswap<u32>(load<u32>(from, 8));
    let w3 = bswap<u32>(load<u32>(from, 12));
    let w4 = bswap<u32>(load<u32>(from, 16));
    let w5 = bswap<u32>(load<u32>(from, 20));
    let w6 = bswap<u32>(load<u32>(from, 24));
    let w7 = bswap<u32>(load<u32>(from, 28));
    let w8 = bswap<u32>(load<u32>(from, 32));
    let w9 = bswap<u32>(load<u32>(from, 36));
    let w10 = bswap<u32>(load<u32>(from, 40));
    let w11 = bswap<u32>(load<u32>(from, 44));
    let w12 = bswap<u32>(load<u32>(from, 48));
    let w13 = bswap<u32>(load<u32>(from, 52));
    let w14 = bswap<u32>(load<u32>(from, 56));
    let w15 = bswap<u32>(load<u32>(from, 60));
    for (let k = K; ; k += 64) {
      t = h + sum1(e) + choose(e, f, g) + load<u32>(k, 0) + w0; d += t; h = t + sum0(a) + majority(a, b, c);
      t = g + sum1(d) + choose(d, e, f) + load<u32>(k, 4) + w1; c += t; g = t + sum0(h) + majority(h, a, b);
      t = f + sum1(c) + choose(c, d, e) + load<u32>(k, 8) + w2; b += t; f = t + sum0(g) + majority(g, h, a);
      t = e + sum1(b) + choose(b, c, d) + load<u32>(k, 12) + w3; a += t; e = t + sum0(f) + majority(f, g, h);
      t = d + sum1(a) + choose(a, b, c) + load<u32>(k, 16) + w4; h += t; d = t + sum0(e) + majority(e, f, g);
      t = c + sum1(h) + choose(h, a, b) + load<u32>(k, 20) + w5; g += t; c = t + sum0(d) + majority(d, e, f);
      t = b + sum1(g) + choose(g, h, a) + load<u32>(k, 24) + w6; f += t; b = t + sum0(c) + majority(c, d, e);
      t = a + sum1(f) + choose(f, g, h) + load<u32>(k, 28) + w7; e += t; a = t + sum0(b) + majority(b, c, d);
      t = h + sum1(e) + choose(e, f, g) + load<u32>(k, 32) + w8; d += t; h = t + sum0(a) + majority(a, b, c);
      t = g + sum1(d) + choose(d, e, f) + load<u32>(k, 36) + w9; c += t; g = t + sum0(h) + majority(h, a, b);
      t = f + sum1(c) + choose(c, d, e) + load<u32>(k, 40) + w10; b += t; f = t + sum0(g) + majority(g, h, a);
      t = e + sum1(b) + choose(b, c, d) + load<u32>(k, 44) + w11; a += t; e = t + sum0(f) + majority(f, g, h);
      t = d + sum1(a) + choose(a, b, c) + load<u32>(k, 48) + w12; h += t; d = t + sum0(e) + majority(e, f, g);
      t = c + sum1(h) + choose(h, a, b) + load<u32>(k, 52) + w13; g += t; c = t + sum0(d) + majority(d, e, f);
      t = b + sum1(g) + choose(g, h, a) + load<u32>(k, 56) + w14; f += t; b = t + sum0(c) + majority(c, d, e);
      t = a + sum1(f) + choose(f, g, h) + load<u32>(k, 60) + w15; e += t; a = t + sum0(b) + majority(b, c, d);
      if (k == K + 192) break;
      w0 += sigma0(w1) + w9 + sigma1(w14);
      w1 += sigma0(w2) + w10 + sigma1(w15);
      w2 += sigma0(w3) + w11 + sigma1(w0);
      w3 += sigma0(w4) + w12 + sigma1(w1);
      w4 += sigma0(w5) + w13 + sigma1(w2);
      w5 += sigma0(w6) + w14 + sigma1(w3);
      w6 += sigma0(w7) + w15 + sigma1(w4);
      w7 += sigma0(w8) + w0 + sigma1(w5);
      w8 += sigma0(w9) + w1 + sigma1(w6);
      w9 += sigma0(w10) + w2 + sigma1(w7);
      w10 += sigma0(w11) + w3 + sigma1(w8);
      w11 += sigma0(w12) + w4 + sigma1(w9);
      w12 += sigma0(w13) + w5 + sigma1(w10);
      w13 += sigma0(w14) + w6 + sigma1(w11);
      w14 += sigma0(w15) + w7 + sigma1(w12);
      w15 += sigma0(w0) + w8 + sigma1(w13);
    }
    a += a0; b += b0; c += c0; d += d0; e += e0; f += f0; g += g0; h += h0;
    from += 64;
  }
  store<u32>(chain, a, 0);
  store<u32>(chain, b, 4);
  store<u32>(chain, c, 8);
  store<u32>(chain, d, 12);
  store<u32>(chain, e, 16);
  store<u32>(chain, f, 20);
  store<u32>(chain, g, 24);
  store<u32>(chain, h, 28);
}
