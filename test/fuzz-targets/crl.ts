/** CRLs: X509Error alone; what is read of the list as a whole and entry by entry agrees; it revokes nobody unless it is signed. */
import { equalBytes } from '../../src/bytes/bytes.ts';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import { type CertificateRevocationList, describeCrl, parseCrl } from '../../src/x509/crl.ts';
import { X509Error } from '../../src/x509/error.ts';
import { revocationProblem } from '../../src/x509/revocation.ts';
import { CRL, NOW, ROOT, TRUSTED } from './chains.ts';

const schemes = signatureAlgorithms();
const tbs = parseCrl(CRL).tbsRaw;

export function fuzz(data: Buffer): void {
  const der = new Uint8Array(data);
  let crl: CertificateRevocationList;
  try {
    crl = parseCrl(der);
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    return;
  }
  if (!equalBytes(crl.raw, der)) throw new Error('raw is not what was parsed');
  let entries = 0;
  for (const entry of crl.revoked()) {
    entries += 1;
    const again = crl.lookUp(entry.serialNumber);
    if (again?.revokedAt !== entry.revokedAt) throw new Error('an entry is not found again');
  }
  if (entries !== crl.revokedCount) throw new Error('the entries are not as many as it says');
  describeCrl(crl);
  if (equalBytes(crl.tbsRaw, tbs)) return;
  for (const certificate of TRUSTED) {
    const context = { crls: [crl], check: 'leaf' as const, schemes, spend: () => {} };
    const problem = revocationProblem(certificate, ROOT, NOW, context);
    if (problem === undefined || problem.code === 'CERT_REVOKED')
      throw new Error('a list that nobody signed counts');
  }
}
