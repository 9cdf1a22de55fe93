/** A client's handshakes of TLS 1.2 as scripts (RFC 5246 7.3, RFC 5077 3.1). */
import { concatBytes, equalBytes } from '../../bytes/bytes.ts';
import type { CertificateVerifyFields } from '../../message/certificate-verify.ts';
import { type ClientHelloFields, encodeClientHello } from '../../message/client-hello.ts';
import { alpn } from '../../message/extension/alpn.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { ecPointFormats } from '../../message/extension/ec-point-formats.ts';
import { extendedMasterSecret } from '../../message/extension/extended-master-secret.ts';
import { renegotiationInfo } from '../../message/extension/renegotiation-info.ts';
import { serverName } from '../../message/extension/server-name.ts';
import { sessionTicket } from '../../message/extension/session-ticket.ts';
import { signatureAlgorithms } from '../../message/extension/signature-algorithms.ts';
import { supportedGroups } from '../../message/extension/supported-groups.ts';
import type { Certificate12Fields } from '../../message/tls12/certificate.ts';
import {
  type ClientKeyExchangeFields,
  encodeClientKeyExchange,
} from '../../message/tls12/client-key-exchange.ts';
import type { Finished12Fields } from '../../message/tls12/finished.ts';
import { ECPointFormat } from '../../wire/registry.ts';
import type { CipherSuite } from '../../wire/registry-crypto.ts';
import { expectMessage } from '../expect.ts';
import { protocolNames } from '../messages.ts';
import type { ScriptedPeer } from '../peer.ts';
import { Script, ScriptFailure, SendStep, type Step, step } from '../script.ts';
import type { PeerSession12 } from './agreement.ts';
import {
  certificate12,
  certificateVerify12,
  changeCipherSpec12,
  finished12,
  writeKeys12,
} from './messages.ts';
import {
  checkSigned,
  expectCertificate12,
  expectChangeCipherSpec12,
  expectFinished12,
  PLAIN,
} from './verify.ts';

/** What a client's script sends, by the names of its steps. */
export interface ClientMessages12 {
  ClientHello: ClientHelloFields;
  Certificate: Certificate12Fields;
  ClientKeyExchange: ClientKeyExchangeFields;
  CertificateVerify: CertificateVerifyFields;
  Finished: Finished12Fields;
}

const NONE = new Uint8Array(0);

function sessionIdOf(peer: ScriptedPeer, session: PeerSession12 | undefined): Uint8Array {
  if (session !== undefined && session.sessionId.length > 0) return session.sessionId;
  // RFC 5077 3.4: the server echoes it when it takes the ticket.
  return peer.draw(peer.options.sessionIdLength ?? (session === undefined ? 0 : 32));
}

function suitesOf(peer: ScriptedPeer): readonly CipherSuite[] {
  const own = peer.provider.cipherSuites12.map((suite) => suite.code);
  return peer.options.cipherSuites ?? own;
}

function buildClientHello(peer: ScriptedPeer): ClientHelloFields {
  const { options, provider } = peer;
  const groups =
    options.groups ?? provider.groups.filter((group) => !group.postQuantum).map((group) => group.code);
  const schemes = options.signatureSchemes ?? provider.signatureAlgorithms.map((scheme) => scheme.code);
  const protocols = protocolNames(peer);
  const random = peer.draw(32);
  const extensions: RawExtension[] = [
    supportedGroups.clientHello.encode(groups),
    ecPointFormats.clientHello.encode([ECPointFormat.uncompressed]),
    signatureAlgorithms.clientHello.encode(schemes),
    renegotiationInfo.clientHello.encode(NONE),
    sessionTicket.clientHello.encode(options.session12?.ticket ?? NONE),
  ];
  if (options.extendedMasterSecret !== false) extensions.push(extendedMasterSecret.clientHello.encode(true));
  if (options.serverName !== undefined) extensions.push(serverName.clientHello.encode(options.serverName));
  if (protocols.length > 0) extensions.push(alpn.clientHello.encode(protocols));
  return {
    random,
    legacySessionId: sessionIdOf(peer, options.session12),
    cipherSuites: suitesOf(peer),
    extensions,
  };
}

export const clientHello12: SendStep<'ClientHello', ClientHelloFields> = new SendStep('ClientHello', {
  build: buildClientHello,
  encode: encodeClientHello,
  before: (peer) => peer.speakTls12(),
  after: (peer, fields) => {
    peer.offer = fields;
    peer.tls12.clientRandom = fields.random;
  },
});

