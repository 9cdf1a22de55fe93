/**
 * The AEADs alone, of the default provider and of the reference, in a process of their own: what record protection and bulk
 * transfer can at best reach.
 */
import { namedProvider, nobleProvider } from '../src/engine.ts';
import { compare } from './support/measure.ts';
import { nodeOpen, nodeSeal } from './support/node-aead.ts';
import { emit, sameBytes, verify } from './support/report.ts';

const SIZES = [64, 1400, 16384];

const CONTENDERS = [
  ...namedProvider('auto').cipherSuites13.map(({ aead }) => ({ aead, on: '' })),
  ...nobleProvider().cipherSuites13.map(({ aead }) => ({ aead, on: ', on noble' })),
];

for (const { aead, on } of CONTENDERS) {
  const key = new Uint8Array(aead.keyLength).fill(7);
  const nonce = new Uint8Array(aead.nonceLength).fill(9);
  const aad = new Uint8Array([23, 3, 3, 0, 0]);
  for (const size of SIZES) {
    const text = Uint8Array.from({ length: size }, (_, i) => i % 251);
    const ours = aead.create(key);
    const buffer = new Uint8Array(size + aead.tagLength);
    buffer.set(text);
    ours.seal(nonce, aad, buffer, 0, size);
    const sealed = buffer.slice();
    verify(
      sameBytes(sealed, nodeSeal(aead.name, key, nonce, aad, text)),
      `${aead.name}: seal differs from Node's`,
    );
    verify(ours.open(nonce, aad, buffer, 0, buffer.length) === size, `${aead.name}: open refuses`);
    verify(sameBytes(buffer.subarray(0, size), text), `${aead.name}: open gives other bytes`);

    const [seal, open, theirSeal, theirOpen] = compare([
      () => ours.seal(nonce, aad, buffer, 0, size),
      // A copy, since opening is in place; it is a few per cent of the time.
      () => {
        buffer.set(sealed);
        ours.open(nonce, aad, buffer, 0, buffer.length);
      },
      () => void nodeSeal(aead.name, key, nonce, aad, text),
      () => void nodeOpen(aead.name, key, nonce, aad, sealed),
    ]);
    for (const [what, mine, theirs] of [
      ['seal', seal, theirSeal],
      ['open', open, theirOpen],
    ] as const) {
      if (mine === undefined || theirs === undefined) continue;
      emit({
        table: 'AEAD alone',
        what: `${aead.name}, ${what}, ${size} B${on}`,
        unit: 'MB/s',
        ours: (mine.perSecond * size) / 1e6,
        spread: mine.spread,
        peer: 'node:crypto',
        theirs: (theirs.perSecond * size) / 1e6,
        theirSpread: theirs.spread,
      });
    }
  }
}
