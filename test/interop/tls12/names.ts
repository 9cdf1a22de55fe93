/** What TLS 1.2 and 1.3 are made of here, by the names the tests use and the code points our engine takes. */
import { CipherSuite, NamedGroup, ProtocolVersion } from '../../../src/engine.ts';
import type { CertKind } from './pki.ts';

export type Version = '1.2' | '1.3';

export interface Range {
  readonly min: Version;
  readonly max: Version;
}

export const BOTH: Range = { min: '1.2', max: '1.3' };
export const only = (version: Version): Range => ({ min: version, max: version });

export const VERSION_CODES: Readonly<Record<Version, ProtocolVersion>> = {
  '1.2': ProtocolVersion.TLS12,
  '1.3': ProtocolVersion.TLS13,
};

export const GROUPS = ['X25519', 'P-256', 'P-384', 'P-521', 'X448', 'X25519MLKEM768'] as const;
export type GroupName = (typeof GROUPS)[number];
/** TLS 1.2 has no place for a hybrid. */
export const GROUPS_12: readonly GroupName[] = GROUPS.filter((group) => group !== 'X25519MLKEM768');

export const GROUP_CODES: Readonly<Record<GroupName, NamedGroup>> = {
  X25519: NamedGroup.x25519,
  'P-256': NamedGroup.secp256r1,
  'P-384': NamedGroup.secp384r1,
  'P-521': NamedGroup.secp521r1,
  X448: NamedGroup.x448,
  X25519MLKEM768: NamedGroup.X25519MLKEM768,
};

export const ECDSA_SUITES = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
] as const;
export const RSA_SUITES = [
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
] as const;
export const SUITES_13 = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
] as const;
export type SuiteName =
  | (typeof ECDSA_SUITES)[number]
  | (typeof RSA_SUITES)[number]
  | (typeof SUITES_13)[number];

export const suiteCode = (suite: SuiteName): CipherSuite => CipherSuite[suite];

/** Certificates that a suite of TLS 1.2 goes with; EdDSA keys serve the ECDSA ones (RFC 8422 2.1). */
export const ECDSA_KINDS: readonly CertKind[] = ['p256', 'p384', 'p521', 'ed25519', 'ed448'];
export const RSA_KINDS: readonly CertKind[] = ['rsa', 'rsa-pss'];

/** The group that a certificate's key is of. */
export const CURVES: ReadonlyMap<CertKind, GroupName> = new Map([
  ['p256', 'P-256'],
  ['p384', 'P-384'],
  ['p521', 'P-521'],
]);

const OPENSSL_SUITES: ReadonlyMap<string, SuiteName> = new Map([
  ['ECDHE-ECDSA-AES128-GCM-SHA256', ECDSA_SUITES[0]],
  ['ECDHE-ECDSA-AES256-GCM-SHA384', ECDSA_SUITES[1]],
  ['ECDHE-ECDSA-CHACHA20-POLY1305', ECDSA_SUITES[2]],
  ['ECDHE-RSA-AES128-GCM-SHA256', RSA_SUITES[0]],
  ['ECDHE-RSA-AES256-GCM-SHA384', RSA_SUITES[1]],
  ['ECDHE-RSA-CHACHA20-POLY1305', RSA_SUITES[2]],
]);

/** The IANA name for OpenSSL's, which are the same in TLS 1.3. */
export const suiteByOpensslName = (name: string): string => OPENSSL_SUITES.get(name) ?? name;

const GROUP_SPELLINGS: ReadonlyMap<string, GroupName> = new Map([
  ['prime256v1', 'P-256'],
  ['secp256r1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
  ['p-256', 'P-256'],
  ['p-384', 'P-384'],
  ['p-521', 'P-521'],
  ['x25519', 'X25519'],
  ['x448', 'X448'],
  ['x25519mlkem768', 'X25519MLKEM768'],
]);

/** Our name for a group, however a stack spells it; its own word for one that we do not know. */
export const groupByAnyName = (name: string): string => GROUP_SPELLINGS.get(name.toLowerCase()) ?? name;
