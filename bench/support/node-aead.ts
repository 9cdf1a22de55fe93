/** Node's own AEADs with the interface of ours: the measure to which a pure implementation is held. */
import { createCipheriv, createDecipheriv } from 'node:crypto';

const NAMES: Readonly<Record<string, 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'>> = {
  'AES-128-GCM': 'aes-128-gcm',
  'AES-256-GCM': 'aes-256-gcm',
  'ChaCha20-Poly1305': 'chacha20-poly1305',
};
const TAG_LENGTH = 16;

export function nodeName(name: string): 'aes-128-gcm' {
  const known = NAMES[name];
  if (known === undefined) throw new Error(`Node has no ${name}`);
  // The typings tell the modes apart; all three take the same calls.
  return known as 'aes-128-gcm';
}

export function nodeSeal(
  name: string,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  text: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(nodeName(name), key, nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(aad, { plaintextLength: text.length });
  const body = cipher.update(text);
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()]);
}

export function nodeOpen(
  name: string,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  const decipher = createDecipheriv(nodeName(name), key, nonce, { authTagLength: TAG_LENGTH });
  decipher.setAAD(aad, { plaintextLength: sealed.length - TAG_LENGTH });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH));
  const body = decipher.update(sealed.subarray(0, sealed.length - TAG_LENGTH));
  decipher.final();
  return body;
}
