/** Sets of options that published rules for government and enterprise use come down to; spread one into the options. */
import { ProtocolVersion } from '../wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import type { CommonOptions } from './options.ts';

type PolicyOption = 'minVersion' | 'maxVersion' | 'cipherSuites' | 'groups' | 'signatureSchemes';
type PolicyOptions = { readonly [Name in PolicyOption]-?: NonNullable<CommonOptions[Name]> };

const AES256 = [
  CipherSuite.TLS_AES_256_GCM_SHA384,
  CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
  CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
] as const;

const CNSA_SCHEMES = [
  SignatureScheme.ecdsa_secp384r1_sha384,
  SignatureScheme.rsa_pss_rsae_sha384,
  SignatureScheme.rsa_pkcs1_sha384,
] as const;

const SINCE12 = { minVersion: ProtocolVersion.TLS12, maxVersion: ProtocolVersion.TLS13 } as const;

/** NIST SP 800-52r2: AES-GCM, P-256 and P-384, RSA and ECDSA with SHA-2. Which code computes them is another matter. */
const NIST_SP_800_52R2: PolicyOptions = {
  ...SINCE12,
  cipherSuites: [
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
  ],
  groups: [NamedGroup.secp256r1, NamedGroup.secp384r1],
  signatureSchemes: [
    SignatureScheme.ecdsa_secp256r1_sha256,
    SignatureScheme.ecdsa_secp384r1_sha384,
    SignatureScheme.rsa_pss_rsae_sha256,
    SignatureScheme.rsa_pss_rsae_sha384,
    SignatureScheme.rsa_pss_rsae_sha512,
    SignatureScheme.rsa_pkcs1_sha256,
    SignatureScheme.rsa_pkcs1_sha384,
    SignatureScheme.rsa_pkcs1_sha512,
  ],
};

/** WPA3-Enterprise in its 192-bit mode: AES-256-GCM and P-384. */
const WPA3_192: PolicyOptions = {
  ...SINCE12,
  cipherSuites: AES256,
  groups: [NamedGroup.secp384r1],
  signatureSchemes: [
    SignatureScheme.ecdsa_secp384r1_sha384,
    SignatureScheme.rsa_pss_rsae_sha384,
    SignatureScheme.rsa_pss_rsae_sha512,
    SignatureScheme.rsa_pkcs1_sha384,
    SignatureScheme.rsa_pkcs1_sha512,
  ],
};

/** CNSA 1.0 (RFC 9151), with ML-KEM-1024 before P-384 on the way to 2.0. */
const CNSA1: PolicyOptions = {
  ...SINCE12,
  cipherSuites: AES256,
  groups: [NamedGroup.MLKEM1024, NamedGroup.secp384r1],
  signatureSchemes: CNSA_SCHEMES,
};

/** CNSA 2.0 as to key exchange and ciphers (draft-becker-cnsa2-tls-profile); signatures are still those of 1.0. */
const CNSA2: PolicyOptions = {
  minVersion: ProtocolVersion.TLS13,
  maxVersion: ProtocolVersion.TLS13,
  cipherSuites: [CipherSuite.TLS_AES_256_GCM_SHA384],
  groups: [NamedGroup.MLKEM1024],
  signatureSchemes: CNSA_SCHEMES,
};

export const POLICIES: Readonly<
  Record<'nist-sp-800-52r2' | 'wpa3-192' | 'cnsa-1' | 'cnsa-2', PolicyOptions>
> = {
  'nist-sp-800-52r2': NIST_SP_800_52R2,
  'wpa3-192': WPA3_192,
  'cnsa-1': CNSA1,
  'cnsa-2': CNSA2,
};
