/**
 * What RFC 5280 6.1 asks of a path, apart from finding it and from the signatures. The findings come in the order in
 * which OpenSSL makes them, all of them: Node reports the last one of such a list, `openssl verify` and Python the first.
 */
import { equalBytes } from '../bytes/bytes.ts';
import type { Certificate } from './certificate.ts';
import { X509Error, type X509ErrorCode, type X509ErrorOptions } from './error.ts';
import { KeyUsage, type KeyUsageName } from './extensions.ts';
import { type ConstraintBudget, constraintViolation } from './name-constraints.ts';
import { OID, oidName } from './oid.ts';
import { type RevocationContext, revocationProblem } from './revocation.ts';
import { keyProblem } from './signature.ts';

export type Purpose = 'serverAuth' | 'clientAuth' | 'any';

export interface PathNode {
  readonly certificate: Certificate;
  /** It stands in the trust store, whether or not it may end a path. */
  readonly trusted: boolean;
  /** Why the signature of the certificate before it could not be checked with this one's key. */
  readonly unusable: { readonly code: X509ErrorCode; readonly message: string } | undefined;
}

export interface CheckContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly purpose: Purpose;
  /** What the leaf's keyUsage must allow where it has the extension. */
  readonly keyUsage: KeyUsageName | undefined;
  readonly constraintBudget: ConstraintBudget;
  /** Undefined when nothing is to be checked for revocation. */
  readonly revocation?: RevocationContext | undefined;
}

type Report = (
  depth: number,
  code: X509ErrorCode,
  message: string,
  options?: Pick<X509ErrorOptions, 'rfc' | 'details'>,
) => void;

/**
 * Everything wrong with a path, leaf first. `complete` says that it ends in an anchor.
 * Throws X509Error BUDGET_EXCEEDED.
 */
export function pathErrors(path: readonly PathNode[], complete: boolean, context: CheckContext): X509Error[] {
  const errors: X509Error[] = [];
  const report: Report = (depth, code, message, options = {}) => {
    const certificate = path[depth]?.certificate;
    const subject = certificate?.subject.toString() ?? '';
    const whose = depth === 0 ? 'the certificate' : `the CA certificate "${subject}"`;
    errors.push(
      new X509Error(code, `${whose}: ${message}`, {
        depth,
        ...(certificate === undefined ? {} : { certificate }),
        ...options,
      }),
    );
  };
  checkExtensions(path, complete, context, report);
  checkKeysAndHashes(path, report);
  if (complete) checkRevocation(path, context, report);
  checkValidity(path, complete, context.now, report);
  if (complete) checkNameConstraints(path, context.constraintBudget, report);
  return errors;
}

/**
 * Whether a complete path has no fault. As {@link pathErrors} finds them, without a word about any: a search may come
 * to a thousand bad paths, and only the first is told of. Throws X509Error BUDGET_EXCEEDED.
 */
export function isSound(path: readonly PathNode[], context: CheckContext): boolean {
  let sound = true;
  const report: Report = () => {
    sound = false;
  };
  checkExtensions(path, true, context, report);
  checkKeysAndHashes(path, report);
  checkValidity(path, true, context.now, report);
  // Last, and only where they decide: they cost most.
  if (sound) checkNameConstraints(path, context.constraintBudget, report);
  if (sound) checkRevocation(path, context, report);
  return sound;
}

/** Extensions whose meaning is evaluated here or that need no evaluation while no policy is asked for. */
const HANDLED: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.nameConstraints,
  // With any-policy as the initial set and no explicit policy required, no policy tree can refuse (RFC 5280 6.1.5);
  // requireExplicitPolicy, which would change that, is refused below.
  OID.certificatePolicies,
  OID.policyMappings,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
]);

