/** A server's handshakes of TLS 1.2 as scripts (RFC 5246 7.3, RFC 5077 3.1, RFC 6066 8). */
import { concatBytes } from '../../bytes/bytes.ts';
import { alpn } from '../../message/extension/alpn.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { ecPointFormats } from '../../message/extension/ec-point-formats.ts';
import { extendedMasterSecret } from '../../message/extension/extended-master-secret.ts';
import { renegotiationInfo } from '../../message/extension/renegotiation-info.ts';
import { sessionTicket } from '../../message/extension/session-ticket.ts';
import { statusRequest } from '../../message/extension/status-request.ts';
import { encodeServerHello, type ServerHelloFields } from '../../message/server-hello.ts';
import type { Certificate12Fields } from '../../message/tls12/certificate.ts';
import {
  type CertificateRequest12Fields,
  encodeCertificateRequest12,
} from '../../message/tls12/certificate-request.ts';
import {
  type CertificateStatusFields,
  encodeCertificateStatus,
} from '../../message/tls12/certificate-status.ts';
import type { Finished12Fields } from '../../message/tls12/finished.ts';
import { encodeHelloRequest } from '../../message/tls12/hello-request.ts';
import {
  encodeNewSessionTicket12,
  type NewSessionTicket12Fields,
} from '../../message/tls12/new-session-ticket.ts';
import { encodeServerHelloDone } from '../../message/tls12/server-hello-done.ts';
import {
  encodeServerEcdhParams,
  encodeServerKeyExchange,
  type ServerEcdhParams,
  type ServerKeyExchangeFields,
} from '../../message/tls12/server-key-exchange.ts';
import { ClientCertificateType, ECPointFormat, ExtensionType } from '../../wire/registry.ts';
import { CipherSuite } from '../../wire/registry-crypto.ts';
import { expectMessage } from '../expect.ts';
import { protocolNames } from '../messages.ts';
import type { ScriptedPeer } from '../peer.ts';
import { Script, SendStep, type Step, step } from '../script.ts';
import {
  certificate12,
  changeCipherSpec12,
  finished12,
  type SigningOptions12,
  sign12,
  writeKeys12,
} from './messages.ts';
import {
  expectCertificate12,
  expectCertificateVerify12,
  expectChangeCipherSpec12,
  expectFinished12,
  PLAIN,
} from './verify.ts';

/** What a server's script sends, by the names of its steps. */
export interface ServerMessages12 {
  ServerHello: ServerHelloFields;
  Certificate: Certificate12Fields;
  CertificateStatus: CertificateStatusFields;
  ServerKeyExchange: ServerKeyExchangeFields;
  CertificateRequest: CertificateRequest12Fields;
  ServerHelloDone: Record<never, never>;
  NewSessionTicket: NewSessionTicket12Fields;
  Finished: Finished12Fields;
}

const NONE = new Uint8Array(0);

export const expectClientHello12: Step = expectMessage(
  'ClientHello',
  (hello, peer) => {
    peer.speakTls12();
    peer.clientHello = hello;
    peer.peerSchemes = hello.known.signatureAlgorithms ?? [];
    peer.tls12.clientRandom = hello.random;
  },
  PLAIN,
);

/** The first suite of the peer's order that the client offered and the credential fits, else the first that fits. */
function chooseSuite(peer: ScriptedPeer): CipherSuite {
  const { cipherSuites12, optionalCipherSuites12 } = peer.provider;
  const kind = peer.options.credential?.privateKey.kind;
  const authentication = kind === 'rsa' || kind === 'rsa-pss' ? 'rsa' : 'ecdsa';
  const allowed = peer.options.cipherSuites;
  const own = [...cipherSuites12, ...(allowed === undefined ? [] : optionalCipherSuites12)].filter(
    (suite) => suite.authentication === authentication && allowed?.includes(suite.code) !== false,
  );
  const offered = peer.clientHello?.cipherSuites ?? [];
  const chosen = own.find((suite) => offered.includes(suite.code)) ?? own[0];
  if (chosen === undefined) throw new RangeError('the peer has no cipher suite that fits its credential');
  return chosen.code;
}

