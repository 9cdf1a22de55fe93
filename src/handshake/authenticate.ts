/** Certificates and CertificateVerify, the same for both roles (RFC 8446 4.4.2, 4.4.3). */

import { concatBytes } from '../bytes/bytes.ts';
import { asciiEncode } from '../bytes/encoding.ts';
import type { CommonConfig, Config } from '../config/config.ts';
import type { Credential } from '../config/options.ts';
import { keyOf } from '../config/raw-public-key.ts';
import type { PublicKey, SignatureAlgorithm } from '../crypto/provider.ts';
import type { TranscriptHash } from '../crypto/transcript.ts';
import { encodeCertificate } from '../message/certificate.ts';
import { type CertificateVerify, encodeCertificateVerify } from '../message/certificate-verify.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_CHAIN_SIGNATURES } from '../wire/limits.ts';
import { nameOf } from '../wire/registry.ts';
import { SignatureScheme } from '../wire/registry-crypto.ts';
import { type Certificate, parsePeerChain } from '../x509/certificate.ts';
import { CertificateMemo } from '../x509/certificate-memo.ts';
import { SignatureMemo } from '../x509/signature-memo.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import { verifyChain } from '../x509/verify.ts';
import type { PeerVerdict } from './effect.ts';
import { certificateError, withCertificateErrors } from './failure.ts';

type Signer = 'server' | 'client';

/** RFC 8446 4.4.3: 64 spaces, the context string, a zero byte. */
const SIGNED_PREFIX: Readonly<Record<Signer, Uint8Array>> = {
  server: concatBytes(
    new Uint8Array(64).fill(0x20),
    asciiEncode('TLS 1.3, server CertificateVerify'),
    new Uint8Array(1),
  ),
  client: concatBytes(
    new Uint8Array(64).fill(0x20),
    asciiEncode('TLS 1.3, client CertificateVerify'),
    new Uint8Array(1),
  ),
};

/** The content that CertificateVerify signs: everything up to and including Certificate. */
export function signedContent(signer: Signer, transcript: TranscriptHash): Uint8Array {
  return concatBytes(SIGNED_PREFIX[signer], transcript.digest());
}

/** By trust store, which outlives the configs that a face makes for each connection. */
const memos = new WeakMap<TrustStore, { readonly read: CertificateMemo; readonly good: SignatureMemo }>();

function memosOf(trust: TrustStore): { readonly read: CertificateMemo; readonly good: SignatureMemo } {
  let found = memos.get(trust);
  if (found === undefined) {
    found = { read: new CertificateMemo(), good: new SignatureMemo() };
    memos.set(trust, found);
  }
  return found;
}

/** Reads a peer's certificate, or finds that these very bytes were read before. Throws X509Error. */
export function readCertificate(config: CommonConfig, der: Uint8Array): Certificate {
  return memosOf(config.trust).read.parse(der);
}

/** The peer's chain, leaf first; others that do not parse are left out. Throws the TLSError of a leaf that does not. */
export function parseChain(config: CommonConfig, list: readonly Uint8Array[]): readonly Certificate[] {
  return withCertificateErrors(() => parsePeerChain(list, (der) => readCertificate(config, der)));
}

/**
 * Checks a CertificateVerify. The scheme must have been offered, be legal in TLS 1.3 and fit the key's kind and curve
 * (RFC 8446 4.2.3, 4.4.3); throws TLSError `unoffered_signature_scheme` (illegal_parameter) or `bad_signature`
 * (decrypt_error).
 */
export function checkCertificateVerify(
  message: CertificateVerify,
  signer: Signer,
  key: PublicKey,
  transcript: TranscriptHash,
  config: CommonConfig,
): SignatureAlgorithm {
  const scheme = config.signatureAlgorithms.find((offered) => offered.code === message.algorithm);
  const name = nameOf(SignatureScheme, message.algorithm);
  if (scheme === undefined || !scheme.handshake13) {
    throw new TLSError(
      'unoffered_signature_scheme',
      `CertificateVerify is signed with ${name}, which was not offered`,
      {
        rfc: 'RFC 8446 4.4.3',
      },
    );
  }
  if (!scheme.fits(key)) {
    throw new TLSError(
      'unoffered_signature_scheme',
      `CertificateVerify is signed with ${name}, which does not fit the peer's ${key.kind} key`,
      { rfc: 'RFC 8446 4.4.3' },
    );
  }
  if (!scheme.verify(key, signedContent(signer, transcript), message.signature)) {
    throw new TLSError('bad_signature', `the ${signer}'s CertificateVerify signature is wrong`, {
      rfc: 'RFC 8446 4.4.3',
    });
  }
  return scheme;
}

