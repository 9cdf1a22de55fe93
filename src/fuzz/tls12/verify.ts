/** Steps that wait for what both roles receive in TLS 1.2, and check it. */
import { equalBytes } from '../../bytes/bytes.ts';
import { nameOf } from '../../wire/registry.ts';
import { SignatureScheme } from '../../wire/registry-crypto.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { expectItem, expectMessage } from '../expect.ts';
import type { ScriptedPeer } from '../peer.ts';
import { ScriptFailure, type Step } from '../script.ts';

export const PLAIN: { readonly protection: 'plaintext' } = { protection: 'plaintext' };

/** Keeps the certificate; its chain is not judged. */
export const expectCertificate12: Step = expectMessage(
  'Certificate12',
  (message, peer) => {
    peer.tls12.peerCertificate = message;
  },
  { ...PLAIN, name: 'Certificate' },
);

/** Fails the script unless the certificate's key has signed `content`. */
export function checkSigned(
  peer: ScriptedPeer,
  algorithm: SignatureScheme,
  content: Uint8Array,
  signature: Uint8Array,
  what: string,
): void {
  const [leaf] = peer.tls12.peerCertificate?.certificateList ?? [];
  if (leaf === undefined) throw new ScriptFailure(`${what} without a certificate`);
  const scheme = peer.provider.signatureAlgorithms.find((each) => each.code === algorithm);
  if (scheme?.verify(parseCertificate(leaf).publicKey, content, signature) === true) return;
  throw new ScriptFailure(`the signature of ${what} (${nameOf(SignatureScheme, algorithm)}) is wrong`);
}

export const expectCertificateVerify12: Step = expectMessage(
  'CertificateVerify',
  (message, peer) => {
    const { algorithm, signature } = message;
    checkSigned(peer, algorithm, peer.tls12.handshakeMessages, signature, 'CertificateVerify');
  },
  PLAIN,
);

/** What comes after it is under the other end's keys. */
export const expectChangeCipherSpec12: Step = expectItem('ChangeCipherSpec', (item) => {
  if (item.kind !== 'change_cipher_spec') return false;
  if (item.protection === 'plaintext' && equalBytes(item.content, Uint8Array.of(1))) return true;
  throw new ScriptFailure('ChangeCipherSpec that is not the one byte 1 in plaintext');
});

export const expectFinished12: Step = expectMessage(
  'Finished12',
  (message, peer) => {
    if (equalBytes(message.verifyData, peer.tls12.finishedData(peer.otherRole))) return;
    throw new ScriptFailure(`the ${peer.otherRole}'s Finished is wrong`);
  },
  { protection: 'tls12', name: 'Finished' },
);