function helloExtensions(peer: ScriptedPeer, options: ServerHandshake12Options): RawExtension[] {
  const { clientHello } = peer;
  const known = clientHello?.known ?? {};
  const extensions: RawExtension[] = [];
  const signalled =
    clientHello?.cipherSuites.includes(CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV) === true;
  if (known.renegotiationInfo !== undefined || signalled) {
    extensions.push(renegotiationInfo.serverHello12.encode(NONE));
  }
  if (known.extendedMasterSecret === true && peer.options.extendedMasterSecret !== false) {
    extensions.push(extendedMasterSecret.serverHello12.encode(true));
  }
  if (known.ecPointFormats !== undefined) {
    extensions.push(ecPointFormats.serverHello12.encode([ECPointFormat.uncompressed]));
  }
  if (options.ticket === true) extensions.push(sessionTicket.serverHello12.encode(true));
  if (options.status !== undefined) extensions.push(statusRequest.serverHello12.encode(true));
  const [protocol] = protocolNames(peer);
  if (known.alpn !== undefined && protocol !== undefined)
    extensions.push(alpn.serverHello12.encode(protocol));
  return extensions;
}

/** ServerHello as these options of a handshake have it. */
export function serverHello12(
  options: ServerHandshake12Options = {},
): SendStep<'ServerHello', ServerHelloFields> {
  return new SendStep('ServerHello', {
    build: (peer): ServerHelloFields => ({
      random: peer.draw(32),
      legacySessionIdEcho: options.sessionId === true ? peer.draw(32) : NONE,
      cipherSuite: chooseSuite(peer),
      extensions: helloExtensions(peer, options),
    }),
    encode: encodeServerHello,
    after: (peer, fields) => {
      const { tls12 } = peer;
      tls12.takeSuite(fields.cipherSuite);
      tls12.serverRandom = fields.random;
      tls12.sessionId = fields.legacySessionIdEcho;
      tls12.extendedMasterSecret = fields.extensions.some(
        ({ type }) => type === ExtensionType.extended_master_secret,
      );
    },
  });
}

export const certificateStatus: SendStep<'CertificateStatus', CertificateStatusFields> = new SendStep(
  'CertificateStatus',
  {
    build: (): CertificateStatusFields => ({ ocspResponse: Uint8Array.of(0x30, 0) }),
    encode: encodeCertificateStatus,
  },
);

export interface KeyExchangeOptions extends SigningOptions12 {
  /** Default: those of the two hellos. */
  readonly clientRandom?: Uint8Array;
  readonly serverRandom?: Uint8Array;
  /** What is signed in place of the parameters that are sent. */
  readonly signed?: Uint8Array;
}

/** The parameters with a signature over randoms and parameters, right or wrong as the options say (RFC 8422 5.4). */
export function signKeyExchange(
  peer: ScriptedPeer,
  params: ServerEcdhParams,
  options: KeyExchangeOptions = {},
): ServerKeyExchangeFields {
  const content = concatBytes(
    options.clientRandom ?? peer.tls12.clientRandom,
    options.serverRandom ?? peer.tls12.serverRandom,
    options.signed ?? encodeServerEcdhParams(params),
  );
  const { namedCurve, publicKey } = params;
  return { namedCurve, publicKey, ...sign12(peer, content, options) };
}

/** A share of the first group of the peer's that the client offered, else of the first. */
export function serverShare12(peer: ScriptedPeer): ServerEcdhParams {
  const allowed = peer.options.groups;
  const own = peer.provider.groups.filter(
    (group) => !group.postQuantum && allowed?.includes(group.code) !== false,
  );
  const offered = peer.clientHello?.known.supportedGroups ?? [];
  const group = own.find(({ code }) => offered.includes(code)) ?? own[0];
  if (group === undefined) throw new RangeError('the peer has no group');
  const share = group.generate(peer.random);
  peer.tls12.group = group;
  peer.tls12.share = share;
  return { namedCurve: group.code, publicKey: share.share };
}

export const serverKeyExchange: SendStep<'ServerKeyExchange', ServerKeyExchangeFields> = new SendStep(
  'ServerKeyExchange',
  { build: (peer) => signKeyExchange(peer, serverShare12(peer)), encode: encodeServerKeyExchange },
);

