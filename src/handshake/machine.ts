/**
 * The dispatcher: (state, message) or (state, answer) -> the next state and what to do. What a state accepts is read
 * from expect.ts; the handlers decide the rest.
 */
import type { Config, ServerConfig } from '../config/config.ts';
import { decodeHandshake, type HandshakeForm } from '../message/handshake.ts';
import type { Aligned } from '../message/joiner.ts';
import { TLSError } from '../wire/error.ts';
import { CertificateType, HandshakeType, nameOf, ProtocolVersion } from '../wire/registry.ts';
import { expanded, expandedOfClient } from './certificate-compression.ts';
import {
  onCertificate,
  onCertificateRequest,
  onCertificateVerify,
  onEncryptedExtensions,
} from './client/authenticate.ts';
import { onClientCredential, onClientSignature, onFinished } from './client/finish.ts';
import { onHelloRetryRequest, onServerHello } from './client/server-hello.ts';
import type { Answer, MessageInput, Step } from './effect.ts';
import { EXPECTATIONS, expectsType } from './expect.ts';
import { judgedPeer } from './judged-peer.ts';
import { onKeyUpdate, onNewSessionTicket } from './post-handshake.ts';
import { recordEdge } from './record-edge.ts';
import { onEarlyDataAnswer, onEndOfEarlyData } from './server/early-data.ts';
import { onClientCertificate, onClientCertificateVerify, onClientFinished } from './server/finish.ts';
import { onServerSignature, onStaple } from './server/flight.ts';
import { onClientHello, onSecondClientHello, onServerConfig } from './server/hello.ts';
import { onSession } from './server/session.ts';
import type { Shown } from './shown.ts';
import type { ClientState, HandshakeState, PeerIdentity, ServerState } from './state.ts';
import { onAnswer12, onChangeCipherSpec12, onMessage12 } from './tls12/machine.ts';
import type { State12 } from './tls12/state.ts';

function edge(input: MessageInput): Aligned {
  return recordEdge(input.aligned, input.message.kind);
}

function unexpected(state: HandshakeState, what: string): TLSError {
  const { messages } = EXPECTATIONS[state.name];
  const wanted = messages.length > 0 ? messages.join(' or ') : 'no message';
  return new TLSError('unexpected_message', `${what} came where ${wanted} was due`, { rfc: 'RFC 8446 4' });
}

/** Takes one whole message. Throws the TLSError that ends the connection. */
export function onMessage(
  config: Config,
  state: HandshakeState,
  raw: Uint8Array,
  aligned: Aligned | undefined,
): Step {
  const type = raw[0];
  if (!expectsType(state.name, type)) throw unexpected(state, nameOf(HandshakeType, type ?? 0));
  if (is12(state)) {
    const message = decodeHandshake(raw, formOf(state));
    if (message.kind === 'ServerHelloDone') flightEnds(aligned);
    const step = onMessage12(config, state, message);
    if (step === undefined) throw unexpected(state, message.kind);
    return step;
  }
  const input: MessageInput = { message: decodeHandshake(raw, 'tls13'), aligned };
  return isClient(state) ? clientMessage(config, state, input) : serverMessage(state, input);
}

/** A ChangeCipherSpec of TLS 1.2, in its place or not. Throws the TLSError that ends the connection. */
export function onChangeCipherSpec(state: HandshakeState, aligned: Aligned | undefined): Step {
  const step = is12(state)
    ? onChangeCipherSpec12(state, recordEdge(aligned, 'the place of ChangeCipherSpec'))
    : undefined;
  if (step === undefined) throw unexpected(state, 'ChangeCipherSpec');
  return step;
}

/** Two states await messages whose form is that of ECDHE_PSK, two a Certificate in the form that was agreed on. */
function formOf(state: State12): HandshakeForm {
  switch (state.name) {
    case 'ExpectPskServerKeyExchange':
    case 'ExpectPskClientKeyExchange':
      return 'tls12_psk';
    case 'ExpectCertificate12':
      return certificateForm(state.agreed.types.server);
    case 'ExpectClientCertificate12':
      return certificateForm(state.flight.agreed.types.client);
    default:
      return 'tls12';
  }
}

