/** How to bring a connection of ours into each state of TLS 1.2, and what can be sent to it there. */
import assert from 'node:assert/strict';
import type { ClientOptions, NeedKind, ServerOptions } from '../../src/config/options.ts';
import {
  certificate12,
  certificateRequest12,
  certificateStatus,
  certificateVerify12,
  clientHandshake12,
  clientHello12,
  clientKeyExchange,
  clientResumption12,
  converse,
  encryptedExtensions,
  finished12,
  helloRequest,
  helloRetryRequest,
  newSessionTicket12,
  type PeerOptions,
  type Script,
  type ScriptedPeer,
  type Step,
  sendBody,
  serverHandshake12,
  serverHello12,
  serverHelloDone,
  serverKeyExchange,
  serverResumption12,
} from '../../src/fuzz.ts';
import type { StateName } from '../../src/handshake/state.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { credentials } from '../handshake/credentials.ts';
import { clientPeer, serverPeer, type Tested } from '../handshake/kit.ts';
import { askingStatus } from '../handshake/states.ts';
import { BOTH, client12, server12 } from './kit.ts';
import { clientSession, serverSession } from './resumed.ts';

export interface Reached {
  readonly tested: Tested;
  readonly peer: ScriptedPeer;
}

export interface Way {
  readonly state: StateName;
  /** Which of several ways into the state. */
  readonly by: string;
  readonly reach: () => Reached;
}

function reach<M>(tested: Tested, peer: ScriptedPeer, script: Script<M>): Reached {
  peer.play(script);
  const outcome = converse(peer, tested);
  assert.equal(outcome.targetError, undefined);
  assert.equal(outcome.scriptError, undefined);
  assert.equal(outcome.waitingFor, undefined);
  return { tested, peer };
}

type Into = (state: StateName, options?: Partial<ClientOptions>) => Way;

/** Our client, when the scripted server is about to do the step named. */
function client<M>(by: string, script: Script<M>, options: Partial<ClientOptions> = {}): Into {
  return (state, more = {}) => ({
    state,
    by,
    reach: () => reach(client12({ ...options, ...more }), serverPeer(), script),
  });
}

function server<M>(
  state: StateName,
  by: string,
  script: Script<M>,
  options: Partial<ServerOptions> = {},
  peer: Partial<PeerOptions> = {},
): Way {
  return { state, by, reach: () => reach(server12(options), clientPeer(peer), script) };
}

const delegating = (...delegate: readonly NeedKind[]): { delegate: readonly NeedKind[] } => ({ delegate });
const plain = serverHandshake12();
const asking = serverHandshake12({ requestCertificate: 'expect own' });
const ticketed = serverHandshake12({ ticket: true });
const stapled = serverHandshake12({ status: Uint8Array.of(1, 2, 3) });
const answering = clientHandshake12({ certificate: 'own' });
const hello = clientHandshake12();
const REQUIRED = { clientAuth: 'require' } as const;

/** Our client takes up a session of its own; the server may send a ticket. */
function resumingClient(state: StateName, until: string, ticket: boolean, delegated = false): Way {
  const by = ticket ? 'resumption with a ticket' : 'resumption';
  return {
    state,
    by,
    reach: () => {
      const { options, peer } = clientSession(delegated ? 'delegated' : 'ticket');
      const script = serverResumption12({ ticket });
      const cut = until === '' ? script : script.until(until);
      return reach(client12(options), serverPeer(peer), cut);
    },
  };
}

function resumingServer(state: StateName, until: string): Way {
  return {
    state,
    by: 'resumption',
    reach: () => {
      const { options, peer } = serverSession();
      const script = clientResumption12({ ticket: true });
      const cut = until === '' ? script : script.until(until);
      return reach(server12(options), clientPeer(peer), cut);
    },
  };
}

const OCSP = { requestOcsp: true };
const SIGNING = { ...delegating('sign'), credentials: [credentials.client()] };

