/** The recorded handshakes of RFC 8448, and what it takes to make our own ends draw the recorded keys. */
import { existsSync, readFileSync } from 'node:fs';
import { fromHex } from '../../src/bytes/encoding.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { CryptoProvider, KeyExchangeGroup, RandomSource } from '../../src/crypto/provider.ts';
import { decodeHandshake, type HandshakeMessage } from '../../src/message/handshake.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';

export interface TraceRecord {
  readonly from: 'client' | 'server';
  readonly epoch: string;
  readonly type: string;
  readonly record: Uint8Array;
  readonly content: Uint8Array;
  readonly messages: readonly { readonly name: string; readonly raw: Uint8Array }[];
}

interface KeyShare {
  readonly group: string;
  readonly privateKey: Uint8Array;
  readonly share: Uint8Array;
}

export interface Trace {
  readonly title: string;
  readonly keyShares: { readonly client: readonly KeyShare[]; readonly server: readonly KeyShare[] };
  readonly randoms: { readonly client: Uint8Array; readonly server: Uint8Array };
  readonly secrets: Readonly<Record<string, Uint8Array>>;
  readonly records: readonly TraceRecord[];
}

/** Every string of the file but the descriptive ones is hex. */
const TEXT_KEYS: ReadonlySet<string> = new Set([
  'source',
  'section',
  'title',
  'cipherSuite',
  'group',
  'from',
  'epoch',
  'type',
  'name',
]);

const ROOTS = ['../..', '../../..'].map((up) => new URL(`${up}/vectors/rfc8448.json`, import.meta.url));

function loadTraces(): Readonly<Record<string, Trace>> {
  const file = ROOTS.find((url) => existsSync(url));
  if (file === undefined) throw new Error('vectors/rfc8448.json is missing');
  const revive = (key: string, value: unknown): unknown =>
    typeof value === 'string' && !TEXT_KEYS.has(key) ? fromHex(value) : value;
  const parsed = JSON.parse(readFileSync(file, 'utf8'), revive) as { traces: Record<string, Trace> };
  for (const trace of Object.values(parsed.traces)) {
    for (const record of trace.records) Object.assign(record, { messages: record.messages ?? [] });
  }
  return parsed.traces;
}

export const TRACES: Readonly<Record<string, Trace>> = loadTraces();

type Name = HandshakeMessage['kind'];

/** The messages of one kind, in order, decoded. */
export function messagesOf<K extends Name>(trace: Trace, kind: K): Extract<HandshakeMessage, { kind: K }>[] {
  const isWanted = (message: HandshakeMessage): message is Extract<HandshakeMessage, { kind: K }> =>
    message.kind === kind;
  return trace.records
    .flatMap((record) => record.messages)
    .map(({ raw }) => decodeHandshake(raw, 'tls13'))
    .filter(isWanted);
}

export function certificateOf(der: Uint8Array): Certificate {
  return parseCertificate(der);
}

/** Gives out prepared byte strings, one per call; a call of another size is a failure of the test. */
export function scriptedRandom(...answers: readonly Uint8Array[]): RandomSource {
  const queue = [...answers];
  return (out) => {
    const next = queue.shift();
    if (next === undefined || next.length !== out.length) {
      throw new Error(`${out.length} random bytes asked for, ${next?.length ?? 'none'} prepared`);
    }
    out.set(next);
  };
}

/** The group with its next private key given. */
export function fixedGroup(group: KeyExchangeGroup, privateKey: Uint8Array): KeyExchangeGroup {
  // Only the first draw is the private key; what noble blinds with later changes no result.
  const random = (): RandomSource => {
    let first = true;
    return (out) => {
      if (first && out.length === privateKey.length) out.set(privateKey);
      else out.fill(1);
      first = false;
    };
  };
  return {
    ...group,
    generate: () => group.generate(random()),
    encapsulate: (peerShare) => group.encapsulate(peerShare, random()),
  };
}

/** A provider whose groups draw the recorded private keys, in the recorded order; 1024-bit RSA is let pass. */
export function recordedProvider(shares: readonly KeyShare[], random: RandomSource): CryptoProvider {
  const provider = nobleProvider(random, { minimumBits: 1024, maximumBits: 8192 });
  const groups = shares.map(({ group, privateKey }) => {
    const found = provider.groups.find((each) => each.name === group);
    if (found === undefined) throw new Error(`no group ${group}`);
    return fixedGroup(found, privateKey);
  });
  return { ...provider, groups };
}
