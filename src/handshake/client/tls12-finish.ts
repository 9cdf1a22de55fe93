/** The client's flight of TLS 1.2 and the end of the handshake (RFC 5246 7.3, RFC 5077 3.3). */
import { copyBytes, EMPTY } from '../../bytes/bytes.ts';
import { sessionBinding } from '../../config/binding.ts';
import type { ClientConfig } from '../../config/config.ts';
import type { Credential } from '../../config/options.ts';
import { encodeCertificateVerify } from '../../message/certificate-verify.ts';
import type { Aligned } from '../../message/joiner.ts';
import { encodeClientKeyExchange } from '../../message/tls12/client-key-exchange.ts';
import type { Finished12 } from '../../message/tls12/finished.ts';
import type { NewSessionTicket12 } from '../../message/tls12/new-session-ticket.ts';
import type { StoredSession } from '../../session/session.ts';
import { TLSError } from '../../wire/error.ts';
import { MAX_TICKET_LIFETIME } from '../../wire/limits.ts';
import type { Effect, Step } from '../effect.ts';
import { rememberedPeer } from '../resumption.ts';
import { showing12 } from '../shown.ts';
import type { PeerIdentity } from '../state.ts';
import { schemeFor12 } from '../tls12/authenticate.ts';
import { checkFinished12, closeWriting, freshKeys, masterSecretEffect, openReading } from '../tls12/keys.ts';
import type {
  Agreed12,
  AwaitClientCredential12,
  AwaitClientSignature12,
  Closing12,
  ExpectNewSessionTicket12,
  ExpectServerChangeCipherSpec,
  ExpectServerFinished12,
  Keys12,
  ServerShare,
} from '../tls12/state.ts';
import { checkType } from './select-credential.ts';

/** RFC 5077 3.3 leaves a hint of zero to the client: a day, as OpenSSL and Go have it within a factor of a few. */
const UNSPECIFIED_LIFETIME = 86_400;

/** Where a NewSessionTicket was promised it comes first. */
export function afterTicket(closing: Closing12, effects: readonly Effect[]): Step {
  return closing.agreed.ticketPromised
    ? { state: { name: 'ExpectNewSessionTicket12', closing }, effects }
    : { state: { name: 'ExpectServerChangeCipherSpec', closing }, effects };
}

interface KeyExchange {
  readonly message: Uint8Array;
  readonly keys: Keys12;
}

function exchangeKeys(config: ClientConfig, share: ServerShare): KeyExchange {
  const { agreed, group, publicKey } = share;
  const answer = group.encapsulate(publicKey, config.provider.random);
  if (answer === undefined) {
    throw new TLSError('bad_key_share', `the server's ${group.name} share is not valid`, {
      rfc: 'RFC 8422 5.4',
    });
  }
  const message = encodeClientKeyExchange({ publicKey: answer.share });
  agreed.log.add(message);
  return { message, keys: freshKeys(agreed, answer.secret, 'client') };
}

/** Without a request: ClientKeyExchange and Finished. */
export function sendFlight12(config: ClientConfig, share: ServerShare, peer: PeerIdentity): Step {
  const { message, keys } = exchangeKeys(config, share);
  return finishFlight12(config, share.agreed, keys, peer, [
    { kind: 'send', message },
    masterSecretEffect(keys),
  ]);
}

/** Certificate, empty when there is nothing to show, and ClientKeyExchange; then the signature, if any. */
export function onClientCredential12(
  config: ClientConfig,
  state: AwaitClientCredential12,
  credential: Credential | undefined,
): Step {
  const { share, request, peer } = state;
  const { agreed } = share;
  const scheme = credential && schemeFor12(config, credential, request.signatureAlgorithms);
  if (credential !== undefined && scheme === undefined) {
    throw new TLSError(
      'no_common_signature_scheme',
      'the client certificate fits none of the schemes the server accepts',
      { rfc: 'RFC 5246 7.4.4' },
    );
  }
  checkType(credential, agreed.types.client);
  const certificate = showing12(credential);
  agreed.log.add(certificate);
  const { message, keys } = exchangeKeys(config, share);
  const effects: readonly Effect[] = [
    { kind: 'send', message: certificate },
    { kind: 'send', message },
    masterSecretEffect(keys),
  ];
  if (credential === undefined || scheme === undefined)
    return finishFlight12(config, agreed, keys, peer, effects);
  return {
    state: { name: 'AwaitClientSignature12', agreed, keys, scheme, peer },
    effects: [
      ...effects,
      { kind: 'facts', facts: { localCredential: credential, localSignatureScheme: scheme } },
      { kind: 'need', need: { kind: 'sign', credential, scheme, message: agreed.log.bytes() } },
    ],
  };
}

