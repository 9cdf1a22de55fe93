/** The one verifier of certificate chains: for the handshake, the faces and the command. */
import type { SignatureAlgorithm } from '../crypto/provider.ts';
import type { Certificate } from './certificate.ts';
import type { CheckContext, Purpose } from './checks.ts';
import { X509Error, type X509ErrorCode } from './error.ts';
import type { KeyUsageName } from './extensions.ts';
import { checkHostname } from './hostname.ts';
import {
  MAX_INTERMEDIATES,
  MAX_NAME_CONSTRAINT_CHECKS,
  MAX_PATH_CERTIFICATES,
  MAX_PATH_STEPS,
  MAX_SENT_CERTIFICATES,
  MAX_SIGNATURE_CHECKS,
} from './limits.ts';
import { ConstraintBudget } from './name-constraints.ts';
import { PathSearch } from './path.ts';
import type { RevocationOptions } from './revocation.ts';
import type { SignatureMemo } from './signature-memo.ts';
import type { TrustStore } from './trust-store.ts';

export interface VerifyLimits {
  /** Intermediates between leaf and anchor, self-issued ones not counted. */
  readonly intermediates?: number;
  readonly signatureChecks?: number;
  readonly steps?: number;
  readonly nameConstraintChecks?: number;
}

export interface VerifyInput {
  /** Leaf first; the rest in any order, unneeded ones allowed. */
  readonly chain: readonly Certificate[];
  readonly trust: TrustStore;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly purpose: Purpose;
  /** DNS name or IP literal that the leaf must be for; no check when absent. */
  readonly name?: string;
  /**
   * A bit that the leaf's keyUsage must have where it has the extension. For the TLS purposes it is `digitalSignature`
   * by default, as RFC 8446 4.4.2.2 demands; `'any'` asks for none.
   */
  readonly keyUsage?: KeyUsageName | 'any';
  /** The provider's. */
  readonly schemes: readonly SignatureAlgorithm[];
  /** What was found good before; every other check is made in any case. */
  readonly memo?: SignatureMemo;
  /**
   * Let any certificate of the store end a path. By default only a self-signed one may, as in OpenSSL and Node
   * (their X509_V_FLAG_PARTIAL_CHAIN, `allowPartialTrustChain`).
   */
  readonly partialChain?: boolean;
  /** CRLs, and which certificates of the path must be on the good side of one. Nothing is checked when absent. */
  readonly revocation?: RevocationOptions | undefined;
  readonly limits?: VerifyLimits;
}

export type VerifyVerdict =
  | { readonly ok: true; readonly path: readonly Certificate[] }
  | {
      readonly ok: false;
      /** What Node's `authorizationError` would carry: the last finding, the name after everything else. */
      readonly error: X509Error;
      /** All findings on the path that came furthest, in the order of OpenSSL's checks; the first is what Python reports. */
      readonly errors: readonly X509Error[];
      /** Leaf first, as far as it was built. */
      readonly path: readonly Certificate[];
    };

/**
 * Finds and checks a path from the leaf to an anchor (RFC 5280 6.1), then the name (RFC 9525 6). Pure and total.
 * Anchors are checked like CAs and must be in date, as OpenSSL has it; their own signatures are not looked at.
 */
export function verifyChain(input: VerifyInput): VerifyVerdict {
  const [leaf, ...intermediates] = input.chain;
  if (leaf === undefined)
    return refused(new X509Error('EMPTY_CHAIN', 'there is no certificate to verify'), []);
  if (input.chain.length > MAX_SENT_CERTIFICATES) {
    return refused(
      new X509Error(
        'CERT_CHAIN_TOO_LONG',
        `${input.chain.length} certificates; at most ${MAX_SENT_CERTIFICATES} are read`,
      ),
      [leaf],
    );
  }
  const limits = input.limits ?? {};
  const usage = input.keyUsage ?? (input.purpose === 'any' ? 'any' : 'digitalSignature');
  const context: CheckContext = {
    now: input.now,
    purpose: input.purpose,
    keyUsage: usage === 'any' ? undefined : usage,
    constraintBudget: new ConstraintBudget(limits.nameConstraintChecks ?? MAX_NAME_CONSTRAINT_CHECKS),
    revocation: input.revocation && {
      ...input.revocation,
      schemes: input.schemes,
      spend: crlBudget(limits.signatureChecks ?? MAX_SIGNATURE_CHECKS),
    },
  };
  try {
    const found = new PathSearch({
      leaf,
      intermediates,
      trust: input.trust,
      partialChain: input.partialChain === true,
      schemes: input.schemes,
      memo: input.memo,
      limits: {
        intermediates: limits.intermediates ?? MAX_INTERMEDIATES,
        certificates: MAX_PATH_CERTIFICATES,
        signatureChecks: limits.signatureChecks ?? MAX_SIGNATURE_CHECKS,
        steps: limits.steps ?? MAX_PATH_STEPS,
      },
      context,
    }).run();
    const mismatch = input.name === undefined ? undefined : checkHostname(leaf, input.name);
    if ('errors' in found) {
      const error = telling(found.errors) ?? new X509Error('CERT_UNTRUSTED', 'no path was found');
      const errors = mismatch === undefined ? found.errors : [...found.errors, mismatch];
      return { ok: false, error, errors, path: found.path };
    }
    if (mismatch !== undefined) return refused(mismatch, found);
    return { ok: true, path: found };
  } catch (error) {
    if (error instanceof X509Error) return refused(error, [leaf]);
    throw error;
  }
}

function crlBudget(signatures: number): () => void {
  let left = signatures;
  return () => {
    left -= 1;
    if (left < 0) throw new X509Error('BUDGET_EXCEEDED', 'checking for revocation took too many signatures');
  };
}

/** The last finding, as in Node; one that OpenSSL would not make yields to one that it would. */
function telling(errors: readonly X509Error[]): X509Error | undefined {
  return errors.findLast((error) => !OURS.has(error.code)) ?? errors.at(-1);
}

const OURS: ReadonlySet<X509ErrorCode> = new Set(['INVALID_EXTENSION', 'UNSUPPORTED_VERSION']);

function refused(error: X509Error, path: readonly Certificate[]): VerifyVerdict {
  return { ok: false, error, errors: [error], path };
}
