/** A server of TLS 1.2, as a client sees it: ServerHello to ServerHelloDone (RFC 5246 7.4). */
import { copyBytes, EMPTY, equalBytes } from '../../bytes/bytes.ts';
import { asciiDecode } from '../../bytes/encoding.ts';
import type { ClientConfig } from '../../config/config.ts';
import type { CipherSuite12, KeyExchangeGroup } from '../../crypto/provider.ts';
import { checkSolicited } from '../../message/extension/table.ts';
import type { ServerHello } from '../../message/server-hello.ts';
import type { Certificate12 } from '../../message/tls12/certificate.ts';
import type { CertificateRequest12 } from '../../message/tls12/certificate-request.ts';
import type { CertificateStatus } from '../../message/tls12/certificate-status.ts';
import type { ServerHelloDone } from '../../message/tls12/server-hello-done.ts';
import type { ServerKeyExchange } from '../../message/tls12/server-key-exchange.ts';
import type { StoredSession } from '../../session/session.ts';
import { TLSError } from '../../wire/error.ts';
import { ECPointFormat, nameOf, ProtocolVersion } from '../../wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../wire/registry-crypto.ts';
import { agreedTypes, checkedTypes } from '../certificate-types.ts';
import type { Effect, Step } from '../effect.ts';
import { clientLimits } from '../record-limits.ts';
import { restoredPeer } from '../resumption.ts';
import { needVerdict, readShown, shownBy, shownFacts, shownKey } from '../shown.ts';
import type { ClientOffer } from '../state.ts';
import {
  checkSignature12,
  curveOffered,
  groups12,
  signedKeyExchange,
  suiteFitsKey,
} from '../tls12/authenticate.ts';
import { connectionKeys, masterSecretEffect } from '../tls12/keys.ts';
import { MessageLog } from '../tls12/message-log.ts';
import type {
  Agreed12,
  Closing12,
  ExpectCertificate12,
  ExpectDone,
  ExpectRequestOrDone,
  ExpectServerKeyExchange,
  ExpectStatusOrKeyExchange,
  SignedShare,
} from '../tls12/state.ts';
import { afterTicket } from './tls12-finish.ts';

function chosenSuite(config: ClientConfig, offer: ClientOffer, hello: ServerHello): CipherSuite12 {
  const suite = config.cipherSuites12.find(
    (candidate) => candidate.code === hello.cipherSuite && offer.hello.cipherSuites.includes(candidate.code),
  );
  if (suite !== undefined) return suite;
  throw new TLSError(
    'unoffered_cipher_suite',
    `the server chose ${nameOf(CipherSuite, hello.cipherSuite)}, which was not offered for TLS 1.2`,
    { rfc: 'RFC 5246 7.4.1.3' },
  );
}

function checkHello(config: ClientConfig, offer: ClientOffer, hello: ServerHello): void {
  checkSolicited(hello.extensions, offer.offeredExtensions, 'SH12');
  if (hello.legacyCompressionMethod !== 0) {
    throw new TLSError('bad_compression_method', 'the server chose a compression method', {
      rfc: 'RFC 5246 7.4.1.3',
    });
  }
  if (config.requireSecureRenegotiation && hello.known.renegotiationInfo === undefined) {
    throw new TLSError('bad_renegotiation_info', 'the server does not support renegotiation_info', {
      rfc: 'RFC 5746 4.1',
    });
  }
  // RFC 5746 3.4: on a first handshake it must be empty, or we are being spliced into another one (CVE-2009-3555).
  if ((hello.known.renegotiationInfo?.length ?? 0) > 0) {
    throw new TLSError('bad_renegotiation_info', 'renegotiation_info is not empty in a first handshake', {
      rfc: 'RFC 5746 3.4',
    });
  }
  if (hello.known.ecPointFormats?.includes(ECPointFormat.uncompressed) === false) {
    throw new TLSError('illegal_parameter', 'ec_point_formats lacks the uncompressed form', {
      rfc: 'RFC 8422 5.1.2',
    });
  }
  if (config.requireExtendedMasterSecret && hello.known.extendedMasterSecret !== true) {
    throw new TLSError('no_extended_master_secret', 'the server does not support extended_master_secret', {
      rfc: 'RFC 7627 5.2',
    });
  }
}

