/** The peer that a verdict leads to, whoever reached it: our own verifier or the application. */

import { validityOf } from '../session/session.ts';
import { TLSError } from '../wire/error.ts';
import type { Certificate } from '../x509/certificate.ts';
import { KeyUsage } from '../x509/extensions.ts';
import type { PeerVerdict } from './effect.ts';
import type { PeerIdentity } from './state.ts';

/**
 * A peer that was judged and let in: the path that was found has a say in its validity, and without one all that it
 * sent. Throws TLSError `certificate_unfit` for a leaf that an application calls verified although its key may not sign
 * handshakes; our own verifier says so itself, as INVALID_PURPOSE, and who accepts an unverified peer accepts that too.
 */
export function judgedPeer(
  certificates: readonly Certificate[],
  verdict: PeerVerdict,
  authenticatedAt: number,
): PeerIdentity {
  if (verdict.verified) checkMaySign(certificates[0]);
  const vouching = verdict.verified && verdict.path.length > 0 ? verdict.path : certificates;
  return { certificates, verdict, authenticatedAt, validity: validityOf(vouching), externalPsk: undefined };
}

/** Every suite we have takes a signature of the key itself (RFC 8446 4.4.2.2, RFC 5246 7.4.2, RFC 8422 2). */
function checkMaySign(leaf: Certificate | undefined): void {
  const usage = leaf?.known.keyUsage;
  if (usage === undefined || (usage & KeyUsage.digitalSignature) !== 0) return;
  throw new TLSError('certificate_unfit', "the key usage of the peer's certificate lacks digitalSignature", {
    rfc: 'RFC 8446 4.4.2.2',
  });
}
