/** Record protection through the engine's halves: header, nonce, padding and content type on top of the AEAD. */
import { Secret } from '../src/bytes/secret.ts';
import { nobleProvider } from '../src/crypto/noble/provider.ts';
import type { CipherSuite13 } from '../src/crypto/provider.ts';
import { namedProvider } from '../src/crypto/wasm/provider.ts';
import { HandshakeJoiner } from '../src/message/joiner.ts';
import { Deframer } from '../src/record/deframer.ts';
import { ReadHalf, WriteHalf } from '../src/record/half.ts';
import type { RecordView } from '../src/record/header.ts';
import { ContentType } from '../src/wire/registry.ts';
import { effort, figureOf } from './support/measure.ts';
import { nodeOpen, nodeSeal } from './support/node-aead.ts';
import { emit, sameBytes, verify } from './support/report.ts';

const SIZES = [64, 1400, 16384];
/** Bytes sealed before they are opened: much more than any cache line, much less than memory. */
const BATCH_BYTES = 4 * 1024 * 1024;
const MAX_BATCH = 4096;

function halves(suite: CipherSuite13): { readonly write: WriteHalf; readonly read: ReadHalf } {
  const secret = new Secret(new Uint8Array(suite.hash.outputLength).fill(5));
  const aligned = new HandshakeJoiner().aligned;
  if (aligned === undefined) throw new Error('an empty joiner is not aligned');
  const write = new WriteHalf();
  const read = new ReadHalf();
  write.install(suite, secret);
  read.install(suite, secret, aligned);
  return { write, read };
}

function nextRecord(deframer: Deframer, read: ReadHalf): RecordView {
  const record = deframer.next(read.maxPayload);
  if (record === undefined) throw new Error('no record where one was sealed');
  return record;
}

const CONTENDERS = [
  ...namedProvider('auto').cipherSuites13.map((suite) => ({ suite, on: '' })),
  ...nobleProvider().cipherSuites13.map((suite) => ({ suite, on: ', on noble' })),
];

for (const { suite, on } of CONTENDERS) {
  for (const size of SIZES) {
    const content = Uint8Array.from({ length: size }, (_, i) => i % 251);
    const count = Math.min(MAX_BATCH, Math.ceil(BATCH_BYTES / size));
    const { write, read } = halves(suite);
    const length = size + write.overhead;
    const out = new Uint8Array(length * count);

    const sealBatch = (): void => {
      let at = 0;
      for (let i = 0; i < count; i += 1)
        at = write.seal(ContentType.application_data, content, 0, size, out, at);
    };
    const openBatch = (check: boolean): void => {
      const deframer = new Deframer();
      deframer.push(out);
      for (let i = 0; i < count; i += 1) {
        const opened = read.open(nextRecord(deframer, read));
        if (check) {
          const right = opened.type === ContentType.application_data && sameBytes(opened.content, content);
          verify(right, `${suite.name} ${size} B`);
        }
      }
    };
    sealBatch();
    openBatch(true);

    const seals: number[] = [];
    const opens: number[] = [];
    // Both halves count records: batches must be opened in the order in which they were sealed.
    const rounds = effort.rounds + 2;
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      sealBatch();
      const middle = performance.now();
      openBatch(false);
      const end = performance.now();
      if (round < 2) continue;
      seals.push((count * 1000) / (middle - start));
      opens.push((count * 1000) / (end - middle));
    }

    const key = new Uint8Array(suite.aead.keyLength);
    const nonce = new Uint8Array(suite.aead.nonceLength);
    const aad = new Uint8Array(5);
    const sealed = nodeSeal(suite.aead.name, key, nonce, aad, content);
    const theirs = { seal: [] as number[], open: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      for (let i = 0; i < count; i += 1) nodeSeal(suite.aead.name, key, nonce, aad, content);
      const middle = performance.now();
      for (let i = 0; i < count; i += 1) nodeOpen(suite.aead.name, key, nonce, aad, sealed);
      const end = performance.now();
      if (round < 2) continue;
      theirs.seal.push((count * 1000) / (middle - start));
      theirs.open.push((count * 1000) / (end - middle));
    }

    for (const [what, mine, other] of [
      ['seal', figureOf(seals), figureOf(theirs.seal)],
      ['open', figureOf(opens), figureOf(theirs.open)],
    ] as const) {
      emit({
        table: 'Record protection',
        what: `${suite.name}, ${what}, ${size} B${on}`,
        unit: 'MB/s',
        ours: (mine.perSecond * size) / 1e6,
        spread: mine.spread,
        peer: 'node:crypto',
        theirs: (other.perSecond * size) / 1e6,
        theirSpread: other.spread,
      });
    }
  }
}
