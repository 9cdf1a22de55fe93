/** `cert`, `key`, `passphrase` -> credentials, checked when they are given and not at the first handshake. */
import type { PrivateKey } from '../crypto/provider.ts';
import { platformRandom } from '../platform/random-device.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type Credential, credentialOf, parseCertificates } from '../x509/credential.ts';
import { parseCrls } from '../x509/crl.ts';
import { X509Error, type X509ErrorCode } from '../x509/error.ts';
import { parsePrivateKey } from '../x509/private-key.ts';
import { describePublicKey, publicKeyOf, samePublicKey } from '../x509/public-key.ts';
import type { RevocationOptions } from '../x509/revocation.ts';
import { type CodedError, invalidType, invalidValue, nodeError } from './node-error.ts';
import { bytesOf, fileContent, type OwnOptions, ownOptions } from './own-options.ts';

/** Node's codes where it has one; else our own. */
const CODES: Partial<Readonly<Record<X509ErrorCode, string>>> = {
  KEY_MISMATCH: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
  PASSPHRASE_REQUIRED: 'ERR_MISSING_PASSPHRASE',
  BAD_PASSPHRASE: 'ERR_OSSL_BAD_DECRYPT',
  NO_CERTIFICATE: 'ERR_OSSL_PEM_NO_START_LINE',
  NO_CRL: 'ERR_CRYPTO_OPERATION_FAILED',
  NO_PRIVATE_KEY: 'ERR_OSSL_UNSUPPORTED',
  UNSUPPORTED_KEY: 'ERR_OSSL_UNSUPPORTED',
};

/** Runs `read`; what it refuses is reported with the option's name. */
export function named<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw configurationError(error, option);
  }
}

function configurationError(error: X509Error, option: string): CodedError {
  const advice = error.code === 'PASSPHRASE_REQUIRED' ? ' in options.passphrase' : '';
  return nodeError(
    CODES[error.code] ?? `ERR_TLS_${error.code}`,
    `${option}: ${error.message}${advice}`,
    error,
  );
}

const given = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

/** One value or an array of them, each with the name to be shown in errors. */
function listed(value: unknown, option: string): { readonly value: unknown; readonly name: string }[] {
  if (!Array.isArray(value)) return [{ value, name: option }];
  if (value.length === 0)
    throw invalidValue(option, 'is an empty array; leave it out or put something into it');
  return value.map((item, index) => ({ value: item, name: `${option}[${index}]` }));
}

/** Every certificate of a `cert` or `ca` value. */
export function certificatesOf(value: unknown, option: string): Certificate[] {
  return named(option, () => parseCertificates(fileContent(value, option)));
}

/** The certificates of `ca`, a value or an array of them; an empty array trusts no one. */
export function authoritiesOf(ca: unknown): Certificate[] {
  if (Array.isArray(ca)) return ca.flatMap((one, index) => certificatesOf(one, `options.ca[${index}]`));
  return certificatesOf(ca, 'options.ca');
}

/** `crl`, a value or an array of them: Node checks the whole chain wherever one is given, and so do we unless told else. */
export function revocationOf(crl: unknown, check: unknown): RevocationOptions | undefined {
  if (check !== undefined && check !== 'leaf' && check !== 'chain')
    throw invalidValue('options.crlCheck', "must be 'leaf' or 'chain'");
  if (!given(crl)) {
    if (check !== undefined)
      throw invalidValue('options.crlCheck', 'needs options.crl: without a list nothing is checked');
    return undefined;
  }
  const crls = listed(crl, 'options.crl').flatMap(({ value, name }) =>
    named(name, () => parseCrls(fileContent(value, name))),
  );
  return { crls, check: check ?? 'chain' };
}

export function passphraseOf(value: unknown, name: string): string | Uint8Array | undefined {
  if (!given(value)) return undefined;
  const passphrase = typeof value === 'string' ? value : bytesOf(value);
  if (passphrase === undefined) throw invalidType(name, 'of type string', value);
  return passphrase;
}

function isKeyObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && bytesOf(value) === undefined;
}

