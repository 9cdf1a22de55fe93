/** The sending steps that both roles share in TLS 1.2, and ChangeCipherSpec, which is no handshake message. */
import type { PrivateKey, SignatureAlgorithm } from '../../crypto/provider.ts';
import { type CertificateVerifyFields, encodeCertificateVerify } from '../../message/certificate-verify.ts';
import { type Certificate12Fields, encodeCertificate12 } from '../../message/tls12/certificate.ts';
import { encodeFinished12, type Finished12Fields } from '../../message/tls12/finished.ts';
import type { SignatureScheme } from '../../wire/registry-crypto.ts';
import type { PeerCredential, ScriptedPeer } from '../peer.ts';
import { SendStep, type Step, step } from '../script.ts';

export const certificate12: SendStep<'Certificate', Certificate12Fields> = new SendStep('Certificate', {
  build: (peer): Certificate12Fields => ({
    certificateList: (peer.options.credential?.chain ?? []).map(({ raw }) => raw),
  }),
  encode: encodeCertificate12,
});

/** In TLS 1.2 a scheme ties no curve to an ECDSA key (RFC 8422 5.1.1). */
function fits(scheme: SignatureAlgorithm, key: PrivateKey): boolean {
  return scheme.keyKind === 'ec' ? key.kind === 'ec' : scheme.fits(key);
}

export interface SigningOptions12 {
  /** Default: the first scheme that fits the key and was offered by the other end. */
  readonly scheme?: SignatureScheme;
  readonly credential?: PeerCredential;
}

/** A signature over any content, under a scheme that fits the key. */
export function sign12(
  peer: ScriptedPeer,
  content: Uint8Array,
  options: SigningOptions12 = {},
): CertificateVerifyFields {
  const credential = options.credential ?? peer.options.credential;
  if (credential === undefined) throw new RangeError('the peer has no credential to sign with');
  const fitting = peer.provider.signatureAlgorithms.filter((each) => fits(each, credential.privateKey));
  const wanted = fitting.find((each) => each.code === options.scheme);
  const usual = fitting.find((each) => peer.peerSchemes.includes(each.code)) ?? fitting[0];
  const scheme = options.scheme === undefined ? usual : wanted;
  if (scheme === undefined) throw new RangeError('no signature scheme fits the key');
  return { algorithm: scheme.code, signature: scheme.sign(credential.privateKey, content, peer.random) };
}

/** A client's, over all messages so far. */
export const certificateVerify12: SendStep<'CertificateVerify', CertificateVerifyFields> = new SendStep(
  'CertificateVerify',
  { build: (peer) => sign12(peer, peer.tls12.handshakeMessages), encode: encodeCertificateVerify },
);

export const changeCipherSpec12: Step = step('ChangeCipherSpec', (peer) => peer.sendChangeCipherSpec());

/** Writes under the keys of the key block from now on. */
export const writeKeys12: Step = step('write keys', (peer) => peer.useWriteKeys12());

export const finished12: SendStep<'Finished', Finished12Fields> = new SendStep('Finished', {
  build: (peer) => ({ verifyData: peer.tls12.finishedData(peer.role) }),
  encode: encodeFinished12,
});