/** Notes what both ends agree on by it; nothing is judged. */
export const expectServerHello12: Step = expectMessage(
  'ServerHello',
  (hello, peer) => {
    const { tls12 } = peer;
    tls12.takeSuite(hello.cipherSuite);
    tls12.serverRandom = hello.random;
    tls12.sessionId = hello.legacySessionIdEcho;
    tls12.extendedMasterSecret =
      hello.known.extendedMasterSecret === true && peer.options.extendedMasterSecret !== false;
  },
  PLAIN,
);

/** Checks the signature with the key of the certificate that came before. */
export const expectServerKeyExchange: Step = expectMessage(
  'ServerKeyExchange',
  (message, peer) => {
    const { tls12 } = peer;
    const content = concatBytes(tls12.clientRandom, tls12.serverRandom, message.signedParams);
    checkSigned(peer, message.algorithm, content, message.signature, 'ServerKeyExchange');
    tls12.group = peer.provider.groups.find((group) => group.code === message.namedCurve);
    tls12.serverPublic = message.publicKey;
  },
  PLAIN,
);

export const expectCertificateRequest12: Step = expectMessage(
  'CertificateRequest12',
  (message, peer) => {
    peer.tls12.request = message;
    peer.peerSchemes = message.signatureAlgorithms;
  },
  { ...PLAIN, name: 'CertificateRequest' },
);

export const expectServerHelloDone: Step = expectMessage('ServerHelloDone', () => {}, PLAIN);

/** Without a share to answer: one byte, and a secret of zeros. */
function buildClientKeyExchange(peer: ScriptedPeer): ClientKeyExchangeFields {
  const { tls12 } = peer;
  const answer = tls12.group?.encapsulate(tls12.serverPublic, peer.random);
  tls12.premaster = answer?.secret.reveal().slice();
  return { publicKey: answer?.share ?? Uint8Array.of(4) };
}

/** Fixes the master secret. */
export const clientKeyExchange: SendStep<'ClientKeyExchange', ClientKeyExchangeFields> = new SendStep(
  'ClientKeyExchange',
  {
    build: buildClientKeyExchange,
    encode: encodeClientKeyExchange,
    after: (peer) => {
      peer.tls12.deriveMaster();
    },
  },
);

export const expectNewSessionTicket12: Step = expectMessage(
  'NewSessionTicket12',
  (message, peer) => {
    peer.tls12.ticket = message.ticket;
  },
  { ...PLAIN, name: 'NewSessionTicket' },
);

export interface ClientHandshake12Options {
  /** The server is to ask for a certificate, which is answered with the peer's credential, or none. */
  readonly certificate?: 'own' | 'empty';
  /** The server is to send a NewSessionTicket. */
  readonly ticket?: boolean;
}

/** The whole handshake of an ordinary client, up to the server's Finished. */
export function clientHandshake12(options: ClientHandshake12Options = {}): Script<ClientMessages12> {
  const asked = options.certificate !== undefined;
  const empty = certificate12.changed(() => ({ certificateList: [] }));
  return new Script([
    clientHello12,
    expectServerHello12,
    expectCertificate12,
    expectServerKeyExchange,
    ...(asked ? [expectCertificateRequest12] : []),
    expectServerHelloDone,
    ...(asked ? [options.certificate === 'own' ? certificate12 : empty] : []),
    clientKeyExchange,
    ...(options.certificate === 'own' ? [certificateVerify12] : []),
    changeCipherSpec12,
    writeKeys12,
    finished12,
    ...(options.ticket === true ? [expectNewSessionTicket12] : []),
    expectChangeCipherSpec12,
    expectFinished12,
  ]);
}

/** The server must take up the session: it echoes what it was offered. */
const takeUp = step('take up the session', (peer) => {
  const session = peer.options.session12;
  if (session === undefined) throw new RangeError('the peer has no session12 to take up');
  if (!equalBytes(peer.tls12.sessionId, peer.offer?.legacySessionId ?? NONE)) {
    throw new ScriptFailure('the server did not take up the session');
  }
  peer.tls12.master = session.masterSecret;
});

/** The short handshake with `session12` of the peer's options: the server's Finished comes first. */
export function clientResumption12(
  options: Pick<ClientHandshake12Options, 'ticket'> = {},
): Script<ClientMessages12> {
  return new Script([
    clientHello12,
    expectServerHello12,
    takeUp,
    ...(options.ticket === true ? [expectNewSessionTicket12] : []),
    expectChangeCipherSpec12,
    expectFinished12,
    changeCipherSpec12,
    writeKeys12,
    finished12,
  ]);
}
