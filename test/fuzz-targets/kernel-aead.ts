/** AES-GCM, AES-CCM and ChaCha20-Poly1305: kernel and reference seal and open alike, with two keys that take turns. */
import * as referenceCcm from '../../src/crypto/noble/aes-ccm.ts';
import {
  aes128Gcm as referenceAes128,
  aes256Gcm as referenceAes256,
} from '../../src/crypto/noble/aes-gcm.ts';
import { chacha20Poly1305 as referenceChaCha } from '../../src/crypto/noble/chacha20-poly1305.ts';
import type { AeadKey } from '../../src/crypto/provider.ts';
import {
  aes128Gcm,
  aes256Gcm,
  aesGcmKernel,
  chacha20Poly1305,
  chacha20Poly1305Kernel,
} from '../../src/crypto/wasm/aead.ts';
import * as ccm from '../../src/crypto/wasm/aes-ccm.ts';
import { agree, Input, running } from './kernel-input.ts';

const PAIRS = [
  [chacha20Poly1305, referenceChaCha],
  [aes128Gcm, referenceAes128],
  [aes256Gcm, referenceAes256],
  [ccm.aes128Ccm, referenceCcm.aes128Ccm],
  [ccm.aes256Ccm, referenceCcm.aes256Ccm],
  [ccm.aes128Ccm8, referenceCcm.aes128Ccm8],
  [ccm.aes256Ccm8, referenceCcm.aes256Ccm8],
] as const;
const MOST_RECORDS = 8;

interface Pair {
  readonly ours: AeadKey;
  readonly theirs: AeadKey;
}

/** Opens with both, `flipped` bit turned; a forgery may leave what it likes behind but no plaintext. */
function open({ ours, theirs }: Pair, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): void {
  const [mine, other] = [sealed.slice(), sealed.slice()];
  const length = ours.open(nonce, aad, mine, 0, mine.length);
  if (length !== theirs.open(nonce, aad, other, 0, other.length)) throw new Error('one opens, one refuses');
  if (length >= 0) agree(mine.subarray(0, length), other.subarray(0, length), 'plaintext');
}

export function fuzz(data: Buffer): void {
  running(aesGcmKernel.get());
  running(chacha20Poly1305Kernel.get());
  running(ccm.aesCcmKernel.get());
  const input = new Input(data);
  const [ours, theirs] = PAIRS[input.byte() % PAIRS.length] ?? PAIRS[0];
  const pairs = [0, 1].map((): Pair => {
    const key = input.bytes(ours.keyLength);
    return { ours: ours.create(key), theirs: theirs.create(key) };
  });
  for (let i = 0; i < MOST_RECORDS && input.more; i++) {
    const choice = input.byte();
    const pair = pairs[choice & 1];
    if (pair === undefined) continue;
    const nonce = input.bytes(12);
    const aad = input.text();
    const text = input.text();
    if ((choice & 2) !== 0) {
      open(pair, nonce, aad, text);
      continue;
    }
    const [mine, other] = [0, 1].map(() => new Uint8Array(text.length + ours.tagLength));
    if (mine === undefined || other === undefined) continue;
    mine.set(text);
    other.set(text);
    pair.ours.seal(nonce, aad, mine, 0, text.length);
    pair.theirs.seal(nonce, aad, other, 0, text.length);
    agree(mine, other, 'sealed');
    open(pair, nonce, aad, mine);
    const bit = (256 * input.byte() + input.byte()) % (8 * mine.length);
    mine[bit >> 3] = (mine[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    open(pair, nonce, aad, mine);
  }
  for (const pair of pairs) {
    pair.ours.wipe();
    pair.theirs.wipe();
  }
}
