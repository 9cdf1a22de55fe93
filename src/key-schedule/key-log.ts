/** Lines of an SSLKEYLOGFILE, which let Wireshark and others decrypt a captured connection. */
import { toHex } from '../bytes/encoding.ts';
import type { Secret } from '../bytes/secret.ts';

export const KEY_LOG_LABELS = [
  'CLIENT_RANDOM',
  'CLIENT_EARLY_TRAFFIC_SECRET',
  'EARLY_EXPORTER_SECRET',
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
  'EXPORTER_SECRET',
] as const;

export type KeyLogLabel = (typeof KEY_LOG_LABELS)[number];

/** One line without its end; `clientRandom` is the first ClientHello's. The only place that prints a secret. */
export function keyLogLine(label: KeyLogLabel, clientRandom: Uint8Array, secret: Secret): string {
  return `${label} ${toHex(clientRandom)} ${toHex(secret.reveal())}`;
}