function certificateForm(type: CertificateType): HandshakeForm {
  return type === CertificateType.RawPublicKey ? 'tls12_raw_key' : 'tls12';
}

function is12(state: HandshakeState): state is State12 {
  return EXPECTATIONS[state.name].version === 'tls12';
}

function isClient(state: ClientState | ServerState): state is ClientState {
  return EXPECTATIONS[state.name].role === 'client';
}

function clientMessage(config: Config, state: ClientState, input: MessageInput): Step {
  const { message } = input;
  if (config.role !== 'client') throw new TLSError('internal_error', 'a client state with a server config');
  switch (state.name) {
    case 'ExpectServerHello':
      if (message.kind === 'HelloRetryRequest') {
        edge(input);
        return onHelloRetryRequest(config, state, message);
      }
      if (message.kind === 'ServerHello') return onServerHello(config, state, message, input.aligned);
      // Ignored and not hashed, as ever in a handshake of TLS 1.2 (RFC 5246 7.4.1.1); TLS 1.3 knows no such type.
      if (message.kind === 'OpaqueMessage' && config.versions.includes(ProtocolVersion.TLS12)) {
        return { state, effects: [] };
      }
      break;
    case 'ExpectServerHelloAfterRetry':
      if (message.kind === 'ServerHello') return onServerHello(config, state, message, input.aligned);
      if (message.kind === 'HelloRetryRequest') {
        throw new TLSError('second_hello_retry_request', 'the server sent a second HelloRetryRequest', {
          rfc: 'RFC 8446 4.1.4',
        });
      }
      break;
    case 'ExpectEncryptedExtensions':
      if (message.kind === 'EncryptedExtensions') return onEncryptedExtensions(config, state, message);
      break;
    case 'ExpectCertificateOrRequest':
      if (message.kind === 'CertificateRequest') return onCertificateRequest(state, message);
      if (message.kind === 'Certificate') return onCertificate(config, state, message);
      if (message.kind === 'CompressedCertificate')
        return onCertificate(
          config,
          state,
          expanded(config, state.progress.offer.hello.known.compressCertificate, message),
        );
      break;
    case 'ExpectCertificate':
      if (message.kind === 'Certificate') return onCertificate(config, state, message);
      if (message.kind === 'CompressedCertificate')
        return onCertificate(
          config,
          state,
          expanded(config, state.progress.offer.hello.known.compressCertificate, message),
        );
      break;
    case 'ExpectCertificateVerify':
      if (message.kind === 'CertificateVerify') return onCertificateVerify(config, state, message);
      break;
    case 'ExpectFinished':
      if (message.kind === 'Finished') return onFinished(config, state, message, edge(input));
      break;
    case 'ClientOpen':
      if (message.kind === 'KeyUpdate') return onKeyUpdate(state, message, edge(input));
      if (message.kind === 'NewSessionTicket') return onNewSessionTicket(config, state, message);
      break;
    case 'ClientIdle':
    case 'AwaitServerVerdict':
    case 'AwaitClientCredential':
    case 'AwaitClientSignature':
      break;
    default:
      return state satisfies never;
  }
  throw unexpected(state, message.kind);
}

function serverMessage(state: ServerState, input: MessageInput): Step {
  const { message } = input;
  switch (state.name) {
    case 'ExpectClientHello':
      if (message.kind === 'ClientHello') return onClientHello(message, edge(input));
      break;
    case 'ExpectSecondClientHello':
      if (message.kind === 'ClientHello') return onSecondClientHello(state, message, edge(input));
      break;
    case 'ExpectClientCertificate':
      if (message.kind === 'Certificate') return onClientCertificate(state, message);
      if (message.kind === 'CompressedCertificate')
        return onClientCertificate(state, expandedOfClient(state.flight.progress.config, message));
      break;
    case 'ExpectClientCertificateVerify':
      if (message.kind === 'CertificateVerify') return onClientCertificateVerify(state, message);
      break;
    case 'ExpectEndOfEarlyData':
      if (message.kind === 'EndOfEarlyData') return onEndOfEarlyData(state, message, edge(input));
      break;
    case 'ExpectClientFinished':
      if (message.kind === 'Finished') return onClientFinished(state, message, edge(input));
      break;
    case 'ServerOpen':
      if (message.kind === 'KeyUpdate') return onKeyUpdate(state, message, edge(input));
      break;
    case 'AwaitServerConfig':
    case 'AwaitSession':
    case 'AwaitEarlyData':
    case 'AwaitStaple':
    case 'AwaitServerSignature':
    case 'AwaitClientVerdict':
      break;
    default:
      return state satisfies never;
  }
  throw unexpected(state, message.kind);
}

