/**
 * Path building: depth first from the leaf to an anchor, anchors before sent intermediates, likely candidates before
 * unlikely ones. Only edges whose signature holds are followed, each is checked once, and one budget covers the whole
 * search, so that no set of certificates costs more than it (RUSTSEC-2023-0053, Go CVE-2026-32281).
 */
import { equalBytes } from '../bytes/bytes.ts';
import type { SignatureAlgorithm } from '../crypto/provider.ts';
import type { Certificate } from './certificate.ts';
import {
  type CheckContext,
  identifiersAgree,
  isSelfSigned,
  isSound,
  type PathNode,
  pathErrors,
} from './checks.ts';
import { X509Error } from './error.ts';
import { checkSignature, type SignatureVerdict } from './signature.ts';
import type { SignatureMemo } from './signature-memo.ts';
import type { TrustStore } from './trust-store.ts';

export interface PathLimits {
  /** Intermediates that are not self-issued. */
  readonly intermediates: number;
  /** Certificates in a path in all. */
  readonly certificates: number;
  readonly signatureChecks: number;
  readonly steps: number;
}

export interface SearchInput {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly trust: TrustStore;
  readonly partialChain: boolean;
  readonly schemes: readonly SignatureAlgorithm[];
  readonly memo: SignatureMemo | undefined;
  readonly limits: PathLimits;
  readonly context: CheckContext;
}

/** How far a failed path came; a later stage tells the user more. */
type Stage = 'incomplete' | 'bad-signature' | 'too-long' | 'complete';
const STAGES: readonly Stage[] = ['incomplete', 'bad-signature', 'too-long', 'complete'];

export interface SearchFailure {
  readonly errors: readonly X509Error[];
  readonly path: readonly Certificate[];
}

interface Failed {
  readonly stage: Stage;
  readonly path: readonly PathNode[];
  readonly errors: readonly X509Error[];
}

export class PathSearch {
  readonly #input: SearchInput;
  readonly #bySubject = new Map<string, Certificate[]>();
  /** By child and parent: a verdict never depends on the path. */
  readonly #verdicts = new Map<Certificate, Map<Certificate, SignatureVerdict>>();
  #signatureChecks = 0;
  #steps = 0;
  #failed: Failed | undefined;

  constructor(input: SearchInput) {
    this.#input = input;
    for (const certificate of input.intermediates) {
      const key = certificate.subject.key;
      const bucket = this.#bySubject.get(key);
      if (bucket === undefined) this.#bySubject.set(key, [certificate]);
      else bucket.push(certificate);
    }
  }

  /** The first path that passes every check, or the failure that says most. Throws X509Error BUDGET_EXCEEDED. */
  run(): readonly Certificate[] | SearchFailure {
    const { leaf, trust } = this.#input;
    const found = this.#extend([{ certificate: leaf, trusted: trust.has(leaf), unusable: undefined }]);
    if (found !== undefined) return found.map((node) => node.certificate);
    const failed = this.#failed;
    if (failed === undefined) return { errors: [], path: [leaf] };
    return { errors: failed.errors, path: failed.path.map((node) => node.certificate) };
  }

  #extend(path: readonly PathNode[]): readonly PathNode[] | undefined {
    const top = path[path.length - 1];
    if (top === undefined) return undefined;
    const { certificate } = top;
    // Without partialChain only a self-signed anchor ends a path, as in OpenSSL and Node.
    const selfSigned = isSelfSigned(certificate);
    if (top.trusted && (this.#input.partialChain || selfSigned)) {
      if (isSound(path, this.#input.context)) return path;
      this.#fail('complete', path, () => pathErrors(path, true, this.#input.context));
      if (selfSigned) return undefined;
    }
    let extended = false;
    for (const candidate of this.#candidates(certificate)) {
      this.#step();
      if (path.some((node) => sameEntity(node.certificate, candidate.certificate))) continue;
      if (this.#tooLong(path, candidate)) {
        this.#fail('too-long', path, [this.#tooLongError(path)]);
        continue;
      }
      const verdict = this.#verdict(certificate, candidate.certificate);
      if (verdict.kind === 'bad') {
        // A namesake with another key is no failed signature, as far as the hints tell.
        if (!selfSigned && identifiersAgree(certificate, candidate.certificate)) {
          this.#failSignature([...path, { ...candidate, unusable: undefined }]);
        }
        continue;
      }
      extended = true;
      const found = this.#extend([
        ...path,
        { ...candidate, unusable: verdict.kind === 'unusable' ? verdict : undefined },
      ]);
      if (found !== undefined) return found;
    }
    if (!extended) this.#failIncomplete(path);
    return undefined;
  }

  /** Anchors first, then what was sent; within each, better hints first. */
  #candidates(child: Certificate): { certificate: Certificate; trusted: boolean }[] {
    const { trust, context } = this.#input;
    const anchors = trust.candidatesFor(child.issuer).map((certificate) => ({ certificate, trusted: true }));
    const sent = (this.#bySubject.get(child.issuer.key) ?? [])
      .filter((one) => !anchors.some((anchor) => equalBytes(anchor.certificate.raw, one.raw)))
      .map((certificate) => ({ certificate, trusted: false }));
    const byHint = (a: { certificate: Certificate }, b: { certificate: Certificate }): number =>
      unlikeliness(child, a.certificate, context.now) - unlikeliness(child, b.certificate, context.now);
    return [...anchors.sort(byHint), ...sent.sort(byHint)];
  }

  #step(): void {
    if (++this.#steps > this.#input.limits.steps) throw budgetError('candidate issuers');
  }

