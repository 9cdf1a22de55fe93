/** PEM with the X.509 layer's error. */
import { decodePem, type PemBlock } from '../bytes/pem.ts';
import { X509Error } from './error.ts';
import { MAX_PEM_CHARACTERS } from './limits.ts';

export const CERTIFICATE_LABELS: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE']);

/** {@link decodePem}, bounded, with its SyntaxError as X509Error MALFORMED. */
export function decodeBlocks(text: string): PemBlock[] {
  if (text.length > MAX_PEM_CHARACTERS) {
    throw new X509Error(
      'TOO_LARGE',
      `PEM text of ${text.length} characters; the limit is ${MAX_PEM_CHARACTERS}`,
    );
  }
  try {
    return decodePem(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new X509Error('MALFORMED', error.message, { cause: error });
  }
}
