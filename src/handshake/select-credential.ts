/** Which of several credentials is shown: one set of rules for both roles and both versions. */
import { equalBytes } from '../bytes/bytes.ts';
import type { CommonConfig } from '../config/config.ts';
import type { Credential } from '../config/options.ts';
import { keyOf, typeOfCredential } from '../config/raw-public-key.ts';
import type { CipherSuite12, SignatureAlgorithm } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import type { Reason } from '../wire/reason.ts';
import { CertificateType, type ClientCertificateType, nameOf, ProtocolVersion } from '../wire/registry.ts';
import type { NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import { describePublicKey } from '../x509/public-key.ts';
import { chainSchemes, schemeFor, signedWith } from './authenticate.ts';
import { curveOffered, schemeFor12, suiteFitsKey, typeAllowed } from './tls12/authenticate.ts';

/** What the peer takes. What it did not say is undefined, or empty, and limits nothing. */
export interface PeerAccepts {
  readonly version: ProtocolVersion;
  /** signature_algorithms: what the handshake may be signed with. */
  readonly schemes: readonly SignatureScheme[];
  /** signature_algorithms_cert, if it was sent: what the certificates may be signed with (RFC 8446 4.2.3). */
  readonly certificateSchemes: readonly SignatureScheme[] | undefined;
  /** DER names. */
  readonly certificateAuthorities: readonly Uint8Array[];
  /** What the peer takes: certificates, raw keys or both (RFC 7250). */
  readonly takenTypes: readonly CertificateType[];
  /** The suites both ends have, of which one must go with the key; only a server of TLS 1.2 looks at them. */
  readonly suites?: readonly CipherSuite12[] | undefined;
  /** supported_groups, which tie the curves of certificates in TLS 1.2 (RFC 8422 5.1). */
  readonly groups?: readonly NamedGroup[] | undefined;
  /** certificate_types of a server of TLS 1.2 (RFC 5246 7.4.4). */
  readonly certificateTypes?: readonly ClientCertificateType[] | undefined;
}

export interface CredentialChoice {
  readonly credential: Credential;
  readonly scheme: SignatureAlgorithm;
}

/** Why a credential was passed over. */
interface Obstacle {
  readonly reason: Reason;
  readonly why: string;
}

/**
 * The first credential that fits. Among those that fit, one whose whole chain is signed as the peer takes it is better
 * (RFC 8446 4.4.2.2), and then one issued by an authority that the peer named (RFC 8446 4.2.4).
 */
export function selectCredential(
  credentials: readonly Credential[],
  peer: PeerAccepts,
  config: CommonConfig,
): CredentialChoice | undefined {
  const usable = credentials.flatMap((credential) => {
    const scheme = schemeOf(credential, peer, config);
    return scheme === undefined || obstacle(credential, peer, config) !== undefined
      ? []
      : [{ credential, scheme }];
  });
  const ranked = usable.map((choice) => ({ choice, rank: rankOf(choice.credential, peer, config) }));
  return ranked.reduce<(typeof ranked)[number] | undefined>(
    (best, next) => (best === undefined || next.rank < best.rank ? next : best),
    undefined,
  )?.choice;
}

/** The error that says of each credential why it does not fit. */
export function noCredentialFits(
  credentials: readonly Credential[],
  peer: PeerAccepts,
  config: CommonConfig,
  rfc: string,
): TLSError {
  const obstacles = credentials.flatMap((credential) => obstacle(credential, peer, config) ?? []);
  const [first] = obstacles;
  const same = first !== undefined && obstacles.every((one) => one.reason === first.reason);
  const reason = same ? first.reason : 'no_common_signature_scheme';
  const whys = [...new Set(obstacles.map((one) => one.why))].join('; ');
  return new TLSError(reason, `no certificate of ours fits what the peer takes: ${whys}`, { rfc });
}

function schemeOf(
  credential: Credential,
  peer: PeerAccepts,
  config: CommonConfig,
): SignatureAlgorithm | undefined {
  return peer.version === ProtocolVersion.TLS13
    ? schemeFor(credential, peer.schemes, config)
    : schemeFor12(config, credential, peer.schemes);
}

function obstacle(credential: Credential, peer: PeerAccepts, config: CommonConfig): Obstacle | undefined {
  const key = keyOf(credential);
  const shown = (credential.rawPublicKey ?? credential.chain[0])?.publicKey;
  if (key === undefined || shown === undefined)
    return { reason: 'no_common_signature_scheme', why: 'an empty chain' };
  const type = typeOfCredential(credential);
  const kind = type === CertificateType.RawPublicKey ? 'raw key' : 'certificate';
  const what = `the ${describePublicKey(shown)} ${kind}`;
  const no = (why: string, reason: Reason = 'no_common_signature_scheme'): Obstacle => ({
    reason,
    why: `${what} ${why}`,
  });
  if (!peer.takenTypes.includes(type)) {
    const taken = peer.takenTypes.map((one) => nameOf(CertificateType, one)).join(', ');
    return no(`is not of the kind that is taken: ${taken}`, 'no_common_certificate_type');
  }
  if (peer.suites?.some((suite) => suiteFitsKey(suite, key)) === false)
    return no('goes with no common suite');
  if (!curveOffered(key, peer.groups)) return no('lies on a curve that is not offered');
  if (!typeAllowed(credential, peer.certificateTypes)) {
    return no('is of no type that is asked for', 'no_common_certificate_type');
  }
  if (schemeOf(credential, peer, config) === undefined) return no('fits no signature scheme that is offered');
  if (credential.mustMatchIssuer === true && !issuedByNamed(credential, peer.certificateAuthorities)) {
    return no('is of no authority that is named', 'no_matching_issuer');
  }
  return undefined;
}

function rankOf(credential: Credential, peer: PeerAccepts, config: CommonConfig): number {
  const chain = chainSignedWith(credential, peer.certificateSchemes ?? peer.schemes, config) ? 0 : 2;
  return chain + (issuedByNamed(credential, peer.certificateAuthorities) ? 0 : 1);
}

/** Whether a certificate of the chain, not the leaf alone, is issued under one of the names (RFC 8446 4.4.2.3). */
function issuedByNamed(credential: Credential, names: readonly Uint8Array[]): boolean {
  return credential.chain.some((certificate) =>
    names.some((name) => equalBytes(name, certificate.issuer.raw)),
  );
}

function chainSignedWith(
  credential: Credential,
  schemes: readonly SignatureScheme[],
  config: CommonConfig,
): boolean {
  return credential.chain.every((certificate) => {
    // The signature on a self-signed certificate is never checked by anyone.
    if (certificate.isSelfIssued) return true;
    return chainSchemes(config).some(
      (scheme) => schemes.includes(scheme.code) && signedWith(certificate, scheme),
    );
  });
}
