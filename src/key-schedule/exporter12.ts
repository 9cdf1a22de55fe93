/** Exporters of TLS 1.2 (RFC 5705 4). Who calls makes sure of extended_master_secret first (RFC 7627 5.4). */
import { concatBytes, EMPTY } from '../bytes/bytes.ts';
import { latin1Decode } from '../bytes/encoding.ts';
import type { Secret } from '../bytes/secret.ts';
import { prf } from '../crypto/prf.ts';
import type { HashFunction } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';

/** Labels whose output is a key or a Finished of the connection itself (RFC 5705 4, RFC 7627 4). */
const RESERVED: ReadonlySet<string> = new Set([
  'client finished',
  'server finished',
  'master secret',
  'key expansion',
  'extended master secret',
]);

/** context_value is a vector with a 16-bit length (RFC 5705 4). */
const MAX_CONTEXT = 0xffff;
/** RFC 5705 sets no bound; this one, far beyond what TLS 1.3 gives, keeps the work small. */
const MAX_LENGTH = 0x8000;
const MAX_LABEL = 255;

function refuse(message: string): TLSError {
  return new TLSError('invalid_option', message, { rfc: 'RFC 5705 4' });
}

/**
 * `length` bytes of keying material, 1..32768. No context and an empty context give different bytes here, unlike in
 * TLS 1.3. `label` is ASCII text or bytes, up to 255 long.
 *
 * Throws TLSError `invalid_option` when the label is reserved or an argument out of range.
 */
export function exportKeyingMaterial12(
  hash: HashFunction,
  master: Secret,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
  label: string | Uint8Array,
  context: Uint8Array | undefined,
  length: number,
): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > MAX_LENGTH) {
    throw refuse(`an exporter gives 1..${MAX_LENGTH} bytes`);
  }
  if (context !== undefined && context.length > MAX_CONTEXT) {
    throw refuse(`an exporter's context has at most ${MAX_CONTEXT} bytes`);
  }
  checkLabel(label);
  const withContext = context === undefined ? EMPTY : concatBytes(lengthOf(context), context);
  const seed = concatBytes(clientRandom, serverRandom, withContext);
  return prf(hash, master, label, seed, length);
}

function lengthOf(context: Uint8Array): Uint8Array {
  return Uint8Array.of(context.length >> 8, context.length);
}

/**
 * A label that begins with a reserved one is refused as well: the PRF hashes label and seed in one run, so its end
 * could pass for the beginning of another's seed.
 */
function checkLabel(label: string | Uint8Array): void {
  // An empty one is odd and harmless: client_random takes its place, and no reserved label is followed by it.
  if (label.length > MAX_LABEL) {
    throw refuse(`an exporter's label has at most ${MAX_LABEL} bytes`);
  }
  const text = typeof label === 'string' ? label : latin1Decode(label);
  for (let i = 0; typeof label === 'string' && i < label.length; i++) {
    if (label.charCodeAt(i) > 0x7f) throw refuse('an exporter label given as text must be ASCII');
  }
  for (const reserved of RESERVED) {
    if (text.startsWith(reserved)) throw refuse(`the exporter label '${reserved}' is TLS's own`);
  }
}