export const WAYS: readonly Way[] = [
  client('TLS 1.2 alone', plain.until('ServerHello'))('ExpectServerHello'),
  client('either version', plain.until('ServerHello'), BOTH)('ExpectServerHello'),
  client('a full handshake', plain.until('Certificate'))('ExpectCertificate12'),
  client('either version', plain.until('Certificate'), BOTH)('ExpectCertificate12'),
  client('a promised status', stapled.until('CertificateStatus'), OCSP)('ExpectStatusOrKeyExchange'),
  client('a full handshake', plain.until('ServerKeyExchange'))('ExpectServerKeyExchange'),
  client('a status', stapled.until('ServerKeyExchange'), OCSP)('ExpectServerKeyExchange'),
  client('a full handshake', plain.until('ServerHelloDone'))('ExpectRequestOrDone'),
  client('a request', asking.until('ServerHelloDone'))('ExpectDone'),
  client('a full handshake', plain.until('expect ClientKeyExchange'))(
    'AwaitServerVerdict12',
    delegating('verify_peer'),
  ),
  client('a request', asking.until('expect Certificate'))(
    'AwaitClientCredential12',
    delegating('select_client_credential'),
  ),
  client('a request', asking.until('expect Certificate'), SIGNING)('AwaitClientSignature12'),
  resumingClient('AwaitResumedVerdict12', 'ChangeCipherSpec', false, true),
  client('a full handshake', ticketed.until('NewSessionTicket'))('ExpectNewSessionTicket12'),
  resumingClient('ExpectNewSessionTicket12', 'NewSessionTicket', true),
  client('a full handshake', plain.until('ChangeCipherSpec'))('ExpectServerChangeCipherSpec'),
  client('a ticket', ticketed.until('ChangeCipherSpec'))('ExpectServerChangeCipherSpec'),
  resumingClient('ExpectServerChangeCipherSpec', 'ChangeCipherSpec', false),
  resumingClient('ExpectServerChangeCipherSpec', 'ChangeCipherSpec', true),
  client('a full handshake', plain.until('Finished'))('ExpectServerFinished12'),
  resumingClient('ExpectServerFinished12', 'Finished', false),
  client('a full handshake', plain)('ClientOpen12'),
  resumingClient('ClientOpen12', '', false),

  server('ExpectClientHello', 'TLS 1.2 alone', hello.until('ClientHello')),
  server('ExpectClientHello', 'either version', hello.until('ClientHello'), BOTH),
  server('AwaitSession12', 'a session ID', hello.through('ClientHello'), delegating('lookup_session'), {
    sessionIdLength: 32,
  }),
  server(
    'AwaitStaple12',
    'a status request',
    askingStatus(hello).through('ClientHello'),
    delegating('staple'),
  ),
  server('AwaitServerSignature12', 'a full handshake', hello.through('ClientHello'), delegating('sign')),
  server('ExpectClientCertificate12', 'a request', answering.until('Certificate'), REQUIRED),
  server('ExpectClientKeyExchange', 'a full handshake', hello.until('ClientKeyExchange')),
  server('ExpectClientKeyExchange', 'a certificate', answering.until('ClientKeyExchange'), REQUIRED),
  server('ExpectClientCertificateVerify12', 'a certificate', answering.until('CertificateVerify'), REQUIRED),
  server('AwaitClientVerdict12', 'a certificate', answering.until('ChangeCipherSpec'), {
    ...REQUIRED,
    ...delegating('verify_peer'),
  }),
  server('ExpectClientChangeCipherSpec', 'a full handshake', hello.until('ChangeCipherSpec')),
  server('ExpectClientChangeCipherSpec', 'a certificate', answering.until('ChangeCipherSpec'), REQUIRED),
  resumingServer('ExpectClientChangeCipherSpec', 'ChangeCipherSpec'),
  server('ExpectClientFinished12', 'a full handshake', hello.until('Finished')),
  resumingServer('ExpectClientFinished12', 'Finished'),
  server('ServerOpen12', 'a full handshake', hello),
  resumingServer('ServerOpen12', ''),
];

const opaque = (type: number, length: number): Step =>
  sendBody(codePoint<'HandshakeType'>(type), new Uint8Array(length), { unhashed: true });

const UNHASHED = { unhashed: true } as const;

/** Every message of TLS 1.2, well-formed, by its kind; and those of other versions and none, by their type. */
export const MESSAGES: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['HelloRequest', helloRequest],
  ['ClientHello', clientHello12.withOptions(UNHASHED)],
  ['ServerHello', serverHello12()],
  ['HelloRetryRequest', helloRetryRequest(NamedGroup.secp256r1)],
  ['Certificate12', certificate12],
  ['CertificateStatus', certificateStatus],
  ['ServerKeyExchange', serverKeyExchange],
  ['CertificateRequest12', certificateRequest12],
  ['ServerHelloDone', serverHelloDone],
  ['ClientKeyExchange', clientKeyExchange],
  ['CertificateVerify', certificateVerify12],
  ['NewSessionTicket12', newSessionTicket12],
  ['Finished12', finished12],
  ['EncryptedExtensions', encryptedExtensions.withOptions(UNHASHED)],
  ['EndOfEarlyData', opaque(HandshakeType.end_of_early_data, 0)],
  ['KeyUpdate', opaque(HandshakeType.key_update, 1)],
  ['CertificateUrl', opaque(HandshakeType.certificate_url, 10)],
  ['SupplementalData', opaque(HandshakeType.supplemental_data, 10)],
  ['CompressedCertificate', opaque(HandshakeType.compressed_certificate, 10)],
  ['MessageHash', opaque(HandshakeType.message_hash, 32)],
  ['type 67 (NextProtocol)', opaque(67, 3)],
  ['type 255', opaque(255, 0)],
]);
