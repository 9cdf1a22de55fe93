/**
 * Clients in JavaScript, ours and others', against one server of node:tls in a process of its own: TLS 1.3, each client in
 * a process of its own too, round by round in turn. Needs what `npm run bench -- --peers` installs.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { arePeersInstalled, type Client, type Contender, OTHERS, OURS, type Suite } from './peers/others.ts';
import { listen, serverOptions } from './support/faces.ts';
import { effort, type Figure, FULL, figureOf, median } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { makeIdentity, SERVER_NAME } from './support/world.ts';

const SUITES: readonly Suite[] = ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];
const SHORT: Readonly<Record<Suite, string>> = {
  TLS_CHACHA20_POLY1305_SHA256: 'ChaCha20-Poly1305',
  TLS_AES_128_GCM_SHA256: 'AES-128-GCM',
};
const ROUNDS = effort === FULL ? 5 : 1;
const HANDSHAKES = effort === FULL ? 40 : 3;
const WARM_HANDSHAKES = effort === FULL ? 60 : 2;
/** About half a second of what it can do. */
const SECONDS = effort === FULL ? 0.5 : 0.05;
const PROBE = 1_000_000;
const CHUNK = new Uint8Array(65536).fill(0x61);

interface Measured {
  /** Each with one byte there and back, a second. */
  readonly handshakes: number;
  /** MB/s. */
  readonly down: number;
  readonly up: number;
}

async function send(client: Pick<Client, 'write'>, length: number): Promise<void> {
  for (let left = length; left > 0; left -= CHUNK.length)
    await client.write(CHUNK.subarray(0, Math.min(left, CHUNK.length)));
}

async function receive(client: Client, length: number): Promise<void> {
  for (let left = length; left > 0; ) {
    const chunk = await client.read();
    verify(chunk !== undefined, 'the connection ended');
    // The first only: to look at every byte would be most of the work.
    if (left === length) verify(chunk?.every((byte) => byte === 0x61) === true, 'other bytes than were sent');
    left -= chunk?.length ?? 0;
  }
}

async function ask(client: Client, line: string): Promise<void> {
  await client.write(Buffer.from(`${line}\n`));
}

async function rate(client: Client, way: 'D' | 'U', length: number): Promise<number> {
  const start = performance.now();
  await ask(client, `${way} ${length}`);
  if (way === 'D') await receive(client, length);
  else {
    await send(client, length);
    verify(Buffer.from((await client.read()) ?? []).toString() === 'OK\n', 'upload');
  }
  return length / 1e3 / (performance.now() - start);
}

/** One contender, one suite: the whole of a child process. */
async function client(contender: Contender, suite: Suite, port: number, ca: string): Promise<void> {
  const connect = (): Promise<Client> => contender.connect({ port, ca, servername: SERVER_NAME, suite });
  const times: number[] = [];
  for (let i = 0; i < WARM_HANDSHAKES + HANDSHAKES; i += 1) {
    const start = performance.now();
    const connection = await connect();
    await ask(connection, 'E');
    verify(Buffer.from((await connection.read()) ?? []).toString() === 'E\n', `${contender.name}: echo`);
    if (i >= WARM_HANDSHAKES) times.push(performance.now() - start);
    connection.close();
  }
  const bulk = async (way: 'D' | 'U'): Promise<number> => {
    const connection = await connect();
    const probe = await rate(connection, way, PROBE);
    await rate(connection, way, Math.ceil((probe * 1e6 * SECONDS) / 2));
    const again = await rate(connection, way, Math.ceil(probe * 1e6 * SECONDS));
    const found = await rate(connection, way, Math.ceil(again * 1e6 * SECONDS));
    connection.close();
    return found;
  };
  const measured: Measured = {
    handshakes: 1000 / median(times),
    down: await bulk('D'),
    up: await bulk('U'),
  };
  process.send?.(measured);
}

/** E: the line comes back. D n: n bytes come. U n: n bytes are taken, then OK. */
async function server(suite: Suite): Promise<void> {
  const identity = makeIdentity('ecdsa-p256');
  const { port } = await listen('node:tls', { ...serverOptions(identity), ciphers: suite }, (socket) => {
    let line = '';
    let taking = 0;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      let rest = chunk;
      if (taking === 0) {
        const end = rest.indexOf(10);
        line += rest.toString('latin1', 0, end < 0 ? rest.length : end);
        if (end < 0) return;
        rest = rest.subarray(end + 1);
        const [what, count] = line.split(' ');
        line = '';
        if (what === 'E') socket.write('E\n');
        else if (what === 'D') void give(socket, Number(count));
        else taking = Number(count);
        if (taking === 0) return;
      }
      taking -= rest.length;
      if (taking === 0) socket.write('OK\n');
    });
  });
  process.send?.({ port, ca: identity.ca });
  process.on('disconnect', () => process.exit(0));
}

