/** The dispatcher of TLS 1.2, from ServerHello on. What a state accepts was read from expect.ts before. */

import type { ClientConfig, Config } from '../../config/config.ts';
import type { HandshakeMessage } from '../../message/handshake.ts';
import type { Aligned } from '../../message/joiner.ts';
import { TLSError } from '../../wire/error.ts';
import { ProtocolVersion } from '../../wire/registry.ts';
import { needCredential } from '../client/select-credential.ts';
import {
  onCertificate12,
  onCertificateRequest12,
  onCertificateStatus,
  onServerHelloDone,
  onServerKeyExchange,
} from '../client/tls12.ts';
import {
  afterTicket,
  onClientCredential12,
  onClientSignature12,
  onNewSessionTicket12,
  onServerChangeCipherSpec,
  onServerFinished12,
  sendFlight12,
} from '../client/tls12-finish.ts';
import { onPskDone, onPskServerKeyExchange } from '../client/tls12-psk.ts';
import type { Answer, PeerVerdict, Step } from '../effect.ts';
import { judgedPeer } from '../judged-peer.ts';
import { onSession12 } from '../server/tls12.ts';
import {
  awaitFinish,
  onClientCertificate12,
  onClientCertificateVerify12,
  onClientChangeCipherSpec,
  onClientFinished12,
  onClientKeyExchange,
} from '../server/tls12-finish.ts';
import { onServerSignature12, onStaple12 } from '../server/tls12-flight.ts';
import { onPskClientKeyExchange } from '../server/tls12-psk.ts';
import type { PeerIdentity } from '../state.ts';
import type {
  AwaitResumedVerdict12,
  AwaitServerVerdict12,
  ClientState12,
  ServerState12,
  State12,
} from './state.ts';

function clientConfig(config: Config): ClientConfig {
  if (config.role !== 'client') throw new TLSError('internal_error', 'a client state with a server config');
  return config;
}

/** Undefined for a message that the state has no use for. */
export function onMessage12(config: Config, state: State12, message: HandshakeMessage): Step | undefined {
  if (message.kind === 'HelloRequest') {
    // Not hashed, and during the handshake ignored (RFC 5246 7.4.1.1).
    return { state, effects: state.name === 'ClientOpen12' ? [{ kind: 'refuse_renegotiation' }] : [] };
  }
  switch (state.name) {
    case 'ExpectClientCertificate12':
    case 'ExpectClientKeyExchange':
    case 'ExpectPskClientKeyExchange':
    case 'ExpectClientCertificateVerify12':
    case 'ExpectClientFinished12':
    case 'ServerOpen12':
    case 'AwaitSession12':
    case 'AwaitStaple12':
    case 'AwaitServerSignature12':
    case 'AwaitClientVerdict12':
    case 'ExpectClientChangeCipherSpec':
      return serverMessage(state, message);
    default:
      return clientMessage(clientConfig(config), state, message);
  }
}

function clientMessage(
  config: ClientConfig,
  state: ClientState12,
  message: HandshakeMessage,
): Step | undefined {
  switch (state.name) {
    case 'ExpectCertificate12':
      return message.kind === 'Certificate12' ? onCertificate12(config, state, message) : undefined;
    case 'ExpectStatusOrKeyExchange':
      if (message.kind === 'CertificateStatus') return onCertificateStatus(state, message);
      return message.kind === 'ServerKeyExchange' ? onServerKeyExchange(config, state, message) : undefined;
    case 'ExpectServerKeyExchange':
      return message.kind === 'ServerKeyExchange' ? onServerKeyExchange(config, state, message) : undefined;
    case 'ExpectRequestOrDone':
      if (message.kind === 'CertificateRequest12') return onCertificateRequest12(state, message);
      return message.kind === 'ServerHelloDone' ? onServerHelloDone(config, state, message) : undefined;
    case 'ExpectDone':
      return message.kind === 'ServerHelloDone' ? onServerHelloDone(config, state, message) : undefined;
    case 'ExpectPskServerKeyExchange':
      return message.kind === 'PskServerKeyExchange'
        ? onPskServerKeyExchange(config, state, message)
        : undefined;
    case 'ExpectPskDone':
      return message.kind === 'ServerHelloDone' ? onPskDone(config, state, message) : undefined;
    case 'ExpectNewSessionTicket12':
      return message.kind === 'NewSessionTicket12' ? onNewSessionTicket12(state, message) : undefined;
    case 'ExpectServerFinished12':
      return message.kind === 'Finished12' ? onServerFinished12(config, state, message) : undefined;
    case 'AwaitServerVerdict12':
    case 'AwaitClientCredential12':
    case 'AwaitClientSignature12':
    case 'AwaitResumedVerdict12':
    case 'ExpectServerChangeCipherSpec':
    case 'ClientOpen12':
      return undefined;
    default:
      return state satisfies never;
  }
}

