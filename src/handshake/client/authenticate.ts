/** From EncryptedExtensions to the verdict on the server's certificate (RFC 8446 4.3, 4.4). */
import { asciiDecode } from '../../bytes/encoding.ts';
import type { ClientConfig } from '../../config/config.ts';
import type { Certificate as CertificateMessage } from '../../message/certificate.ts';
import type { CertificateRequest } from '../../message/certificate-request.ts';
import type { CertificateVerify } from '../../message/certificate-verify.ts';
import type { EncryptedExtensions } from '../../message/encrypted-extensions.ts';
import { checkSolicited } from '../../message/extension/table.ts';
import type { StoredSession } from '../../session/session.ts';
import { TLSError } from '../../wire/error.ts';
import { ProtocolVersion } from '../../wire/registry.ts';
import { checkCertificateVerify } from '../authenticate.ts';
import { agreedTypes, checkedTypes } from '../certificate-types.ts';
import type { Effect, Facts, Step } from '../effect.ts';
import { clientLimits } from '../record-limits.ts';
import { restoredPeer } from '../resumption.ts';
import { needVerdict, readShown, shownBy, shownFacts, shownKey } from '../shown.ts';
import { stapledFacts } from '../staple.ts';
import {
  type ClientProgress,
  type EarlyOffer,
  type ExpectCertificate,
  type ExpectCertificateOrRequest,
  type ExpectCertificateVerify,
  type ExpectEncryptedExtensions,
  externalPeer,
  type HandshakeKeys,
} from '../state.ts';
import { checkAccepted, rejectedEffects } from './early-data.ts';

export function onEncryptedExtensions(
  config: ClientConfig,
  state: ExpectEncryptedExtensions,
  message: EncryptedExtensions,
): Step {
  checkSolicited(message.extensions, state.offer.offeredExtensions, 'EE');
  const alpnProtocol = acceptedAlpn(config, message);
  state.keys.transcript.add(message.raw);
  const accepted = message.known.earlyData === true;
  const { authentication, keys } = state;
  const types =
    authentication.kind === 'certificate'
      ? agreedTypes(config, state.offer.hello, message.known)
      : checkedTypes(state.offer.hello, message.known);
  const early = accepted ? checkAccepted(state.early, keys.suite, alpnProtocol) : undefined;
  const progress: ClientProgress = { offer: state.offer, keys, alpnProtocol, types, early };
  const effects: Effect[] = [...clientLimits(state.offer.hello, message.known, ProtocolVersion.TLS13)];
  if (early !== undefined) effects.push(...acceptedEffects());
  else if (state.early !== undefined) effects.push(...declinedEffects(keys, state.early));
  if (alpnProtocol !== undefined) effects.push({ kind: 'facts', facts: { alpnProtocol } });
  if (authentication.kind === 'external') {
    const peer = externalPeer(config, authentication.psk);
    return { state: { name: 'ExpectFinished', progress, request: undefined, peer }, effects };
  }
  if (authentication.kind === 'session' && state.offer.session !== undefined) {
    return resumedStep(config, progress, state.offer.session, effects);
  }
  return { state: { name: 'ExpectCertificateOrRequest', progress }, effects };
}

/** No certificate comes: the peer is the one the session was made with. An application that judges is asked again. */
function resumedStep(
  config: ClientConfig,
  progress: ClientProgress,
  session: StoredSession,
  effects: readonly Effect[],
): Step {
  const peer = restoredPeer(session);
  const shown = shownBy(peer);
  const known: Effect = {
    kind: 'facts',
    facts: {
      resumed: true,
      ...(peer.externalPsk === undefined ? {} : { externalPsk: peer.externalPsk }),
      ...(shown === undefined ? {} : shownFacts(shown)),
      ...(peer.verdict === undefined ? {} : { peerVerdict: peer.verdict }),
    },
  };
  // One that was made with an external PSK has nothing to judge.
  if (!config.delegate.has('verify_peer') || shown === undefined) {
    return {
      state: { name: 'ExpectFinished', progress, request: undefined, peer },
      effects: [...effects, known],
    };
  }
  return {
    state: {
      name: 'AwaitServerVerdict',
      progress,
      request: undefined,
      shown,
      authenticatedAt: peer.authenticatedAt,
    },
    effects: [...effects, known, needVerdict(config, shown)],
  };
}

