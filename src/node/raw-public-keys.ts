/** Raw public keys in place of certificates (RFC 7250): `rawPublicKey`, `trustedPublicKeys`, `peerCertificateTypes`. Node has none of them. */
import type { Credential } from '../config/options.ts';
import { CertificateType } from '../wire/registry.ts';
import { parseRawPublicKeys, type RawPublicKey, rawKeyCredential } from '../x509/raw-public-key.ts';
import { named, privateKeysOf } from './credentials.ts';
import { invalidType, invalidValue } from './node-error.ts';
import { booleanOption, fileContent, type OwnOptions } from './own-options.ts';
import type { FileContent } from './secure-context.ts';

/** What the peer may show: an X.509 chain, or a key and nothing else. */
export type PeerCertificateType = 'x509' | 'raw-public-key';

export interface RawPublicKeyOptions {
  /** Show `key` as a raw public key to peers that take one; `cert`, which may be left out then, to all others. Default false. */
  rawPublicKey?: boolean | undefined;
  /**
   * The keys that peers are known by, in PEM (`PUBLIC KEY`) or DER. A peer with any other is refused, whatever
   * `rejectUnauthorized` says. A raw key has no name: `servername` is not compared, nor `checkServerIdentity` called.
   */
  trustedPublicKeys?: FileContent | readonly FileContent[] | undefined;
  /** In order of preference; default `['raw-public-key']` with `trustedPublicKeys`, else `['x509']`. */
  peerCertificateTypes?: readonly PeerCertificateType[] | undefined;
}

export interface RawPublicKeySettings {
  readonly credentials: readonly Credential[];
  readonly peerCertificateTypes: readonly CertificateType[] | undefined;
  readonly trustedPublicKeys: readonly Uint8Array[] | undefined;
}

const TYPES: ReadonlyMap<unknown, CertificateType> = new Map<PeerCertificateType, CertificateType>([
  ['x509', CertificateType.X509],
  ['raw-public-key', CertificateType.RawPublicKey],
]);

const absent = (value: unknown): boolean => value === undefined || value === null || value === false;

function typesOf(value: unknown): readonly CertificateType[] | undefined {
  if (absent(value)) return undefined;
  if (!Array.isArray(value)) throw invalidType('options.peerCertificateTypes', 'an instance of Array', value);
  return value.map((name: unknown) => {
    const type = TYPES.get(name);
    if (type !== undefined) return type;
    throw invalidValue('options.peerCertificateTypes', "takes 'x509' and 'raw-public-key'");
  });
}

function keysOf(value: unknown, name: string): readonly RawPublicKey[] {
  return named(name, () => parseRawPublicKeys(fileContent(value, name)));
}

function trustedKeys(value: unknown): readonly Uint8Array[] | undefined {
  if (absent(value)) return undefined;
  const name = 'options.trustedPublicKeys';
  const keys = Array.isArray(value)
    ? value.flatMap((one: unknown, index) => keysOf(one, `${name}[${index}]`))
    : keysOf(value, name);
  // An empty list that meant "no raw keys" would leave the peer to be judged by the system's authorities.
  if (keys.length === 0) throw invalidValue(name, 'is an empty array; leave it out or put a key into it');
  return keys.map(({ raw }) => raw);
}

/** Whether the key is to be shown raw, and there is no certificate beside it. */
export function isRawAlone(options: OwnOptions): boolean {
  return booleanOption(options, 'rawPublicKey') === true && absent(options['cert']);
}

/** Throws as createSecureContext does, with the name of the option. */
export function rawPublicKeySettings(options: OwnOptions): RawPublicKeySettings {
  const shows = booleanOption(options, 'rawPublicKey') === true;
  if (shows && absent(options['key'])) throw invalidValue('options.rawPublicKey', 'needs options.key');
  const peerCertificateTypes = typesOf(options['peerCertificateTypes']);
  const trustedPublicKeys = trustedKeys(options['trustedPublicKeys']);
  const takesKeys = peerCertificateTypes?.includes(CertificateType.RawPublicKey) === true;
  if (takesKeys && trustedPublicKeys === undefined)
    throw invalidValue('options.peerCertificateTypes', "'raw-public-key' needs options.trustedPublicKeys");
  if (peerCertificateTypes !== undefined && !takesKeys && trustedPublicKeys !== undefined)
    throw invalidValue('options.trustedPublicKeys', "needs 'raw-public-key' in options.peerCertificateTypes");
  return {
    credentials: shows
      ? privateKeysOf(options).map((key) => named('options.key', () => rawKeyCredential(key)))
      : [],
    peerCertificateTypes,
    trustedPublicKeys,
  };
}
