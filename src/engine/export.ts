/** What an open connection gives to other protocols: exporters and channel bindings. */
import { EMPTY } from '../bytes/bytes.ts';
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
