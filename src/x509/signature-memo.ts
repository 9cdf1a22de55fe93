/** Certificate signatures found good lately: a peer that comes again costs no second look at its CA's arithmetic. */
import { copyBytes, equalBytes } from '../bytes/bytes.ts';
import type { PublicKey, SignatureAlgorithm } from '../crypto/provider.ts';
import type { Certificate } from './certificate.ts';
import { MAX_REMEMBERED_CERTIFICATE_BYTES, MAX_REMEMBERED_SIGNATURES } from './limits.ts';
import { samePublicKey } from './public-key.ts';

interface GoodSignature {
  readonly scheme: SignatureAlgorithm;
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Remembers that one signature holds, over exactly these bytes, by exactly this key, under this scheme of this provider,
 * and nothing else: who trusts the key, validity, names and constraints are judged each time, and a signature that does
 * not hold is computed each time. The entries are copies, so that nobody who holds a certificate can change what was
 * found good.
 */
export class SignatureMemo {
  readonly #kept: GoodSignature[] = [];

  /** As {@link SignatureAlgorithm.verify} says of a certificate's signature. */
  verify(
    scheme: SignatureAlgorithm,
    key: PublicKey,
    certificate: Pick<Certificate, 'tbsRaw' | 'signature'>,
  ): boolean {
    const { tbsRaw: message, signature } = certificate;
    const at = this.#kept.findIndex(
      (good) =>
        good.scheme === scheme &&
        equalBytes(good.signature, signature) &&
        equalBytes(good.message, message) &&
        sameKey(good.key, key),
    );
    // What is in use stays: one that was used goes to the end, the first is the first to leave.
    const [known] = at < 0 ? [] : this.#kept.splice(at, 1);
    if (known === undefined && !scheme.verify(key, message, signature)) return false;
    const good = known ?? this.#copyOf(scheme, key, message, signature);
    if (good !== undefined) this.#kept.push(good);
    if (this.#kept.length > MAX_REMEMBERED_SIGNATURES) this.#kept.shift();
    return true;
  }

  #copyOf(
    scheme: SignatureAlgorithm,
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): GoodSignature | undefined {
    if (message.length + signature.length > MAX_REMEMBERED_CERTIFICATE_BYTES) return undefined;
    return { scheme, key: copyOfKey(key), message: copyBytes(message), signature: copyBytes(signature) };
  }
}

/** The PSS parameters of a key bind its signatures too (RFC 4055 3.3). */
function sameKey(a: PublicKey, b: PublicKey): boolean {
  if (a.kind !== b.kind || !samePublicKey(a, b)) return false;
  if (a.kind !== 'rsa-pss' || b.kind !== 'rsa-pss') return true;
  return a.parameters?.hash === b.parameters?.hash && a.parameters?.saltLength === b.parameters?.saltLength;
}

function copyOfKey(key: PublicKey): PublicKey {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      return { ...key, modulus: copyBytes(key.modulus), exponent: copyBytes(key.exponent) };
    case 'ec':
      return { ...key, point: copyBytes(key.point) };
    case 'ed25519':
    case 'ed448':
    case 'ml-dsa':
      return { ...key, key: copyBytes(key.key) };
    default:
      return key;
  }
}
