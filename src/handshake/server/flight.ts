/** ServerHello to Finished: the server's flight (RFC 8446 4.1.3, 4.3, 4.4). */

import { EMPTY } from '../../bytes/bytes.ts';
import { asciiEncode } from '../../bytes/encoding.ts';
import type { Secret } from '../../bytes/secret.ts';
import { type CredentialsForName, credentialsFor, type ServerConfig } from '../../config/config.ts';
import { verifyData } from '../../key-schedule/tls13.ts';
import { encodeCertificateRequest } from '../../message/certificate-request.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import { encodeEncryptedExtensions } from '../../message/encrypted-extensions.ts';
import { alpn } from '../../message/extension/alpn.ts';
import { certificateAuthorities } from '../../message/extension/certificate-authorities.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { compressCertificate } from '../../message/extension/compress-certificate.ts';
import { earlyData } from '../../message/extension/early-data.ts';
import { keyShare } from '../../message/extension/key-share.ts';
import { preSharedKey } from '../../message/extension/pre-shared-key.ts';
import { serverName } from '../../message/extension/server-name.ts';
import { signatureAlgorithms } from '../../message/extension/signature-algorithms.ts';
import { signatureAlgorithmsCert } from '../../message/extension/signature-algorithms-cert.ts';
import { supportedVersions } from '../../message/extension/supported-versions.ts';
import { encodeFinished } from '../../message/finished.ts';
import { encodeServerHello } from '../../message/server-hello.ts';
import { TLSError } from '../../wire/error.ts';
import { ProtocolVersion, PskKeyExchangeMode } from '../../wire/registry.ts';
import { certificateVerifyMessage, signedContent } from '../authenticate.ts';
import { compressed, takenAlgorithms } from '../certificate-compression.ts';
import {
  type CertificateTypes,
  typeAnswers,
  typeAnswerWithout,
  typesFor,
  X509_ALONE,
} from '../certificate-types.ts';
import {
  type EarlyDataInfo,
  type EarlyDataReason,
  type EarlyKeys,
  earlySecretEffects,
} from '../early-data.ts';
import type { Effect, Facts, Step } from '../effect.ts';
import { identityOf } from '../external-psk.ts';
import {
  applicationSecretEffects,
  applicationSecrets,
  handshakeKeys,
  handshakeSecretEffects,
} from '../keys13.ts';
import { authorityNames, negotiateAlpn, negotiateCredential, offeredProtocols } from '../negotiate.ts';
import { serverLimits } from '../record-limits.ts';
import { restoredPeer } from '../resumption.ts';
import type { CredentialChoice } from '../select-credential.ts';
import { showing, shownBy, shownFacts } from '../shown.ts';
import { asksForStatus, leafExtensions, stapleRequests } from '../staple.ts';
import {
  type AcceptedPsk,
  type AwaitServerSignature,
  type AwaitStaple,
  anonymousPeer,
  externalPeer,
  type FlightInput,
  type HandshakeKeys,
  type PeerIdentity,
  type ServerFlight,
  type ServerProgress,
} from '../state.ts';
import { earlyVerdict, skipEffect, withoutReadLimit } from './early-data.ts';

const RANDOM_LENGTH = 32;

/** Early data that is taken. */
export interface EarlyAcceptance {
  readonly keys: EarlyKeys;
  readonly maximum: number;
}

/** Whether the client can be served with a certificate. */
export function certificateSuits(config: ServerConfig, hello: ClientHello): boolean {
  try {
    negotiateCredential(config, hello, credentialsFor(config, hello.known.serverName).credentials);
    return true;
  } catch (error) {
    if (error instanceof TLSError && error.family !== 'internal') return false;
    throw error;
  }
}

function credentialChoice(
  config: ServerConfig,
  hello: ClientHello,
  names: CredentialsForName,
): CredentialChoice {
  if (names.credentials.length === 0 && config.externalPsks.length > 0) {
    if (hello.known.preSharedKey === undefined) {
      throw new TLSError(
        'missing_extension',
        'ClientHello has no pre_shared_key, and we have no certificate',
        {
          rfc: 'RFC 8446 4.2.11',
        },
      );
    }
    throw new TLSError('no_common_psk', 'the client offers none of our PSKs for use with (EC)DHE', {
      rfc: 'RFC 8446 4.2.11',
    });
  }
  return negotiateCredential(config, hello, names.credentials);
}