function acceptedAlpn(config: ClientConfig, hello: ServerHello): string | undefined {
  const selected = hello.known.alpn;
  if (selected === undefined) return undefined;
  const name = asciiDecode(selected);
  if (name !== undefined && config.alpnProtocols.includes(name)) return name;
  throw new TLSError('unoffered_alpn', 'the server chose an application protocol that was not offered', {
    rfc: 'RFC 7301 3.2',
  });
}

/** The version is known to be TLS 1.2, and one that we offered. */
export function onServerHello12(config: ClientConfig, offer: ClientOffer, hello: ServerHello): Step {
  const suite = chosenSuite(config, offer, hello);
  checkHello(config, offer, hello);
  const alpnProtocol = acceptedAlpn(config, hello);
  const limits = clientLimits(offer.hello, hello.known, ProtocolVersion.TLS12);
  for (const share of offer.shares) share.secret.wipe();
  for (const key of offer.externals) key.secret.wipe();
  const log = new MessageLog(suite.hash);
  log.add(offer.hello.raw);
  log.add(hello.raw);
  const agreed: Agreed12 = {
    suite,
    clientRandom: copyBytes(offer.hello.random),
    serverRandom: copyBytes(hello.random),
    extendedMasterSecret: hello.known.extendedMasterSecret === true,
    log,
    serverName: offer.hello.known.serverName,
    alpnProtocol,
    sessionId: hello.legacySessionIdEcho,
    ticketPromised: hello.known.sessionTicket === true,
    types: checkedTypes(offer.hello, hello.known),
  };
  const effects: Effect[] = [
    { kind: 'speak_tls12' },
    ...limits,
    {
      kind: 'facts',
      facts: {
        version: ProtocolVersion.TLS12,
        cipherSuite: suite,
        extendedMasterSecret: agreed.extendedMasterSecret,
        ...(alpnProtocol === undefined ? {} : { alpnProtocol }),
      },
    },
  ];
  const echoed =
    hello.legacySessionIdEcho.length > 0 &&
    equalBytes(hello.legacySessionIdEcho, offer.hello.legacySessionId);
  if (echoed) return resume(config, offer, agreed, effects);
  offer.session?.secret.wipe();
  const timestamps = hello.known.signedCertificateTimestamp;
  if (timestamps !== undefined) {
    effects.push({ kind: 'facts', facts: { signedCertificateTimestamps: timestamps.map(copyBytes) } });
  }
  if (suite.authentication === 'psk') {
    return { state: { name: 'ExpectPskServerKeyExchange', agreed }, effects };
  }
  agreedTypes(config, offer.hello, hello.known);
  return {
    state: {
      name: 'ExpectCertificate12',
      agreed,
      statusPromised: hello.known.statusRequest === true,
    },
    effects,
  };
}

/** The server takes up the session: ours, of the same suite, and with the master secret bound as it was. */
function resume(
  config: ClientConfig,
  offer: ClientOffer,
  agreed: Agreed12,
  effects: readonly Effect[],
): Step {
  const session: StoredSession | undefined = offer.session?.version === 'tls12' ? offer.session : undefined;
  if (session === undefined) {
    throw new TLSError('session_id_mismatch', 'the server resumes a session that was not offered', {
      rfc: 'RFC 5246 7.4.1.3',
    });
  }
  if (session.cipherSuite !== agreed.suite.code) {
    throw new TLSError('unoffered_cipher_suite', 'the server resumes the session with another cipher suite', {
      rfc: 'RFC 5246 7.4.1.3',
    });
  }
  if (!agreed.extendedMasterSecret) {
    throw new TLSError('extended_master_secret_changed', 'the session was made with extended_master_secret', {
      rfc: 'RFC 7627 5.3',
    });
  }
  const peer = restoredPeer(session);
  const shown = shownBy(peer);
  const keys = connectionKeys(agreed, session.secret, 'client');
  agreed.log.stopKeeping();
  const closing: Closing12 = {
    agreed,
    keys,
    peer,
    firstFinished: EMPTY,
    resumed: true,
    ticket: EMPTY,
    ticketLifetime: session.lifetime,
  };
  const known: readonly Effect[] = [
    ...effects,
    masterSecretEffect(keys),
    {
      kind: 'facts',
      facts: {
        resumed: true,
        ...(shown === undefined ? {} : shownFacts(shown)),
        ...(peer.verdict === undefined ? {} : { peerVerdict: peer.verdict }),
      },
    },
  ];
  if (!config.delegate.has('verify_peer') || shown === undefined) return afterTicket(closing, known);
  return {
    state: { name: 'AwaitResumedVerdict12', closing, shown },
    effects: [...known, needVerdict(config, shown)],
  };
}

