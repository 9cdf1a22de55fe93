/** Raw public keys for the tests: made when first asked for, the same in every run. */

import { insecureSeededRandom } from '../../src/fuzz.ts';
import { generateKey, type KeyKind } from '../../src/x509/issue.ts';
import { type RawKeyCredential, rawKeyCredential } from '../../src/x509/raw-public-key.ts';

const random = insecureSeededRandom(0x7250);
const made = new Map<string, RawKeyCredential>();

export function rawKey(name: string, kind: KeyKind = 'ed25519'): RawKeyCredential {
  const known = made.get(name);
  if (known !== undefined) return known;
  const credential = rawKeyCredential(generateKey(kind, random));
  made.set(name, credential);
  return credential;
}

/** What is trusted: the key itself. */
export const spki = (name: string): Uint8Array => rawKey(name).rawPublicKey.raw;