/**
 * Sends ServerHello and EncryptedExtensions; then, without a PSK, up to Certificate, and asks for the signature;
 * with one, Finished, since the PSK authenticates both ends (RFC 8446 2.2).
 */
export function startFlight(
  input: FlightInput,
  accepted: AcceptedPsk | undefined,
  early: EarlyAcceptance | undefined,
  refusal?: EarlyDataReason,
): Step {
  const { config, hello } = input;
  // Everything that can be refused is refused before anything is sent.
  const names = credentialsFor(config, hello.known.serverName);
  const choice = accepted === undefined ? credentialChoice(config, hello, names) : undefined;
  const alpnProtocol = negotiateAlpn(config.alpnProtocols, offeredProtocols(hello));
  if (choice === undefined) {
    const { progress, effects, send, deferred } = openFlight(
      input,
      accepted,
      alpnProtocol,
      X509_ALONE,
      early,
      refusal,
    );
    const answers = typeAnswerWithout(hello, names.credentials);
    // RFC 6066 3: a name decides nothing when a session is resumed, and is not answered then.
    const extensions = encryptedExtensions(input, false, alpnProtocol, answers, early !== undefined);
    send(encodeEncryptedExtensions({ extensions }));
    const peer = peerBy(config, accepted);
    secretOf(accepted)?.wipe();
    effects.push({ kind: 'facts', facts: pskFacts(peer, accepted?.kind === 'session') });
    const end = finishFlight(progress);
    const { flight } = end;
    return {
      state:
        early === undefined
          ? { name: 'ExpectClientFinished', flight, peer }
          : { name: 'ExpectEndOfEarlyData', flight, peer, deferred },
      effects: [...effects, ...end.effects],
    };
  }
  const named = names.named.includes(choice.credential);
  const types = typesFor(config, hello, choice.credential);
  const state: AwaitStaple = { name: 'AwaitStaple', input, choice, types, named, alpnProtocol };
  if (!asksForStatus(hello) || choice.credential.rawPublicKey !== undefined)
    return onStaple(state, undefined);
  return { state, effects: [{ kind: 'need', need: { kind: 'staple', credential: choice.credential } }] };
}

/** ServerHello to Certificate, with what is stapled to it; then the signature. */
export function onStaple(state: AwaitStaple, ocspResponse: Uint8Array | undefined): Step {
  const { input, choice, types, named, alpnProtocol } = state;
  const { config, hello } = input;
  const { progress, effects, send } = openFlight(input, undefined, alpnProtocol, types, undefined, undefined);
  const answers = typeAnswers(config, hello, types);
  const extensions = encryptedExtensions(input, named, alpnProtocol, answers, false);
  send(encodeEncryptedExtensions({ extensions }));
  const { credential, scheme } = choice;
  effects.push({ kind: 'facts', facts: { localCredential: credential, localSignatureScheme: scheme } });
  if (config.clientAuth !== 'none') {
    send(certificateRequest(config));
    effects.push({ kind: 'facts', facts: { clientCertificateRequested: true } });
  }
  const timestamps =
    hello.known.signedCertificateTimestamp === true ? credential.signedCertificateTimestamps : undefined;
  const shown = showing(credential, leafExtensions({ ocspResponse, timestamps }));
  send(compressed(config, hello.known.compressCertificate, shown));
  effects.push({
    kind: 'need',
    need: { kind: 'sign', credential, scheme, message: signedContent('server', progress.keys.transcript) },
  });
  return { state: { name: 'AwaitServerSignature', progress, scheme, credential }, effects };
}

function secretOf(accepted: AcceptedPsk | undefined): Secret | undefined {
  return accepted?.kind === 'external' ? accepted.key.secret : accepted?.session.secret;
}

