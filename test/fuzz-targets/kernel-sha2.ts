/** SHA-2 with HMAC, HKDF-Expand and P_hash: kernel and reference compute alike, among hashes that take turns. */
import { hkdfExpand } from '../../src/crypto/hkdf.ts';
import * as noble from '../../src/crypto/noble/hash.ts';
import { prf } from '../../src/crypto/prf.ts';
import type { HashState } from '../../src/crypto/provider.ts';
import * as wasm from '../../src/crypto/wasm/sha2.ts';
import { sha2Kernel } from '../../src/crypto/wasm/sha2-kernel.ts';
import { agree, Input, running } from './kernel-input.ts';

const PAIRS = [
  [wasm.sha256, noble.sha256],
  [wasm.sha384, noble.sha384],
  [wasm.sha512, noble.sha512],
] as const;
const MOST_STEPS = 24;

export function fuzz(data: Buffer): void {
  running(sha2Kernel.get());
  const input = new Input(data);
  const hashes: { readonly ours: HashState; readonly theirs: HashState }[] = [];
  for (let i = 0; i < MOST_STEPS && input.more; i++) {
    const choice = input.byte();
    const [ours, theirs] = PAIRS[choice % PAIRS.length] ?? PAIRS[0];
    const at = hashes[input.byte() % Math.max(hashes.length, 1)];
    switch ((choice >> 2) & 7) {
      case 0:
        hashes.push({ ours: ours.create(), theirs: theirs.create() });
        break;
      case 1:
        if (at !== undefined) hashes.push({ ours: at.ours.clone(), theirs: at.theirs.clone() });
        break;
      case 2: {
        const [key, message] = [input.text(), input.text()];
        agree(ours.hmac(key, message, key), theirs.hmac(key, message, key), 'HMAC');
        break;
      }
      case 3: {
        const [key, info, length] = [input.text(), input.text(), 2 * input.byte()];
        agree(hkdfExpand(ours, key, info, length), hkdfExpand(theirs, key, info, length), 'HKDF-Expand');
        break;
      }
      case 4: {
        const [key, seed, length] = [input.text(), input.text(), 2 * input.byte()];
        agree(prf(ours, key, seed, seed, length), prf(theirs, key, seed, seed, length), 'P_hash');
        break;
      }
      case 5: {
        const message = input.text();
        agree(ours.digest(message), theirs.digest(message), 'digest');
        break;
      }
      default: {
        const part = input.text();
        at?.ours.update(part);
        at?.theirs.update(part);
        if (at !== undefined) agree(at.ours.digest(), at.theirs.digest(), 'running digest');
      }
    }
  }
  for (const { ours, theirs } of hashes) agree(ours.digest(), theirs.digest(), 'last digest');
}
