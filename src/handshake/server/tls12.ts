/** A client of TLS 1.2, as a server answers it: ClientHello to ServerHelloDone (RFC 5246 7.3, 7.4). */
import { copyBytes, EMPTY } from '../../bytes/bytes.ts';
import { asciiEncode } from '../../bytes/encoding.ts';
import { credentialsFor, type ServerConfig } from '../../config/config.ts';
import type { Credential } from '../../config/options.ts';
import type { CipherSuite12, KeyExchangeGroup } from '../../crypto/provider.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import { alpn } from '../../message/extension/alpn.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { ecPointFormats } from '../../message/extension/ec-point-formats.ts';
import { extendedMasterSecret } from '../../message/extension/extended-master-secret.ts';
import { renegotiationInfo } from '../../message/extension/renegotiation-info.ts';
import { serverName } from '../../message/extension/server-name.ts';
import { sessionTicket } from '../../message/extension/session-ticket.ts';
import type { Aligned } from '../../message/joiner.ts';
import { DOWNGRADE_TLS12, encodeServerHello } from '../../message/server-hello.ts';
import { encodeCertificate12 } from '../../message/tls12/certificate.ts';
import { encodeCertificateRequest12 } from '../../message/tls12/certificate-request.ts';
import { encodeServerHelloDone } from '../../message/tls12/server-hello-done.ts';
import { encodeServerEcdhParams, encodeServerKeyExchange } from '../../message/tls12/server-key-exchange.ts';
import { TLSError } from '../../wire/error.ts';
import { ClientCertificateType, ECPointFormat, ProtocolVersion } from '../../wire/registry.ts';
import { CipherSuite } from '../../wire/registry-crypto.ts';
import type { Effect, Step } from '../effect.ts';
import { authorityNames, negotiateAlpn, noCertificateForName, offeredProtocols } from '../negotiate.ts';
import { restoredPeer, resumable } from '../resumption.ts';
import {
  type CredentialChoice,
  noCredentialFits,
  type PeerAccepts,
  selectCredential,
} from '../select-credential.ts';
import { groups12, signedKeyExchange, suiteFitsKey } from '../tls12/authenticate.ts';
import { closeWriting, connectionKeys, masterSecretEffect } from '../tls12/keys.ts';
import { MessageLog } from '../tls12/message-log.ts';
import type { AcceptedSession12, Agreed12, AwaitServerSignature12, AwaitSession12 } from '../tls12/state.ts';
import { pskHandshake } from './tls12-psk.ts';
import { newTicket12 } from './tls12-session.ts';

const RANDOM_LENGTH = 32;
const SESSION_ID_LENGTH = 32;

/** What must hold of a ClientHello of TLS 1.2 whatever we choose from it. */
function checkClientHello(config: ServerConfig, hello: ClientHello): void {
  const { known } = hello;
  if (!hello.legacyCompressionMethods.includes(0)) {
    throw new TLSError('bad_compression_method', 'ClientHello lacks the null compression method', {
      rfc: 'RFC 5246 7.4.1.2',
    });
  }
  // RFC 7507 3: the client has tried something newer, which we would have spoken.
  const newest = config.versions[0];
  if (hello.cipherSuites.includes(CipherSuite.TLS_FALLBACK_SCSV) && newest !== ProtocolVersion.TLS12) {
    throw new TLSError('inappropriate_fallback', 'the client fell back to TLS 1.2, and we speak TLS 1.3', {
      rfc: 'RFC 7507 3',
    });
  }
  if ((known.renegotiationInfo?.length ?? 0) > 0) {
    throw new TLSError('bad_renegotiation_info', 'renegotiation_info is not empty in a first handshake', {
      rfc: 'RFC 5746 3.6',
    });
  }
  if (known.ecPointFormats?.includes(ECPointFormat.uncompressed) === false) {
    throw new TLSError('illegal_parameter', 'ec_point_formats lacks the uncompressed form', {
      rfc: 'RFC 8422 5.1.2',
    });
  }
  if (config.requireExtendedMasterSecret && known.extendedMasterSecret !== true) {
    throw new TLSError('no_extended_master_secret', 'the client does not support extended_master_secret', {
      rfc: 'RFC 7627 5.3',
    });
  }
}

