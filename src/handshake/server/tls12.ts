/** A client of TLS 1.2, as a server answers it: ClientHello to ServerHelloDone (RFC 5246 7.3, 7.4). */
import { copyBytes, EMPTY } from '../../bytes/bytes.ts';
import { credentialsFor, type ServerConfig } from '../../config/config.ts';
import type { Credential } from '../../config/options.ts';
import { keyOf } from '../../config/raw-public-key.ts';
import type { CipherSuite12, KeyExchangeGroup } from '../../crypto/provider.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import type { Aligned } from '../../message/joiner.ts';
import { TLSError } from '../../wire/error.ts';
import { ECPointFormat, ProtocolVersion } from '../../wire/registry.ts';
import { CipherSuite } from '../../wire/registry-crypto.ts';
import { takenByClient, typesFor } from '../certificate-types.ts';
import type { Step } from '../effect.ts';
import { noCertificateForName, noServerCredentialFits } from '../negotiate.ts';
import { restoredPeer, resumable } from '../resumption.ts';
import { type CredentialChoice, type PeerAccepts, selectCredential } from '../select-credential.ts';
import { shownBy, shownFacts } from '../shown.ts';
import { groups12, suiteFitsKey } from '../tls12/authenticate.ts';
import { closeWriting, connectionKeys, masterSecretEffect } from '../tls12/keys.ts';
import type { AcceptedSession12, AwaitSession12 } from '../tls12/state.ts';
import { startFlight12 } from './tls12-flight.ts';
import { sayHello } from './tls12-hello.ts';
import { pskHandshake } from './tls12-psk.ts';
import { newTicket12 } from './tls12-session.ts';

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
    takenTypes: takenByClient(hello),
    suites,
    groups: hello.known.supportedGroups,
  };
  const choice = selectCredential(credentials, accepts, config);
  const key = choice === undefined ? undefined : keyOf(choice.credential);
  for (const suite of suites) {
    // The config has a key wherever it has such a suite.
    if (suite.authentication === 'psk') return { kind: 'psk', suite };
    if (choice !== undefined && key !== undefined && suiteFitsKey(suite, key)) {
      return { kind: 'certificate', suite, ...choice };
    }
  }
  throw credentials.length === 0
    ? noCertificateForName()
    : noServerCredentialFits(hello, credentials, accepts, config, 'RFC 5246 7.4.2');
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
  const { suite } = choice;
  const group = chooseGroup(config, hello);
  const named = names.named.includes(choice.credential);
  const types = typesFor(config, hello, choice.credential);
  return startFlight12({ name: 'AwaitStaple12', config, hello, suite, group, choice, types, named });
}

/** ServerHello, perhaps a new ticket, and Finished: the session vouches for both ends (RFC 5246 7.3). */
function resumedHandshake(state: AwaitSession12, accepted: AcceptedSession12): Step {
  const { config, hello } = state;
  const { session, suite } = accepted;
  const sessionId = copyBytes(hello.legacySessionId);
  // RFC 6066 3: a name decides nothing when a session is resumed, and is not answered then.
  const { agreed, effects } = sayHello({
    config,
    hello,
    suite,
    sessionId,
    named: false,
    staple: undefined,
    types: 'resumed',
  });
  const peer = restoredPeer(session);
  const shown = shownBy(peer);
  const keys = connectionKeys(agreed, session.secret, 'server');
  agreed.log.stopKeeping();
  effects.push(
    {
      kind: 'facts',
      facts: {
        resumed: true,
        ...(shown === undefined ? {} : shownFacts(shown)),
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
