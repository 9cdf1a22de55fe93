/** Early data in scripts of TLS 1.3 (RFC 8446 2.3, 4.2.10, 4.5). */
import { Secret } from '../bytes/secret.ts';
import type { CipherSuite13 } from '../crypto/provider.ts';
import { EarlySchedule } from '../key-schedule/tls13.ts';
import { encodeEndOfEarlyData } from '../message/end-of-early-data.ts';
import { earlyData } from '../message/extension/early-data.ts';
import type { ClientMessages } from './client.ts';
import { expectMessage } from './expect.ts';
import type { ScriptedPeer } from './peer.ts';
import { clientResumption, type OfferedPsk, type OfferOptions, offerPsks, serverResumption } from './psk.ts';
import { RecordKeys } from './record-keys.ts';
import { type Script, type Step, step } from './script.ts';
import type { ServerMessages } from './server.ts';
import { withExtension } from './tamper.ts';

export interface EarlyPsk extends Pick<OfferedPsk, 'secret' | 'hash' | 'kind'> {
  /** Default: the provider's first suite of the hash. */
  readonly suite?: CipherSuite13 | undefined;
}

const known = new WeakMap<ScriptedPeer, RecordKeys>();

/**
 * Keys from client_early_traffic_secret. Made at the first call, from the transcript as it is then, which should be the
 * ClientHello alone.
 */
export function earlyRecordKeys(peer: ScriptedPeer, psk: EarlyPsk): RecordKeys {
  const made = known.get(peer);
  if (made !== undefined) return made;
  const suite = psk.suite ?? peer.provider.cipherSuites13.find(({ hash }) => hash.name === psk.hash.name);
  if (suite === undefined) throw new RangeError('the provider has no suite of this hash');
  const schedule = EarlySchedule.start(suite.hash, new Secret(psk.secret.slice()));
  const secret = schedule.clientEarlyTrafficSecret(peer.transcript.digest(suite.hash));
  const keys = new RecordKeys('early', suite, Uint8Array.from(secret.reveal()));
  known.set(peer, keys);
  return keys;
}

/** One record of early data for each piece; none makes the keys and nothing else. */
export function sendEarlyData(psk: EarlyPsk, ...pieces: readonly Uint8Array[]): Step {
  return step('early data', (peer) => {
    const keys = earlyRecordKeys(peer, psk);
    for (const piece of pieces) peer.sendApplicationData(piece, { keys });
  });
}

export function endOfEarlyData(psk: EarlyPsk): Step {
  return step('EndOfEarlyData', (peer) =>
    peer.sendHandshake(encodeEndOfEarlyData(), { keys: earlyRecordKeys(peer, psk) }),
  );
}

/** Lets a client's script say that early data follows its hello. */
export function offeringEarlyData(script: Script<ClientMessages>): Script<ClientMessages> {
  return script.change('ClientHello', (fields) => ({
    ...fields,
    extensions: withExtension(fields.extensions, earlyData.clientHello.encode(true)),
  }));
}

/** A client that resumes with the first of these keys and sends early data under it, to a server that accepts both. */
export function clientEarlyData(
  psks: readonly [OfferedPsk & EarlyPsk, ...(OfferedPsk & EarlyPsk)[]],
  pieces: readonly Uint8Array[] = [],
  options: OfferOptions = {},
): Script<ClientMessages> {
  const [first] = psks;
  // The offer of keys must be made after early_data is in, since it stands last.
  return offerPsks(offeringEarlyData(clientResumption(psks, options)), psks, options)
    .after('ClientHello', sendEarlyData(first, ...pieces))
    .before('Finished', endOfEarlyData(first));
}

/** A server that takes up the client's first key, which must be this one, and the early data that comes with it. */
export function serverEarlyData(psk: EarlyPsk): Script<ServerMessages> {
  return serverResumption(psk)
    .after(
      'expect ClientHello',
      step('early keys', (peer) => {
        peer.input.keys.push(earlyRecordKeys(peer, psk));
      }),
    )
    .change('EncryptedExtensions', (fields) => ({
      ...fields,
      extensions: [...fields.extensions, earlyData.encryptedExtensions.encode(true)],
    }))
    .before(
      'expect Finished',
      expectMessage('EndOfEarlyData', () => {}, { protection: 'early' }),
    );
}
