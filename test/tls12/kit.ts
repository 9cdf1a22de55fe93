/** Our connection of TLS 1.2 under test and a scripted peer at its other end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  type ClientMessages12,
  clientHandshake12,
  converse,
  type PeerOptions,
  type Script,
  type ScriptedPeer,
  type ServerMessages12,
  serverHandshake12,
} from '../../src/fuzz.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import {
  assertRefused,
  clientPeer,
  type Played,
  type PlayOptions,
  type Refusal,
  serverPeer,
  type Tested,
  testedClient,
  testedServer,
} from '../handshake/kit.ts';

interface Range {
  readonly minVersion: ProtocolVersion;
  readonly maxVersion: ProtocolVersion;
}

/** TLS 1.2 alone. */
export const ONLY12: Range = { minVersion: ProtocolVersion.TLS12, maxVersion: ProtocolVersion.TLS12 };
export const BOTH: Range = { minVersion: ProtocolVersion.TLS12, maxVersion: ProtocolVersion.TLS13 };
export const ONLY13: Range = { minVersion: ProtocolVersion.TLS13, maxVersion: ProtocolVersion.TLS13 };

export function client12(options: Partial<ClientOptions> = {}): Tested {
  return testedClient({ ...ONLY12, ...options });
}

export function server12(options: Partial<ServerOptions> = {}): Tested {
  return testedServer({ ...ONLY12, ...options });
}

export function run<Messages>(
  tested: Tested,
  peer: ScriptedPeer,
  script: Script<Messages>,
  play: PlayOptions<never> = {},
): Played {
  play.prepare?.(tested);
  peer.play(script);
  return { ...converse(peer, tested, play), tested, peer };
}

/** Our client, of TLS 1.2 alone unless the options say more, against a scripted server. */
export function againstServer12<M = ServerMessages12>(
  script: Script<M>,
  play: PlayOptions<ClientOptions> = {},
): Played {
  const { options, peer, ...rest } = play;
  return run(client12(options), serverPeer(peer), script, rest);
}

/** Our server against a scripted client. */
export function againstClient12<M = ClientMessages12>(
  script: Script<M>,
  play: PlayOptions<ServerOptions> = {},
): Played {
  const { options, peer, ...rest } = play;
  return run(server12(options), clientPeer(peer), script, rest);
}

/** Tests by name: our client refuses what a server's script does. */
export function client12Refuses(
  cases: Readonly<Record<string, Refusal<ServerMessages12, ClientOptions>>>,
): void {
  for (const [name, [script, reason, alert, play]] of Object.entries(cases)) {
    test(`client refuses: ${name}`, () => {
      assertRefused(againstServer12(script, play), reason, alert);
    });
  }
}

/** Tests by name: our server refuses what a client's script does. */
export function server12Refuses(
  cases: Readonly<Record<string, Refusal<ClientMessages12, ServerOptions>>>,
): void {
  for (const [name, [script, reason, alert, play]] of Object.entries(cases)) {
    test(`server refuses: ${name}`, () => {
      assertRefused(againstClient12(script, play), reason, alert);
    });
  }
}

/** The session of a whole handshake that a scripted server gave our client, for its next scripted server. */
export function sessionFrom(played: Played): Partial<PeerOptions> {
  assert.equal(played.tested.connection.phase, 'open');
  return { session12: played.peer.tls12.session };
}

export const server: Script<ServerMessages12> = serverHandshake12();
export const client: Script<ClientMessages12> = clientHandshake12();