const schemesOf = new WeakMap<CommonConfig, readonly SignatureAlgorithm[]>();

/** What certificates may be signed with: all that the provider has, and of what is optional what was asked for. */
export function chainSchemes(config: CommonConfig): readonly SignatureAlgorithm[] {
  const known = schemesOf.get(config);
  if (known !== undefined) return known;
  const optional = config.signatureAlgorithms.filter((scheme) =>
    config.provider.optionalSignatureAlgorithms.includes(scheme),
  );
  const schemes = [...config.provider.signatureAlgorithms, ...optional];
  schemesOf.set(config, schemes);
  return schemes;
}

/** The library's own verdict on a peer's chain: path, names, purpose, times. */
export function judgeChain(config: Config, chain: readonly Certificate[]): PeerVerdict {
  const verdict = verifyChain({
    chain,
    trust: config.trust,
    now: config.now(),
    purpose: config.role === 'client' ? 'serverAuth' : 'clientAuth',
    // RFC 8446 4.4.2.2: the key signs the handshake.
    keyUsage: 'digitalSignature',
    schemes: config.certificateAlgorithms ?? chainSchemes(config),
    memo: memosOf(config.trust).good,
    revocation: config.revocation,
    limits: { signatureChecks: MAX_CHAIN_SIGNATURES },
    ...(config.role === 'client' && config.serverName !== undefined ? { name: config.serverName.name } : {}),
  });
  if (verdict.ok) return { verified: true, path: verdict.path };
  return { verified: false, error: certificateError(verdict.error), path: verdict.path };
}

/** The schemes that a credential may sign under, in order. */
export function signingSchemes(credential: Credential, config: CommonConfig): readonly SignatureAlgorithm[] {
  const { signatureSchemes } = credential;
  if (signatureSchemes === undefined) return config.signatureAlgorithms;
  const { signatureAlgorithms, optionalSignatureAlgorithms } = config.provider;
  const known = [...signatureAlgorithms, ...optionalSignatureAlgorithms];
  return signatureSchemes.flatMap((code) => known.find((scheme) => scheme.code === code) ?? []);
}

/** The scheme for signing with a credential: the peer's list decides what may be used, our order which. */
export function schemeFor(
  credential: Credential,
  peerSchemes: readonly SignatureScheme[],
  config: CommonConfig,
): SignatureAlgorithm | undefined {
  const key = keyOf(credential);
  if (key === undefined) return undefined;
  return signingSchemes(credential, config).find(
    (scheme) => scheme.handshake13 && peerSchemes.includes(scheme.code) && scheme.fits(key),
  );
}

/** Whether a certificate's own signature is of this scheme; for ECDSA the issuer's curve is not known and not asked. */
export function signedWith(certificate: Certificate, scheme: SignatureAlgorithm): boolean {
  const kind = certificate.signatureKind;
  switch (kind.kind) {
    case 'rsa-pkcs1':
      return scheme.padding === 'pkcs1' && scheme.hash?.name === kind.hash;
    case 'rsa-pss':
      return scheme.padding === 'pss' && scheme.hash?.name === kind.hash;
    case 'ecdsa':
      return scheme.keyKind === 'ec' && scheme.hash?.name === kind.hash;
    case 'ed25519':
    case 'ed448':
      return scheme.keyKind === kind.kind;
    case 'ml-dsa':
      return scheme.keyKind === 'ml-dsa' && scheme.name === `mldsa${kind.set.slice(-2)}`;
    default:
      return false;
  }
}

/** Certificate, of certificates or of one raw key; only the first entry has extensions. */
export function certificateMessage(
  context: Uint8Array,
  shown: readonly { readonly raw: Uint8Array }[],
  leaf: readonly RawExtension[],
): Uint8Array {
  return encodeCertificate({
    certificateRequestContext: context,
    certificateList: shown.map(({ raw }, index) => ({ certData: raw, extensions: index === 0 ? leaf : [] })),
  });
}

export function certificateVerifyMessage(scheme: SignatureAlgorithm, signature: Uint8Array): Uint8Array {
  return encodeCertificateVerify({ algorithm: scheme.code, signature });
}
