/**
 * Chains to a CA of ours: a list of certificates, each behind its length in two bytes. A verdict for whatever parses,
 * never a throw; and no leaf is trusted but those that the CA issued.
 */
import { toHex } from '../../src/bytes/encoding.ts';
import { wasmProvider } from '../../src/crypto/wasm/provider.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { X509Error } from '../../src/x509/error.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import { verifyChain } from '../../src/x509/verify.ts';
import { NOW, ROOT, TRUSTED } from './chains.ts';

const { signatureAlgorithms: schemes } = wasmProvider(insecureSeededRandom(1));
const trust = TrustStore.fromCertificates([ROOT]);
/** By what is signed: an ECDSA signature (r, s) is as good as (r, -s). */
const trusted = new Set(TRUSTED.map(({ tbsRaw }) => toHex(tbsRaw)));

function split(data: Uint8Array): Certificate[] {
  const chain: Certificate[] = [];
  for (let at = 0; at + 2 <= data.length; ) {
    const length = (data[at] ?? 0) * 256 + (data[at + 1] ?? 0);
    chain.push(parseCertificate(data.slice(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return chain;
}

export function fuzz(data: Buffer): void {
  let chain: Certificate[];
  try {
    chain = split(new Uint8Array(data));
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    return;
  }
  for (const partialChain of [false, true]) {
    for (const name of [undefined, 'www.example.com']) {
      const verdict = verifyChain({
        chain,
        trust,
        now: NOW,
        purpose: 'serverAuth',
        schemes,
        partialChain,
        ...(name === undefined ? {} : { name }),
      });
      const [leaf] = chain;
      if (verdict.ok && (leaf === undefined || !trusted.has(toHex(leaf.tbsRaw))))
        throw new Error('a certificate that the CA did not issue is trusted');
      if (!verdict.ok && !(verdict.error instanceof X509Error)) throw new Error('an untyped finding');
    }
  }
}
