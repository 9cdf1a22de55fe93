/** Bulk transfer over TCP on loopback, the ends in two processes, both directions, each suite. */
import { fork } from 'node:child_process';
import type tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { nobleProvider } from '../src/engine.ts';
import { dial, listen, SIDES, type Side, serverOptions } from './support/faces.ts';
import { compare, effort, type Figure, FULL, figureOf } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { makeIdentity } from './support/world.ts';

const SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
/** Of what the AEAD alone does in a process of its own. */
const FLOOR = 0.85;
/** Of node:tls with the same suite, for the kernels. */
const GOALS: Readonly<Record<string, number>> = {
  TLS_AES_128_GCM_SHA256: 0.3,
  TLS_CHACHA20_POLY1305_SHA256: 0.75,
};
const RECORD = 16384;
const HEADER = 5;
/** Of puretls; the floor is about noble, whose AEADs are what is measured alone. */
type Provider = 'noble' | 'auto';
const CHUNK = 64 * 1024;
const PERIOD = 251;
const CHECK_BYTES = 1_000_000;
const ROUNDS = effort === FULL ? 9 : 1;
/** About a second each way for us; more would only lengthen the run. */
const BYTES: Readonly<Record<Side, number>> =
  effort === FULL
    ? { puretls: 48 * 1024 * 1024, 'node:tls': 256 * 1024 * 1024 }
    : { puretls: 1024 * 1024, 'node:tls': 1024 * 1024 };

function chunkFrom(at: number): Buffer {
  const chunk = Buffer.alloc(CHUNK);
  for (let i = 0; i < CHUNK; i += 1) chunk[i] = (at + i) % PERIOD;
  return chunk;
}

/** All chunks start at a multiple of the period, so that one serves for all. */
const CHUNK_BODY = chunkFrom(0).subarray(0, CHUNK - (CHUNK % PERIOD));

async function send(socket: tls.TLSSocket, length: number): Promise<void> {
  for (let at = 0; at < length; at += CHUNK_BODY.length) {
    const part = length - at < CHUNK_BODY.length ? CHUNK_BODY.subarray(0, length - at) : CHUNK_BODY;
    if (!socket.write(part)) await new Promise<void>((resolve) => socket.once('drain', () => resolve()));
  }
}

function receive(socket: tls.TLSSocket, length: number, check: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let at = 0;
    const onData = (chunk: Buffer): void => {
      if (check && chunk.some((byte, i) => byte !== (at + i) % PERIOD))
        reject(new Error(`wrong bytes after ${at}`));
      at += chunk.length;
      if (at < length) return;
      socket.off('data', onData);
      if (at === length) resolve();
      else reject(new Error(`${at} bytes where ${length} were sent`));
    };
    socket.on('data', onData);
  });
}

const ownOptions = (side: Side, provider: Provider): object => (side === 'puretls' ? { provider } : {});

/** The other process: a server for one side that sends or receives as the first line asks. */
async function child(side: Side, suite: string, provider: Provider): Promise<void> {
  const identity = makeIdentity('ecdsa-p256');
  const options = { ...serverOptions(identity), ciphers: suite, ...ownOptions(side, provider) };
  const { port } = await listen(side, options, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', function command(line: Buffer): void {
      const [what, bytes, check] = line.toString('latin1').trim().split(' ');
      socket.off('data', command);
      const work =
        what === 'D'
          ? send(socket, Number(bytes))
          : receive(socket, Number(bytes), check === '1').then(() => void socket.write('OK'));
      work.catch(() => socket.destroy());
    });
  });
  process.send?.({ port, ca: identity.ca });
  process.on('disconnect', () => process.exit(0));
}

/** What one direction came to. */
interface Way {
  readonly rate: Figure;
  /** CPU time of this process, in microseconds a record: other programs' work is not in it, as it is in a rate. */
  readonly cpu: Figure;
}

const cpuTime = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

