/** The recorded connections of vectors/tls12-openssl.json, and what it takes to make our client draw what OpenSSL's drew. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { fromHex } from '../../src/bytes/encoding.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { CipherSuite12, CryptoProvider } from '../../src/crypto/provider.ts';
import { insecureSeededRandom, splitRecords } from '../../src/fuzz.ts';
import { fixedGroup } from '../rfc8448/trace.ts';
import { type Replay, replay } from './replay.ts';

export interface RecordedConnection {
  readonly title: string;
  /** OpenSSL's name. */
  readonly cipherSuite: string;
  readonly extendedMasterSecret: boolean;
  /** Not of a resumption. */
  readonly group?: string;
  readonly privateKeys?: { readonly client: string; readonly server: string };
  /** Title of the connection whose session is taken up. */
  readonly resumes?: string;
  readonly masterSecret: string;
  readonly records: readonly { readonly from: 'client' | 'server'; readonly record: string }[];
}

const ROOTS = ['../..', '../../..'].map((up) => new URL(`${up}/vectors/tls12-openssl.json`, import.meta.url));

function load(): readonly RecordedConnection[] {
  const file = ROOTS.find((url) => existsSync(url));
  if (file === undefined) throw new Error('vectors/tls12-openssl.json is missing');
  return (JSON.parse(readFileSync(file, 'utf8')) as { connections: RecordedConnection[] }).connections;
}

export const CONNECTIONS: readonly RecordedConnection[] = load();

export const provider: CryptoProvider = nobleProvider(insecureSeededRandom(1));
/** Without those of pre-shared keys. */
export const SUITES: readonly CipherSuite12[] = [
  ...provider.cipherSuites12,
  ...provider.optionalCipherSuites12,
].filter(({ name }) => !name.includes('PSK'));

export function recordsOf(connection: RecordedConnection, from: 'client' | 'server'): Uint8Array[] {
  return connection.records.filter((each) => each.from === from).map(({ record }) => fromHex(record));
}

/** Both directions read with the recorded master secret: every record opens, every message decodes. */
export function read(connection: RecordedConnection): Replay {
  const fromClient = concatBytes(...recordsOf(connection, 'client'));
  const [first] = splitRecords(fromClient);
  assert.ok(first);
  const none = Buffer.alloc(0);
  return replay(
    {
      fromClient,
      fromServer: concatBytes(...recordsOf(connection, 'server')),
      master: fromHex(connection.masterSecret),
      // Record header, message header, version.
      clientRandom: first.slice(5 + 4 + 2, 5 + 4 + 2 + 32),
      session: undefined,
      reused: connection.resumes !== undefined,
      exported: [none, none, none],
    },
    SUITES,
  );
}

/** A provider whose group draws the recorded private key of one end. */
export function drawing(connection: RecordedConnection, role: 'client' | 'server'): CryptoProvider {
  const { group, privateKeys } = connection;
  if (group === undefined || privateKeys === undefined) return provider;
  return {
    ...provider,
    groups: provider.groups.map((each) =>
      each.name === group ? fixedGroup(each, fromHex(privateKeys[role])) : each,
    ),
  };
}
