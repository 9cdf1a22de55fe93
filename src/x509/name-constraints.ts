/**
 * Name constraints (RFC 5280 4.2.1.10 and 6.1.4 (g)): each CA's constraints against the names of every certificate
 * below it. DNS, IP, email, URI and directory names are evaluated; a name of another kind that meets a constraint of
 * its kind fails closed. What cannot be parsed as a name of its kind fails closed as well.
 */
import type { Certificate } from './certificate.ts';
import { X509Error, type X509ErrorCode } from './error.ts';
import type { NameConstraints } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import { dnsNameProblem } from './hostname.ts';
import { MAX_NAME_CONSTRAINT_CHECKS } from './limits.ts';
import type { Name } from './name.ts';
import { OID } from './oid.ts';

export interface Violation {
  readonly code: X509ErrorCode;
  readonly message: string;
}

/** Comparisons left in this verification: constraints times names must not cost more (limbo nc-dos). */
export class ConstraintBudget {
  /** A verdict never depends on the path, and one pair may lie on a thousand paths. */
  readonly verdicts: Map<Certificate, Map<NameConstraints, Violation | undefined>> = new Map();
  #left: number;

  constructor(checks: number = MAX_NAME_CONSTRAINT_CHECKS) {
    this.#left = checks;
  }

  spend(): void {
    if (this.#left-- <= 0) {
      throw new X509Error('BUDGET_EXCEEDED', 'too many name constraints times names to check', {
        rfc: 'RFC 5280 4.2.1.10',
      });
    }
  }
}

/** A constraint or a name that is not well-formed; caught below. */
class Unsupported extends Error {
  readonly code: X509ErrorCode;

