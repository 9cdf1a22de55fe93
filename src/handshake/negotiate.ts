/** What two offers have in common: pure functions of both, apart from message order. */
import { asciiDecode } from '../bytes/encoding.ts';
import type { Config, ServerConfig } from '../config/config.ts';
import type { Credential } from '../config/options.ts';
import type { CipherSuite13, KeyExchangeGroup } from '../crypto/provider.ts';
import type { ClientHello } from '../message/client-hello.ts';
import { TLSError } from '../wire/error.ts';
import { nameOf, ProtocolVersion } from '../wire/registry.ts';
import { CipherSuite } from '../wire/registry-crypto.ts';
import { takenByClient } from './certificate-types.ts';
import { suiteForExternal } from './external-psk.ts';
import {
  type CredentialChoice,
  noCredentialFits,
  type PeerAccepts,
  selectCredential,
} from './select-credential.ts';

/** The newest version both speak (RFC 8446 4.2.1); throws TLSError `no_common_version` or `inappropriate_fallback`. */
export function negotiateVersion(config: ServerConfig, hello: ClientHello): ProtocolVersion {
  // RFC 8446 D.5: whoever says SSL 3.0 anywhere is refused.
  if (hello.legacyVersion <= ProtocolVersion.SSL30) {
    throw new TLSError('no_common_version', 'the client offers SSL 3.0 or older', { rfc: 'RFC 8446 D.5' });
  }
  const offered =
    hello.known.supportedVersions ??
    (hello.legacyVersion >= ProtocolVersion.TLS12 ? [ProtocolVersion.TLS12] : []);
  const version = config.versions.find((candidate) => offered.includes(candidate));
  if (version !== undefined) return version;
  if (hello.cipherSuites.includes(CipherSuite.TLS_FALLBACK_SCSV)) {
    throw new TLSError('inappropriate_fallback', 'the client fell back to a version that is too old', {
      rfc: 'RFC 7507 3',
    });
  }
  const ours = config.versions.map((candidate) => nameOf(ProtocolVersion, candidate)).join(' and ');
  throw new TLSError('no_common_version', `the client does not offer ${ours}`, { rfc: 'RFC 8446 4.2.1' });
}

/** The suites of both ends, in the order that counts. */
export function commonCipherSuites(config: ServerConfig, hello: ClientHello): readonly CipherSuite13[] {
  const ours = config.cipherSuites.filter((suite) => hello.cipherSuites.includes(suite.code));
  if (config.preferServerOrder) return ours;
  return ours
    .map((suite) => ({ suite, rank: hello.cipherSuites.indexOf(suite.code) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ suite }) => suite);
}

export function negotiateCipherSuite(config: ServerConfig, hello: ClientHello): CipherSuite13 {
  const common = commonCipherSuites(config, hello);
  const first = suiteForExternal(config, hello, common) ?? common[0];
  if (first === undefined) {
    throw new TLSError('no_common_cipher_suite', 'the client offers none of our cipher suites', {
      rfc: 'RFC 8446 4.1.1',
    });
  }
  return first;
}

export type GroupChoice =
  | { readonly kind: 'share'; readonly group: KeyExchangeGroup; readonly keyExchange: Uint8Array }
  | { readonly kind: 'retry'; readonly group: KeyExchangeGroup };

/**
 * The group, in our order among those with a share; else the first common one, by HelloRetryRequest (RFC 8446
 * 4.1.1). A round trip costs more than any preference among sound groups is worth.
 */
