/** The peer that a verdict leads to, whoever reached it: our own verifier or the application. */

import { validityOf } from '../session/session.ts';
import { TLSError } from '../wire/error.ts';
import type { Certificate } from '../x509/certificate.ts';
import { KeyUsage } from '../x509/extensions.ts';
import type { RawPublicKey } from '../x509/raw-public-key.ts';
import type { PeerVerdict } from './effect.ts';
import type { Shown } from './shown.ts';
import type { PeerIdentity } from './state.ts';

/**
 * A peer that was judged and let in: the path that was found has a say in its validity, and without one all that it
 * sent. Throws TLSError `certificate_unfit` for a leaf that an application calls verified although its key may not sign
 * handshakes; our own verifier says so itself, as INVALID_PURPOSE, and who accepts an unverified peer accepts that too.
 * A raw key that was not verified is refused whoever accepts it (CVE-2024-12797): the verdict's error is thrown.
 */
export function judgedPeer(shown: Shown, verdict: PeerVerdict, authenticatedAt: number): PeerIdentity {
  if (shown.kind === 'raw_key') return judgedKey(shown.key, verdict, authenticatedAt);
  const certificates = shown.chain;
  if (verdict.verified) checkMaySign(shown.leaf);
  const vouching = verdict.verified && verdict.path.length > 0 ? verdict.path : certificates;
  const validity = validityOf(vouching);
  return {
    certificates,
    rawPublicKey: undefined,
    verdict,
    authenticatedAt,
    validity,
    externalPsk: undefined,
  };
}

function judgedKey(rawPublicKey: RawPublicKey, verdict: PeerVerdict, authenticatedAt: number): PeerIdentity {
  if (!verdict.verified) throw verdict.error;
  const validity = validityOf([]);
  return { certificates: [], rawPublicKey, verdict, authenticatedAt, validity, externalPsk: undefined };
}

/** Every suite we have takes a signature of the key itself (RFC 8446 4.4.2.2, RFC 5246 7.4.2, RFC 8422 2). */
function checkMaySign(leaf: Certificate): void {
  const usage = leaf.known.keyUsage;
  if (usage === undefined || (usage & KeyUsage.digitalSignature) !== 0) return;
  throw new TLSError('certificate_unfit', "the key usage of the peer's certificate lacks digitalSignature", {
    rfc: 'RFC 8446 4.4.2.2',
  });
}
