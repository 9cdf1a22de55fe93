/** Early data, the same for both roles: its keys, and what became of it (RFC 8446 2.3, 4.2.10, 7.1). */
import type { Secret } from '../bytes/secret.ts';
import type { CipherSuite13 } from '../crypto/provider.ts';
import { EarlySchedule } from '../key-schedule/tls13.ts';
import type { Effect } from './effect.ts';

/** Why there is no early data, or why it was rejected. */
export type EarlyDataReason =
  /** By our own settings. */
  | 'disabled'
  /** TLS 1.3 is off, or the peers spoke TLS 1.2. */
  | 'protocol_version'
  /** No PSK was offered. */
  | 'no_session'
  /** The first PSK allows no early data, or more than the server does now. */
  | 'unsupported_for_session'
  /** The client has not sent the extension. */
  | 'not_offered'
  | 'hello_retry_request'
  /** The server took up no PSK, or another than the first. */
  | 'session_not_resumed'
  /** The suite, or the application protocol, is not that of the session. */
  | 'cipher_mismatch'
  | 'alpn_mismatch'
  /** The client's view of its ticket's age is too far from ours: what was recorded, perhaps (RFC 8446 8.3). */
  | 'ticket_age'
  /** The ticket was issued under another replay store. */
  | 'other_store'
  /** Sent before, or not certain not to be; or the application said no. */
  | 'replay_or_refused'
  /** The server took up the PSK and gave no reason. */
  | 'declined';

export interface EarlyDataInfo {
  readonly status: 'not_offered' | 'offered' | 'accepted' | 'rejected';
  /** Undefined while it is open, and when it was accepted. */
  readonly reason: EarlyDataReason | undefined;
}

/** The secrets over the first ClientHello, with the suite they are used with. Whoever holds them wipes them. */
export interface EarlyKeys {
  readonly suite: CipherSuite13;
  readonly trafficSecret: Secret;
  readonly exporterMasterSecret: Secret;
}

/** `psk` stays the caller's; `helloHash` is the Transcript-Hash of the ClientHello, which no retry may have preceded. */
export function earlyKeys(suite: CipherSuite13, psk: Secret, helloHash: Uint8Array): EarlyKeys {
  const schedule = EarlySchedule.start(suite.hash, psk);
  const keys: EarlyKeys = {
    suite,
    trafficSecret: schedule.clientEarlyTrafficSecret(helloHash),
    exporterMasterSecret: schedule.earlyExporterMasterSecret(helloHash),
  };
  schedule.wipe();
  return keys;
}

export function earlySecretEffects({ trafficSecret, exporterMasterSecret }: EarlyKeys): readonly Effect[] {
  return [
    { kind: 'secret', label: 'CLIENT_EARLY_TRAFFIC_SECRET', secret: trafficSecret },
    { kind: 'secret', label: 'EARLY_EXPORTER_SECRET', secret: exporterMasterSecret },
  ];
}

export function wipeEarly(keys: EarlyKeys | undefined): void {
  keys?.trafficSecret.wipe();
  keys?.exporterMasterSecret.wipe();
}
