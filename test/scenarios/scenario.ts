/** A whole conversation between our client and our server, and what came of it. */
import { equalBytes } from '../../src/bytes/bytes.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { TLSError } from '../../src/wire/error.ts';
import { type Cut, type End, Pair } from '../engine/pair.ts';

export interface Scenario {
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
  /** Made anew for each run, on top of the options: what keeps state, such as ticket keys and sessions. */
  readonly fresh?: () => {
    readonly client?: Partial<ClientOptions>;
    readonly server?: Partial<ServerOptions>;
  };
  /** A session is taken up. */
  readonly resumes?: true;
  /** Each is done when the wire is silent. */
  readonly actions?: readonly ((pair: Pair) => void)[];
  /** True when the bytes on the wire may depend on when output is drained: answers to KeyUpdate. */
  readonly timing?: boolean;
  /** Names of the errors that the client and the server end with. */
  readonly fails?: readonly [client: string | undefined, server: string | undefined];
}

/** What must be the same however the wire is cut. */
export interface EndOutcome {
  /** Events in order; pieces of data in a row are one. */
  readonly events: readonly string[];
  readonly data: Uint8Array;
  readonly phase: string;
  readonly error: string | undefined;
  readonly info: Readonly<Record<string, unknown>>;
  readonly sent: Uint8Array;
}

export interface ScenarioOutcome {
  readonly client: EndOutcome;
  readonly server: EndOutcome;
}

function outcomeOf(end: End): EndOutcome {
  const { connection, kinds, data } = end.tested;
  const { info } = connection;
  return {
    events: kinds.filter((kind, index) => kind !== 'data' || kinds[index - 1] !== 'data'),
    data,
    phase: connection.phase,
    error:
      end.error instanceof TLSError
        ? end.error.code
        : end.error === undefined
          ? undefined
          : String(end.error),
    info: {
      version: info.versionName,
      resumed: info.resumed,
      suite: info.cipherSuite?.name,
      group: info.group?.name,
      alpn: info.alpnProtocol,
      name: info.serverName,
      peer: info.peerCertificates.map((certificate) => certificate.subject.toString()),
      verified: info.peerVerdict?.verified,
      scheme: info.peerSignatureScheme?.name,
      localScheme: info.localSignatureScheme?.name,
      retried: info.helloRetryRequest,
      requested: info.clientCertificateRequested,
    },
    sent: end.sent,
  };
}

export function play(scenario: Scenario, cut: Cut): ScenarioOutcome {
  const fresh = scenario.fresh?.() ?? {};
  const pair = new Pair(
    { ...scenario.client, ...fresh.client },
    { ...scenario.server, ...fresh.server },
    cut,
  );
  pair.pump();
  for (const action of scenario.actions ?? []) {
    action(pair);
    pair.pump();
  }
  pair.hangUp();
  return { client: outcomeOf(pair.client), server: outcomeOf(pair.server) };
}

/** The bytes apart, which a comparison would print in full. */
export function withoutBytes(outcome: ScenarioOutcome): unknown {
  const strip = ({ events, phase, error, info, data, sent }: EndOutcome): unknown => ({
    events,
    phase,
    error,
    info,
    data: data.length,
    sent: sent.length,
  });
  return { client: strip(outcome.client), server: strip(outcome.server) };
}

export function sameBytes(a: ScenarioOutcome, b: ScenarioOutcome): boolean {
  return equalBytes(a.client.sent, b.client.sent) && equalBytes(a.server.sent, b.server.sent);
}

export function sameData(a: ScenarioOutcome, b: ScenarioOutcome): boolean {
  return equalBytes(a.client.data, b.client.data) && equalBytes(a.server.data, b.server.data);
}
