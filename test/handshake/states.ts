/** How to bring a connection of ours into each state of handshake/expect.ts, and what can be sent to it there. */
import assert from 'node:assert/strict';
import { EMPTY } from '../../src/bytes/bytes.ts';
import type { ClientOptions, NeedKind, ServerOptions } from '../../src/config/options.ts';
import {
  type ClientMessages,
  certificate,
  certificateRequest,
  certificateVerify,
  clientEarlyData,
  clientHandshake,
  clientHello,
  converse,
  type EarlyPsk,
  earlyRecordKeys,
  encryptedExtensions,
  finished,
  helloRetryRequest,
  keyUpdate,
  newSessionTicket,
  type Script,
  type ScriptedPeer,
  type Step,
  sendBody,
  serverHandshake,
  serverHello,
  step,
} from '../../src/fuzz.ts';
import type { StateName } from '../../src/handshake/state.ts';
import type { ClientHelloFields } from '../../src/message/client-hello.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../../src/message/extension/psk-key-exchange-modes.ts';
import { statusRequest } from '../../src/message/extension/status-request.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { HandshakeType, ProtocolVersion, PskKeyExchangeMode } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { earlyPskOf, serverWith, sessionOf } from '../early-data/kit.ts';
import { credentials } from './credentials.ts';
import { clientPeer, serverPeer, type Tested, testedClient, testedServer } from './kit.ts';

export interface Reached {
  readonly tested: Tested;
  readonly peer: ScriptedPeer;
}

type Recipe = () => Reached;

const RETRY = { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] };

function client<M>(script: Script<M>, options: Partial<ClientOptions> = {}): Recipe {
  return () => reach(testedClient(options), serverPeer(), script);
}

function server<M>(script: Script<M>, options: Partial<ServerOptions> = {}, peerOptions = {}): Recipe {
  return () => reach(testedServer(options), clientPeer(peerOptions), script);
}

function reach<M>(tested: Tested, peer: ScriptedPeer, script: Script<M>): Reached {
  peer.play(script);
  const outcome = converse(peer, tested);
  assert.equal(outcome.targetError, undefined);
  assert.equal(outcome.scriptError, undefined);
  assert.equal(outcome.waitingFor, undefined);
  return { tested, peer };
}

const delegating = (...delegate: readonly NeedKind[]): { delegate: readonly NeedKind[] } => ({ delegate });
const asking = serverHandshake({ requestCertificate: 'expect own' });
const answering = clientHandshake({ certificate: 'own' });
/** Offers a ticket that nobody gave. */
export const offeringPsk: Script<ClientMessages> = clientHandshake().change('ClientHello', (hello) => ({
  ...hello,
  extensions: [
    ...hello.extensions,
    pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]),
    preSharedKey.clientHello.encode({
      identities: [{ identity: Uint8Array.of(1, 2, 3), obfuscatedTicketAge: 0 }],
      binders: [new Uint8Array(32)],
    }),
  ],
}));
/** Asks for the status of the server's certificate. */
export function askingStatus<M extends { ClientHello: ClientHelloFields }>(script: Script<M>): Script<M> {
  return script.change('ClientHello', (hello) => ({
    ...hello,
    extensions: [
      ...hello.extensions,
      statusRequest.clientHello.encode({ kind: 'ocsp', responderIds: [], requestExtensions: EMPTY }),
    ],
  }));
}
const REQUIRED = { clientAuth: 'require' } as const;

/** With a ticket of the server's own. */
function early(
  script: (whole: Script<ClientMessages>, psk: EarlyPsk) => Script<ClientMessages>,
  options: Partial<ServerOptions> = {},
): Recipe {
  return () => {
    const settings = serverWith();
    const psk = earlyPskOf(sessionOf(settings));
    return server(script(clientEarlyData([psk]), psk), { ...settings, ...options })();
  };
}

