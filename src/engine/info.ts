import type { Credential } from '../config/options.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { EarlyDataInfo } from '../handshake/early-data.ts';
import type { Facts, PeerVerdict } from '../handshake/effect.ts';
import type { ExternalIdentity } from '../session/session.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import type { CipherSuite, NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { RawPublicKey } from '../x509/raw-public-key.ts';

export interface Named<C extends number> {
  readonly code: C;
  /** IANA name. */
  readonly name: string;
}

/**
 * Who computed what was agreed on: the names of providers, since one may leave some of its functions to another. Undefined
 * for what there is not (yet).
 */
export interface ServedBy {
  readonly aead: string | undefined;
  readonly hash: string | undefined;
  readonly group: string | undefined;
  readonly peerSignature: string | undefined;
  readonly localSignature: string | undefined;
}

/**
 * What is known of a connection so far. What the peer has not proven yet stands here only for show.
 * Fields appear as the handshake goes on, and before the event `secure` nothing vouches for them: an attacker may have chosen
 * them, the peer's certificates and verdict included. Decide nothing by them until then.
 */
export interface ConnectionInfo {
  readonly role: 'client' | 'server';
  /** Undefined before ServerHello. */
  readonly version: ProtocolVersion | undefined;
  readonly versionName: 'TLSv1.3' | 'TLSv1.2' | undefined;
  readonly cipherSuite: Named<CipherSuite> | undefined;
  readonly group: Named<NamedGroup> | undefined;
  readonly peerSignatureScheme: Named<SignatureScheme> | undefined;
  readonly localSignatureScheme: Named<SignatureScheme> | undefined;
  readonly alpnProtocol: string | undefined;
  /** The server_name that was sent or received. */
  readonly serverName: string | undefined;
  /** Leaf first, as sent; empty when the peer showed none. */
  readonly peerCertificates: readonly Certificate[];
  /** The key that the peer showed in place of certificates (RFC 7250); undefined for all others. */
  readonly peerRawPublicKey: RawPublicKey | undefined;
  /** Undefined until the peer's certificate was judged, and for a client without one. */
  readonly peerVerdict: PeerVerdict | undefined;
  readonly localCredential: Credential | undefined;
  readonly clientCertificateRequested: boolean;
  readonly helloRetryRequest: boolean;
  /** Whether this handshake took up an earlier session. */
  readonly resumed: boolean;
  /** The external PSK that authenticates both ends, be it through the session that is resumed; undefined without one. */
  readonly externalPsk: ExternalIdentity | undefined;
  /** Whether both ends have extended_master_secret (RFC 7627); undefined in TLS 1.3, which needs none. */
  readonly extendedMasterSecret: boolean | undefined;
  /** The DER OCSPResponse that the peer stapled; nothing in it has been checked. */
  readonly ocspResponse: Uint8Array | undefined;
  /** SerializedSCTs of the peer's leaf (RFC 6962 3.3), unchecked; empty when there are none. */
  readonly signedCertificateTimestamps: readonly Uint8Array[];
  /** Whether there was early data (0-RTT), and why not. */
  readonly earlyData: EarlyDataInfo;
  readonly clientRandom: Uint8Array | undefined;
  /** Name of the crypto provider. */
  readonly provider: string;
  readonly servedBy: ServedBy;
  /** NewSessionTickets received. */
  readonly tickets: number;
}

const NO_EARLY_DATA: EarlyDataInfo = Object.freeze({ status: 'not_offered', reason: 'disabled' });

function named<C extends number>(value: Named<C> | undefined): Named<C> | undefined {
  return value === undefined ? undefined : { code: value.code, name: value.name };
}

/** Asked when it is wanted: a kernel may give way at any time. */
function servedBy(facts: Facts, provider: CryptoProvider): ServedBy {
  const { cipherSuite, group, peerSignatureScheme, localSignatureScheme } = facts;
  const by = (value: { readonly name: string } | undefined): string | undefined =>
    value === undefined ? undefined : (provider.servedBy?.(value.name) ?? provider.name);
  return {
    aead: by(cipherSuite?.aead),
    hash: by(cipherSuite?.hash),
    group: by(group),
    peerSignature: by(peerSignatureScheme),
    localSignature: by(localSignatureScheme),
  };
}

export function connectionInfo(
  role: 'client' | 'server',
  facts: Facts,
  provider: CryptoProvider,
  tickets: number,
): ConnectionInfo {
  const { version } = facts;
  return {
    role,
    version,
    versionName:
      version === undefined ? undefined : version === ProtocolVersion.TLS13 ? 'TLSv1.3' : 'TLSv1.2',
    cipherSuite: named(facts.cipherSuite),
    group: named(facts.group),
    peerSignatureScheme: named(facts.peerSignatureScheme),
    localSignatureScheme: named(facts.localSignatureScheme),
    alpnProtocol: facts.alpnProtocol,
    serverName: facts.serverName,
    peerCertificates: facts.peerCertificates ?? [],
    peerRawPublicKey: facts.peerRawPublicKey,
    peerVerdict: facts.peerVerdict,
    localCredential: facts.localCredential,
    clientCertificateRequested: facts.clientCertificateRequested ?? false,
    helloRetryRequest: facts.helloRetryRequest ?? false,
    resumed: facts.resumed ?? false,
    externalPsk: facts.externalPsk,
    extendedMasterSecret: facts.extendedMasterSecret,
    ocspResponse: facts.ocspResponse,
    signedCertificateTimestamps: facts.signedCertificateTimestamps ?? [],
    earlyData: facts.earlyData ?? NO_EARLY_DATA,
    clientRandom: facts.clientRandom,
    provider: provider.name,
    servedBy: servedBy(facts, provider),
    tickets,
  };
}