export function startServer12(config: ServerConfig, hello: ClientHello, aligned: Aligned): Step {
  checkClientHello(config, hello);
  return lookUp({ name: 'AwaitSession12', config, hello, aligned, by: 'ticket' });
}

/** By ticket first (RFC 5077 3.4), then by ID, then not at all. */
function lookUp(state: AwaitSession12): Step {
  const { config, hello } = state;
  const delegated = config.delegate.has('lookup_session');
  const { sessionTicket: ticket } = hello.known;
  if (
    state.by === 'ticket' &&
    ticket !== undefined &&
    ticket.length > 0 &&
    (delegated || config.ticketKeys)
  ) {
    return {
      state,
      effects: [{ kind: 'need', need: { kind: 'lookup_session', by: 'ticket', identity: ticket } }],
    };
  }
  const id = hello.legacySessionId;
  // With a ticket the ID is only what the client wants echoed (RFC 5077 3.4).
  const byId =
    (ticket?.length ?? 0) === 0 && id.length > 0 && (delegated || config.sessionCache !== undefined);
  if (byId) {
    return {
      state: { ...state, by: 'id' },
      effects: [{ kind: 'need', need: { kind: 'lookup_session', by: 'id', identity: id } }],
    };
  }
  return fullHandshake(state);
}

export function onSession12(state: AwaitSession12, bytes: Uint8Array | undefined): Step {
  const { config, hello } = state;
  const session = resumable(config, hello, bytes, 'tls12');
  if (session === undefined) return fullHandshake(state);
  if (hello.known.extendedMasterSecret !== true) {
    session.secret.wipe();
    throw new TLSError('extended_master_secret_changed', 'the session was made with extended_master_secret', {
      rfc: 'RFC 7627 5.3',
    });
  }
  const suite = config.cipherSuites12.find((one) => one.code === session.cipherSuite);
  if (suite === undefined || !hello.cipherSuites.includes(suite.code)) {
    session.secret.wipe();
    return fullHandshake(state);
  }
  try {
    return resumedHandshake(state, { session, suite });
  } catch (error) {
    session.secret.wipe();
    throw error;
  }
}

interface HelloInput {
  readonly config: ServerConfig;
  readonly hello: ClientHello;
  readonly suite: CipherSuite12;
  readonly sessionId: Uint8Array;
  readonly named: boolean;
}

/** ServerHello, and what both ends know by it. */
export function sayHello(input: HelloInput): { readonly agreed: Agreed12; readonly effects: Effect[] } {
  const { config, hello, suite, sessionId } = input;
  const alpnProtocol = negotiateAlpn(config.alpnProtocols, offeredProtocols(hello));
  const random = new Uint8Array(RANDOM_LENGTH);
  config.provider.random(random);
  // RFC 8446 4.1.3: a client that could TLS 1.3 learns that it was held back.
  if (config.versions.includes(ProtocolVersion.TLS13))
    random.set(DOWNGRADE_TLS12, RANDOM_LENGTH - DOWNGRADE_TLS12.length);
  const extended = hello.known.extendedMasterSecret === true;
  const ticketPromised =
    extended &&
    suite.authentication !== 'psk' &&
    hello.known.sessionTicket !== undefined &&
    config.ticketKeys !== undefined;
  const extensions = helloExtensions(input, alpnProtocol, ticketPromised);
  const message = encodeServerHello({
    random,
    legacySessionIdEcho: sessionId,
    cipherSuite: suite.code,
    extensions,
    extensionsPresent: extensions.length > 0,
  });
  const log = new MessageLog(suite.hash);
  log.add(hello.raw);
  log.add(message);
  const agreed: Agreed12 = {
    suite,
    clientRandom: copyBytes(hello.random),
    serverRandom: random,
    extendedMasterSecret: extended,
    log,
    serverName: hello.known.serverName,
    alpnProtocol,
    sessionId,
    ticketPromised,
  };
  const facts = {
    version: ProtocolVersion.TLS12,
    cipherSuite: suite,
    extendedMasterSecret: extended,
    ...(alpnProtocol === undefined ? {} : { alpnProtocol }),
  };
  return { agreed, effects: [{ kind: 'speak_tls12' }, { kind: 'facts', facts }, { kind: 'send', message }] };
}