/** A key as text, bytes, or `{ pem, passphrase }` (some write `key` for `pem`). */
function keyOf(value: unknown, name: string, passphrase: unknown): PrivateKey {
  let content = value;
  let secret = passphrase;
  if (isKeyObject(value)) {
    const own = ownOptions(value, name);
    content = own['pem'] ?? own['key'];
    if (given(own['passphrase'])) secret = own['passphrase'];
  }
  const text = fileContent(content, name);
  const own = passphraseOf(secret, 'options.passphrase');
  return named(name, () =>
    parsePrivateKey(text, { random: platformRandom, ...(own === undefined ? {} : { passphrase: own }) }),
  );
}

/** Every key of `key`. Throws as {@link loadCredentials}. */
export function privateKeysOf({ key, passphrase }: OwnOptions): readonly PrivateKey[] {
  return listed(key, 'options.key').map(({ value, name }) => keyOf(value, name, passphrase));
}

/**
 * A lone leaf is completed from `ca`, as OpenSSL does when it sends a chain: many servers give their intermediates
 * there. The root is left out, the peer has it or does not trust it.
 */
function completed(
  chain: readonly Certificate[],
  authorities: readonly Certificate[],
): readonly Certificate[] {
  if (chain.length !== 1) return chain;
  const out = [...chain];
  for (let last = chain[0]; last !== undefined && !last.isSelfIssued; ) {
    const child = last;
    last = authorities.find((one) => one.subject.equals(child.issuer) && !out.includes(one));
    if (last === undefined || last.isSelfIssued) break;
    out.push(last);
  }
  return out;
}

interface NamedChain {
  readonly name: string;
  readonly chain: readonly Certificate[];
}

function keyOfChain({ name, chain }: NamedChain, keys: readonly PrivateKey[], onlyOne: boolean): PrivateKey {
  const leaf = chain[0];
  const key = keys.find((one) => leaf !== undefined && samePublicKey(leaf.publicKey, publicKeyOf(one)));
  if (key !== undefined) return key;
  const [only] = keys;
  // The verifier's own message is the most telling where there is but one of each.
  if (onlyOne && only !== undefined) return only;
  throw nodeError(
    'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
    `${name}: none of the keys belongs to the certificate "${String(leaf?.subject)}". Each element of options.cert is a ` +
      'chain of its own: put intermediates behind their leaf in one PEM text, or into options.ca',
  );
}

/**
 * The credentials of `cert`, `key` and `passphrase`; empty when neither is given. Several chains may be given, and
 * their keys in any order. Throws with Node's codes: ERR_INVALID_ARG_TYPE, ERR_OSSL_X509_KEY_VALUES_MISMATCH,
 * ERR_MISSING_PASSPHRASE, ERR_OSSL_BAD_DECRYPT, ERR_OSSL_PEM_NO_START_LINE, ERR_OSSL_UNSUPPORTED ...
 */
export function loadCredentials(
  options: OwnOptions,
  authorities: readonly Certificate[],
): readonly Credential[] {
  const { cert, key, passphrase } = options;
  if (!given(cert) && !given(key)) return [];
  if (!given(key)) throw nodeError('ERR_TLS_NO_PRIVATE_KEY', 'options.cert is given without options.key');
  if (!given(cert)) throw nodeError('ERR_TLS_NO_CERTIFICATE', 'options.key is given without options.cert');
  const chains = listed(cert, 'options.cert').map(({ value, name }) => ({
    name,
    chain: certificatesOf(value, name),
  }));
  const keyNames = listed(key, 'options.key');
  const keys = keyNames.map(({ value, name }) => keyOf(value, name, passphrase));
  const onlyOne = chains.length === 1 && keys.length === 1;
  const used = new Set<PrivateKey>();
  const credentials = chains.map((one) => {
    const privateKey = keyOfChain(one, keys, onlyOne);
    used.add(privateKey);
    return named(one.name, () => credentialOf(completed(one.chain, authorities), privateKey));
  });
  keys.forEach((one, index) => {
    if (used.has(one)) return;
    throw nodeError(
      'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
      `${keyNames[index]?.name ?? 'options.key'} (${describePublicKey(publicKeyOf(one))}) belongs to none of the ` +
        'certificates in options.cert',
    );
  });
  return credentials;
}
