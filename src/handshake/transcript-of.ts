import type { TranscriptHash } from '../crypto/transcript.ts';
import type { HandshakeState } from './state.ts';

/** The running transcript of a state, for those who study it; undefined where there is none yet or any more. */
export function transcriptOf(state: HandshakeState): TranscriptHash | undefined {
  if ('offer' in state && state.name !== 'ExpectEncryptedExtensions')
    return state.offer.transcripts.transcript;
  if ('keys' in state) return state.keys.transcript;
  if ('session' in state) return state.session.keys.transcript;
  if ('flight' in state) return state.flight.session.keys.transcript;
  if ('transcript' in state) return state.transcript;
  return undefined;
}
