/*
 * Polynomials as bytes (FIPS 203 4.2.1): numbers of d bits one after the other, from the least bit on. Eight of them make
 * d bytes, of which four are gathered in a word of 64 bits at a time (4 d <= 48). Writing eight stores 16 bytes and reading
 * them loads 16, so every buffer has room for 16 more at its end; what is written too much is written over or not used.
 */
import { POLY, Q } from './mlkem-ring.ts';

/**
 * round(2^d x / q) modulo 2^d for 0 <= x < q, d <= 11, as floor((2^d x + 1664) / q): q is odd, so nothing lies half-way.
 * Dividing by q is multiplying by 20642679 / 2^36, too much by 1655 / 2^36 / q: for a dividend below 2^23 that adds less than
 * 2^-2 / q, which never reaches the next whole number. No division, whose time would tell about a secret.
 */
function compressed(x: u64, d: i32): u64 {
  return ((((x << d) + 1664) * 20642679) >> 36) & ((1 << d) - 1);
}

function four(at: usize, d: i32): u64 {
  return <u64>load<u16>(at) | (<u64>load<u16>(at, 2) << d) | (<u64>load<u16>(at, 4) << (2 * d)) | (<u64>load<u16>(at, 6) << (3 * d));
}

function fourCompressed(at: usize, d: i32): u64 {
  return compressed(load<u16>(at), d) | (compressed(load<u16>(at, 2), d) << d) |
    (compressed(load<u16>(at, 4), d) << (2 * d)) | (compressed(load<u16>(at, 6), d) << (3 * d));
}

function storeEight(to: usize, low: u64, high: u64, d: i32): void {
  store<u64>(to, low | (high << (4 * d)));
  store<u64>(to, high >> (64 - 4 * d), 8);
}

/** 384 bytes from coefficients in 0 to q - 1. */
export function encode(to: usize, poly: usize): void {
  for (let at = poly; at < poly + POLY; at += 16, to += 12) storeEight(to, four(at, 12), four(at + 8, 12), 12);
}

/** 32 d bytes from coefficients in 0 to q - 1. */
export function compress(to: usize, poly: usize, d: i32): void {
  for (let at = poly; at < poly + POLY; at += 16, to += d) {
    storeEight(to, fourCompressed(at, d), fourCompressed(at + 8, d), d);
  }
}

/** Coefficients from 384 bytes; gives whether all of them are below q. */
export function decode(poly: usize, from: usize): bool {
  let over = i16x8.splat(0);
  for (let at = poly; at < poly + POLY; at += 16, from += 12) {
    const low = load<u64>(from);
    const high = load<u64>(from, 6) & 0xffffffffffff;
    store<u16>(at, <u16>low & 0xfff); store<u16>(at, <u16>(low >> 12) & 0xfff, 2);
    store<u16>(at, <u16>(low >> 24) & 0xfff, 4); store<u16>(at, <u16>(low >> 36) & 0xfff, 6);
    store<u16>(at, <u16>high & 0xfff, 8); store<u16>(at, <u16>(high >> 12) & 0xfff, 10);
    store<u16>(at, <u16>(high >> 24) & 0xfff, 12); store<u16>(at, <u16>(high >> 36), 14);
    over = v128.or(over, i16x8.ge_s(v128.load(at), i16x8.splat(<i16>Q)));
  }
  return !v128.any_true(over);
}

/** round(q y / 2^d) for each number y of d bits, at most q: it is 2^11 y at most that is taken in. */
export function decompress(poly: usize, from: usize, d: i32): void {
  const mask: u64 = (1 << d) - 1;
  const half: u64 = 1 << (d - 1);
  for (let at = poly; at < poly + POLY; at += 16, from += d) {
    let word = load<u64>(from);
    let next = (word >> (4 * d)) | (load<u64>(from, 8) << (64 - 4 * d));
    for (let i: usize = 0; i < 8; i += 2, word >>= d, next >>= d) {
      store<u16>(at + i, <u16>(((word & mask) * Q + half) >> d));
      store<u16>(at + i, <u16>(((next & mask) * Q + half) >> d), 8);
    }
  }
}
