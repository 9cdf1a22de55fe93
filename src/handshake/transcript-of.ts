import type { TranscriptHash } from '../crypto/transcript.ts';
import type { HandshakeState } from './state.ts';

/** The running transcript of a state, for those who study it; undefined where there is none yet or any more. */
export function transcriptOf(state: HandshakeState): TranscriptHash | undefined {
  if ('offer' in state && state.name !== 'ExpectEncryptedExtensions')
    return state.offer.transcripts.transcript;
  if ('agreed' in state) return state.agreed.log.transcript;
  if ('closing' in state) return state.closing.agreed.log.transcript;
  if ('server' in state) return state.server.agreed.log.transcript;
  if ('share' in state) return state.share.agreed.log.transcript;
  if ('keys' in state) return state.keys.transcript;
  if ('progress' in state) return state.progress.keys.transcript;
  if ('flight' in state) {
    return 'progress' in state.flight
      ? state.flight.progress.keys.transcript
      : state.flight.agreed.log.transcript;
  }
  if ('transcript' in state) return state.transcript;
  return undefined;
}
