/**
 * A whole handshake that fuzz input bends: the input says what is wrong with the scripted peer's messages, records and
 * bytes, below its encryption as well as above it. Whatever it says, our connection ends in a TLSError or goes on, hands
 * out no data before it is secure, and is never open when a message of the handshake was left out.
 */
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { wasmProvider } from '../../src/crypto/wasm/provider.ts';
import {
  append,
  chop,
  clientHandshake,
  clientHandshake12,
  converse,
  flipBit,
  insecureSeededRandom,
  insert,
  Script,
  type ScriptedPeer,
  SendStep,
  type Step,
  sendRecord,
  serverHandshake,
  serverHandshake12,
  setByte,
  setInteger,
  type Tamper,
} from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { credentials } from '../handshake/credentials.ts';
import { clientPeer, serverPeer, type Tested, testedClient, testedServer } from '../handshake/kit.ts';

/** Kernels: a handshake in a millisecond or two, where the reference takes ten. */
const fast = wasmProvider(insecureSeededRandom(3));

function seeded(seed: number): CryptoProvider {
  return { ...fast, random: insecureSeededRandom(seed) };
}

/** Which handshake, and how the peer's bytes are cut: the first two bytes of an input. */
interface Flavour {
  readonly tls12: boolean;
  readonly retry: boolean;
  readonly authenticate: boolean;
  readonly piece: number;
}

/** A change: four bytes of an input. */
interface Fault {
  readonly step: number;
  readonly kind: number;
  readonly at: number;
  readonly value: number;
}

const FAULT_BYTES = 4;
const MAX_FAULTS = 16;

function read(data: Uint8Array): { readonly flavour: Flavour; readonly faults: readonly Fault[] } {
  const [bits = 0, piece = 0] = data;
  const faults: Fault[] = [];
  for (let i = 2; i + FAULT_BYTES <= data.length && faults.length < MAX_FAULTS; i += FAULT_BYTES) {
    const [step = 0, kind = 0, at = 0, value = 0] = data.subarray(i, i + FAULT_BYTES);
    faults.push({ step, kind, at, value });
  }
  const flavour = {
    tls12: (bits & 1) !== 0,
    retry: (bits & 2) !== 0,
    authenticate: (bits & 4) !== 0,
    piece: piece === 0 ? 1 << 20 : piece,
  };
  return { flavour, faults };
}

/** Changes to a message's bytes before they are hashed and sealed; offsets reach from its header to its end. */
const TAMPERS: readonly ((at: number, value: number) => Tamper)[] = [
  (at, value) => (raw) => setByte(at % raw.length, value)(raw),
  (at, value) => (raw) => setByte(-1 - (at % raw.length), value)(raw),
  (at, value) => (raw) => flipBit((at * 8 + (value & 7)) % (raw.length * 8))(raw),
  (at) => chop(at),
  (at, value) => (raw) => insert(at % raw.length, ...new Array<number>(1 + (value & 15)).fill(value))(raw),
  (at, value) => setInteger(1, 3, at * 256 + value),
  (at, value) => (raw) => setInteger(at % raw.length, 2, value)(raw),
  (at, value) => append(...new Array<number>(at).fill(value)),
];

/** A server need not ask for a certificate; what it asks of a second hello may do without it. */
const OPTIONAL: ReadonlySet<string> = new Set(['CertificateRequest', 'HelloRetryRequest']);

interface Bent {
  readonly script: Script;
  /** A message of the handshake is not sent at all. */
  readonly incomplete: boolean;
  /** Where, in all that the peer sends, a byte is changed on the wire. */
  readonly wire: ReadonlyMap<number, number>;
}

function bend(script: { readonly steps: readonly Step[] }, faults: readonly Fault[]): Bent {
  const steps = [...script.steps];
  const wire = new Map<number, number>();
  let incomplete = false;
  for (const { step: number, kind, at, value } of faults) {
    const index = number % steps.length;
    const chosen = steps[index];
    if (chosen === undefined) continue;
    const message = chosen instanceof SendStep ? chosen : undefined;
    const tamper = TAMPERS[kind];
    if (tamper !== undefined) {
      if (message !== undefined) steps[index] = message.withOptions({ bytes: tamper(at, value) });
    } else if (kind === 8) {
      const isLast = steps.filter((each) => each.name === chosen.name).length === 1;
      if (message !== undefined && isLast && !OPTIONAL.has(chosen.name)) incomplete = true;
      steps.splice(index, 1);
    } else if (kind === 9) steps.splice(index, 0, chosen);
    else if (kind === 10) steps.splice(index, 2, ...steps.slice(index, index + 2).reverse());
    else if (kind === 11) steps.splice(index, 0, sendRecord(value, new Uint8Array(at)));
    else if (kind === 12) steps.splice(index, 0, sendRecord(20 + (value & 3), Uint8Array.of(at, value >> 2)));
    else if (kind === 13 && message !== undefined) steps[index] = message.withOptions({ split: at + 1 });
    else if (kind === 14 && message !== undefined)
      steps[index] = message.withOptions({ record: { padding: at } });
    else if (kind === 15 && message !== undefined) steps[index] = message.withOptions({ hold: true });
    else if (kind === 16 && message !== undefined) steps[index] = message.withOptions({ unhashed: true });
    else if (kind === 17 && message !== undefined) steps[index] = message.withOptions({ keys: 'plaintext' });
    else if (kind >= 18) wire.set(number * 256 + at, value);
    if (steps.length === 0) break;
  }
  return { script: new Script(steps), incomplete, wire };
}

