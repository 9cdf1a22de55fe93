/** A server's handshake as a script (RFC 8446 2, figure 1). */
import type { CertificateFields } from '../message/certificate.ts';
import { type CertificateRequestFields, encodeCertificateRequest } from '../message/certificate-request.ts';
import type { CertificateVerifyFields } from '../message/certificate-verify.ts';
import {
  type EncryptedExtensionsFields,
  encodeEncryptedExtensions,
} from '../message/encrypted-extensions.ts';
import { alpn } from '../message/extension/alpn.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import { type KeyShareEntry, keyShare } from '../message/extension/key-share.ts';
import { signatureAlgorithms } from '../message/extension/signature-algorithms.ts';
import { supportedVersions } from '../message/extension/supported-versions.ts';
import type { FinishedFields } from '../message/finished.ts';
import {
  encodeHelloRetryRequest,
  encodeServerHello,
  type HelloRetryRequestFields,
  type ServerHelloFields,
} from '../message/server-hello.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import type { CipherSuite, NamedGroup } from '../wire/registry-crypto.ts';
import { expectMessage } from './expect.ts';
import { certificate, certificateVerify, finished, protocolNames } from './messages.ts';
import type { ScriptedPeer } from './peer.ts';
import { Script, SendStep, type Step, step } from './script.ts';
import { expectCertificate, expectCertificateVerify, expectFinished } from './verify.ts';

/** What a server's script sends, by the names of its steps. */
export interface ServerMessages {
  HelloRetryRequest: HelloRetryRequestFields;
  ServerHello: ServerHelloFields;
  EncryptedExtensions: EncryptedExtensionsFields;
  CertificateRequest: CertificateRequestFields;
  Certificate: CertificateFields;
  CertificateVerify: CertificateVerifyFields;
  Finished: FinishedFields;
}

/** The first suite of the peer's order that the client offered, else the peer's first. */
function chooseSuite(peer: ScriptedPeer): CipherSuite {
  if (peer.suite !== undefined) return peer.suite.code;
  const ours = peer.options.cipherSuites ?? peer.provider.cipherSuites13.map((suite) => suite.code);
  const offered = peer.clientHello?.cipherSuites ?? [];
  const chosen = ours.find((suite) => offered.includes(suite)) ?? ours[0];
  if (chosen === undefined) throw new RangeError('the peer has no cipher suite');
  return chosen;
}

/** Agrees on a key with the first share of a group that the peer knows, in the peer's order. */
function chooseShare(peer: ScriptedPeer): KeyShareEntry {
  const shares = peer.clientHello?.known.keyShare ?? [];
  const allowed = peer.options.groups;
  for (const group of peer.provider.groups) {
    if (allowed !== undefined && !allowed.includes(group.code)) continue;
    const share = shares.find((each) => each.group === group.code);
    const agreed = share === undefined ? undefined : group.encapsulate(share.keyExchange, peer.random);
    if (agreed === undefined) continue;
    peer.group = group.code;
    peer.sharedSecret = agreed.secret.reveal();
    return { group: group.code, keyExchange: agreed.share };
  }
  throw new RangeError('the client sent no share of a group that the peer knows');
}

function takeSuite(peer: ScriptedPeer, fields: HelloRetryRequestFields): void {
  const found = peer.provider.cipherSuites13.find((suite) => suite.code === fields.cipherSuite);
  peer.suite = found ?? peer.suite ?? peer.provider.cipherSuites13[0];
}

/** The session id that a server must echo (RFC 8446 4.1.3). */
const echo = (peer: ScriptedPeer): Uint8Array => peer.clientHello?.legacySessionId ?? new Uint8Array(0);

export const serverHello: SendStep<'ServerHello', ServerHelloFields> = new SendStep('ServerHello', {
  build: (peer): ServerHelloFields => ({
    random: peer.draw(32),
    legacySessionIdEcho: echo(peer),
    cipherSuite: chooseSuite(peer),
    extensions: [
      supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
      keyShare.serverHello.encode(chooseShare(peer)),
    ],
  }),
  encode: encodeServerHello,
  before: takeSuite,
});

