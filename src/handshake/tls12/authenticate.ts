/** Signatures and certificates of TLS 1.2 (RFC 5246 7.4.1.4.1, 7.4.3, 7.4.8; RFC 8422 5.4, 5.10). */
import { concatBytes } from '../../bytes/bytes.ts';
import type { CommonConfig } from '../../config/config.ts';
import type { Credential } from '../../config/options.ts';
import { keyOf } from '../../config/raw-public-key.ts';
import type {
  CipherSuite12,
  EcCurveName,
  PrivateKey,
  PublicKey,
  SignatureAlgorithm,
} from '../../crypto/provider.ts';
import { TLSError } from '../../wire/error.ts';
import { ClientCertificateType, nameOf } from '../../wire/registry.ts';
import { NamedGroup, SignatureScheme } from '../../wire/registry-crypto.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { readCertificate, signingSchemes } from '../authenticate.ts';
import { withCertificateErrors } from '../failure.ts';
import type { Agreed12 } from './state.ts';

/** Whether a key may sign under a scheme in TLS 1.2, where ECDSA ties only the hash to it, not the curve. */
export function fits12(scheme: SignatureAlgorithm, key: PublicKey | PrivateKey): boolean {
  // draft-ietf-tls-mldsa: of TLS 1.3 alone.
  if (scheme.keyKind === 'ml-dsa') return false;
  return scheme.keyKind === 'ec' ? key.kind === 'ec' : scheme.fits(key);
}

/** Whether a certificate's key is of the kind that the suite names (RFC 8422 2, 5.10). */
export function suiteFitsKey(suite: CipherSuite12, key: PublicKey | PrivateKey): boolean {
  const isRsa = key.kind === 'rsa' || key.kind === 'rsa-pss';
  if (suite.authentication === 'psk') return false;
  return suite.authentication === 'rsa' ? isRsa : !isRsa && key.kind !== 'unknown' && key.kind !== 'ml-dsa';
}

const CURVE_GROUP: Readonly<Record<EcCurveName, NamedGroup>> = {
  'P-256': NamedGroup.secp256r1,
  'P-384': NamedGroup.secp384r1,
  'P-521': NamedGroup.secp521r1,
};

/** In TLS 1.2 supported_groups also says on which curves a certificate's key may lie (RFC 8422 5.1). */
export function curveOffered(
  key: PublicKey | PrivateKey,
  groups: readonly NamedGroup[] | undefined,
): boolean {
  return key.kind !== 'ec' || groups === undefined || groups.includes(CURVE_GROUP[key.curve]);
}

/** What ServerKeyExchange signs: both randoms, so that it cannot be used in another handshake (RFC 8422 5.4). */
export function signedKeyExchange(agreed: Agreed12, params: Uint8Array): Uint8Array {
  return concatBytes(agreed.clientRandom, agreed.serverRandom, params);
}

/** Throws TLSError `unoffered_signature_scheme` (illegal_parameter) or `bad_signature` (decrypt_error). */
export function checkSignature12(
  config: CommonConfig,
  key: PublicKey,
  algorithm: SignatureScheme,
  content: Uint8Array,
  signature: Uint8Array,
  what: string,
): SignatureAlgorithm {
  const scheme = config.signatureAlgorithms.find((offered) => offered.code === algorithm);
  if (scheme === undefined || !fits12(scheme, key)) {
    const name = nameOf(SignatureScheme, algorithm);
    const why = scheme === undefined ? 'was not offered' : `does not fit the peer's ${key.kind} key`;
    throw new TLSError('unoffered_signature_scheme', `${what} is signed with ${name}, which ${why}`, {
      rfc: 'RFC 5246 7.4.3',
    });
  }
  if (!scheme.verify(key, content, signature)) {
    throw new TLSError('bad_signature', `the signature of ${what} is wrong`, { rfc: 'RFC 5246 7.4.3' });
  }
  return scheme;
}

/** The scheme for a credential, one whose curve fits where there is a choice. */
export function schemeFor12(
  config: CommonConfig,
  credential: Credential,
  peerSchemes: readonly SignatureScheme[],
): SignatureAlgorithm | undefined {
  const key = keyOf(credential);
  if (key === undefined) return undefined;
  const usable = signingSchemes(credential, config).filter(
    (scheme) => peerSchemes.includes(scheme.code) && fits12(scheme, key),
  );
  if (credential.signatureSchemes !== undefined) return usable[0];
  return usable.find((scheme) => scheme.fits(key)) ?? usable[0];
}

/** Whether certificate_types allows this kind of key; EdDSA counts as ecdsa_sign (RFC 5246 7.4.4, RFC 8422 5.5). */
export function typeAllowed(
  credential: Credential,
  types: readonly ClientCertificateType[] | undefined,
): boolean {
  const key = keyOf(credential);
  // None stands for ML-DSA, which TLS 1.2 has not.
  if (key?.kind === 'ml-dsa') return types === undefined;
  const isRsa = key?.kind === 'rsa' || key?.kind === 'rsa-pss';
  const wanted = isRsa ? ClientCertificateType.rsa_sign : ClientCertificateType.ecdsa_sign;
  return types === undefined || types.includes(wanted);
}

/** Leaf first. Throws the TLSError of the first certificate that does not parse. */
export function parseChain12(config: CommonConfig, list: readonly Uint8Array[]): readonly Certificate[] {
  return withCertificateErrors(() => list.map((der) => readCertificate(config, der)));
}

/** RFC 8422 5.4, 5.7: a group of elliptic curves alone, hybrids exist in TLS 1.3 only. */
export function groups12(config: CommonConfig): CommonConfig['groups'] {
  return config.groups.filter((group) => !group.postQuantum);
}