/** A decision has been made. Throws what the decision leads to, TLSError `invalid_state` if none was awaited. */
export function onAnswer(config: Config, state: HandshakeState, answer: Answer): Step {
  if (is12(state)) {
    if (answer.kind === 'verify_peer') checkAccepted(answer);
    const step = onAnswer12(config, state, answer);
    if (step === undefined) throw unasked(state, answer);
    return answer.kind === 'verify_peer' ? withVerdict(step, answer) : step;
  }
  switch (state.name) {
    case 'AwaitServerConfig':
      if (answer.kind === 'select_config')
        return onServerConfig(state, answer.config ?? serverConfig(config));
      break;
    case 'AwaitSession':
      if (answer.kind === 'lookup_session') return onSession(state, answer.session);
      break;
    case 'AwaitEarlyData':
      if (answer.kind === 'accept_early_data') return onEarlyDataAnswer(state, answer.accept);
      break;
    case 'AwaitStaple':
      if (answer.kind === 'staple') return onStaple(state, answer.ocspResponse);
      break;
    case 'AwaitServerVerdict':
      if (answer.kind === 'verify_peer') {
        const { progress, request } = state;
        return accepted(
          {
            name: 'ExpectFinished',
            progress,
            request,
            peer: judged(state.shown, answer, state.authenticatedAt ?? config.now()),
          },
          answer,
        );
      }
      break;
    case 'AwaitClientVerdict':
      if (answer.kind === 'verify_peer') {
        const { flight } = state;
        return accepted(
          { name: 'ExpectClientFinished', flight, peer: judged(state.shown, answer, config.now()) },
          answer,
        );
      }
      break;
    case 'AwaitClientCredential':
      if (answer.kind === 'select_client_credential' && config.role === 'client') {
        return onClientCredential(config, state, answer.credential);
      }
      break;
    case 'AwaitClientSignature':
      if (answer.kind === 'sign') return onClientSignature(state, answer.signature);
      break;
    case 'AwaitServerSignature':
      if (answer.kind === 'sign') return onServerSignature(state, answer.signature);
      break;
    default:
      break;
  }
  throw unasked(state, answer);
}

/** After ServerHelloDone it is the client's turn: what follows was sent before it could be due (RFC 5246 7.4.5). */
function flightEnds(aligned: Aligned | undefined): void {
  if (aligned !== undefined) return;
  throw new TLSError('unexpected_message', 'handshake bytes follow ServerHelloDone', {
    rfc: 'RFC 5246 7.4.5',
  });
}

function unasked(state: HandshakeState, answer: Answer): TLSError {
  return new TLSError('invalid_state', `${state.name} does not await an answer of kind ${answer.kind}`);
}

function serverConfig(config: Config): ServerConfig {
  if (config.role !== 'server') throw new TLSError('internal_error', 'a server state with a client config');
  return config;
}

function judged(
  shown: Shown,
  answer: Answer & { kind: 'verify_peer' },
  authenticatedAt: number,
): PeerIdentity {
  return judgedPeer(shown, answer.verdict, authenticatedAt);
}

/** A refused certificate ends the handshake, whoever refused it, unless the answer accepts it all the same. */
function checkAccepted(answer: Answer & { kind: 'verify_peer' }): void {
  if (answer.accept) return;
  throw answer.verdict.verified
    ? new TLSError('certificate_refused', "the application refused the peer's certificate")
    : answer.verdict.error;
}

function withVerdict(step: Step, answer: Answer & { kind: 'verify_peer' }): Step {
  return {
    state: step.state,
    effects: [{ kind: 'facts', facts: { peerVerdict: answer.verdict } }, ...step.effects],
  };
}

function accepted(next: HandshakeState, answer: Answer & { kind: 'verify_peer' }): Step {
  checkAccepted(answer);
  return withVerdict({ state: next, effects: [] }, answer);
}
