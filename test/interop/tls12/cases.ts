/** Which combinations are tried with a stack. */
import {
  BOTH,
  ECDSA_KINDS,
  ECDSA_SUITES,
  GROUPS,
  GROUPS_12,
  type GroupName,
  only,
  type Range,
  RSA_KINDS,
  RSA_SUITES,
  SUITES_13,
  type SuiteName,
  type Version,
} from './names.ts';
import { everyTriple, pairwise } from './pairs.ts';
import { CERT_KINDS, type CertKind } from './pki.ts';
import type { Role, Stack } from './stack.ts';

export interface SuiteCase {
  readonly suite: SuiteName;
  readonly group: GroupName;
  readonly kind: CertKind;
}

/** The combinations, and what is left out because the stack does not have it. */
export interface SuiteCases {
  readonly cases: readonly SuiteCase[];
  readonly missing: readonly string[];
}

/**
 * Each suite with each group and each certificate that both ends have; where a handshake costs the start of a program
 * that is slow to start, each pair of these instead.
 */
export function suiteCases(
  stack: Stack,
  version: Version,
  role: Role,
  kinds: readonly CertKind[],
  combines: Stack['combines'] = () => true,
): SuiteCases {
  const ours = version === '1.2' ? GROUPS_12 : GROUPS;
  const groups = ours.filter((group) => stack.groups[version].includes(group));
  const has = (kind: CertKind): boolean => kinds.includes(kind);
  const choose = role === 'client' && stack.startsSlowly === true ? pairwise : everyTriple;
  const rows =
    version === '1.3'
      ? choose<SuiteName, GroupName, CertKind>(SUITES_13, groups, CERT_KINDS.filter(has), () => true)
      : [
          ...choose<SuiteName, GroupName, CertKind>(
            ECDSA_SUITES,
            groups,
            ECDSA_KINDS.filter(has),
            (_suite, group, kind) => combines(group, kind),
          ),
          ...choose<SuiteName, GroupName, CertKind>(RSA_SUITES, groups, RSA_KINDS.filter(has), () => true),
        ];
  return {
    cases: rows.map(([suite, group, kind]) => ({ suite, group, kind })),
    missing: [
      ...ours.filter((group) => !groups.includes(group)),
      ...CERT_KINDS.filter((kind) => !has(kind)).map((kind) => `${kind} certificates`),
    ],
  };
}

export const RANGES: readonly Range[] = [only('1.2'), only('1.3'), BOTH];
export const rangeName = ({ min, max }: Range): string => (min === max ? `${min} only` : '1.2 and 1.3');

/** What two ranges come to; undefined for nothing. */
export function commonVersion(a: Range, b: Range): Version | undefined {
  const [min, max] = [a.min > b.min ? a.min : b.min, a.max < b.max ? a.max : b.max];
  return min <= max ? max : undefined;
}

/** One suite per AEAD, that goes with an ECDSA certificate. */
export const AEAD_SUITES: Readonly<Record<Version, readonly SuiteName[]>> = {
  '1.2': ECDSA_SUITES,
  '1.3': SUITES_13,
};

export const VERSIONS: readonly Version[] = ['1.2', '1.3'];
export const BULK_BYTES: number = 1024 * 1024;