export const RECIPES: ReadonlyMap<StateName, Recipe> = new Map<StateName, Recipe>([
  ['ExpectServerHello', client(serverHandshake().until('ServerHello'))],
  [
    'ExpectServerHelloAfterRetry',
    client(serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 }).until('ServerHello'), RETRY),
  ],
  ['ExpectEncryptedExtensions', client(serverHandshake().until('EncryptedExtensions'))],
  ['ExpectCertificateOrRequest', client(asking.until('CertificateRequest'))],
  ['ExpectCertificate', client(asking.until('Certificate'))],
  ['ExpectCertificateVerify', client(asking.until('CertificateVerify'))],
  ['AwaitServerVerdict', client(asking.until('Finished'), delegating('verify_peer'))],
  ['ExpectFinished', client(asking.until('Finished'))],
  [
    'AwaitClientCredential',
    client(asking.until('expect Certificate'), delegating('select_client_credential')),
  ],
  [
    'AwaitClientSignature',
    client(asking.until('expect Certificate'), {
      ...delegating('sign'),
      credentials: [credentials.client()],
    }),
  ],
  ['ClientOpen', client(serverHandshake())],

  ['ExpectClientHello', server(clientHandshake().until('ClientHello'))],
  ['AwaitServerConfig', server(clientHandshake().through('ClientHello'), delegating('select_config'))],
  [
    'ExpectSecondClientHello',
    server(
      clientHandshake({ helloRetryRequest: true }).until('second ClientHello'),
      { groups: [NamedGroup.secp256r1] },
      { groups: RETRY.groups },
    ),
  ],
  ['AwaitSession', server(offeringPsk.through('ClientHello'), delegating('lookup_session'))],
  ['AwaitEarlyData', early((script) => script.through('ClientHello'), delegating('accept_early_data'))],
  ['AwaitStaple', server(askingStatus(clientHandshake()).through('ClientHello'), delegating('staple'))],
  ['AwaitServerSignature', server(clientHandshake().through('ClientHello'), delegating('sign'))],
  ['ExpectClientCertificate', server(answering.until('Certificate'), REQUIRED)],
  ['ExpectClientCertificateVerify', server(answering.until('CertificateVerify'), REQUIRED)],
  ['AwaitClientVerdict', server(answering.until('Finished'), { ...REQUIRED, ...delegating('verify_peer') })],
  [
    'ExpectEndOfEarlyData',
    early((script, psk) =>
      script.until('EndOfEarlyData').append(
        step('early keys', (peer) => {
          peer.output.keys = earlyRecordKeys(peer, psk);
        }),
      ),
    ),
  ],
  ['ExpectClientFinished', server(clientHandshake().until('Finished'))],
  ['ServerOpen', server(clientHandshake())],
]);

const opaque = (type: number, length: number): Step =>
  sendBody(codePoint<'HandshakeType'>(type), new Uint8Array(length), { unhashed: true });

/** A ServerHello that needs no share of the other end. */
const wellFormedServerHello = step('ServerHello', (peer) => {
  if (peer.role === 'server' && peer.clientHello !== undefined) {
    serverHello.run(peer);
    return;
  }
  const stub = serverHello.withBuild(() => ({
    random: peer.draw(32),
    legacySessionIdEcho: new Uint8Array(0),
    cipherSuite: CipherSuite.TLS_AES_128_GCM_SHA256,
    extensions: [
      supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
      keyShare.serverHello.encode({ group: NamedGroup.x25519, keyExchange: new Uint8Array(32).fill(9) }),
    ],
  }));
  stub.withOptions({ unhashed: true }).run(peer);
});

/** A group that no earlier message named, so that the retry is one that could be obeyed. */
const retry = helloRetryRequest(NamedGroup.secp256r1);

/** Every message of TLS 1.3, well-formed, by its kind; and those of other versions and none, by their type. */
export const MESSAGES: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['ClientHello', clientHello.withOptions({ unhashed: true })],
  ['ServerHello', wellFormedServerHello],
  ['HelloRetryRequest', retry],
  ['EncryptedExtensions', encryptedExtensions],
  ['CertificateRequest', certificateRequest],
  ['Certificate', certificate],
  ['CertificateVerify', certificateVerify],
  ['Finished', finished],
  ['NewSessionTicket', newSessionTicket],
  ['KeyUpdate', keyUpdate],
  ['EndOfEarlyData', opaque(HandshakeType.end_of_early_data, 0)],
  ['HelloRequest', opaque(HandshakeType.hello_request, 0)],
  ['ServerKeyExchange', opaque(HandshakeType.server_key_exchange, 40)],
  ['ServerHelloDone', opaque(HandshakeType.server_hello_done, 0)],
  ['ClientKeyExchange', opaque(HandshakeType.client_key_exchange, 33)],
  ['CertificateUrl', opaque(HandshakeType.certificate_url, 10)],
  ['CertificateStatus', opaque(HandshakeType.certificate_status, 10)],
  ['SupplementalData', opaque(HandshakeType.supplemental_data, 10)],
  ['CompressedCertificate', opaque(HandshakeType.compressed_certificate, 10)],
  ['MessageHash', opaque(HandshakeType.message_hash, 32)],
  ['type 77', opaque(77, 3)],
  ['type 255', opaque(255, 0)],
]);