async function transfer(
  side: Side,
  port: number,
  ca: string,
  way: 'D' | 'U',
  bytes: number,
  check: boolean,
  provider: Provider,
): Promise<{ readonly rate: number; readonly cpu: number }> {
  const socket = await dial(side, port, { ca, ...ownOptions(side, provider) });
  let start = performance.now();
  let used = cpuTime();
  if (way === 'D') {
    const received = receive(socket, bytes, check);
    socket.write(`D ${bytes}\n`);
    await received;
  } else {
    socket.write(`U ${bytes} ${check ? 1 : 0}\n`);
    // The command travels alone: the server reads one line as one chunk.
    await new Promise((resolve) => setTimeout(resolve, 20));
    start = performance.now();
    used = cpuTime();
    const answer = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    await send(socket, bytes);
    verify((await answer).toString('latin1') === 'OK', `${side} upload`);
  }
  const seconds = (performance.now() - start) / 1000;
  const cpu = ((cpuTime() - used) * RECORD) / bytes;
  socket.destroy();
  return { rate: bytes / 1e6 / seconds, cpu };
}

/** The client's side of one way, and with it the server's process. */
async function pair(side: Side, suite: string, provider: Provider, way: 'D' | 'U'): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), ['child', side, suite, provider]);
  const bytes = side === 'puretls' && provider === 'auto' ? 2 * BYTES[side] : BYTES[side];
  try {
    const { port, ca } = await new Promise<{ readonly port: number; readonly ca: string }>(
      (resolve, reject) => {
        server.once('message', (message) =>
          resolve(message as { readonly port: number; readonly ca: string }),
        );
        server.once('exit', () => reject(new Error('the server process ended')));
      },
    );
    await transfer(side, port, ca, way, CHECK_BYTES, true, provider);
    // A compiler has the last word only after a while.
    await transfer(side, port, ca, way, bytes, false, provider);
    const rounds: { readonly rate: number; readonly cpu: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push(await transfer(side, port, ca, way, bytes, false, provider));
    }
    const figures: Way = {
      rate: figureOf(rounds.map(({ rate }) => rate)),
      cpu: figureOf(rounds.map(({ cpu }) => cpu)),
    };
    process.send?.(figures);
  } finally {
    server.disconnect();
    process.disconnect?.();
  }
}

/** Both ways, each between two processes that do nothing else: code that has seen other work is compiled for that too. */
async function measure(
  side: Side,
  suite: string,
  provider: Provider,
): Promise<Readonly<Record<'D' | 'U', Way>>> {
  const one = (way: 'D' | 'U'): Promise<Way> =>
    new Promise((resolve, reject) => {
      const flags = process.argv.filter((arg) => arg.startsWith('--'));
      const client = fork(fileURLToPath(import.meta.url), ['pair', side, suite, provider, way, ...flags]);
      client.once('message', (figures) => resolve(figures as Way));
      client.once('exit', () => reject(new Error('the client process ended')));
    });
  return { D: await one('D'), U: await one('U') };
}

/** Of the AEAD, the slower of sealing and opening: MB/s, and microseconds of CPU time a record. */
interface Alone {
  readonly rate: number;
  readonly cpu: number;
}

/**
 * A process of its own: what the suite's AEAD alone does with the inner plaintext of a full record, where it lies in one,
 * the slower of sealing and opening.
 */
function alone(suite: string): void {
  const aead = nobleProvider().cipherSuites13.find((each) => each.name === suite)?.aead;
  if (aead === undefined) throw new Error(`no suite ${suite}`);
  const key = aead.create(new Uint8Array(aead.keyLength).fill(7));
  const [nonce, aad] = [new Uint8Array(aead.nonceLength), new Uint8Array(5)];
  const inner = RECORD + 1;
  const buffer = new Uint8Array(HEADER + inner + aead.tagLength);
  key.seal(nonce, aad, buffer, HEADER, inner);
  const sealed = buffer.slice();
  verify(key.open(nonce, aad, buffer, HEADER, inner + aead.tagLength) === inner, `${suite} alone`);
  const calls = [
    () => key.seal(nonce, aad, buffer, HEADER, inner),
    () => {
      buffer.set(sealed);
      key.open(nonce, aad, buffer, HEADER, inner + aead.tagLength);
    },
  ];
  const rate = Math.min(...compare(calls).map((figure) => (figure.best * RECORD) / 1e6));
  const count = effort.milliseconds * 10;
  const costs = calls.map((call) => {
    const start = cpuTime();
    for (let i = 0; i < count; i += 1) call();
    return (cpuTime() - start) / count;
  });
  const measured: Alone = { rate, cpu: Math.max(...costs) };
  process.send?.(measured);
  process.disconnect?.();
}

