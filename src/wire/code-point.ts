declare const brand: unique symbol;

/**
 * A number from an IANA registry. The set is open: a peer may send any value, so unknown ones and GREASE are ordinary
 * (RFC 8701). The brand only keeps the registries apart.
 */
export type CodePoint<R extends string> = number & { readonly [brand]: R };

export function codePoint<R extends string>(value: number): CodePoint<R> {
  return value as CodePoint<R>;
}

/** Whether a 16-bit value is one of the sixteen reserved by RFC 8701 2: 0x0a0a, 0x1a1a, ... 0xfafa. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** The reserved value that a random byte picks. */
export function greaseValue(byte: number): number {
  return ((byte & 0xf0) | 0x0a) * 0x0101;
}