export function onClientSignature12(
  config: ClientConfig,
  state: AwaitClientSignature12,
  signature: Uint8Array,
): Step {
  const { agreed, keys, scheme, peer } = state;
  const message = encodeCertificateVerify({ algorithm: scheme.code, signature });
  agreed.log.add(message);
  return finishFlight12(config, agreed, keys, peer, [{ kind: 'send', message }]);
}

/** ChangeCipherSpec and Finished, after all that comes before them. */
export function finishFlight12(
  config: ClientConfig,
  agreed: Agreed12,
  keys: Keys12,
  peer: PeerIdentity,
  effects: readonly Effect[],
): Step {
  agreed.log.stopKeeping();
  const end = closeWriting(agreed, keys, 'client');
  const closing: Closing12 = {
    agreed,
    keys,
    peer,
    firstFinished: end.verifyData,
    resumed: false,
    ticket: EMPTY,
    ticketLifetime: UNSPECIFIED_LIFETIME,
  };
  // RFC 7918 4: only under keys with forward secrecy and authenticated encryption, which all suites with certificates have.
  const early =
    config.falseStart && agreed.alpnProtocol !== undefined && agreed.suite.authentication !== 'psk';
  const writable: readonly Effect[] = early ? [{ kind: 'writable' }] : [];
  return afterTicket(closing, [...effects, ...end.effects, ...writable]);
}

export function onNewSessionTicket12(state: ExpectNewSessionTicket12, message: NewSessionTicket12): Step {
  const { closing } = state;
  closing.agreed.log.add(message.raw);
  const hint = message.ticketLifetimeHint;
  return {
    state: {
      name: 'ExpectServerChangeCipherSpec',
      closing: {
        ...closing,
        ticket: copyBytes(message.ticket),
        ticketLifetime: hint === 0 ? UNSPECIFIED_LIFETIME : Math.min(hint, MAX_TICKET_LIFETIME),
      },
    },
    effects: [],
  };
}

export function onServerChangeCipherSpec(state: ExpectServerChangeCipherSpec, aligned: Aligned): Step {
  const { closing } = state;
  return { state: { name: 'ExpectServerFinished12', closing }, effects: openReading(closing, aligned) };
}

export function onServerFinished12(
  config: ClientConfig,
  state: ExpectServerFinished12,
  message: Finished12,
): Step {
  const { closing } = state;
  const { agreed, keys } = closing;
  checkFinished12(message, closing, 'server');
  const effects: Effect[] = [];
  if (closing.resumed) effects.push(...closeWriting(agreed, keys, 'client').effects);
  const session = storedSession(config, closing);
  if (session !== undefined) effects.push({ kind: 'ticket', session });
  effects.push({ kind: 'complete' });
  return {
    state: {
      name: 'ClientOpen12',
      suite: agreed.suite,
      master: keys.master,
      clientRandom: agreed.clientRandom,
      serverRandom: agreed.serverRandom,
      extendedMasterSecret: agreed.extendedMasterSecret,
      firstFinished: closing.resumed ? copyBytes(message.verifyData) : closing.firstFinished,
    },
    effects,
  };
}

/**
 * What may be resumed later: not without extended_master_secret (RFC 7627 5.3), and not without a name for it. A
 * session taken up without a new ticket is the one we have, and does not become younger.
 */
function storedSession(config: ClientConfig, closing: Closing12): StoredSession | undefined {
  const { agreed, keys, peer, ticket } = closing;
  const named = ticket.length > 0 || (!closing.resumed && agreed.sessionId.length > 0);
  // A key that both ends have already makes resumption pointless, and would have to be bound to it.
  if (agreed.suite.authentication === 'psk') return undefined;
  if (!agreed.extendedMasterSecret || !named) return undefined;
  return {
    version: 'tls12',
    cipherSuite: agreed.suite.code,
    secret: keys.master.clone(),
    extendedMasterSecret: true,
    createdAt: config.now(),
    lifetime: closing.ticketLifetime,
    ageAdd: 0,
    maxEarlyDataSize: 0,
    replayStore: EMPTY,
    serverName: agreed.serverName,
    alpnProtocol: agreed.alpnProtocol,
    binding: sessionBinding(config),
    ...rememberedPeer(peer),
    ticket,
    sessionId: ticket.length === 0 ? copyBytes(agreed.sessionId) : EMPTY,
  };
}
