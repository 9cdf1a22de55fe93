/** Private keys in DER or PEM: X509Error alone, and an accepted key exports to one that is accepted too. */
import type { PrivateKey } from '../../src/crypto/provider.ts';
import { X509Error } from '../../src/x509/error.ts';
import { exportPrivateKey } from '../../src/x509/key-format.ts';
import { parsePrivateKey } from '../../src/x509/private-key.ts';

/** Blinding needs something, not something secret: the verdict must not depend on it. */
const fill =
  (value: number): ((out: Uint8Array) => void) =>
  (out) => {
    out.fill(value);
  };

function parse(bytes: Uint8Array): PrivateKey | undefined {
  try {
    return parsePrivateKey(bytes, { random: fill(7) });
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    return undefined;
  }
}

export function fuzz(data: Buffer): void {
  const key = parse(new Uint8Array(data));
  if (key === undefined) return;
  const again = parsePrivateKey(exportPrivateKey(key), { random: fill(9) });
  if (again.kind !== key.kind) throw new Error('the kind of key changed');
}
