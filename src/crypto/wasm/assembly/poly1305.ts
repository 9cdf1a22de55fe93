/*
 * Poly1305 (RFC 8439 2.5) one block at a time: h = (h + block) * r modulo p = 2^130 - 5.
 *
 * h is h0 + h1 2^32 + h2 2^64 + h3 2^96 + h4 2^128, each in 64 bits. r has four 32-bit limbs below 2^28, and clamping
 * makes r1, r2, r3 multiples of 4: since 2^130 = 5, a product at 2^128 and above comes back as r/4 * 5 = r + r/4.
 *
 * No carry is lost. Before a multiplication h0 < 2^33.4 (32 bits, a block's word, and a fold of at most 2^31.4),
 * h1, h2, h3 <= 2^33 and h4 < 2^5; with r < 2^28 and r + r/4 < 2^28.33 a column is at most
 * 2^61 (1.32 + 1 + 1.25 + 1.25) + 2^34 < 2^63.3.
 */

/** r0..r3, one in each 64 bits. */
export const R: usize = memory.data(32, 16);
/** h0..h4, one in each 64 bits. */
export const H: usize = memory.data(40, 16);
const LOW: u64 = 0xffffffff;

/** Takes r, the first half of a one-time key, clamped (RFC 8439 2.5.1); h = 0. */
export function polyStart(key: usize): void {
  store<u64>(R, load<u32>(key) & 0x0fffffff);
  store<u64>(R, load<u32>(key, 4) & 0x0ffffffc, 8);
  store<u64>(R, load<u32>(key, 8) & 0x0ffffffc, 16);
  store<u64>(R, load<u32>(key, 12) & 0x0ffffffc, 24);
  memory.fill(H, 0, 40);
}

/** Absorbs whole blocks, each with its bit 2^128. */
export function polyBlocks(from: usize, length: usize): void {
  polyWords(from, length, 1);
}

/** `top` is what each block adds to h4. */
export function polyWords(from: usize, length: usize, top: u64): void {
  const r0 = load<u64>(R);
  const r1 = load<u64>(R, 8);
  const r2 = load<u64>(R, 16);
  const r3 = load<u64>(R, 24);
  const s1 = r1 + (r1 >> 2);
  const s2 = r2 + (r2 >> 2);
  const s3 = r3 + (r3 >> 2);
  let h0 = load<u64>(H);
  let h1 = load<u64>(H, 8);
  let h2 = load<u64>(H, 16);
  let h3 = load<u64>(H, 24);
  let h4 = load<u64>(H, 32);
  for (const end = from + length; from < end; from += 16) {
    h0 += <u64>load<u32>(from);
    h1 += <u64>load<u32>(from, 4);
    h2 += <u64>load<u32>(from, 8);
    h3 += <u64>load<u32>(from, 12);
    h4 += top;
    const d0 = h0 * r0 + h1 * s3 + h2 * s2 + h3 * s1;
    let d1 = h0 * r1 + h1 * r0 + h2 * s3 + h3 * s2 + h4 * s1;
    let d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s3 + h4 * s2;
    let d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s3;
    h4 *= r0;
    h0 = d0 & LOW;
    d1 += d0 >> 32;
    h1 = d1 & LOW;
    d2 += d1 >> 32;
    h2 = d2 & LOW;
    d3 += d2 >> 32;
    h3 = d3 & LOW;
    h4 += d3 >> 32; // below 2^33
    h0 += (h4 >> 2) * 5;
    h4 &= 3;
  }
  store<u64>(H, h0);
  store<u64>(H, h1, 8);
  store<u64>(H, h2, 16);
  store<u64>(H, h3, 24);
  store<u64>(H, h4, 32);
}

/** Carries h up to h4; the limbs below it are then under 2^32. */
export function polyCarry(): void {
  let carry: u64 = 0;
  for (let i = 0; i < 4; i++) {
    const at = H + (i << 3);
    const limb = load<u64>(at) + carry;
    store<u64>(at, limb & LOW);
    carry = limb >> 32;
  }
  store<u64>(H, load<u64>(H, 32) + carry, 32);
}

/** Writes the tag: h fully reduced, plus s modulo 2^128. Forgets r and h. */
export function polyFinish(s: usize, out: usize): void {
  polyCarry();
  // Fold what is above 2^130; after the second carry h < 2^130 + 5.
  const h4 = load<u64>(H, 32);
  store<u64>(H, h4 & 3, 32);
  store<u64>(H, load<u64>(H) + (h4 >> 2) * 5);
  polyCarry();
  // h + 5 reaches 2^130 exactly when h >= p, and its low 128 bits are then those of h - p.
  let carry: u64 = 5;
  for (let i = 0; i < 4; i++) carry = (load<u64>(H + (i << 3)) + carry) >> 32;
  const reduce: u64 = 0 - ((load<u64>(H, 32) + carry) >> 2); // all ones or nothing
  carry = 5 & reduce;
  for (let i = 0; i < 4; i++) {
    carry += load<u64>(H + (i << 3)) + <u64>load<u32>(s + (i << 2));
    store<u32>(out + (i << 2), <u32>carry);
    carry >>= 32;
  }
  memory.fill(R, 0, 32);
  memory.fill(H, 0, 40);
}