function checkExtensions(
  path: readonly PathNode[],
  complete: boolean,
  context: CheckContext,
  report: Report,
): void {
  let intermediates = 0;
  for (const [depth, { certificate }] of path.entries()) {
    const isAnchor = complete && depth === path.length - 1;
    for (const extension of certificate.extensions) {
      if (!extension.critical || HANDLED.has(extension.oid)) continue;
      report(
        depth,
        'UNHANDLED_CRITICAL_EXTENSION',
        `critical extension ${oidName(extension.oid)} is not supported`,
        {
          rfc: 'RFC 5280 4.2',
          details: { oid: extension.oid },
        },
      );
    }
    checkConsistency(depth, certificate, report);
    if (isAnchor && certificate.isSelfIssued && !isSelfSigned(certificate)) {
      report(depth, 'INVALID_EXTENSION', 'its authority key identifier does not fit its own key identifier', {
        rfc: 'RFC 5280 4.2.1.1',
      });
    }
    if (certificate.version !== 3 && !isAnchor) {
      report(
        depth,
        'UNSUPPORTED_VERSION',
        `X.509 version ${certificate.version}; only version 3 is accepted`,
        {
          rfc: 'RFC 5280 4.1.2.1',
        },
      );
    } else if (depth > 0) {
      checkIsCa(depth, certificate, report);
    }
    checkPurpose(depth, certificate, context, report);
    const limit = certificate.known.basicConstraints?.pathLength;
    if (depth > 0 && limit !== undefined && intermediates > limit) {
      report(
        depth,
        'PATH_LENGTH_EXCEEDED',
        `it allows ${limit} CA certificates below it, there are ${intermediates}`,
        {
          rfc: 'RFC 5280 4.2.1.9',
        },
      );
    }
    // Self-issued certificates do not count (RFC 5280 6.1.4 (l)).
    if (depth > 0 && !certificate.isSelfIssued) intermediates++;
  }
}

/** RFC 5280 6.1.4 (k) and (n). Version 1 anchors have no extensions to ask. */
function checkIsCa(depth: number, certificate: Certificate, report: Report): void {
  const { known } = certificate;
  if (certificate.version === 3 && known.basicConstraints?.isCA !== true) {
    report(depth, 'INVALID_CA', 'it is not a CA: basicConstraints does not say so', {
      rfc: 'RFC 5280 4.2.1.9',
    });
  } else if (known.keyUsage !== undefined && (known.keyUsage & KeyUsage.keyCertSign) === 0) {
    report(depth, 'INVALID_CA', 'its key usage does not allow signing certificates', {
      rfc: 'RFC 5280 4.2.1.3',
    });
  }
}

/** Rules of RFC 5280 on what may stand together, where breaking them could mislead a verifier. */
function checkConsistency(depth: number, certificate: Certificate, report: Report): void {
  const { known, issuer, subject } = certificate;
  const invalid = (message: string, rfc: string): void =>
    report(depth, 'INVALID_EXTENSION', message, { rfc });
  const isCA = known.basicConstraints?.isCA === true;
  if (issuer.isEmpty) invalid('its issuer name is empty', 'RFC 5280 4.1.2.4');
  if (isCA && subject.isEmpty) invalid('a CA must have a subject name', 'RFC 5280 4.1.2.6');
  if (!isCA && known.nameConstraints !== undefined) {
    invalid('name constraints in a certificate that is no CA', 'RFC 5280 4.2.1.10');
  }
  if (certificate.version === 3 && !isCA && ((known.keyUsage ?? 0) & KeyUsage.keyCertSign) !== 0) {
    invalid('key usage allows signing certificates, but it is no CA', 'RFC 5280 4.2.1.3');
  }
  if (known.policyConstraints !== undefined) {
    const critical = certificate.extensions.some((one) => one.oid === OID.policyConstraints && one.critical);
    if (!critical) invalid('policy constraints must be critical', 'RFC 5280 4.2.1.11');
    else if (known.policyConstraints.requireExplicitPolicy !== undefined) {
      report(
        depth,
        'UNHANDLED_CRITICAL_EXTENSION',
        'it requires certificate policies, which are not evaluated',
        {
          rfc: 'RFC 5280 4.2.1.11',
          details: { oid: OID.policyConstraints },
        },
      );
    }
  }
}

/**
 * Whether a certificate passes for self-signed, as OpenSSL takes it: self-issued, and its authority key identifier is
 * not another key's. A self-issued certificate of a key change is none. The signature is not looked at: a self-signed
 * certificate proves nothing.
 */
export function isSelfSigned(certificate: Certificate): boolean {
  return certificate.isSelfIssued && identifiersAgree(certificate, certificate);
}

/** False when `child` names an issuer key that `parent` says it has not (RFC 5280 4.2.1.1): a hint, never a proof. */
export function identifiersAgree(child: Certificate, parent: Certificate): boolean {
  const wanted = child.known.authorityKeyIdentifier?.keyIdentifier;
  const found = parent.known.subjectKeyIdentifier;
  return wanted === undefined || found === undefined || equalBytes(wanted, found);
}

const PURPOSE_OIDS: Readonly<Record<Exclude<Purpose, 'any'>, string>> = {
  serverAuth: OID.serverAuth,
  clientAuth: OID.clientAuth,
};

/**
 * The purpose must stand in extKeyUsage of the leaf and of every CA above it that has the extension.
 * anyExtendedKeyUsage does not stand for TLS (as in OpenSSL and webpki; Go differs).
 */