function acceptedEffects(): readonly Effect[] {
  return [
    { kind: 'facts', facts: { earlyData: { status: 'accepted', reason: undefined } } },
    { kind: 'early_data_answer', accepted: true, reason: undefined },
  ];
}

/** The PSK is taken up, the early data not: no EndOfEarlyData is sent (RFC 8446 4.5). */
function declinedEffects(keys: HandshakeKeys, early: EarlyOffer): readonly Effect[] {
  const { suite, clientHandshakeTrafficSecret: secret } = keys;
  return [
    { kind: 'install_write', suite, secret, epoch: 'handshake' },
    ...rejectedEffects(early, 'declined'),
  ];
}

/** RFC 7301 3.2: one protocol, and one that was offered. */
function acceptedAlpn(config: ClientConfig, message: EncryptedExtensions): string | undefined {
  const selected = message.known.alpn;
  if (selected === undefined) return undefined;
  const name = asciiDecode(selected);
  if (name === undefined || !config.alpnProtocols.includes(name)) {
    throw new TLSError('unoffered_alpn', 'the server chose an application protocol that was not offered', {
      rfc: 'RFC 7301 3.2',
    });
  }
  return name;
}

export function onCertificateRequest(state: ExpectCertificateOrRequest, request: CertificateRequest): Step {
  if (request.certificateRequestContext.length > 0) {
    throw new TLSError(
      'bad_request_context',
      'certificate_request_context must be empty during the handshake',
      {
        rfc: 'RFC 8446 4.3.2',
      },
    );
  }
  if (request.known.signatureAlgorithms === undefined) {
    throw new TLSError('missing_extension', 'CertificateRequest has no signature_algorithms', {
      rfc: 'RFC 8446 4.3.2',
    });
  }
  state.progress.keys.transcript.add(request.raw);
  return {
    state: { name: 'ExpectCertificate', progress: state.progress, request },
    effects: [{ kind: 'facts', facts: { clientCertificateRequested: true } }],
  };
}

export function onCertificate(
  config: ClientConfig,
  state: ExpectCertificateOrRequest | ExpectCertificate,
  message: CertificateMessage,
): Step {
  if (message.certificateRequestContext.length > 0) {
    throw new TLSError('bad_request_context', "the server's Certificate has a certificate_request_context", {
      rfc: 'RFC 8446 4.4.2',
    });
  }
  const { progress } = state;
  for (const entry of message.certificateList) {
    checkSolicited(entry.extensions, progress.offer.offeredExtensions, 'CT');
  }
  const entries = message.certificateList.map(({ certData }) => certData);
  const shown = readShown(config, progress.types.server, entries, 'tls13');
  if (shown === undefined) {
    throw new TLSError('empty_certificate', 'the server sent no certificate', { rfc: 'RFC 8446 4.4.2.4' });
  }
  progress.keys.transcript.add(message.raw);
  const facts: Facts = { ...shownFacts(shown), ...stapledFacts(message.certificateList[0]) };
  const request = state.name === 'ExpectCertificate' ? state.request : undefined;
  return {
    state: { name: 'ExpectCertificateVerify', progress, request, shown },
    effects: [{ kind: 'facts', facts }],
  };
}

export function onCertificateVerify(
  config: ClientConfig,
  state: ExpectCertificateVerify,
  message: CertificateVerify,
): Step {
  const { progress, request, shown } = state;
  const { transcript } = progress.keys;
  const scheme = checkCertificateVerify(message, 'server', shownKey(shown), transcript, config);
  transcript.add(message.raw);
  return {
    state: { name: 'AwaitServerVerdict', progress, request, shown, authenticatedAt: undefined },
    effects: [{ kind: 'facts', facts: { peerSignatureScheme: scheme } }, needVerdict(config, shown)],
  };
}
