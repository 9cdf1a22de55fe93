/** The steps of the key schedule that both roles take at the same points (RFC 8446 7.1). */

import { constantTimeEqual } from '../bytes/constant-time.ts';
import type { Secret } from '../bytes/secret.ts';
import type { CipherSuite13 } from '../crypto/provider.ts';
import type { TranscriptHash } from '../crypto/transcript.ts';
import { EarlySchedule, type MainSchedule, verifyData } from '../key-schedule/tls13.ts';
import type { Finished } from '../message/finished.ts';
import { TLSError } from '../wire/error.ts';
import type { Effect } from './effect.ts';
import type { HandshakeKeys } from './state.ts';

/** After ServerHello went into the transcript: the handshake stage. Wipes `shared`; `psk` stays the caller's. */
export function handshakeKeys(
  suite: CipherSuite13,
  transcript: TranscriptHash,
  shared: Secret,
  clientRandom: Uint8Array,
  psk: Secret | undefined,
): HandshakeKeys {
  const schedule = EarlySchedule.start(suite.hash, psk).toHandshake(shared);
  shared.wipe();
  const hash = transcript.digest();
  return {
    suite,
    transcript,
    schedule,
    clientHandshakeTrafficSecret: schedule.clientHandshakeTrafficSecret(hash),
    serverHandshakeTrafficSecret: schedule.serverHandshakeTrafficSecret(hash),
    clientRandom,
  };
}

export function handshakeSecretEffects(keys: HandshakeKeys): readonly Effect[] {
  return [
    { kind: 'secret', label: 'CLIENT_HANDSHAKE_TRAFFIC_SECRET', secret: keys.clientHandshakeTrafficSecret },
    { kind: 'secret', label: 'SERVER_HANDSHAKE_TRAFFIC_SECRET', secret: keys.serverHandshakeTrafficSecret },
  ];
}

export interface ApplicationSecrets {
  readonly main: MainSchedule;
  readonly clientApplicationTrafficSecret: Secret;
  readonly serverApplicationTrafficSecret: Secret;
  readonly exporterMasterSecret: Secret;
}

/** After the server's Finished went into the transcript: the main stage. Ends the handshake stage. */
export function applicationSecrets(keys: HandshakeKeys): ApplicationSecrets {
  const main = keys.schedule.toMain();
  const hash = keys.transcript.digest();
  return {
    main,
    clientApplicationTrafficSecret: main.clientApplicationTrafficSecret0(hash),
    serverApplicationTrafficSecret: main.serverApplicationTrafficSecret0(hash),
    exporterMasterSecret: main.exporterMasterSecret(hash),
  };
}

export function applicationSecretEffects(secrets: ApplicationSecrets): readonly Effect[] {
  return [
    { kind: 'secret', label: 'CLIENT_TRAFFIC_SECRET_0', secret: secrets.clientApplicationTrafficSecret },
    { kind: 'secret', label: 'SERVER_TRAFFIC_SECRET_0', secret: secrets.serverApplicationTrafficSecret },
    { kind: 'secret', label: 'EXPORTER_SECRET', secret: secrets.exporterMasterSecret },
  ];
}

/** The resumption secret over the whole handshake; ends the main stage. */
export function resumptionSecret(main: MainSchedule, transcript: TranscriptHash): Secret {
  const secret = main.resumptionMasterSecret(transcript.digest());
  main.wipe();
  return secret;
}

/** Throws TLSError `bad_finished` (decrypt_error) unless the peer's Finished covers our transcript (RFC 8446 4.4.4). */
export function checkFinished(
  message: Finished,
  baseKey: Secret,
  suite: CipherSuite13,
  transcript: TranscriptHash,
): void {
  const expected = verifyData(suite.hash, baseKey, transcript.digest());
  if (message.verifyData.length !== expected.length) {
    throw new TLSError(
      'malformed_message',
      `Finished has ${message.verifyData.length} bytes, not ${expected.length}`,
      {
        rfc: 'RFC 8446 4.4.4',
      },
    );
  }
  if (!constantTimeEqual(message.verifyData, expected)) {
    throw new TLSError('bad_finished', "the peer's Finished does not match the handshake", {
      rfc: 'RFC 8446 4.4.4',
    });
  }
}