/** Asks for a share of `group`. */
export function helloRetryRequest(group: NamedGroup): SendStep<'HelloRetryRequest', HelloRetryRequestFields> {
  return new SendStep('HelloRetryRequest', {
    build: (peer): HelloRetryRequestFields => ({
      legacySessionIdEcho: echo(peer),
      cipherSuite: chooseSuite(peer),
      extensions: [
        supportedVersions.helloRetryRequest.encode(ProtocolVersion.TLS13),
        keyShare.helloRetryRequest.encode(group),
      ],
    }),
    encode: encodeHelloRetryRequest,
    before: (peer, fields) => {
      takeSuite(peer, fields);
      if (peer.suite !== undefined) peer.transcript.replaceWithMessageHash(peer.suite.hash);
    },
  });
}

export const encryptedExtensions: SendStep<'EncryptedExtensions', EncryptedExtensionsFields> = new SendStep(
  'EncryptedExtensions',
  {
    build: (peer): EncryptedExtensionsFields => {
      const offered = peer.clientHello?.known.alpn;
      const [protocol] = protocolNames(peer);
      const extensions: RawExtension[] = [];
      if (offered !== undefined && protocol !== undefined) {
        extensions.push(alpn.encryptedExtensions.encode(protocol));
      }
      return { extensions };
    },
    encode: encodeEncryptedExtensions,
  },
);

export const certificateRequest: SendStep<'CertificateRequest', CertificateRequestFields> = new SendStep(
  'CertificateRequest',
  {
    build: (peer): CertificateRequestFields => ({
      certificateRequestContext: new Uint8Array(0),
      extensions: [
        signatureAlgorithms.certificateRequest.encode(
          peer.options.signatureSchemes ?? peer.provider.signatureAlgorithms.map((scheme) => scheme.code),
        ),
      ],
    }),
    encode: encodeCertificateRequest,
  },
);

function expectHello(name: string): Step {
  return expectMessage(
    'ClientHello',
    (hello, peer) => {
      peer.clientHello = hello;
      peer.peerSchemes = hello.known.signatureAlgorithms ?? [];
    },
    { name, protection: 'plaintext' },
  );
}

export const expectClientHello: Step = expectHello('ClientHello');
export const expectSecondClientHello: Step = expectHello('second ClientHello');

export interface ServerHandshakeOptions {
  /** Answers the first hello with a HelloRetryRequest for this group. */
  readonly helloRetryRequest?: NamedGroup;
  /** Asks for a certificate; the client must then send one, or an empty Certificate. */
  readonly requestCertificate?: 'expect own' | 'expect empty';
  /** False leaves out the change_cipher_spec of RFC 8446 D.4. */
  readonly middleboxCompatibility?: boolean;
}

/** The whole handshake of an ordinary server, up to the client's Finished. */
export function serverHandshake(options: ServerHandshakeOptions = {}): Script<ServerMessages> {
  const group = options.helloRetryRequest;
  const request = options.requestCertificate;
  const dummy =
    options.middleboxCompatibility === false
      ? []
      : [step('ChangeCipherSpec', (peer) => peer.sendChangeCipherSpec())];
  return new Script([
    expectClientHello,
    ...(group === undefined ? [] : [helloRetryRequest(group), ...dummy, expectSecondClientHello]),
    serverHello,
    ...(group === undefined ? dummy : []),
    step('handshake keys', (peer) => peer.useHandshakeKeys()),
    encryptedExtensions,
    ...(request === undefined ? [] : [certificateRequest]),
    certificate,
    certificateVerify,
    finished,
    step('application keys', (peer) => peer.useApplicationKeys()),
    ...(request === undefined ? [] : [expectCertificate]),
    ...(request === 'expect own' ? [expectCertificateVerify] : []),
    expectFinished,
  ]);
}