function peerBy(config: ServerConfig, accepted: AcceptedPsk | undefined): PeerIdentity {
  if (accepted === undefined) return anonymousPeer(config);
  if (accepted.kind === 'session') return restoredPeer(accepted.session);
  return externalPeer(config, identityOf(accepted.key.psk));
}

function pskFacts(peer: PeerIdentity, resumed: boolean): Facts {
  const shown = shownBy(peer);
  return {
    ...(resumed ? { resumed } : {}),
    ...(peer.externalPsk === undefined ? {} : { externalPsk: peer.externalPsk }),
    ...(shown === undefined ? {} : shownFacts(shown)),
    ...(peer.verdict === undefined ? {} : { peerVerdict: peer.verdict }),
  };
}

interface Opening {
  readonly progress: ServerProgress;
  readonly effects: Effect[];
  /** Adds a message to transcript and effects. */
  readonly send: (message: Uint8Array) => void;
  /** What holds from the end of early data on. */
  readonly deferred: readonly Effect[];
}

/** ServerHello, the handshake keys, and the dummy record of RFC 8446 D.4. */
function openFlight(
  input: FlightInput,
  accepted: AcceptedPsk | undefined,
  alpnProtocol: string | undefined,
  types: CertificateTypes,
  early: EarlyAcceptance | undefined,
  refusal: EarlyDataReason | undefined,
): Opening {
  const { config, hello, suite, group, transcript } = input;
  const answer = group.encapsulate(input.keyExchange, config.provider.random);
  if (answer === undefined) {
    throw new TLSError('bad_key_share', `the client's ${group.name} share is not valid`, {
      rfc: 'RFC 8446 4.2.8.2',
    });
  }
  const random = new Uint8Array(RANDOM_LENGTH);
  config.provider.random(random);
  const extensions = [
    // First, as in RFC 8448 4.
    ...(accepted === undefined ? [] : [preSharedKey.serverHello.encode(accepted.index)]),
    keyShare.serverHello.encode({ group: group.code, keyExchange: answer.share }),
    supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
  ];
  const effects: Effect[] = [
    {
      kind: 'facts',
      facts: {
        version: ProtocolVersion.TLS13,
        cipherSuite: suite,
        group,
        ...(alpnProtocol === undefined ? {} : { alpnProtocol }),
        earlyData: early === undefined ? earlyVerdict(input, accepted, refusal) : ACCEPTED,
      },
    },
  ];
  const send = (message: Uint8Array): void => {
    transcript.add(message);
    effects.push({ kind: 'send', message });
  };
  transcript.add(hello.raw);
  send(
    encodeServerHello({
      random,
      legacySessionIdEcho: hello.legacySessionId,
      cipherSuite: suite.code,
      extensions,
    }),
  );
  const keys = handshakeKeys(suite, transcript, answer.secret, hello.random, secretOf(accepted));
  if (hello.legacySessionId.length > 0 && !input.retried) effects.push({ kind: 'send_change_cipher_spec' });
  const limits = serverLimits(config, hello, ProtocolVersion.TLS13).effects;
  effects.push(
    ...handshakeSecretEffects(keys),
    { kind: 'install_write', suite, secret: keys.serverHandshakeTrafficSecret, epoch: 'handshake' },
    ...firstReadKey(input, keys, early),
    ...(early === undefined ? limits : withoutReadLimit(limits)),
  );
  const takesTickets = hello.known.pskKeyExchangeModes?.includes(PskKeyExchangeMode.psk_dhe_ke) === true;
  const progress: ServerProgress = {
    config,
    keys,
    serverName: hello.known.serverName,
    alpnProtocol,
    clientType: types.client,
    takesTickets,
    early: early?.keys,
  };
  return { progress, effects, send, deferred: limits };
}

const ACCEPTED: EarlyDataInfo = { status: 'accepted', reason: undefined };