  constructor(code: X509ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const SMTP_UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9';

/**
 * The first violation by `certificate` of a CA's constraints; undefined when there is none.
 * Throws X509Error BUDGET_EXCEEDED.
 */
export function constraintViolation(
  certificate: Certificate,
  constraints: NameConstraints,
  budget: ConstraintBudget,
): Violation | undefined {
  let known = budget.verdicts.get(certificate);
  if (known === undefined) {
    known = new Map();
    budget.verdicts.set(certificate, known);
  }
  if (known.has(constraints)) return known.get(constraints);
  const violation = firstViolation(certificate, constraints, budget);
  known.set(constraints, violation);
  return violation;
}

function firstViolation(
  certificate: Certificate,
  constraints: NameConstraints,
  budget: ConstraintBudget,
): Violation | undefined {
  // By kind first: names times constraints of other kinds cost nothing, so the budget counts all the work there is.
  const permitted = byKind(constraints.permitted);
  const excluded = byKind(constraints.excluded);
  try {
    for (const name of namesOf(certificate)) {
      for (const one of sameForm(name, excluded)) {
        budget.spend();
        if (within(name, one, 'excluded')) {
          return {
            code: 'EXCLUDED_VIOLATION',
            message: `a ${name.kind} name is excluded by its CA's name constraints`,
          };
        }
      }
      const ranges = sameForm(name, permitted);
      let isPermitted = ranges.length === 0;
      for (const one of ranges) {
        budget.spend();
        // All of them are looked at, so that a malformed one is found wherever it stands.
        if (within(name, one, 'permitted')) isPermitted = true;
      }
      if (!isPermitted) {
        return {
          code: 'PERMITTED_VIOLATION',
          message: `a ${name.kind} name is outside its CA's name constraints`,
        };
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof Unsupported) return { code: error.code, message: error.message };
    throw error;
  }
}

type ByKind = ReadonlyMap<GeneralName['kind'], readonly GeneralName[]>;

function byKind(names: readonly GeneralName[]): ByKind {
  const groups = new Map<GeneralName['kind'], GeneralName[]>();
  for (const name of names) {
    const group = groups.get(name.kind);
    if (group === undefined) groups.set(name.kind, [name]);
    else group.push(name);
  }
  return groups;
}

/** Subject, alternative names, and email addresses in the subject (RFC 5280 4.2.1.10). */
function* namesOf(certificate: Certificate): Generator<GeneralName> {
  const { subject } = certificate;
  if (!subject.isEmpty) yield { kind: 'directory', name: subject };
  for (const value of subject.values(OID.emailAddress)) yield { kind: 'email', value };
  yield* certificate.subjectAltName ?? [];
}

/** The constraints that `name` must meet. An internationalized mailbox is an email address too (RFC 9598 6). */
function sameForm(name: GeneralName, constraints: ByKind): readonly GeneralName[] {
  const same = constraints.get(name.kind) ?? [];
  if (name.kind !== 'other' || name.typeId !== SMTP_UTF8_MAILBOX) return same;
  return [...same, ...(constraints.get('email') ?? [])];
}

type Sense = 'permitted' | 'excluded';

function within(name: GeneralName, constraint: GeneralName, sense: Sense): boolean {
  if (name.kind === 'dns' && constraint.kind === 'dns') return dnsWithin(name.value, constraint.value, sense);
  if (name.kind === 'ip' && constraint.kind === 'ip') return ipWithin(name.bytes, constraint.bytes);
  if (name.kind === 'email' && constraint.kind === 'email') return emailWithin(name.value, constraint.value);
  if (name.kind === 'uri' && constraint.kind === 'uri') return uriWithin(name.value, constraint.value);
  if (name.kind === 'directory' && constraint.kind === 'directory')
    return directoryWithin(name.name, constraint.name);
  throw new Unsupported(
    'UNSUPPORTED_CONSTRAINT_TYPE',
    `name constraints on ${constraint.kind} names are not supported`,
  );
}

/** Whether `name` is `suffix` or below it; both lower case. */
function isAtOrBelow(name: string, suffix: string): boolean {
  return name === suffix || name.endsWith(`.${suffix}`);
}

/**
 * RFC 5280 counts a name as within itself and within each name above it. A leading dot, which RFC 5280 does not
 * define for dNSName but OpenSSL does and private CAs use, admits only names below. A wildcard stands for every name
 * it may match: it is permitted when all of them are, and excluded when one of them is (CVE-2025-61727).
 */
function dnsWithin(presented: string, constraint: string, sense: Sense): boolean {
  const base = constraint.toLowerCase();
  const onlyBelow = base.startsWith('.');
  const suffix = onlyBelow ? base.slice(1) : base;
  if (base !== '' && dnsNameProblem(suffix) !== undefined) {
    throw new Unsupported('UNSUPPORTED_CONSTRAINT_SYNTAX', 'a dNSName constraint is malformed');
  }
  const lower = presented.toLowerCase();
  const wildcard = lower.startsWith('*.');
  const name = wildcard ? lower.slice(2) : lower;
  if (dnsNameProblem(name) !== undefined) {
    throw new Unsupported(
      'UNSUPPORTED_NAME_SYNTAX',
      'a dNSName is malformed, so its constraints cannot be checked',
    );
  }
  if (base === '') return true;
  if (wildcard) {
    if (isAtOrBelow(name, suffix)) return true;
    // One label in place of the star may be all that is missing from the constraint.
    const parent = suffix.slice(suffix.indexOf('.') + 1);
    return sense === 'excluded' && !onlyBelow && suffix.includes('.') && parent === name;
  }
  return onlyBelow ? name.endsWith(`.${suffix}`) : isAtOrBelow(name, suffix);
}

/** `constraint` is an address and a mask of the same length; a name of the other family is not within. */
function ipWithin(address: Uint8Array, constraint: Uint8Array): boolean {
  const length = constraint.length / 2;
  let ended = false;
  for (let i = length; i < constraint.length; i++) {
    const mask = constraint[i] ?? 0;
    for (let bit = 7; bit >= 0; bit--) {
      const set = ((mask >> bit) & 1) === 1;
      if (set && ended)
        throw new Unsupported('UNSUPPORTED_CONSTRAINT_SYNTAX', 'an IP constraint has a broken mask');
      if (!set) ended = true;
    }
  }
  if (address.length !== length) return false;
  for (let i = 0; i < length; i++) {
    const mask = constraint[length + i] ?? 0;
    if (((address[i] ?? 0) & mask) !== ((constraint[i] ?? 0) & mask)) return false;
  }
  return true;
}

/** A mailbox as local part and lower-case host; quoted local parts are not read, which fails closed. */
function splitMailbox(text: string): { local: string; host: string } | undefined {
  const at = text.indexOf('@');
  if (at <= 0 || text.indexOf('@', at + 1) !== -1) return undefined;
  const local = text.slice(0, at);
  for (let i = 0; i < local.length; i++) {
    const code = local.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || '"(),:;<>[\\]'.includes(local[i] ?? '')) return undefined;
  }
  const host = text.slice(at + 1).toLowerCase();
  return dnsNameProblem(host) === undefined ? { local, host } : undefined;
}

/** A constraint is one mailbox, a host (all its mailboxes), or with a leading dot all hosts below a domain. */
function emailWithin(address: string, constraint: string): boolean {
  const mailbox = splitMailbox(address);
  if (mailbox === undefined) {
    throw new Unsupported(
      'UNSUPPORTED_NAME_SYNTAX',
      'an rfc822Name is malformed, so its constraints cannot be checked',
    );
  }
  if (constraint.includes('@')) {
    const exact = splitMailbox(constraint);
    if (exact === undefined)
      throw new Unsupported('UNSUPPORTED_CONSTRAINT_SYNTAX', 'an rfc822Name constraint is malformed');
    return mailbox.local === exact.local && mailbox.host === exact.host;
  }
  return hostWithin(mailbox.host, constraint, 'rfc822Name');
}

/** RFC 5280 4.2.1.10 for rfc822Name and URI: a host means exactly that host, a leading dot every host below. */
function hostWithin(host: string, constraint: string, what: string): boolean {
  const base = constraint.toLowerCase();
  if (base === '') return true;
  const suffix = base.startsWith('.') ? base.slice(1) : base;
  if (dnsNameProblem(suffix) !== undefined) {
    throw new Unsupported('UNSUPPORTED_CONSTRAINT_SYNTAX', `a ${what} constraint is malformed`);
  }
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}

/** The host must be a name: RFC 5280 makes a URI without one, or with an address, unacceptable under constraints. */
function uriWithin(uri: string, constraint: string): boolean {
  const host = uriHost(uri);
  if (host === undefined || dnsNameProblem(host) !== undefined || /(^|\.)\d+$/.test(host)) {
    throw new Unsupported(
      'UNSUPPORTED_NAME_SYNTAX',
      'a URI has no host name, so its constraints cannot be checked',
    );
  }
  return hostWithin(host, constraint, 'URI');
}

/** The host of `scheme://[userinfo@]host[:port][/...]` (RFC 3986 3.2), lower case; undefined without an authority. */
function uriHost(uri: string): string | undefined {
  const start = uri.indexOf('://');
  if (start <= 0) return undefined;
  const authority = uri.slice(start + 3).split(/[/?#]/, 1)[0] ?? '';
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host.startsWith('[')) return undefined;
  const colon = host.indexOf(':');
  return (colon === -1 ? host : host.slice(0, colon)).toLowerCase();
}

/** A directory name is within a constraint when the constraint's RDNs begin it (RFC 5280 7.1). */
function directoryWithin(name: Name, constraint: Name): boolean {
  const rdns = name.canonicalRdns;
  const base = constraint.canonicalRdns;
  return base.length <= rdns.length && base.every((rdn, i) => rdns[i] === rdn);
}