function measureAlone(suite: string): Promise<Alone> {
  const child = fork(fileURLToPath(import.meta.url), ['alone', suite, ...process.argv.slice(2)]);
  return new Promise((resolve, reject) => {
    child.once('message', (measured) => resolve(measured as Alone));
    child.once('exit', () => reject(new Error('the AEAD process ended')));
  });
}

const RATES = 'Bulk over TCP on loopback, two processes';
const COSTS = 'CPU time of one end of a bulk transfer, a record of 16 KiB';
const WAYS = [
  ['D', 'down', 'receiving'],
  ['U', 'up', 'sending'],
] as const;

type Ways = Readonly<Record<'D' | 'U', Way>>;

function report(suiteName: string, best: Ways, theirs: Ways): void {
  const goal = GOALS[suiteName];
  for (const [id, name] of WAYS) {
    const [mine, other] = [best[id].rate, theirs[id].rate];
    emit({
      table: RATES,
      what: `${suiteName}, ${name}`,
      unit: 'MB/s',
      ours: mine.perSecond,
      spread: mine.spread,
      peer: 'node:tls',
      theirs: other.perSecond,
      theirSpread: other.spread,
      ...(goal === undefined
        ? {}
        : { floor: `>= ${goal} of node:tls`, kept: mine.perSecond >= goal * other.perSecond }),
    });
  }
  for (const [id, , name] of WAYS) {
    emit({
      table: COSTS,
      what: `${suiteName}, ${name}`,
      unit: 'µs',
      ours: best[id].cpu.perSecond,
      spread: best[id].cpu.spread,
      peer: 'node:tls',
      theirs: theirs[id].cpu.perSecond,
      theirSpread: theirs[id].cpu.spread,
    });
  }
}

/** Noble's AEADs in a connection, held against themselves alone: what is lost on the way. */
async function reportNoble(suiteName: string): Promise<void> {
  // Before and after, so that the machine's mood is the same.
  const before = await measureAlone(suiteName);
  const ours = await measure('puretls', suiteName, 'noble');
  const after = await measureAlone(suiteName);
  const limit = Math.max(before.rate, after.rate);
  const cpu = (before.cpu + after.cpu) / 2;
  for (const [id, name] of WAYS) {
    const part = ours[id].rate.best / limit;
    emit({
      table: RATES,
      what: `${suiteName}, ${name}, on noble`,
      unit: 'MB/s',
      ours: ours[id].rate.perSecond,
      spread: ours[id].rate.spread,
      floor: `best round >= 85 % of ${limit.toFixed(0)} MB/s, its AEAD alone at its best: ${(part * 100).toFixed(0)} %`,
      kept: part >= FLOOR,
    });
  }
  for (const [id, , name] of WAYS) {
    emit({
      table: COSTS,
      what: `${suiteName}, ${name}, on noble (${cpu.toFixed(0)} for the AEAD alone)`,
      unit: 'µs',
      ours: ours[id].cpu.perSecond,
      spread: ours[id].cpu.spread,
    });
  }
}

const isSide = (text: string | undefined): text is Side => SIDES.some((side) => side === text);

const isProvider = (text: string | undefined): text is Provider => text === 'noble' || text === 'auto';

const [mode, side, suite, provider, way] = process.argv.slice(2);
if (mode === 'alone' && side !== undefined) {
  alone(side);
} else if (mode === 'child' && isSide(side) && suite !== undefined && isProvider(provider)) {
  await child(side, suite, provider);
} else if (
  mode === 'pair' &&
  isSide(side) &&
  suite !== undefined &&
  isProvider(provider) &&
  (way === 'D' || way === 'U')
) {
  await pair(side, suite, provider, way);
} else {
  // A quick run shows the two ends of the range, and nothing of noble.
  const suites = effort === FULL ? SUITES : SUITES.filter((name) => GOALS[name] !== undefined);
  for (const each of suites) {
    const best = await measure('puretls', each, 'auto');
    const theirs = await measure('node:tls', each, 'auto');
    report(each, best, theirs);
    if (effort === FULL) await reportNoble(each);
  }
  process.exit(0);
}
