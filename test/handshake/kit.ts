/** Our connection under test and a scripted peer at its other end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { Connection } from '../../src/engine/connection.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import {
  type ClientMessages,
  type ConverseOptions,
  converse,
  insecureSeededRandom,
  type Outcome,
  type PeerOptions,
  type Script,
  ScriptedPeer,
  type ServerMessages,
} from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import type { Reason } from '../../src/wire/reason.ts';
import { AlertDescription, nameOf, ProtocolVersion } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { credentials, now, provider, SERVER_NAME, seededProvider, trust } from './credentials.ts';

/** A connection with all it told. It is a target of `converse`. */
export class Tested {
  readonly connection: Connection;
  readonly events: ConnectionEvent[] = [];
  readonly #data: Uint8Array[] = [];
  readonly #early: Uint8Array[] = [];
  /** Called at each event, after it was noted. */
  react: (event: ConnectionEvent, connection: Connection) => void = () => {};

  constructor(make: (listener: (event: ConnectionEvent) => void) => Connection) {
    this.connection = make((event) => {
      this.events.push(event);
      if (event.kind === 'data') this.#data.push(Uint8Array.from(event.data));
      if (event.kind === 'early_data') this.#early.push(Uint8Array.from(event.data));
      this.react(event, this.connection);
    });
  }

  get data(): Uint8Array {
    return concatBytes(...this.#data);
  }

  get earlyData(): Uint8Array {
    return concatBytes(...this.#early);
  }

  get kinds(): string[] {
    return this.events.map((event) => event.kind);
  }

  receive(bytes: Uint8Array): void {
    this.connection.receive(bytes);
  }

  takeOutput(): Uint8Array | undefined {
    return this.connection.takeOutput();
  }
}

/** x25519 alone unless said otherwise: the cheapest. */
const GROUPS = [NamedGroup.x25519];

/** Our client. Each is given the same random bytes. */
export function testedClient(options: Partial<ClientOptions> = {}): Tested {
  const config = createClientConfig({
    provider: seededProvider(11),
    now,
    serverName: SERVER_NAME,
    trust: trust(),
    groups: GROUPS,
    minVersion: ProtocolVersion.TLS13,
    ...options,
  });
  const tested = new Tested((listener) => Connection.client(config, listener));
  tested.connection.start();
  return tested;
}

export function testedServer(options: Partial<ServerOptions> = {}): Tested {
  const config = createServerConfig({
    provider: seededProvider(12),
    now,
    credentials: [credentials.server()],
    trust: trust(),
    groups: GROUPS,
    minVersion: ProtocolVersion.TLS13,
    ...options,
  });
  const tested = new Tested((listener) => Connection.server(config, listener));
  tested.connection.start();
  return tested;
}

export function serverPeer(options: Partial<PeerOptions> = {}): ScriptedPeer {
  const random = insecureSeededRandom(21);
  return ScriptedPeer.server({ provider, random, credential: credentials.server(), ...options });
}

export function clientPeer(options: Partial<PeerOptions> = {}): ScriptedPeer {
  const random = insecureSeededRandom(22);
  const common = { provider, random, serverName: SERVER_NAME, groups: GROUPS };
  return ScriptedPeer.client({ ...common, credential: credentials.client(), ...options });
}

export interface Played extends Outcome {
  readonly tested: Tested;
  readonly peer: ScriptedPeer;
}

export interface PlayOptions<Options> extends ConverseOptions {
  /** Of our connection. */
  readonly options?: Partial<Options>;
  readonly peer?: Partial<PeerOptions>;
  /** Before the conversation starts. */
  readonly prepare?: (tested: Tested) => void;
}

/** Our client against a scripted server. */
export function againstServer(script: Script<ServerMessages>, play: PlayOptions<ClientOptions> = {}): Played {
  const tested = testedClient(play.options);
  const peer = serverPeer(play.peer);
  return run(tested, peer, script, play);
}

/** Our server against a scripted client. */
export function againstClient(script: Script<ClientMessages>, play: PlayOptions<ServerOptions> = {}): Played {
  const tested = testedServer(play.options);
  const peer = clientPeer(play.peer);
  return run(tested, peer, script, play);
}

function run<Messages>(
  tested: Tested,
  peer: ScriptedPeer,
  script: Script<Messages>,
  play: ConverseOptions & { readonly prepare?: (tested: Tested) => void },
): Played {
  play.prepare?.(tested);
  peer.play(script);
  return { ...converse(peer, tested, play), tested, peer };
}

export type AlertName = keyof typeof AlertDescription;

function assertAlert(played: Played, alert: AlertName, message: string): void {
  assert.equal(played.alert && nameOf(AlertDescription, played.alert.description), alert, message);
  assert.equal(played.alert?.level, 2, 'the alert is fatal');
}

/**
 * The connection refused what the peer did: this reason here, this alert on the wire, and it is dead. `unreadable` is
 * for scripts that leave the two ends with different keys.
 */
export function assertRefused(played: Played, reason: Reason, alert: AlertName | 'unreadable'): TLSError {
  const { targetError, tested } = played;
  if (targetError === undefined) {
    assert.fail(
      `accepted; state ${tested.connection.stateName}, script error: ${String(played.scriptError)}`,
    );
  }
  assert.ok(targetError instanceof TLSError, `threw something else: ${String(targetError)}`);
  assert.equal(targetError.reason, reason, targetError.message);
  assert.equal(targetError.alertOrigin, 'local');
  if (alert === 'unreadable') assert.equal(played.peer.received.at(-1)?.kind, 'unreadable');
  else assertAlert(played, alert, targetError.message);
  assertDead(tested, targetError);
  return targetError;
}

/** Every call on a dead connection throws the error that killed it, and it says nothing more. */
export function assertDead(tested: Tested, error: TLSError): void {
  const { connection } = tested;
  assert.equal(connection.phase, 'failed');
  assert.equal(connection.error, error);
  assert.equal(connection.canSend, false);
  const before = tested.events.length;
  const same = (caught: unknown): boolean => caught === error;
  assert.throws(() => connection.receive(Uint8Array.of(23, 3, 3, 0, 1, 0)), same);
  assert.throws(() => connection.send(Uint8Array.of(1)), same);
  assert.equal(connection.takeOutput(), undefined);
  assert.equal(tested.events.length, before, 'no event after the end');
}

/** The handshake went through at both ends, whatever the script said after it. */
export function assertSecure(played: Played): void {
  if (played.targetError !== undefined) throw played.targetError;
  if (played.scriptError !== undefined) throw played.scriptError;
  assert.equal(played.waitingFor, undefined, 'the script is done');
  assert.equal(played.tested.connection.phase, 'open');
  assert.ok(played.tested.kinds.includes('secure'));
}

export type Refusal<Messages, Options> = readonly [
  script: Script<Messages>,
  reason: Reason,
  alert: AlertName,
  play?: PlayOptions<Options>,
];

/** Tests by name: our client refuses what a server's script does. */
export function clientRefuses(cases: Readonly<Record<string, Refusal<ServerMessages, ClientOptions>>>): void {
  for (const [name, [script, reason, alert, play]] of Object.entries(cases)) {
    test(`client refuses: ${name}`, () => {
      assertRefused(againstServer(script, play), reason, alert);
    });
  }
}

/** Tests by name: our server refuses what a client's script does. */
export function serverRefuses(cases: Readonly<Record<string, Refusal<ClientMessages, ServerOptions>>>): void {
  for (const [name, [script, reason, alert, play]] of Object.entries(cases)) {
    test(`server refuses: ${name}`, () => {
      assertRefused(againstClient(script, play), reason, alert);
    });
  }
}