export function negotiateGroup(config: ServerConfig, hello: ClientHello): GroupChoice {
  const supported = hello.known.supportedGroups;
  const shares = hello.known.keyShare;
  if (supported === undefined || shares === undefined) {
    const missing = supported === undefined ? 'supported_groups' : 'key_share';
    throw new TLSError('missing_extension', `ClientHello has no ${missing}`, { rfc: 'RFC 8446 9.2' });
  }
  for (const share of shares) {
    if (!supported.includes(share.group)) {
      throw new TLSError('illegal_parameter', 'key_share has a group that supported_groups lacks', {
        rfc: 'RFC 8446 4.2.8',
      });
    }
  }
  const common = config.groups.filter((group) => supported.includes(group.code));
  for (const group of common) {
    const share = shares.find((entry) => entry.group === group.code);
    if (share !== undefined) return { kind: 'share', group, keyExchange: share.keyExchange };
  }
  const first = common[0];
  if (first === undefined) {
    throw new TLSError('no_common_group', 'the client offers none of our groups', { rfc: 'RFC 8446 4.1.1' });
  }
  return { kind: 'retry', group: first };
}

/** The credential for a client of TLS 1.3: one for the name it sent, else a default one. */
export function negotiateCredential(
  config: ServerConfig,
  hello: ClientHello,
  credentials: readonly Credential[],
): CredentialChoice {
  const schemes = hello.known.signatureAlgorithms;
  if (schemes === undefined) {
    throw new TLSError('missing_extension', 'ClientHello has no signature_algorithms', {
      rfc: 'RFC 8446 9.2',
    });
  }
  const accepts: PeerAccepts = {
    version: ProtocolVersion.TLS13,
    schemes,
    certificateSchemes: hello.known.signatureAlgorithmsCert,
    certificateAuthorities: hello.known.certificateAuthorities ?? [],
    takenTypes: takenByClient(hello),
  };
  const choice = selectCredential(credentials, accepts, config);
  if (choice !== undefined) return choice;
  throw credentials.length === 0
    ? noCertificateForName()
    : noServerCredentialFits(hello, credentials, accepts, config, 'RFC 8446 4.4.2.2');
}

/** {@link noCredentialFits}; a client that says what it takes has the alert of RFC 7250 4.2 where that is all there is to it. */
export function noServerCredentialFits(
  hello: ClientHello,
  credentials: readonly Credential[],
  accepts: PeerAccepts,
  config: ServerConfig,
  rfc: string,
): TLSError {
  const error = noCredentialFits(credentials, accepts, config, rfc);
  const typed = hello.known.serverCertificateType !== undefined;
  if (!typed || error.reason !== 'no_common_certificate_type') return error;
  return new TLSError('unsupported_certificate_type', error.message, { rfc: 'RFC 7250 4.2' });
}

export function noCertificateForName(): TLSError {
  return new TLSError('unrecognized_name', 'there is no certificate for the name the client asked for', {
    rfc: 'RFC 6066 3',
  });
}

/** The first of our protocols that the client offers; undefined when either end does not use ALPN (RFC 7301 3.2). */
export function negotiateAlpn(
  ours: readonly string[],
  offered: readonly string[] | undefined,
): string | undefined {
  if (ours.length === 0 || offered === undefined) return undefined;
  const common = ours.find((protocol) => offered.includes(protocol));
  if (common === undefined) {
    throw new TLSError('no_application_protocol', `the client offers only ${offered.join(', ')}`, {
      rfc: 'RFC 7301 3.2',
    });
  }
  return common;
}

/** Protocols a client offers, those outside ASCII left out: none of ours are. */
export function offeredProtocols(hello: ClientHello): readonly string[] | undefined {
  return hello.known.alpn?.flatMap((protocol) => asciiDecode(protocol) ?? []);
}

/** Names sent in a request for certificates, in bytes together; a client that needs more knows its certificates anyway. */
const MAX_CERTIFICATE_AUTHORITIES = 8192;

/** The subjects of our anchors, DER; none when they are too many to be of use. */
export function authorityNames(config: Config): readonly Uint8Array[] {
  const names = config.trust.certificates.map((anchor) => anchor.subject.raw);
  const total = names.reduce((sum, name) => sum + name.length + 2, 0);
  return total <= MAX_CERTIFICATE_AUTHORITIES ? names : [];
}
