/** Sets a test file up for one stack, and compares what the two ends tell of a handshake. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientOptions, ConnectionInfo, ServerOptions } from '../../../src/engine.ts';
import { type EngineStream, open, type ServerWish, serverConfig } from '../support/engine-side.ts';
import {
  BOTH,
  GROUP_CODES,
  type GroupName,
  type Range,
  type SuiteName,
  suiteCode,
  VERSION_CODES,
  type Version,
} from './names.ts';
import type { CertKind, Pki } from './pki.ts';
import type { Feature, Role, Stack, StackServer, Told } from './stack.ts';

export interface Parties {
  readonly stack: Stack;
  readonly pki: Pki;
}

/** What both roles of ours may be restricted to. */
export interface Ours {
  readonly versions?: Range;
  readonly suite?: SuiteName;
  readonly groups?: readonly GroupName[];
}

type Restrictions = Pick<
  ClientOptions & ServerOptions,
  'minVersion' | 'maxVersion' | 'cipherSuites' | 'groups'
>;

export function restrictions({ versions = BOTH, suite, groups }: Ours): Restrictions {
  return {
    minVersion: VERSION_CODES[versions.min],
    maxVersion: VERSION_CODES[versions.max],
    ...(suite === undefined ? {} : { cipherSuites: [suiteCode(suite)] }),
    ...(groups === undefined ? {} : { groups: groups.map((group) => GROUP_CODES[group]) }),
  };
}

/** Our client with a trusted root and restrictions. */
export function openOurs(
  { pki }: Parties,
  port: number,
  ours: Ours,
  more: Partial<ClientOptions> = {},
): Promise<EngineStream> {
  return open(port, { ca: pki.ca, ...restrictions(ours), ...more });
}

export function ourConfig(
  { pki }: Parties,
  kind: CertKind,
  ours: Ours,
  more: Partial<ServerWish> = {},
): ReturnType<typeof serverConfig> {
  return serverConfig({
    credentials: [pki.credential('server', kind).loaded],
    ...restrictions(ours),
    ...more,
  });
}

export async function usingServer(
  starting: Promise<StackServer>,
  use: (server: StackServer) => Promise<void>,
): Promise<void> {
  const server = await starting;
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

export const commonNameOf = (info: ConnectionInfo): string | undefined =>
  /CN=([^,]+)/.exec(info.peerCertificates[0]?.subject.toString() ?? '')?.[1];

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');

/** What a stack told, without what we do not give where there is no extended_master_secret. */
export const withoutBindings = (told: Told): Told =>
  told.kind === 'secure' ? { ...told, exported: undefined, tlsUnique: undefined } : told;

export interface Expected {
  readonly version: Version;
  readonly suite?: SuiteName;
  readonly group?: GroupName;
  readonly resumed?: boolean;
}

/** That both ends tell the same, as expected, as far as the stack tells. */
export function assertAgreed(stream: EngineStream, told: Told, expected: Expected): void {
  const { info } = stream;
  assert.equal(told.kind, 'secure', JSON.stringify(told));
  if (told.kind !== 'secure') return;
  assert.equal(info.versionName, `TLSv${expected.version}`);
  assert.equal(info.resumed, expected.resumed ?? false, 'whether we resumed');
  if (expected.suite !== undefined) assert.equal(info.cipherSuite?.name, expected.suite);
  if (expected.group !== undefined) assert.equal(info.group?.code, GROUP_CODES[expected.group]);
  if (told.version !== undefined) assert.equal(told.version, expected.version);
  if (told.suite !== undefined) assert.equal(told.suite, info.cipherSuite?.name);
  if (told.group !== undefined && info.group !== undefined) {
    assert.equal(told.group, groupNamed(info.group.code));
  }
  if (told.resumed !== undefined) assert.equal(told.resumed, expected.resumed ?? false, 'whether it resumed');
  if (told.alpn !== undefined) assert.equal(told.alpn, info.alpnProtocol);
  if (told.exported !== undefined) assert.equal(told.exported, hex(stream.exported), 'exported');
  if (told.tlsUnique !== undefined) assert.equal(told.tlsUnique, hex(stream.tlsUnique), 'tls-unique');
  if (told.extendedMasterSecret !== undefined && expected.version === '1.2') {
    assert.equal(told.extendedMasterSecret, stream.tlsUnique !== undefined, 'extended_master_secret');
  }
}

function groupNamed(code: number): string {
  for (const [name, known] of Object.entries(GROUP_CODES)) if (known === code) return name;
  return String(code);
}

/** A group of tests of one feature, where a stack that lacks it is seen to be skipped. */
export function feature(
  { stack }: Parties,
  role: Role,
  name: Feature,
  version: Version,
  declare: () => void,
): void {
  describe(`${name}, TLS ${version}`, () => {
    const why = stack.versions.includes(version)
      ? stack.lacks(role, name, version)
      : `it does not speak TLS ${version}`;
    if (why === undefined) declare();
    else test(`${name}, TLS ${version}`, { skip: `${stack.name}: ${why}` }, () => undefined);
  });
}
