/** What the tests of x509/ share: a seeded random source, a fixed time, verification in one line, raw certificates. */
import assert from 'node:assert/strict';
import { fromHex } from '../../src/bytes/encoding.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import type { PrivateKey, RandomSource, SignatureAlgorithm } from '../../src/crypto/provider.ts';
import {
  derBitString,
  derExplicit,
  derOid,
  derSequence,
  derTime,
  derUnsigned,
} from '../../src/x509/der-writer.ts';
import { encodeExtensions } from '../../src/x509/issue.ts';
import { encodeName } from '../../src/x509/name-builder.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  type Authority,
  createAuthority,
  type ExtensionInput,
  encodePublicKey,
  generateKey,
  publicKeyOf,
  type VerifyInput,
  type VerifyVerdict,
  verifyChain,
  X509Error,
  type X509ErrorCode,
} from '../../src/x509.ts';

/** 2026-06-01T12:00:00Z. */
export const NOW: number = Date.UTC(2026, 5, 1, 12);
export const DAY = 86_400_000;

export const schemes: readonly SignatureAlgorithm[] = signatureAlgorithms();

/** SHA-256 of seed and counter: the same bytes in every run. Never for anything but tests. */
export function seededRandom(seed: string): RandomSource {
  let counter = 0;
  return (out) => {
    for (let at = 0; at < out.length; at += 32) {
      const block = sha256.digest(new TextEncoder().encode(`${seed} ${counter++}`));
      out.set(block.subarray(0, Math.min(32, out.length - at)), at);
    }
  };
}

export const random: RandomSource = seededRandom('x509 tests');

export const root: Authority = createAuthority({ random, now: NOW });

/** A key that many tests may share, as making keys takes longer than the tests. */
export const spareKey: PrivateKey = generateKey('ecdsa-p256', random);

export function verify(chain: VerifyInput['chain'], options: Partial<VerifyInput> = {}): VerifyVerdict {
  return verifyChain({ chain, trust: root.trust, now: NOW, purpose: 'serverAuth', schemes, ...options });
}

export function assertAccepted(verdict: VerifyVerdict): void {
  if (!verdict.ok) assert.fail(`refused: ${verdict.error.code}: ${verdict.error.message}`);
}

export function assertRefused(verdict: VerifyVerdict, code: X509ErrorCode, depth?: number): X509Error {
  if (verdict.ok) assert.fail(`accepted, expected ${code}`);
  assert.equal(verdict.error.code, code, verdict.error.message);
  if (depth !== undefined) assert.equal(verdict.error.depth, depth);
  return verdict.error;
}

/** Runs what must throw an X509Error with this code, and gives it back. */
export function thrown(code: X509ErrorCode, run: () => unknown): X509Error {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof X509Error, `not an X509Error: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`nothing was thrown, expected ${code}`);
}

/** Hex with spaces to bytes. */
export function hex(text: string): Uint8Array {
  return fromHex(text.replaceAll(' ', ''));
}

/** Each part is whole DER and may be anything; what is left out is sound. Signed with {@link spareKey}. */
export interface RawParts {
  /** Undefined leaves it out, which means version 1. */
  readonly version?: Uint8Array | undefined;
  readonly serial?: Uint8Array;
  readonly innerAlgorithm?: Uint8Array;
  readonly outerAlgorithm?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly notBefore?: Uint8Array;
  readonly notAfter?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly publicKey?: Uint8Array;
  /** Stands between key and extensions. */
  readonly uniqueIds?: Uint8Array;
  readonly extensions?: readonly ExtensionInput[];
  /** The content of `[3]` instead. */
  readonly rawExtensions?: Uint8Array;
  /** Behind the extensions. */
  readonly trailing?: Uint8Array;
  readonly signature?: Uint8Array;
}

export const ECDSA_SHA256: Uint8Array = derSequence(derOid(OID.ecdsaWithSha256));

export function rawCertificate(parts: RawParts): Uint8Array {
  const name = encodeName('CN=raw');
  const none = new Uint8Array(0);
  const inner = parts.innerAlgorithm ?? ECDSA_SHA256;
  const wrapped =
    parts.rawExtensions !== undefined
      ? derExplicit(3, parts.rawExtensions)
      : parts.extensions === undefined
        ? none
        : derExplicit(3, encodeExtensions(parts.extensions));
  const version = 'version' in parts ? parts.version : derExplicit(0, derUnsigned(2));
  const tbs = derSequence(
    version ?? none,
    parts.serial ?? derUnsigned(1),
    inner,
    parts.issuer ?? name,
    derSequence(parts.notBefore ?? derTime(NOW - DAY), parts.notAfter ?? derTime(NOW + DAY)),
    parts.subject ?? name,
    parts.publicKey ?? encodePublicKey(publicKeyOf(spareKey)),
    parts.uniqueIds ?? none,
    wrapped,
    parts.trailing ?? none,
  );
  const scheme = schemes.find((s) => s.keyKind === 'ec' && s.curve === 'P-256');
  assert.ok(scheme);
  const signature = parts.signature ?? derBitString(scheme.sign(spareKey, tbs, random));
  return derSequence(tbs, parts.outerAlgorithm ?? inner, signature);
}