export function onCertificate12(
  config: ClientConfig,
  state: ExpectCertificate12,
  message: Certificate12,
): Step {
  const { agreed } = state;
  const shown = readShown(config, agreed.types.server, message.certificateList, 'tls12');
  if (shown === undefined) {
    throw new TLSError('empty_certificate', 'the server sent no certificate', { rfc: 'RFC 5246 7.4.2' });
  }
  const key = shownKey(shown);
  if (!suiteFitsKey(agreed.suite, key)) {
    throw new TLSError('certificate_unfit', `a certificate's ${key.kind} key for ${agreed.suite.name}`, {
      rfc: 'RFC 5246 7.4.2',
    });
  }
  const groups = config.groups.map((group) => group.code);
  if (!curveOffered(key, groups)) {
    throw new TLSError('certificate_unfit', 'the certificate is for a curve that was not offered', {
      rfc: 'RFC 8422 5.3',
    });
  }
  agreed.log.add(message.raw);
  const effects: readonly Effect[] = [{ kind: 'facts', facts: shownFacts(shown) }];
  return state.statusPromised
    ? { state: { name: 'ExpectStatusOrKeyExchange', agreed, shown }, effects }
    : { state: { name: 'ExpectServerKeyExchange', agreed, shown }, effects };
}

export function onCertificateStatus(state: ExpectStatusOrKeyExchange, message: CertificateStatus): Step {
  const { agreed, shown } = state;
  agreed.log.add(message.raw);
  return {
    state: { name: 'ExpectServerKeyExchange', agreed, shown },
    effects: [{ kind: 'facts', facts: { ocspResponse: copyBytes(message.ocspResponse) } }],
  };
}

/** One of ours, which is one that was offered (RFC 8422 5.4). */
export function serverGroup(config: ClientConfig, namedCurve: NamedGroup): KeyExchangeGroup {
  const group = groups12(config).find((candidate) => candidate.code === namedCurve);
  if (group !== undefined) return group;
  throw new TLSError('unoffered_group', `the server's share is for ${nameOf(NamedGroup, namedCurve)}`, {
    rfc: 'RFC 8422 5.4',
  });
}

export function onServerKeyExchange(
  config: ClientConfig,
  state: ExpectServerKeyExchange | ExpectStatusOrKeyExchange,
  message: ServerKeyExchange,
): Step {
  const { agreed, shown } = state;
  const group = serverGroup(config, message.namedCurve);
  const content = signedKeyExchange(agreed, message.signedParams);
  const scheme = checkSignature12(
    config,
    shownKey(shown),
    message.algorithm,
    content,
    message.signature,
    'ServerKeyExchange',
  );
  agreed.log.add(message.raw);
  const share: SignedShare = { agreed, shown, group, publicKey: message.publicKey };
  return {
    state: { name: 'ExpectRequestOrDone', share },
    effects: [{ kind: 'facts', facts: { group, peerSignatureScheme: scheme } }],
  };
}

export function onCertificateRequest12(state: ExpectRequestOrDone, request: CertificateRequest12): Step {
  state.share.agreed.log.add(request.raw);
  return {
    state: { name: 'ExpectDone', share: state.share, request },
    effects: [{ kind: 'facts', facts: { clientCertificateRequested: true } }],
  };
}

/** The server's flight is complete: judge its certificate before anything is answered. */
export function onServerHelloDone(
  config: ClientConfig,
  state: ExpectRequestOrDone | ExpectDone,
  message: ServerHelloDone,
): Step {
  const { share } = state;
  share.agreed.log.add(message.raw);
  const request = state.name === 'ExpectDone' ? state.request : undefined;
  return {
    state: { name: 'AwaitServerVerdict12', share, request },
    effects: [needVerdict(config, share.shown)],
  };
}