/** The early key, where early data is taken; else that of the handshake, with which what does not open is skipped. */
function firstReadKey(
  { config, aligned, earlyOffered, retried }: FlightInput,
  { suite, clientHandshakeTrafficSecret }: HandshakeKeys,
  early: EarlyAcceptance | undefined,
): readonly Effect[] {
  if (early === undefined) {
    const secret = clientHandshakeTrafficSecret;
    const read: Effect = { kind: 'install_read', suite, secret, epoch: 'handshake', aligned };
    // After a retry whatever comes is protected (RFC 8446 4.2.10).
    return earlyOffered && !retried ? [skipEffect(config), read] : [read];
  }
  const { keys, maximum } = early;
  return [
    ...earlySecretEffects(keys),
    { kind: 'install_read', suite, secret: keys.trafficSecret, epoch: 'early', aligned },
    { kind: 'limit_early_data', maximum },
  ];
}

function encryptedExtensions(
  { config, hello }: FlightInput,
  named: boolean,
  alpnProtocol: string | undefined,
  answers: readonly RawExtension[],
  early: boolean,
): readonly RawExtension[] {
  const extensions: RawExtension[] = [...answers];
  if (alpnProtocol !== undefined) {
    extensions.push(alpn.encryptedExtensions.encode(asciiEncode(alpnProtocol)));
  }
  // RFC 6066 3: says that the name decided.
  if (named) extensions.push(serverName.encryptedExtensions.encode(true));
  extensions.push(...serverLimits(config, hello, ProtocolVersion.TLS13).extensions);
  if (early) extensions.push(earlyData.encryptedExtensions.encode(true));
  return config.shapeEncryptedExtensions?.(extensions) ?? extensions;
}

function certificateRequest(config: ServerConfig): Uint8Array {
  const extensions: RawExtension[] = [
    signatureAlgorithms.certificateRequest.encode(config.signatureAlgorithms.map((scheme) => scheme.code)),
    ...stapleRequests(config),
  ];
  const { certificateAlgorithms } = config;
  if (certificateAlgorithms !== undefined) {
    const codes = certificateAlgorithms.map(({ code }) => code);
    extensions.push(signatureAlgorithmsCert.certificateRequest.encode(codes));
  }
  const algorithms = takenAlgorithms(config);
  if (algorithms.length > 0) extensions.push(compressCertificate.certificateRequest.encode(algorithms));
  const names = authorityNames(config);
  if (names.length > 0) extensions.push(certificateAuthorities.certificateRequest.encode(names));
  return encodeCertificateRequest({ certificateRequestContext: EMPTY, extensions });
}

/** CertificateVerify and Finished. */
export function onServerSignature(state: AwaitServerSignature, signature: Uint8Array): Step {
  const { progress, scheme } = state;
  const verify = certificateVerifyMessage(scheme, signature);
  progress.keys.transcript.add(verify);
  const { flight, effects } = finishFlight(progress);
  const all: Effect[] = [{ kind: 'send', message: verify }, ...effects];
  return progress.config.clientAuth === 'none'
    ? {
        state: { name: 'ExpectClientFinished', flight, peer: anonymousPeer(progress.config) },
        effects: all,
      }
    : { state: { name: 'ExpectClientCertificate', flight }, effects: all };
}

/** Finished; application keys for writing. */
function finishFlight(progress: ServerProgress): {
  readonly flight: ServerFlight;
  readonly effects: readonly Effect[];
} {
  const { config, keys } = progress;
  const { suite, transcript } = keys;
  const finished = encodeFinished({
    verifyData: verifyData(suite.hash, keys.serverHandshakeTrafficSecret, transcript.digest()),
  });
  transcript.add(finished);
  const secrets = applicationSecrets(keys);
  const effects: Effect[] = [
    { kind: 'send', message: finished },
    // As an effect: with a PSK the keys made from it are installed in this very step.
    { kind: 'wipe', secret: keys.serverHandshakeTrafficSecret },
    ...applicationSecretEffects(secrets),
    { kind: 'install_write', suite, secret: secrets.serverApplicationTrafficSecret, epoch: 'application' },
  ];
  if (config.halfRtt) effects.push({ kind: 'writable' });
  return { flight: { progress, ...secrets }, effects };
}
