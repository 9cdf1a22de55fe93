/** ServerHello to Finished: the server's flight (RFC 8446 4.1.3, 4.3, 4.4). */

import { EMPTY } from '../../bytes/bytes.ts';
import { asciiEncode } from '../../bytes/encoding.ts';
import { credentialsFor, type ServerConfig } from '../../config/config.ts';
import type { CipherSuite13 } from '../../crypto/provider.ts';
import type { TranscriptHash } from '../../crypto/transcript.ts';
import { verifyData } from '../../key-schedule/tls13.ts';
import { encodeCertificateRequest } from '../../message/certificate-request.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import { encodeEncryptedExtensions } from '../../message/encrypted-extensions.ts';
import { alpn } from '../../message/extension/alpn.ts';
import { certificateAuthorities } from '../../message/extension/certificate-authorities.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { keyShare } from '../../message/extension/key-share.ts';
import { serverName } from '../../message/extension/server-name.ts';
import { signatureAlgorithms } from '../../message/extension/signature-algorithms.ts';
import { supportedVersions } from '../../message/extension/supported-versions.ts';
import { encodeFinished } from '../../message/finished.ts';
import type { Aligned } from '../../message/joiner.ts';
import { encodeServerHello } from '../../message/server-hello.ts';
import { TLSError } from '../../wire/error.ts';
import { ProtocolVersion } from '../../wire/registry.ts';
import { certificateMessage, certificateVerifyMessage, signedContent } from '../authenticate.ts';
import type { Effect, Step } from '../effect.ts';
import {
  applicationSecretEffects,
  applicationSecrets,
  handshakeKeys,
  handshakeSecretEffects,
} from '../keys13.ts';
import { type GroupChoice, negotiateAlpn, negotiateCredential } from '../negotiate.ts';
import type { AwaitServerSignature, ServerFlight } from '../state.ts';
import { offeredProtocols } from './hello.ts';

const RANDOM_LENGTH = 32;
/** Names sent in CertificateRequest, in bytes together; a client that needs more knows its certificates anyway. */
const MAX_CERTIFICATE_AUTHORITIES = 8192;

export interface FlightInput {
  readonly config: ServerConfig;
  readonly hello: ClientHello;
  readonly suite: CipherSuite13;
  readonly choice: GroupChoice & { readonly kind: 'share' };
  readonly transcript: TranscriptHash;
  readonly aligned: Aligned;
  readonly retried: boolean;
}

/** Sends ServerHello to Certificate and asks for the signature. */
export function startFlight(input: FlightInput): Step {
  const { config, hello, suite, choice, transcript, aligned } = input;
  // Everything that can be refused is refused before anything is sent.
  const names = credentialsFor(config, hello.known.serverName);
  const { credential, scheme } = negotiateCredential(config, hello, names.credentials);
  const alpnProtocol = negotiateAlpn(config.alpnProtocols, offeredProtocols(hello));
  const answer = choice.group.encapsulate(choice.keyExchange, config.provider.random);
  if (answer === undefined) {
    throw new TLSError('bad_key_share', `the client's ${choice.group.name} share is not valid`, {
      rfc: 'RFC 8446 4.2.8.2',
    });
  }

  const random = new Uint8Array(RANDOM_LENGTH);
  config.provider.random(random);
  const serverHello = encodeServerHello({
    random,
    legacySessionIdEcho: hello.legacySessionId,
    cipherSuite: suite.code,
    extensions: [
      keyShare.serverHello.encode({ group: choice.group.code, keyExchange: answer.share }),
      supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
    ],
  });
  transcript.add(serverHello);
  const keys = handshakeKeys(suite, transcript, answer.secret, hello.random);

  const effects: Effect[] = [
    {
      kind: 'facts',
      facts: {
        cipherSuite: suite,
        group: choice.group,
        localCredential: credential,
        localSignatureScheme: scheme,
        ...(alpnProtocol === undefined ? {} : { alpnProtocol }),
      },
    },
    { kind: 'send', message: serverHello },
  ];
  // RFC 8446 D.4: once, after the first message, if the client asked for it by a session id.
  if (hello.legacySessionId.length > 0 && !input.retried) effects.push({ kind: 'send_change_cipher_spec' });
  effects.push(
    ...handshakeSecretEffects(keys),
    { kind: 'install_write', suite, secret: keys.serverHandshakeTrafficSecret, epoch: 'handshake' },
    { kind: 'install_read', suite, secret: keys.clientHandshakeTrafficSecret, epoch: 'handshake', aligned },
  );
  const send = (message: Uint8Array): void => {
    transcript.add(message);
    effects.push({ kind: 'send', message });
  };
  send(encodeEncryptedExtensions({ extensions: encryptedExtensions(config, names.named, alpnProtocol) }));
  if (config.clientAuth !== 'none') {
    send(certificateRequest(config));
    effects.push({ kind: 'facts', facts: { clientCertificateRequested: true } });
  }
  send(certificateMessage(EMPTY, credential.chain));
  effects.push({
    kind: 'need',
    need: { kind: 'sign', credential, scheme, message: signedContent('server', transcript) },
  });
  return { state: { name: 'AwaitServerSignature', session: { config, keys }, scheme, credential }, effects };
}

function encryptedExtensions(
  config: ServerConfig,
  named: boolean,
  alpnProtocol: string | undefined,
): readonly RawExtension[] {
  const extensions: RawExtension[] = [];
  if (alpnProtocol !== undefined) {
    extensions.push(alpn.encryptedExtensions.encode(asciiEncode(alpnProtocol)));
  }
  // RFC 6066 3: says that the name decided.
  if (named) extensions.push(serverName.encryptedExtensions.encode(true));
  return config.shapeEncryptedExtensions?.(extensions) ?? extensions;
}

function certificateRequest(config: ServerConfig): Uint8Array {
  const extensions: RawExtension[] = [
    signatureAlgorithms.certificateRequest.encode(config.signatureAlgorithms.map((scheme) => scheme.code)),
  ];
  const names = config.trust.certificates.map((anchor) => anchor.subject.raw);
  const total = names.reduce((sum, name) => sum + name.length + 2, 0);
  if (names.length > 0 && total <= MAX_CERTIFICATE_AUTHORITIES) {
    extensions.push(certificateAuthorities.certificateRequest.encode(names));
  }
  return encodeCertificateRequest({ certificateRequestContext: EMPTY, extensions });
}

/** CertificateVerify and Finished; application keys for writing. */
export function onServerSignature(state: AwaitServerSignature, signature: Uint8Array): Step {
  const { session, scheme } = state;
  const { config, keys } = session;
  const { suite, transcript } = keys;
  const verify = certificateVerifyMessage(scheme, signature);
  transcript.add(verify);
  const finished = encodeFinished({
    verifyData: verifyData(suite.hash, keys.serverHandshakeTrafficSecret, transcript.digest()),
  });
  transcript.add(finished);
  keys.serverHandshakeTrafficSecret.wipe();
  const secrets = applicationSecrets(keys);
  const flight: ServerFlight = { session, ...secrets };
  const effects: Effect[] = [
    { kind: 'send', message: verify },
    { kind: 'send', message: finished },
    ...applicationSecretEffects(secrets),
    { kind: 'install_write', suite, secret: secrets.serverApplicationTrafficSecret, epoch: 'application' },
  ];
  if (config.halfRtt) effects.push({ kind: 'writable' });
  return config.clientAuth === 'none'
    ? { state: { name: 'ExpectClientFinished', flight }, effects }
    : { state: { name: 'ExpectClientCertificate', flight }, effects };
}