/** Cuts the peer's stream, and changes bytes of it by their place in the whole. */
function cutter(wire: Bent['wire'], piece: number): (bytes: Uint8Array) => Iterable<Uint8Array> {
  let passed = 0;
  return function* cut(bytes) {
    const changed = Uint8Array.from(bytes);
    for (const [place, value] of wire) {
      const at = place - passed;
      if (at >= 0 && at < changed.length) changed[at] = (changed[at] ?? 0) ^ value;
    }
    passed += bytes.length;
    // A byte at a time through a large message would only be slow.
    const size = Math.max(piece, bytes.length >> 8);
    for (let at = 0; at < changed.length; at += size) yield changed.subarray(at, at + size);
  };
}

function check(tested: Tested, error: unknown, bent: Bent): void {
  const { connection, kinds } = tested;
  if (error !== undefined) {
    if (!(error instanceof TLSError)) throw error;
    if (error.family === 'internal' || error.family === 'misuse') throw error;
    if (connection.phase !== 'failed' || connection.error !== error)
      throw new Error('it threw and is not dead');
    if (error.alertOrigin !== 'remote' && error.alert === undefined && error.family !== 'transport')
      throw new Error(`no alert for ${error.code}`);
  }
  const secure = kinds.indexOf('secure');
  const data = kinds.indexOf('data');
  if (data >= 0 && (secure < 0 || data < secure)) throw new Error('data before the handshake was complete');
  if (secure >= 0 && bent.incomplete) throw new Error('secure without a message of the handshake');
  try {
    connection.receiveEnd();
  } catch (ended) {
    if (!(ended instanceof TLSError)) throw ended;
  }
}

function talk(peer: ScriptedPeer, tested: Tested, bent: Bent, { piece }: Flavour): void {
  try {
    peer.play(bent.script);
  } catch {
    // The peer cannot play a script out of order, which says nothing of our connection: it gets what there is so far.
  }
  const { targetError } = converse(peer, tested, { cut: cutter(bent.wire, piece) });
  check(tested, targetError, bent);
}

const GROUPS = [NamedGroup.x25519, NamedGroup.secp256r1];

/** Our client against a server that the input bends. */
export function bendServer(data: Uint8Array): void {
  const { flavour, faults } = read(data);
  const { tls12, retry, authenticate } = flavour;
  const request = authenticate ? { requestCertificate: 'expect own' as const } : {};
  const again = retry ? { helloRetryRequest: NamedGroup.secp256r1 } : {};
  const script = tls12 ? serverHandshake12(request) : serverHandshake({ ...request, ...again });
  const bent = bend(script, faults);
  const tested = testedClient({
    provider: seeded(11),
    groups: GROUPS,
    minVersion: ProtocolVersion.TLS12,
    alpnProtocols: ['h2', 'http/1.1'],
    ...(authenticate ? { credentials: [credentials.clientP256()] } : {}),
  });
  const peer = serverPeer({ provider: fast, groups: GROUPS, credential: credentials.serverP256() });
  talk(peer, tested, bent, flavour);
}

/** Our server against a client that the input bends. */
export function bendClient(data: Uint8Array): void {
  const { flavour, faults } = read(data);
  const { tls12, retry, authenticate } = flavour;
  const certificate = authenticate ? { certificate: 'own' as const } : {};
  const script = tls12
    ? clientHandshake12(certificate)
    : clientHandshake({ ...certificate, ...(retry ? { helloRetryRequest: true } : {}) });
  const bent = bend(script, faults);
  const tested = testedServer({
    provider: seeded(12),
    groups: retry ? [NamedGroup.secp256r1] : GROUPS,
    minVersion: ProtocolVersion.TLS12,
    credentials: [credentials.serverP256()],
    alpnProtocols: ['h2'],
    ...(authenticate ? { clientAuth: 'require' as const } : {}),
  });
  const peer = clientPeer({
    provider: fast,
    groups: GROUPS,
    credential: credentials.clientP256(),
    alpnProtocols: ['h2'],
  });
  talk(peer, tested, bent, flavour);
}
