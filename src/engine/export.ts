/** What an open connection gives to other protocols: exporters and channel bindings. */
import { EMPTY } from '../bytes/bytes.ts';
import type { EarlyKeys } from '../handshake/early-data.ts';
import type { HandshakeState } from '../handshake/state.ts';
import { exportKeyingMaterial } from '../key-schedule/exporter.ts';
import { exportKeyingMaterial12 } from '../key-schedule/exporter12.ts';
import { TLSError } from '../wire/error.ts';

/** Throws TLSError `invalid_state` where there is nothing to export, `invalid_option` for a label or length out of range. */
export function exportFrom(
  state: HandshakeState,
  label: string,
  context: Uint8Array | undefined,
  length: number,
): Uint8Array {
  if (state.name === 'ClientOpen' || state.name === 'ServerOpen') {
    return exportKeyingMaterial(
      state.suite.hash,
      state.exporterMasterSecret,
      label,
      context ?? EMPTY,
      length,
    );
  }
  if (state.name === 'ClientOpen12' || state.name === 'ServerOpen12') {
    if (!state.extendedMasterSecret) {
      throw new TLSError('invalid_state', 'there is no exporter without extended_master_secret', {
        rfc: 'RFC 7627 5.4',
      });
    }
    const { suite, master, clientRandom, serverRandom } = state;
    return exportKeyingMaterial12(suite.hash, master, clientRandom, serverRandom, label, context, length);
  }
  throw new TLSError('invalid_state', 'the handshake is not complete');
}

export function tlsUniqueOf(state: HandshakeState): Uint8Array | undefined {
  if (state.name !== 'ClientOpen12' && state.name !== 'ServerOpen12') return undefined;
  return state.extendedMasterSecret ? state.firstFinished : undefined;
}

/** Throws TLSError `invalid_state` where no early data is under way. */
export function exportEarly(
  state: HandshakeState,
  label: string,
  context: Uint8Array | undefined,
  length: number,
): Uint8Array {
  const early = earlyKeysOf(state);
  if (early === undefined) throw new TLSError('invalid_state', 'there is no early data under way');
  return exportKeyingMaterial(early.suite.hash, early.exporterMasterSecret, label, context ?? EMPTY, length);
}

function earlyKeysOf(state: HandshakeState): EarlyKeys | undefined {
  switch (state.name) {
    case 'ExpectServerHello':
      return state.offer.early;
    case 'ExpectEncryptedExtensions':
      return state.early;
    case 'AwaitServerVerdict':
    case 'ExpectFinished':
      return state.progress.early;
    case 'ExpectEndOfEarlyData':
    case 'ExpectClientFinished':
      return state.flight.progress.early;
    default:
      return undefined;
  }
}