  #verdict(child: Certificate, parent: Certificate): SignatureVerdict {
    let row = this.#verdicts.get(child);
    if (row === undefined) {
      row = new Map();
      this.#verdicts.set(child, row);
    }
    let verdict = row.get(parent);
    if (verdict === undefined) {
      if (++this.#signatureChecks > this.#input.limits.signatureChecks) throw budgetError('signatures');
      verdict = checkSignature(child, parent.publicKey, this.#input.schemes, this.#input.memo);
      row.set(parent, verdict);
    }
    return verdict;
  }

  #tooLong(path: readonly PathNode[], candidate: { certificate: Certificate; trusted: boolean }): boolean {
    const { limits } = this.#input;
    if (path.length >= limits.certificates) return true;
    if (candidate.trusted) return false;
    const counted = path.slice(1).filter((node) => !node.certificate.isSelfIssued).length;
    return counted + (candidate.certificate.isSelfIssued ? 0 : 1) > limits.intermediates;
  }

  #tooLongError(path: readonly PathNode[]): X509Error {
    return new X509Error(
      'CERT_CHAIN_TOO_LONG',
      `no trusted certificate within ${this.#input.limits.intermediates} intermediates of the certificate`,
      { depth: path.length - 1 },
    );
  }

  #failSignature(path: readonly PathNode[]): void {
    const depth = path.length - 2;
    const child = path[depth]?.certificate;
    const parent = path[depth + 1]?.certificate;
    if (child === undefined || parent === undefined) return;
    this.#fail('bad-signature', path, [
      new X509Error(
        'CERT_SIGNATURE_FAILURE',
        `the signature of "${child.subject}" does not fit the key of "${parent.subject}"`,
        {
          depth,
          certificate: child,
          rfc: 'RFC 5280 6.1.3',
        },
      ),
    ]);
  }

  /** OpenSSL goes no further than the first certificate of the store, when that does not end the path. */
  #failIncomplete(path: readonly PathNode[]): void {
    const trusted = path.findIndex((node, depth) => depth > 0 && node.trusted);
    const cut = trusted === -1 ? path : path.slice(0, trusted + 1);
    this.#fail('incomplete', cut, () => this.#incompleteErrors(cut));
  }

  /** In OpenSSL's order; a lone leaf gets the second error that Node is known for. */
  #incompleteErrors(path: readonly PathNode[]): X509Error[] {
    const depth = path.length - 1;
    const top = path[depth];
    if (top === undefined) return [];
    const { certificate } = top;
    const options = { depth, certificate };
    const { origin, size } = this.#input.trust;
    const hint =
      size === 0 ? `; there are no trusted certificates${origin === undefined ? '' : ` (${origin})`}` : '';
    const errors = pathErrors(path, false, this.#input.context);
    if (isSelfSigned(certificate)) {
      const code = depth === 0 ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : 'SELF_SIGNED_CERT_IN_CHAIN';
      const text =
        depth === 0
          ? 'it is self-signed and not trusted'
          : 'the chain ends in a self-signed certificate that is not trusted';
      return [new X509Error(code, `"${certificate.subject}": ${text}${hint}`, options), ...errors];
    }
    const missing = `the issuer "${certificate.issuer}" of "${certificate.subject}" was not found`;
    // A leaf is looked up in the store only where it may end the path.
    if (top.trusted && depth > 0) {
      return [
        new X509Error(
          'UNABLE_TO_GET_ISSUER_CERT',
          `${missing}; it is trusted, but only a self-signed certificate may end a path`,
          options,
        ),
        ...errors,
      ];
    }
    const local = new X509Error(
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      `${missing} among the trusted certificates${hint}`,
      options,
    );
    if (depth > 0) return [local, ...errors];
    // The dates come last in OpenSSL, behind the signature that cannot be checked.
    const dates = errors.filter((e) => e.code === 'CERT_HAS_EXPIRED' || e.code === 'CERT_NOT_YET_VALID');
    const others = errors.filter((e) => !dates.includes(e));
    const leaf = new X509Error(
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      `${missing}; the server may have sent no intermediate certificate${hint}`,
      options,
    );
    return [local, ...others, leaf, ...dates];
  }

  /** Keeps the failure of the latest stage; among equals the longest incomplete path, else the first. */
  #fail(
    stage: Stage,
    path: readonly PathNode[],
    errors: readonly X509Error[] | (() => readonly X509Error[]),
  ): void {
    const kept = this.#failed;
    if (kept !== undefined) {
      const order = STAGES.indexOf(stage) - STAGES.indexOf(kept.stage);
      if (order < 0 || (order === 0 && (stage !== 'incomplete' || path.length <= kept.path.length))) return;
    }
    this.#failed = { stage, path, errors: typeof errors === 'function' ? errors() : errors };
  }
}

function budgetError(what: string): X509Error {
  return new X509Error('BUDGET_EXCEEDED', `looking for a path took too many ${what}`);
}

/** The same certificate, or one for the same name and key: twice in a path it would only be a loop. */
function sameEntity(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.raw, b.raw) || (equalBytes(a.spkiRaw, b.spkiRaw) && a.subject.equals(b.subject));
}

function unlikeliness(child: Certificate, parent: Certificate, now: number): number {
  const wanted = child.known.authorityKeyIdentifier?.keyIdentifier;
  const found = parent.known.subjectKeyIdentifier;
  const hint = wanted === undefined || found === undefined ? 1 : equalBytes(wanted, found) ? 0 : 2;
  const isInDate = now >= parent.notBefore && now <= parent.notAfter;
  return hint + (isInDate ? 0 : 4);
}