function checkPurpose(depth: number, certificate: Certificate, context: CheckContext, report: Report): void {
  const { extKeyUsage, keyUsage } = certificate.known;
  const { purpose } = context;
  if (purpose !== 'any' && extKeyUsage !== undefined && !extKeyUsage.includes(PURPOSE_OIDS[purpose])) {
    report(depth, 'INVALID_PURPOSE', `its extended key usage does not allow ${purpose}`, {
      rfc: 'RFC 5280 4.2.1.12',
      details: { extKeyUsage },
    });
  }
  if (depth > 0 || keyUsage === undefined || context.keyUsage === undefined) return;
  if ((keyUsage & KeyUsage[context.keyUsage]) === 0) {
    report(depth, 'INVALID_PURPOSE', `its key usage does not allow ${context.keyUsage}`, {
      rfc: 'RFC 5280 4.2.1.3',
    });
  }
}

function checkKeysAndHashes(path: readonly PathNode[], report: Report): void {
  for (const [depth, node] of path.entries()) {
    const problem = keyProblem(node.certificate.publicKey);
    if (problem !== undefined) {
      const tooSmall = depth === 0 ? 'EE_KEY_TOO_SMALL' : 'CA_KEY_TOO_SMALL';
      report(depth, problem.code === 'KEY_TOO_SMALL' ? tooSmall : problem.code, `it has ${problem.message}`);
    }
    if (node.unusable !== undefined && depth > 0) {
      report(depth - 1, node.unusable.code, node.unusable.message);
    }
  }
}

/** The leaf, or all certificates that have an issuer in the path; a self-signed anchor is its own. */
function checkRevocation(path: readonly PathNode[], context: CheckContext, report: Report): void {
  const { revocation } = context;
  if (revocation === undefined) return;
  for (const [depth, { certificate }] of path.entries()) {
    if (depth > 0 && revocation.check === 'leaf') return;
    const issuer = path[depth + 1]?.certificate ?? (isSelfSigned(certificate) ? certificate : undefined);
    if (issuer === undefined) {
      // Trusted by itself, and nobody is there to revoke it.
      if (depth > 0 || revocation.ifMissing === 'accept') return;
      const message = 'its issuer, who might have revoked it, is not in the path';
      report(depth, 'UNABLE_TO_GET_CRL', message, { rfc: 'RFC 5280 6.3.3' });
      return;
    }
    const problem = revocationProblem(certificate, issuer, context.now, revocation);
    if (problem !== undefined) report(depth, problem.code, problem.message, { rfc: problem.rfc });
  }
}

/** From the anchor down, as OpenSSL does, anchors included. Both ends belong to the validity (RFC 5280 4.1.2.5). */
function checkValidity(path: readonly PathNode[], complete: boolean, now: number, report: Report): void {
  const second = Math.floor(now / 1000) * 1000;
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const certificate = path[depth]?.certificate;
    if (certificate === undefined) continue;
    // OpenSSL takes the top of an incomplete path for an issuer whose own issuer is missing, and does not date it.
    if (!complete && depth > 0 && depth === path.length - 1 && !isSelfSigned(certificate)) continue;
    // Asked this way round, a time that is no number is refused.
    if (!(now >= certificate.notBefore)) {
      report(
        depth,
        'CERT_NOT_YET_VALID',
        `it is not valid before ${isoTime(certificate.notBefore)}`,
        dates(certificate),
      );
    } else if (!(second <= certificate.notAfter)) {
      report(depth, 'CERT_HAS_EXPIRED', `it expired at ${isoTime(certificate.notAfter)}`, dates(certificate));
    }
  }
}

function dates(certificate: Certificate): Pick<X509ErrorOptions, 'rfc' | 'details'> {
  return {
    rfc: 'RFC 5280 4.1.2.5',
    details: { notBefore: certificate.notBefore, notAfter: certificate.notAfter },
  };
}

export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** RFC 5280 6.1.3 (b), (c): every certificate below the CA, but no self-issued intermediate. */
function checkNameConstraints(path: readonly PathNode[], budget: ConstraintBudget, report: Report): void {
  for (let ca = path.length - 1; ca > 0; ca--) {
    const constraints = path[ca]?.certificate.known.nameConstraints;
    if (constraints === undefined) continue;
    for (let depth = ca - 1; depth >= 0; depth--) {
      const certificate = path[depth]?.certificate;
      if (certificate === undefined || (depth > 0 && certificate.isSelfIssued)) continue;
      const violation = constraintViolation(certificate, constraints, budget);
      if (violation !== undefined)
        report(depth, violation.code, violation.message, { rfc: 'RFC 5280 4.2.1.10' });
    }
  }
}
