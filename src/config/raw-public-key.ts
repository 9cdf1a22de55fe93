/** Peers known by their key alone, without a certificate (RFC 7250): which kinds are taken, and which keys are trusted. */
import { equalBytes } from '../bytes/bytes.ts';
import type { CryptoProvider, PrivateKey, PublicKey } from '../crypto/provider.ts';
import { CertificateType } from '../wire/registry.ts';
import { X509Error } from '../x509/error.ts';
import { publicKeyOf, samePublicKey } from '../x509/public-key.ts';
import { parseRawPublicKey } from '../x509/raw-public-key.ts';
import { invalid } from './check.ts';
import type { Credential, NeedKind } from './options.ts';

/** DER SubjectPublicKeyInfo, or the SHA-256 digest of one: 32 bytes. */
export type TrustedPublicKey = Uint8Array | { readonly sha256: Uint8Array };

export interface RawPublicKeyOptions {
  /**
   * What a peer may show for itself, in order of preference: `CertificateType.X509`, `CertificateType.RawPublicKey` or both.
   * Default: X.509 alone, or raw keys alone where `trustedPublicKeys` has any. To take either, name both.
   */
  readonly peerCertificateTypes?: readonly CertificateType[] | undefined;
  /**
   * The raw keys that a peer may prove to have; any other ends the handshake, and `dangerousAcceptUnverifiedPeer` changes nothing
   * about it: of a raw key there is nothing else to be known. A raw key has no name and no end of validity. Without this
   * list, raw keys are taken only where `verify_peer` is delegated, and then each is the application's to judge.
   */
  readonly trustedPublicKeys?: readonly TrustedPublicKey[] | undefined;
}

export interface RawPublicKeySettings {
  readonly peerCertificateTypes: readonly CertificateType[];
  /** SHA-256 of each SubjectPublicKeyInfo. */
  readonly trustedPublicKeys: readonly Uint8Array[];
}

const SPOKEN: readonly CertificateType[] = [CertificateType.X509, CertificateType.RawPublicKey];
const DIGEST_LENGTH = 32;

/** SHA-256 of a SubjectPublicKeyInfo, as public key pinning has it (RFC 7469 2.4). */
export function keyDigest(provider: CryptoProvider, spki: Uint8Array): Uint8Array {
  const hash = provider.hashes.find(({ name }) => name === 'SHA-256');
  return hash === undefined ? invalid('raw public keys need a provider with SHA-256') : hash.digest(spki);
}

function digestOf(provider: CryptoProvider, key: TrustedPublicKey, where: string): Uint8Array {
  if (!(key instanceof Uint8Array)) {
    const { sha256 } = key;
    if (!(sha256 instanceof Uint8Array) || sha256.length !== DIGEST_LENGTH)
      invalid(`${where}.sha256 must be ${DIGEST_LENGTH} bytes`);
    return Uint8Array.from(sha256);
  }
  try {
    parseRawPublicKey(key);
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    invalid(`${where} is no key to trust: ${error.message}`);
  }
  return keyDigest(provider, key);
}

/** Throws TLSError `invalid_option` for types other than the two, and for one named twice. */
export function certificateTypes(
  types: readonly CertificateType[],
  option: string,
): readonly CertificateType[] {
  if (types.some((type) => !SPOKEN.includes(type)) || new Set(types).size !== types.length) {
    invalid(`${option} takes CertificateType.X509 and CertificateType.RawPublicKey, each once`);
  }
  return Object.freeze([...types]);
}

/** Throws TLSError `invalid_option`. */
export function rawPublicKeySettings(
  options: RawPublicKeyOptions & {
    readonly provider: CryptoProvider;
    readonly delegate?: readonly NeedKind[] | undefined;
  },
): RawPublicKeySettings {
  const trusted = options.trustedPublicKeys ?? [];
  const byDefault = trusted.length > 0 ? [CertificateType.RawPublicKey] : [CertificateType.X509];
  const types = certificateTypes(options.peerCertificateTypes ?? byDefault, 'peerCertificateTypes');
  if (types.length === 0) invalid('peerCertificateTypes is empty: nothing is left for a peer to show');
  const takesKeys = types.includes(CertificateType.RawPublicKey);
  if (!takesKeys && trusted.length > 0)
    invalid('trustedPublicKeys are of no use where peerCertificateTypes has no RawPublicKey');
  if (takesKeys && trusted.length === 0 && options.delegate?.includes('verify_peer') !== true)
    invalid('raw public keys are to be taken, but none is trusted: give trustedPublicKeys');
  return {
    peerCertificateTypes: types,
    trustedPublicKeys: Object.freeze(
      trusted.map((key, index) => digestOf(options.provider, key, `trustedPublicKeys[${index}]`)),
    ),
  };
}

/** Whether the caller trusts the key. */
export function isTrustedKey(
  config: RawPublicKeySettings & { readonly provider: CryptoProvider },
  spki: Uint8Array,
): boolean {
  if (config.trustedPublicKeys.length === 0) return false;
  const digest = keyDigest(config.provider, spki);
  return config.trustedPublicKeys.some((trusted) => equalBytes(trusted, digest));
}

/** Throws TLSError `invalid_option` for one that cannot be shown. */
export function checkRawKeyCredential(credential: Credential, where: string): void {
  const { rawPublicKey, chain, privateKey } = credential;
  if (rawPublicKey === undefined) return;
  if (chain.length > 0)
    invalid(`${where} has both certificates and a raw public key; make it two credentials`);
  if (credential.ocspResponse !== undefined || credential.signedCertificateTimestamps !== undefined)
    invalid(`${where} has a staple, and no certificate that it could be about`);
  if (privateKey !== undefined && !samePublicKey(publicKeyOf(privateKey), rawPublicKey.publicKey))
    invalid(`${where} has a private key that does not belong to its raw public key`);
}

/** The kinds that a client has something of, in the order of its credentials. */
export function typesOfCredentials(credentials: readonly Credential[]): readonly CertificateType[] {
  return Object.freeze([...new Set(credentials.map(typeOfCredential))]);
}

export function typeOfCredential({ rawPublicKey }: Credential): CertificateType {
  return rawPublicKey === undefined ? CertificateType.X509 : CertificateType.RawPublicKey;
}

/** The half that signs, or else the public one that tells its kind. */
export function keyOf(credential: Credential): PrivateKey | PublicKey | undefined {
  return credential.privateKey ?? (credential.rawPublicKey ?? credential.chain[0])?.publicKey;
}