function helloExtensions(
  input: HelloInput,
  alpnProtocol: string | undefined,
  ticketPromised: boolean,
): readonly RawExtension[] {
  const { hello, named } = input;
  const { known } = hello;
  const extensions: RawExtension[] = [];
  if (
    known.renegotiationInfo !== undefined ||
    hello.cipherSuites.includes(CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
  ) {
    extensions.push(renegotiationInfo.serverHello12.encode(EMPTY));
  }
  if (named && known.serverName !== undefined) extensions.push(serverName.serverHello12.encode(true));
  if (known.extendedMasterSecret === true) extensions.push(extendedMasterSecret.serverHello12.encode(true));
  if (known.ecPointFormats !== undefined) {
    extensions.push(ecPointFormats.serverHello12.encode([ECPointFormat.uncompressed]));
  }
  if (ticketPromised) extensions.push(sessionTicket.serverHello12.encode(true));
  if (alpnProtocol !== undefined) extensions.push(alpn.serverHello12.encode(asciiEncode(alpnProtocol)));
  return extensions;
}

type Choice12 =
  | { readonly kind: 'psk'; readonly suite: CipherSuite12 }
  | ({ readonly kind: 'certificate'; readonly suite: CipherSuite12 } & CredentialChoice);

/** The suites both ends have, in the order that counts. */
function commonSuites(config: ServerConfig, hello: ClientHello): readonly CipherSuite12[] {
  const common = config.cipherSuites12.filter((suite) => hello.cipherSuites.includes(suite.code));
  if (common.length === 0) {
    throw new TLSError('no_common_cipher_suite', 'the client offers none of our TLS 1.2 suites', {
      rfc: 'RFC 5246 7.4.1.3',
    });
  }
  return config.preferServerOrder
    ? common
    : common.sort((a, b) => hello.cipherSuites.indexOf(a.code) - hello.cipherSuites.indexOf(b.code));
}

/** The credential comes first, then the first suite for its key, unless one without certificates comes before that. */
function choose12(config: ServerConfig, hello: ClientHello, credentials: readonly Credential[]): Choice12 {
  const suites = commonSuites(config, hello);
  const accepts: PeerAccepts = {
    version: ProtocolVersion.TLS12,
    // Without the extension RFC 5246 7.4.1.4.1 means SHA-1, which we never sign with.
    schemes: hello.known.signatureAlgorithms ?? [],
    certificateSchemes: hello.known.signatureAlgorithmsCert,
    certificateAuthorities: hello.known.certificateAuthorities ?? [],
    suites,
    groups: hello.known.supportedGroups,
  };
  const choice = selectCredential(credentials, accepts, config);
  const key = choice?.credential.privateKey ?? choice?.credential.chain[0]?.publicKey;
  for (const suite of suites) {
    // The config has a key wherever it has such a suite.
    if (suite.authentication === 'psk') return { kind: 'psk', suite };
    if (choice !== undefined && key !== undefined && suiteFitsKey(suite, key)) {
      return { kind: 'certificate', suite, ...choice };
    }
  }
  throw credentials.length === 0
    ? noCertificateForName()
    : noCredentialFits(credentials, accepts, config, 'RFC 5246 7.4.2');
}

export function chooseGroup(config: ServerConfig, hello: ClientHello): KeyExchangeGroup {
  const supported = hello.known.supportedGroups;
  // RFC 8422 4: a client that lists none takes any.
  const group = groups12(config).find((one) => supported === undefined || supported.includes(one.code));
  if (group !== undefined) return group;
  throw new TLSError('no_common_group', 'the client offers none of our groups', { rfc: 'RFC 8422 5.1' });
}

function fullHandshake(state: AwaitSession12): Step {
  const { config, hello } = state;
  const names = credentialsFor(config, hello.known.serverName);
  const choice = choose12(config, hello, names.credentials);
  if (choice.kind === 'psk') return pskHandshake(state, choice.suite);
  const { suite, credential, scheme } = choice;
  const group = chooseGroup(config, hello);
  const sessionId = newSessionId(config, hello);
  const { agreed, effects } = sayHello({
    config,
    hello,
    suite,
    sessionId,
    named: names.named.includes(credential),
  });
  const certificate = encodeCertificate12({ certificateList: credential.chain.map((one) => one.raw) });
  agreed.log.add(certificate);
  const share = group.generate(config.provider.random);
  const params = encodeServerEcdhParams({ namedCurve: group.code, publicKey: share.share });
  return {
    state: {
      name: 'AwaitServerSignature12',
      server: { config, agreed },
      group,
      share,
      scheme,
      credential,
    },
    effects: [
      ...effects,
      { kind: 'send', message: certificate },
      { kind: 'facts', facts: { group, localCredential: credential, localSignatureScheme: scheme } },
      {
        kind: 'need',
        need: { kind: 'sign', credential, scheme, message: signedKeyExchange(agreed, params) },
      },
    ],
  };
}

/** An ID only where the session will be kept under it, and the client cannot take a ticket. */
function newSessionId(config: ServerConfig, hello: ClientHello): Uint8Array {
  const keeps = config.sessionCache !== undefined || config.delegate.has('lookup_session');
  const ticket = hello.known.sessionTicket !== undefined && config.ticketKeys !== undefined;
  if (!keeps || ticket || hello.known.extendedMasterSecret !== true) return EMPTY;
  const id = new Uint8Array(SESSION_ID_LENGTH);
  config.provider.random(id);
  return id;
}

/** ServerKeyExchange, perhaps CertificateRequest, ServerHelloDone. */
export function onServerSignature12(state: AwaitServerSignature12, signature: Uint8Array): Step {
  const { server, group, share, scheme } = state;
  const { config, agreed } = server;
  const effects: Effect[] = [];
  const send = (message: Uint8Array): void => {
    agreed.log.add(message);
    effects.push({ kind: 'send', message });
  };
  send(
    encodeServerKeyExchange({
      namedCurve: group.code,
      publicKey: share.share,
      algorithm: scheme.code,
      signature,
    }),
  );
  const asks = config.clientAuth !== 'none';
  if (asks) {
    effects.push({ kind: 'facts', facts: { clientCertificateRequested: true } });
    send(
      encodeCertificateRequest12({
        certificateTypes: [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign],
        signatureAlgorithms: config.signatureAlgorithms.map((one) => one.code),
        certificateAuthorities: authorityNames(config),
      }),
    );
  }
  send(encodeServerHelloDone());
  const flight = { ...server, group, share };
  return asks
    ? { state: { name: 'ExpectClientCertificate12', flight }, effects }
    : { state: { name: 'ExpectClientKeyExchange', flight, chain: [] }, effects };
}

/** ServerHello, perhaps a new ticket, and Finished: the session vouches for both ends (RFC 5246 7.3). */
function resumedHandshake(state: AwaitSession12, accepted: AcceptedSession12): Step {
  const { config, hello } = state;
  const { session, suite } = accepted;
  const sessionId = copyBytes(hello.legacySessionId);
  // RFC 6066 3: a name decides nothing when a session is resumed, and is not answered then.
  const { agreed, effects } = sayHello({ config, hello, suite, sessionId, named: false });
  const peer = restoredPeer(session);
  const keys = connectionKeys(agreed, session.secret, 'server');
  agreed.log.stopKeeping();
  effects.push(
    {
      kind: 'facts',
      facts: {
        resumed: true,
        peerCertificates: peer.certificates,
        ...(peer.verdict === undefined ? {} : { peerVerdict: peer.verdict }),
      },
    },
    masterSecretEffect(keys),
  );
  if (agreed.ticketPromised) {
    const message = newTicket12(config, agreed, keys, peer, session.createdAt);
    agreed.log.add(message);
    effects.push({ kind: 'send', message });
  }
  const end = closeWriting(agreed, keys, 'server');
  return {
    state: {
      name: 'ExpectClientChangeCipherSpec',
      config,
      closing: {
        agreed,
        keys,
        peer,
        firstFinished: end.verifyData,
        resumed: true,
        ticket: EMPTY,
        ticketLifetime: 0,
      },
    },
    effects: [...effects, ...end.effects],
  };
}
