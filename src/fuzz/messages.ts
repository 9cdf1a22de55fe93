/** The sending steps, by message: what each is made of by default, and what sending it means for the peer. */
import { asciiEncode } from '../bytes/encoding.ts';
import { type CertificateFields, encodeCertificate } from '../message/certificate.ts';
import { type CertificateVerifyFields, encodeCertificateVerify } from '../message/certificate-verify.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import { encodeFinished, type FinishedFields } from '../message/finished.ts';
import { encodeKeyUpdate, type KeyUpdateFields } from '../message/key-update.ts';
import { encodeNewSessionTicket, type NewSessionTicketFields } from '../message/new-session-ticket.ts';
import { KeyUpdateRequest } from '../wire/registry.ts';
import type { SignatureScheme } from '../wire/registry-crypto.ts';
import type { PeerCredential, ScriptedPeer } from './peer.ts';
import { SendStep } from './script.ts';
import { certificateVerifyInput, type Role } from './secrets.ts';

/** The peer's chain, or an empty list; a client answers with the context it was asked with. */
function buildCertificate(peer: ScriptedPeer): CertificateFields {
  const none: readonly RawExtension[] = [];
  return {
    certificateRequestContext: peer.requestContext ?? new Uint8Array(0),
    certificateList: (peer.options.credential?.chain ?? []).map(({ raw }) => ({
      certData: raw,
      extensions: none,
    })),
  };
}

export interface SigningOptions {
  /** Whose context string is signed; default: the peer's own role. */
  readonly role?: Role;
  /** Default: the first scheme that fits the key, is legal in TLS 1.3 and was offered by the other end. */
  readonly scheme?: SignatureScheme;
  readonly credential?: PeerCredential;
  /** Default: the transcript as it is. */
  readonly transcriptHash?: Uint8Array;
}

/** A CertificateVerify over the transcript as it is now, right or wrong as the options say. */
export function signTranscript(peer: ScriptedPeer, options: SigningOptions = {}): CertificateVerifyFields {
  const credential = options.credential ?? peer.options.credential;
  if (credential === undefined) throw new RangeError('the peer has no credential to sign with');
  const { suite } = peer.handshakeSecrets();
  const content = certificateVerifyInput(
    options.role ?? peer.role,
    options.transcriptHash ?? peer.transcript.digest(suite.hash),
  );
  const fitting = peer.provider.signatureAlgorithms.filter((each) => each.fits(credential.privateKey));
  const wanted = fitting.find((each) => each.code === options.scheme);
  const usual = fitting.find((each) => each.handshake13 && peer.peerSchemes.includes(each.code));
  const scheme = options.scheme === undefined ? (usual ?? fitting[0]) : wanted;
  if (scheme === undefined) throw new RangeError('no signature scheme fits the key');
  return { algorithm: scheme.code, signature: scheme.sign(credential.privateKey, content, peer.random) };
}

export type CertificateStep = SendStep<'Certificate', CertificateFields>;

export const certificate: CertificateStep = new SendStep('Certificate', {
  build: buildCertificate,
  encode: encodeCertificate,
});

export const certificateVerify: SendStep<'CertificateVerify', CertificateVerifyFields> = new SendStep(
  'CertificateVerify',
  { build: (peer) => signTranscript(peer), encode: encodeCertificateVerify },
);

/** Sending it as a server fixes the application secrets; the new keys are a step of their own. */
export const finished: SendStep<'Finished', FinishedFields> = new SendStep('Finished', {
  build: (peer) => ({ verifyData: peer.finishedData() }),
  encode: encodeFinished,
  after: (peer) => {
    if (peer.role === 'server') peer.applicationSecrets();
  },
});

function moveWriteKeys(peer: ScriptedPeer): void {
  peer.output.keys = peer.output.keys?.next();
}

/** After it the peer writes under the next keys (RFC 8446 7.2). It is in no transcript. */
export const keyUpdate: SendStep<'KeyUpdate', KeyUpdateFields> = new SendStep(
  'KeyUpdate',
  {
    build: () => ({ requestUpdate: KeyUpdateRequest.update_not_requested }),
    encode: encodeKeyUpdate,
    after: moveWriteKeys,
  },
  [],
  { unhashed: true },
);

/** A KeyUpdate that asks for one in return. */
export const keyUpdateRequest: SendStep<'KeyUpdate', KeyUpdateFields> = keyUpdate.changed(() => ({
  requestUpdate: KeyUpdateRequest.update_requested,
}));

/** A ticket that nobody will ever honour. */
export const newSessionTicket: SendStep<'NewSessionTicket', NewSessionTicketFields> = new SendStep(
  'NewSessionTicket',
  {
    build: (peer): NewSessionTicketFields => ({
      ticketLifetime: 7200,
      ticketAgeAdd: 0x01020304,
      ticketNonce: peer.draw(8),
      ticket: peer.draw(32),
      extensions: [],
    }),
    encode: encodeNewSessionTicket,
  },
  [],
  { unhashed: true },
);

/** The bytes of ALPN names. */
export function protocolNames(peer: ScriptedPeer): Uint8Array[] {
  return (peer.options.alpnProtocols ?? []).map((name) => asciiEncode(name));
}
