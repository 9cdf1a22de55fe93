/** A client's handshake as a script (RFC 8446 2, figure 1). */
import type { CertificateFields } from '../message/certificate.ts';
import type { CertificateVerifyFields } from '../message/certificate-verify.ts';
import { type ClientHelloFields, encodeClientHello } from '../message/client-hello.ts';
import { alpn } from '../message/extension/alpn.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import { cookie } from '../message/extension/cookie.ts';
import { type KeyShareEntry, keyShare } from '../message/extension/key-share.ts';
import { serverName } from '../message/extension/server-name.ts';
import { signatureAlgorithms } from '../message/extension/signature-algorithms.ts';
import { supportedGroups } from '../message/extension/supported-groups.ts';
import { supportedVersions } from '../message/extension/supported-versions.ts';
import type { FinishedFields } from '../message/finished.ts';
import type { HelloRetryRequest, ServerHello } from '../message/server-hello.ts';
import { ExtensionType, ProtocolVersion } from '../wire/registry.ts';
import type { NamedGroup } from '../wire/registry-crypto.ts';
import { expectMessage } from './expect.ts';
import { certificate, certificateVerify, finished, protocolNames } from './messages.ts';
import type { ScriptedPeer } from './peer.ts';
import { Script, SendStep, type Step, step } from './script.ts';
import { replaceExtension, withExtension } from './tamper.ts';
import { expectCertificate, expectCertificateVerify, expectFinished } from './verify.ts';

/** What a client's script sends, by the names of its steps. */
export interface ClientMessages {
  ClientHello: ClientHelloFields;
  'second ClientHello': ClientHelloFields;
  Certificate: CertificateFields;
  CertificateVerify: CertificateVerifyFields;
  Finished: FinishedFields;
}

/** A fresh share for a group; its private half is kept in the peer. */
export function generateShare(peer: ScriptedPeer, code: NamedGroup): KeyShareEntry {
  const group = peer.provider.groups.find((each) => each.code === code);
  if (group === undefined) throw new RangeError(`the provider has no group ${code}`);
  const secret = group.generate(peer.random);
  peer.keyShares.set(code, secret);
  return { group: code, keyExchange: secret.share };
}

function buildClientHello(peer: ScriptedPeer): ClientHelloFields {
  const { options, provider } = peer;
  const groups = options.groups ?? provider.groups.map((group) => group.code);
  const schemes = options.signatureSchemes ?? provider.signatureAlgorithms.map((scheme) => scheme.code);
  const protocols = protocolNames(peer);
  const random = peer.draw(32);
  const legacySessionId = peer.draw(options.sessionIdLength ?? 32);
  const shares = (options.keyShares ?? groups.slice(0, 1)).map((group) => generateShare(peer, group));
  const extensions: RawExtension[] = [
    supportedVersions.clientHello.encode([ProtocolVersion.TLS13]),
    supportedGroups.clientHello.encode(groups),
    signatureAlgorithms.clientHello.encode(schemes),
    keyShare.clientHello.encode(shares),
  ];
  if (options.serverName !== undefined) extensions.push(serverName.clientHello.encode(options.serverName));
  if (protocols.length > 0) extensions.push(alpn.clientHello.encode(protocols));
  return {
    random,
    legacySessionId,
    cipherSuites: options.cipherSuites ?? provider.cipherSuites13.map((suite) => suite.code),
    extensions,
  };
}

/** The first hello again, with what the HelloRetryRequest asked for (RFC 8446 4.1.2). */
function buildSecondClientHello(peer: ScriptedPeer): ClientHelloFields {
  const first = peer.offer ?? buildClientHello(peer);
  let extensions = first.extensions;
  const { selectedGroup, cookie: given } = peer.retry?.known ?? {};
  if (selectedGroup !== undefined) {
    const shares = keyShare.clientHello.encode([generateShare(peer, selectedGroup)]);
    extensions = replaceExtension(extensions, ExtensionType.key_share, shares.data);
  }
  if (given !== undefined) extensions = withExtension(extensions, cookie.clientHello.encode(given));
  return { ...first, extensions };
}

const keepOffer = (peer: ScriptedPeer, fields: ClientHelloFields): void => {
  peer.offer = fields;
};

export const clientHello: SendStep<'ClientHello', ClientHelloFields> = new SendStep('ClientHello', {
  build: buildClientHello,
  encode: encodeClientHello,
  after: keepOffer,
});

export const secondClientHello: SendStep<'second ClientHello', ClientHelloFields> = new SendStep(
  'second ClientHello',
  { build: buildSecondClientHello, encode: encodeClientHello, after: keepOffer },
);

function takeSuite(peer: ScriptedPeer, hello: ServerHello | HelloRetryRequest): void {
  peer.suite = peer.provider.cipherSuites13.find((suite) => suite.code === hello.cipherSuite);
}

export const expectHelloRetryRequest: Step = expectMessage('HelloRetryRequest', (retry, peer) => {
  peer.retry = retry;
  takeSuite(peer, retry);
  if (peer.suite !== undefined) peer.transcript.replaceWithMessageHash(peer.suite.hash);
});

/** Finishes the key agreement, if the server's share lets it. */
export const expectServerHello: Step = expectMessage('ServerHello', (hello, peer) => {
  takeSuite(peer, hello);
  const share = hello.known.keyShare;
  if (share === undefined) return;
  peer.group = share.group;
  peer.sharedSecret = peer.keyShares.get(share.group)?.agree(share.keyExchange)?.reveal();
});

export interface ClientHandshakeOptions {
  /** The server is to answer the first hello with a HelloRetryRequest. */
  readonly helloRetryRequest?: boolean;
  /** The server is to ask for a certificate, which is answered with the peer's credential, or none. */
  readonly certificate?: 'own' | 'empty';
  /** False leaves out the change_cipher_spec of RFC 8446 D.4. */
  readonly middleboxCompatibility?: boolean;
}

/** The whole handshake of an ordinary client, up to its application keys. */
export function clientHandshake(options: ClientHandshakeOptions = {}): Script<ClientMessages> {
  const dummy =
    options.middleboxCompatibility === false
      ? []
      : [step('ChangeCipherSpec', (peer) => peer.sendChangeCipherSpec())];
  const retried = options.helloRetryRequest === true;
  const request = expectMessage(
    'CertificateRequest',
    (message, peer) => {
      peer.requestContext = message.certificateRequestContext;
      peer.peerSchemes = message.known.signatureAlgorithms ?? [];
    },
    { protection: 'handshake' },
  );
  const empty = certificate.changed((fields) => ({ ...fields, certificateList: [] }));
  const answer = { own: [certificate, certificateVerify], empty: [empty] };
  return new Script([
    clientHello,
    ...(retried ? [expectHelloRetryRequest, ...dummy, secondClientHello] : []),
    expectServerHello,
    step('handshake keys', (peer) => peer.useHandshakeKeys()),
    expectMessage('EncryptedExtensions', () => {}, { protection: 'handshake' }),
    ...(options.certificate === undefined ? [] : [request]),
    expectCertificate,
    expectCertificateVerify,
    expectFinished,
    ...(retried ? [] : dummy),
    ...(options.certificate === undefined ? [] : answer[options.certificate]),
    finished,
    step('application keys', (peer) => peer.useApplicationKeys()),
  ]);
}
