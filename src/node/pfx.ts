/** `pfx`: a key, its chain and what else is in the file, as Node takes it. */
import { platformRandom } from '../platform/random-device.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Credential } from '../x509/credential.ts';
import { parsePkcs12 } from '../x509/pkcs12.ts';
import { named, passphraseOf } from './credentials.ts';
import { invalidType, invalidValue, nodeError } from './node-error.ts';
import { bytesOf, type OwnOptions, ownOptions } from './own-options.ts';

export interface Bundle {
  readonly credential: Credential;
  /** All certificates of the file but the key's own. Node trusts them, and so do we: who made the file chose them. */
  readonly authorities: readonly Certificate[];
}

/** A string has a byte in each character. */
function content(value: unknown, name: string): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : bytesOf(value);
  if (bytes === undefined) throw invalidType(name, 'of type string or an instance of Buffer', value);
  return bytes;
}

function bundle(value: unknown, name: string, shared: unknown): Bundle {
  const isPair = typeof value === 'object' && value !== null && bytesOf(value) === undefined;
  const own = isPair ? ownOptions(value, name) : undefined;
  const bytes = content(own === undefined ? value : own['buf'], own === undefined ? name : `${name}.buf`);
  const passphrase = passphraseOf(own?.['passphrase'] ?? shared, 'options.passphrase');
  const { credential, others } = named(name, () =>
    parsePkcs12(bytes, { random: platformRandom, ...(passphrase === undefined ? {} : { passphrase }) }),
  );
  if (credential === undefined)
    throw nodeError('ERR_CRYPTO_OPERATION_FAILED', `${name}: there is no private key in the PKCS#12 file`);
  return { credential, authorities: [...credential.chain.slice(1), ...others] };
}

/** Empty without the option. Throws with Node's codes, or X509Error's as `ERR_TLS_...`. */
export function bundlesOf({ pfx, passphrase }: OwnOptions): readonly Bundle[] {
  if (pfx === undefined || pfx === null || pfx === false) return [];
  if (!Array.isArray(pfx)) return [bundle(pfx, 'options.pfx', passphrase)];
  if (pfx.length === 0)
    throw invalidValue('options.pfx', 'is an empty array; leave it out or put something into it');
  return pfx.map((one, index) => bundle(one, `options.pfx[${index}]`, passphrase));
}