function serverMessage(state: ServerState12, message: HandshakeMessage): Step | undefined {
  switch (state.name) {
    case 'ExpectClientCertificate12':
      return message.kind === 'Certificate12' ? onClientCertificate12(state, message) : undefined;
    case 'ExpectClientKeyExchange':
      return message.kind === 'ClientKeyExchange' ? onClientKeyExchange(state, message) : undefined;
    case 'ExpectPskClientKeyExchange':
      return message.kind === 'PskClientKeyExchange' ? onPskClientKeyExchange(state, message) : undefined;
    case 'ExpectClientCertificateVerify12':
      return message.kind === 'CertificateVerify' ? onClientCertificateVerify12(state, message) : undefined;
    case 'ExpectClientFinished12':
      return message.kind === 'Finished12' ? onClientFinished12(state, message) : undefined;
    case 'ServerOpen12':
      // A second ClientHello is never obeyed (CVE-2009-3555, CVE-2021-3449).
      return message.kind === 'ClientHello'
        ? { state, effects: [{ kind: 'refuse_renegotiation' }] }
        : undefined;
    case 'AwaitSession12':
    case 'AwaitStaple12':
    case 'AwaitServerSignature12':
    case 'AwaitClientVerdict12':
    case 'ExpectClientChangeCipherSpec':
      return undefined;
    default:
      return state satisfies never;
  }
}

/** Undefined where no ChangeCipherSpec may come. */
export function onChangeCipherSpec12(state: State12, aligned: Aligned): Step | undefined {
  if (state.name === 'ExpectServerChangeCipherSpec') return onServerChangeCipherSpec(state, aligned);
  if (state.name === 'ExpectClientChangeCipherSpec') return onClientChangeCipherSpec(state, aligned);
  return undefined;
}

/** Undefined for an answer that the state did not ask for. `accept` is known to be true for a verdict. */
export function onAnswer12(config: Config, state: State12, answer: Answer): Step | undefined {
  switch (state.name) {
    case 'AwaitSession12':
      return answer.kind === 'lookup_session' ? onSession12(state, answer.session) : undefined;
    case 'AwaitStaple12':
      return answer.kind === 'staple' ? onStaple12(state, answer.ocspResponse) : undefined;
    case 'AwaitServerSignature12':
      return answer.kind === 'sign' ? onServerSignature12(state, answer.signature) : undefined;
    case 'AwaitServerVerdict12':
      return answer.kind === 'verify_peer'
        ? onServerVerdict(
            clientConfig(config),
            state,
            judgedPeer(state.share.shown, answer.verdict, config.now()),
          )
        : undefined;
    case 'AwaitResumedVerdict12':
      return answer.kind === 'verify_peer' ? onResumedVerdict(state, answer.verdict) : undefined;
    case 'AwaitClientVerdict12':
      return answer.kind === 'verify_peer'
        ? awaitFinish(state.server, state.keys, judgedPeer(state.shown, answer.verdict, config.now()), [])
        : undefined;
    case 'AwaitClientCredential12':
      return answer.kind === 'select_client_credential'
        ? onClientCredential12(clientConfig(config), state, answer.credential)
        : undefined;
    case 'AwaitClientSignature12':
      return answer.kind === 'sign'
        ? onClientSignature12(clientConfig(config), state, answer.signature)
        : undefined;
    default:
      return undefined;
  }
}

function onResumedVerdict({ closing, shown }: AwaitResumedVerdict12, verdict: PeerVerdict): Step {
  const { authenticatedAt } = closing.peer;
  return afterTicket({ ...closing, peer: judgedPeer(shown, verdict, authenticatedAt) }, []);
}

function onServerVerdict(config: ClientConfig, state: AwaitServerVerdict12, peer: PeerIdentity): Step {
  const { share, request } = state;
  if (request === undefined) return sendFlight12(config, share, peer);
  return {
    state: { name: 'AwaitClientCredential12', share, request, peer },
    effects: [
      needCredential(config, {
        version: ProtocolVersion.TLS12,
        schemes: request.signatureAlgorithms,
        certificateSchemes: undefined,
        certificateAuthorities: request.certificateAuthorities,
        certificateTypes: request.certificateTypes,
        takenTypes: [share.agreed.types.client],
      }),
    ],
  };
}