export const certificateRequest12: SendStep<'CertificateRequest', CertificateRequest12Fields> = new SendStep(
  'CertificateRequest',
  {
    build: (peer): CertificateRequest12Fields => ({
      certificateTypes: [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign],
      signatureAlgorithms:
        peer.options.signatureSchemes ?? peer.provider.signatureAlgorithms.map((scheme) => scheme.code),
      certificateAuthorities: [],
    }),
    encode: encodeCertificateRequest12,
  },
);

export const serverHelloDone: SendStep<'ServerHelloDone', Record<never, never>> = new SendStep(
  'ServerHelloDone',
  {
    build: () => ({}),
    encode: () => encodeServerHelloDone(),
  },
);

/** In no transcript (RFC 5246 7.4.1.1). */
export const helloRequest: SendStep<'HelloRequest', Record<never, never>> = new SendStep(
  'HelloRequest',
  { build: () => ({}), encode: () => encodeHelloRequest() },
  [],
  { unhashed: true },
);

/** Agrees on the premaster secret, and fixes the master secret once the message is hashed. */
export const expectClientKeyExchange: Step = {
  name: 'expect ClientKeyExchange',
  run: (peer) => {
    const done = clientShare.run(peer);
    if (done) peer.tls12.deriveMaster();
    return done;
  },
};

const clientShare = expectMessage(
  'ClientKeyExchange',
  (message, peer) => {
    peer.tls12.premaster = peer.tls12.share?.agree(message.publicKey)?.reveal().slice();
  },
  PLAIN,
);

export const newSessionTicket12: SendStep<'NewSessionTicket', NewSessionTicket12Fields> = new SendStep(
  'NewSessionTicket',
  {
    build: (peer) => ({ ticketLifetimeHint: 7200, ticket: peer.draw(64) }),
    encode: encodeNewSessionTicket12,
    after: (peer, fields) => {
      peer.tls12.ticket = fields.ticket;
    },
  },
);

export interface ServerHandshake12Options {
  /** Asks for a certificate; the client must then send one, or an empty Certificate. */
  readonly requestCertificate?: 'expect own' | 'expect empty';
  /** Promises a ticket and sends it. */
  readonly ticket?: boolean;
  /** Gives the session an ID. */
  readonly sessionId?: boolean;
  /** Promises a CertificateStatus and sends it with this OCSP response. */
  readonly status?: Uint8Array;
}

/** The whole handshake of an ordinary server. */
export function serverHandshake12(options: ServerHandshake12Options = {}): Script<ServerMessages12> {
  const { requestCertificate: request, status } = options;
  return new Script([
    expectClientHello12,
    serverHello12(options),
    certificate12,
    ...(status === undefined ? [] : [certificateStatus.changed(() => ({ ocspResponse: status }))]),
    serverKeyExchange,
    ...(request === undefined ? [] : [certificateRequest12]),
    serverHelloDone,
    ...(request === undefined ? [] : [expectCertificate12]),
    expectClientKeyExchange,
    ...(request === 'expect own' ? [expectCertificateVerify12] : []),
    expectChangeCipherSpec12,
    expectFinished12,
    ...(options.ticket === true ? [newSessionTicket12] : []),
    changeCipherSpec12,
    writeKeys12,
    finished12,
  ]);
}

const takeUp = step('take up the session', (peer) => {
  const session = peer.options.session12;
  if (session === undefined) throw new RangeError('the peer has no session12 to take up');
  peer.tls12.master = session.masterSecret;
});

/** The short handshake with `session12` of the peer's options, whether the client has offered it or not. */
export function serverResumption12(
  options: Pick<ServerHandshake12Options, 'ticket'> = {},
): Script<ServerMessages12> {
  const hello = serverHello12(options).changed((fields, peer) => ({
    ...fields,
    legacySessionIdEcho: peer.clientHello?.legacySessionId ?? NONE,
    cipherSuite: peer.options.session12?.cipherSuite ?? fields.cipherSuite,
  }));
  return new Script([
    expectClientHello12,
    hello,
    takeUp,
    ...(options.ticket === true ? [newSessionTicket12] : []),
    changeCipherSpec12,
    writeKeys12,
    finished12,
    expectChangeCipherSpec12,
    expectFinished12,
  ]);
}
