/**
 * The dispatcher: (state, message) or (state, answer) -> the next state and what to do. What a state accepts is read
 * from expect.ts; the handlers decide the rest.
 */
import type { Config, ServerConfig } from '../config/config.ts';
import { decodeHandshake } from '../message/handshake.ts';
import type { Aligned } from '../message/joiner.ts';
import { TLSError } from '../wire/error.ts';
import { HandshakeType, nameOf } from '../wire/registry.ts';
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
import { onKeyUpdate, onNewSessionTicket } from './post-handshake.ts';
import { onClientCertificate, onClientCertificateVerify, onClientFinished } from './server/finish.ts';
import { onServerSignature } from './server/flight.ts';
import { onClientHello, onSecondClientHello, onServerConfig } from './server/hello.ts';
import type { ClientState, HandshakeState, ServerState } from './state.ts';

/** A message that changes the read key must end its record (RFC 8446 5.1). */
function edge(input: MessageInput): Aligned {
  if (input.aligned === undefined) {
    throw new TLSError(
      'key_change_in_record',
      `handshake bytes follow ${input.message.kind}, where keys change`,
      {
        rfc: 'RFC 8446 5.1',
      },
    );
  }
  return input.aligned;
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
  const input: MessageInput = { message: decodeHandshake(raw, 'tls13'), aligned };
  return EXPECTATIONS[state.name].role === 'client'
    ? clientMessage(config, state as ClientState, input)
    : serverMessage(state as ServerState, input);
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
      if (message.kind === 'ServerHello') return onServerHello(config, state, message, edge(input));
      break;
    case 'ExpectServerHelloAfterRetry':
      if (message.kind === 'ServerHello') return onServerHello(config, state, message, edge(input));
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
      if (message.kind === 'Certificate') return onCertificate(state, message);
      break;
    case 'ExpectCertificate':
      if (message.kind === 'Certificate') return onCertificate(state, message);
      break;
    case 'ExpectCertificateVerify':
      if (message.kind === 'CertificateVerify') return onCertificateVerify(config, state, message);
      break;
    case 'ExpectFinished':
      if (message.kind === 'Finished') return onFinished(state, message, edge(input));
      break;
    case 'ClientOpen':
      if (message.kind === 'KeyUpdate') return onKeyUpdate(state, message, edge(input));
      if (message.kind === 'NewSessionTicket') return onNewSessionTicket(state, message, config.now());
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
      break;
    case 'ExpectClientCertificateVerify':
      if (message.kind === 'CertificateVerify') return onClientCertificateVerify(state, message);
      break;
    case 'ExpectClientFinished':
      if (message.kind === 'Finished') return onClientFinished(state, message, edge(input));
      break;
    case 'ServerOpen':
      if (message.kind === 'KeyUpdate') return onKeyUpdate(state, message, edge(input));
      break;
    case 'AwaitServerConfig':
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
  switch (state.name) {
    case 'AwaitServerConfig':
      if (answer.kind === 'select_config')
        return onServerConfig(state, answer.config ?? serverConfig(config));
      break;
    case 'AwaitServerVerdict':
      if (answer.kind === 'verify_peer') {
        return accepted({ name: 'ExpectFinished', session: state.session, request: state.request }, answer);
      }
      break;
    case 'AwaitClientVerdict':
      if (answer.kind === 'verify_peer') {
        return accepted({ name: 'ExpectClientFinished', flight: state.flight }, answer);
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
  throw new TLSError('invalid_state', `${state.name} does not await an answer of kind ${answer.kind}`);
}

function serverConfig(config: Config): ServerConfig {
  if (config.role !== 'server') throw new TLSError('internal_error', 'a server state with a client config');
  return config;
}

/** A refused certificate ends the handshake, whoever refused it, unless the answer accepts it all the same. */
function accepted(next: HandshakeState, answer: Answer & { kind: 'verify_peer' }): Step {
  if (!answer.accept) {
    throw answer.verdict.verified
      ? new TLSError('certificate_refused', "the application refused the peer's certificate")
      : answer.verdict.error;
  }
  return { state: next, effects: [{ kind: 'facts', facts: { peerVerdict: answer.verdict } }] };
}
