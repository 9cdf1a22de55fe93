// Short names for what the kernels do with 128-bit vectors. The optimizer inlines all of them.

export function xor(a: v128, b: v128): v128 {
  return v128.xor(a, b);
}

export function and(a: v128, b: v128): v128 {
  return v128.and(a, b);
}

export function or(a: v128, b: v128): v128 {
  return v128.or(a, b);
}

/** Four additions modulo 2^32. */
export function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

/** 1 when the 16 bytes at `a` and `b` are the same, else 0; reads and branches do not depend on where they differ. */
export function equal16(a: usize, b: usize): i32 {
  return i32(!v128.any_true(v128.xor(v128.load(a), v128.load(b))));
}