async function give(socket: NodeJS.WritableStream, length: number): Promise<void> {
  await send(
    {
      write: (bytes) =>
        socket.write(bytes)
          ? undefined
          : new Promise<void>((resolve) => socket.once('drain', () => resolve())),
    },
    length,
  );
}

function child<T>(args: readonly string[]): { readonly message: Promise<T>; end(): void } {
  const flags = process.argv.filter((arg) => arg.startsWith('--'));
  const started = fork(fileURLToPath(import.meta.url), [...args, ...flags]);
  const message = new Promise<T>((resolve, reject) => {
    started.once('message', (value) => resolve(value as T));
    started.once('exit', () => reject(new Error(`${args.slice(0, 3).join(' ')} ended`)));
  });
  return { message, end: () => started.connected && started.disconnect() };
}

const contenders = [OURS, ...OTHERS];

/** By contender: what it measured in each round. */
async function measure(suite: Suite): Promise<Map<string, Measured[]>> {
  const serving = child<{ readonly port: number; readonly ca: string }>(['server', suite]);
  const { port, ca } = await serving.message;
  const found = new Map<string, Measured[]>();
  const failed = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, suites } of contenders) {
      if (!suites.includes(suite) || failed.has(name)) continue;
      const one = child<Measured>(['client', name, suite, `${port}`, ca]);
      try {
        found.set(name, [...(found.get(name) ?? []), await one.message]);
      } catch (error) {
        // A peer that does not work is no reason to say nothing of the others; ours is.
        if (name === OURS.name) throw error;
        failed.add(name);
        console.error(String(error));
      }
      one.end();
    }
  }
  serving.end();
  return found;
}

interface Goal {
  readonly atLeast: number;
  readonly what: string;
}

function goalOf(peer: Contender, suite: Suite, what: keyof Measured): Goal | undefined {
  if (peer.name.startsWith('lemon')) {
    if (what === 'handshakes') return { atLeast: 1 / 0.4, what: '<= 0.4 of its time' };
    return suite === 'TLS_CHACHA20_POLY1305_SHA256' ? { atLeast: 1, what: 'faster' } : undefined;
  }
  const own = peer.name.startsWith('@reclaim') && suite === 'TLS_AES_128_GCM_SHA256' && what !== 'handshakes';
  return own ? { atLeast: 9, what: '>= 9 times' } : undefined;
}

function report(peer: Contender, suite: Suite, ours: readonly Measured[], theirs: readonly Measured[]): void {
  const figure = (rows: readonly Measured[], what: keyof Measured): Figure =>
    figureOf(rows.map((row) => row[what]));
  for (const [what, kind, title, unit] of [
    ['handshakes', 'full handshakes and one echo', 'ECDSA P-256', '/s'],
    ['down', 'bulk', 'down', 'MB/s'],
    ['up', 'bulk', 'up', 'MB/s'],
  ] as const) {
    const [mine, other] = [figure(ours, what), figure(theirs, what)];
    const goal = goalOf(peer, suite, what);
    emit({
      table: `Clients against a server of node:tls, ${kind}: ${peer.name} (ciphers: ${peer.ciphers})`,
      what: `${SHORT[suite]}, ${title}`,
      unit,
      ours: mine.perSecond,
      spread: mine.spread,
      peer: peer.name,
      theirs: other.perSecond,
      theirSpread: other.spread,
      ...(goal === undefined
        ? {}
        : { floor: goal.what, kept: mine.perSecond >= goal.atLeast * other.perSecond }),
    });
  }
}

const isSuite = (text: string | undefined): text is Suite => SUITES.some((suite) => suite === text);
const [mode, first, second, port, ca] = process.argv.slice(2);
if (mode === 'server' && isSuite(first)) {
  await server(first);
} else if (mode === 'client' && isSuite(second)) {
  const contender = contenders.find(({ name }) => name === first);
  if (contender === undefined) throw new Error(`no contender ${first}`);
  await client(contender, second, Number(port), ca ?? '');
  process.exit(0);
} else {
  if (!arePeersInstalled()) throw new Error('the peers are not installed: npm run bench -- --peers');
  for (const suite of SUITES) {
    const found = await measure(suite);
    for (const peer of OTHERS) {
      const [ours, theirs] = [found.get(OURS.name), found.get(peer.name)];
      if (ours !== undefined && theirs !== undefined) report(peer, suite, ours, theirs);
    }
  }
  process.exit(0);
}
