/*
 * The compression function of SHA-384 and SHA-512 (FIPS 180-4 6.4.2). All state is in locals: a..h are the working
 * variables of the standard, and w0..w15 the last sixteen words of the message schedule. Instead of moving a..h on by one
 * place each round, a round names them one place further on, so after sixteen rounds all are back where they began: that
 * is one turn of the loop. Between two turns each w is replaced by the word sixteen further on, in an order in which what
 * it needs is old or new as the recurrence says: w(t) = w(t - 16) + sigma0(w(t - 15)) + w(t - 7) + sigma1(w(t - 2)).
 *
 * There are additions, rotations and gates only, so time and addresses depend on the number of blocks alone.
 */

/** The first 64 bits behind the point of the cube roots of the first 80 primes (FIPS 180-4 4.2.3). */
const K: usize = memory.data<u64>([
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
  0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
  0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
  0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
  0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
  0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
  0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
  0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
  0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
  0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
  0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
  0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
  0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
  0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
  0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
  0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
  0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
  0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
  0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
], 16);
/** SHA-512 begins with the square roots of the first eight primes, SHA-384 with those of the next (FIPS 180-4 5.3.5). */
export const SHA512_BEGIN: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
], 16);
export const SHA384_BEGIN: usize = memory.data<u64>([
  0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
  0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
], 16);

function sum0(x: u64): u64 {
  return rotr<u64>(x, 28) ^ rotr<u64>(x, 34) ^ rotr<u64>(x, 39);
}

function sum1(x: u64): u64 {
  return rotr<u64>(x, 14) ^ rotr<u64>(x, 18) ^ rotr<u64>(x, 41);
}

function sigma0(x: u64): u64 {
  return rotr<u64>(x, 1) ^ rotr<u64>(x, 8) ^ (x >> 7);
}

function sigma1(x: u64): u64 {
  return rotr<u64>(x, 19) ^ rotr<u64>(x, 61) ^ (x >> 6);
}

/** y where x has ones, z where it has zeros. */
function choose(x: u64, y: u64, z: u64): u64 {
  return z ^ (x & (y ^ z));
}

/** What two of three say, bit by bit. */
function majority(x: u64, y: u64, z: u64): u64 {
  return (x & y) | (z & (x | y));
}

/** Takes `blocks` times 128 bytes at `from` into the eight words at `chain`. */
export function compress512(chain: usize, from: usize, blocks: i32): void {
  let t: u64;
  let a = load<u64>(chain, 0);
  let b = load<u64>(chain, 8);
  let c = load<u64>(chain, 16);
  let d = load<u64>(chain, 24);
  let e = load<u64>(chain, 32);
  let f = load<u64>(chain, 40);
  let g = load<u64>(chain, 48);
  let h = load<u64>(chain, 56);
  for (; blocks > 0; blocks--) {
    const a0 = a, b0 = b, c0 = c, d0 = d, e0 = e, f0 = f, g0 = g, h0 = h;
    let w0 = bswap<u64>(load<u64>(from, 0));
    let w1 = bswap<u64>(load<u64>(from, 8));
    let w2 = bswap<u64>(load<u64>(from, 16));
    let w3 = bswap<u64>(load<u64>(from, 24));
    let w4 = bswap<u64>(load<u64>(from, 32));
    let w5 = bswap<u64>(load<u64>(from, 40));
    let w6 = bswap<u64>(load<u64>(from, 48));
    let w7 = bswap<u64>(load<u64>(from, 56));
    let w8 = bswap<u64>(load<u64>(from, 64));
    let w9 = bswap<u64>(load<u64>(from, 72));
    let w10 = bswap<u64>(load<u64>(from, 80));
    let w11 = bswap<u64>(load<u64>(from, 88));
    let w12 = bswap<u64>(load<u64>(from, 96));
    let w13 = bswap<u64>(load<u64>(from, 104));
    let w14 = bswap<u64>(load<u64>(from, 112));
    let w15 = bswap<u64>(load<u64>(from, 120));
    for (let k = K; ; k += 128) {
      t = h + sum1(e) + choose(e, f, g) + load<u64>(k, 0) + w0; d += t; h = t + sum0(a) + majority(a, b, c);
      t = g + sum1(d) + choose(d, e, f) + load<u64>(k, 8) + w1; c += t; g = t + sum0(h) + majority(h, a, b);
      t = f + sum1(c) + choose(c, d, e) + load<u64>(k, 16) + w2; b += t; f = t + sum0(g) + majority(g, h, a);
      t = e + sum1(b) + choose(b, c, d) + load<u64>(k, 24) + w3; a += t; e = t + sum0(f) + majority(f, g, h);
      t = d + sum1(a) + choose(a, b, c) + load<u64>(k, 32) + w4; h += t; d = t + sum0(e) + majority(e, f, g);
      t = c + sum1(h) + choose(h, a, b) + load<u64>(k, 40) + w5; g += t; c = t + sum0(d) + majority(d, e, f);
      t = b + sum1(g) + choose(g, h, a) + load<u64>(k, 48) + w6; f += t; b = t + sum0(c) + majority(c, d, e);
      t = a + sum1(f) + choose(f, g, h) + load<u64>(k, 56) + w7; e += t; a = t + sum0(b) + majority(b, c, d);
      t = h + sum1(e) + choose(e, f, g) + load<u64>(k, 64) + w8; d += t; h = t + sum0(a) + majority(a, b, c);
      t = g + sum1(d) + choose(d, e, f) + load<u64>(k, 72) + w9; c += t; g = t + sum0(h) + majority(h, a, b);
      t = f + sum1(c) + choose(c, d, e) + load<u64>(k, 80) + w10; b += t; f = t + sum0(g) + majority(g, h, a);
      t = e + sum1(b) + choose(b, c, d) + load<u64>(k, 88) + w11; a += t; e = t + sum0(f) + majority(f, g, h);
      t = d + sum1(a) + choose(a, b, c) + load<u64>(k, 96) + w12; h += t; d = t + sum0(e) + majority(e, f, g);
      t = c + sum1(h) + choose(h, a, b) + load<u64>(k, 104) + w13; g += t; c = t + sum0(d) + majority(d, e, f);
      t = b + sum1(g) + choose(g, h, a) + load<u64>(k, 112) + w14; f += t; b = t + sum0(c) + majority(c, d, e);
      t = a + sum1(f) + choose(f, g, h) + load<u64>(k, 120) + w15; e += t; a = t + sum0(b) + majority(b, c, d);
      if (k == K + 512) break;
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
    from += 128;
  }
  store<u64>(chain, a, 0);
  store<u64>(chain, b, 8);
  store<u64>(chain, c, 16);
  store<u64>(chain, d, 24);
  store<u64>(chain, e, 32);
  store<u64>(chain, f, 40);
  store<u64>(chain, g, 48);
  store<u64>(chain, h, 56);
}
