/** Conversations of TLS 1.2, of either version, and resumed ones of both, for the chunking tests. */
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { ServerSessionCache } from '../../src/session/cache.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import type { Pair } from '../engine/pair.ts';
import { credentials, provider } from '../handshake/credentials.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { connect, newest, ticketKeys } from '../session/kit.ts';
import { BOTH, ONLY12, ONLY13 } from './kit.ts';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i & 0xff);
const clientSends = (length: number) => (pair: Pair) => pair.client.tested.connection.send(bytes(length));
const serverSends = (length: number) => (pair: Pair) => pair.server.tested.connection.send(bytes(length));
const clientCloses = (pair: Pair): void => pair.client.tested.connection.close();
const serverCloses = (pair: Pair): void => pair.server.tested.connection.close();

/** In TLS 1.2 the answer to close_notify goes out by itself. */
const TALK = [clientSends(20), serverSends(30), clientCloses];
const TALK13 = [...TALK, serverCloses];

interface Ends {
  readonly client: Partial<ClientOptions>;
  readonly server: Partial<ServerOptions>;
}

const only12 = (client: Partial<ClientOptions> = {}, server: Partial<ServerOptions> = {}): Ends => ({
  client: { ...ONLY12, ...client },
  server: { ...ONLY12, ...server },
});

/** Fresh ticket keys, the same in each run. */
const keys = (): Partial<ServerOptions> => ({ ticketKeys: ticketKeys({ random: insecureSeededRandom(33) }) });
const cache = (): Partial<ServerOptions> => ({ sessionCache: new ServerSessionCache() });

/** A connection that takes up the session of one before it. */
function resumed(ends: Ends, keep: () => Partial<ServerOptions>, actions: Scenario['actions']): Scenario {
  return {
    ...ends,
    resumes: true,
    fresh: () => {
      const kept = keep();
      const first = connect(ends.client, { ...ends.server, ...kept });
      return { client: { session: newest(first) }, server: kept };
    },
    ...(actions === undefined ? {} : { actions }),
  };
}

const mutual = {
  client: { credentials: [credentials.client()] },
  server: { clientAuth: 'require' },
} as const;
const RETRY = {
  client: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] },
  server: { groups: [NamedGroup.secp256r1] },
} as const;
const ECDSA = 'TLS_ECDHE_ECDSA';

export const SCENARIOS12: Readonly<Record<string, Scenario>> = {
  'a full handshake': { ...only12(), actions: TALK },
  'with a ticket': { ...only12(), fresh: () => ({ server: keys() }), actions: TALK },
  'with a session ID': { ...only12(), fresh: () => ({ server: cache() }), actions: TALK },
  'resumed by ticket, renewed': resumed(only12(), keys, TALK),
  'resumed by ID': resumed(only12(), cache, TALK),
  'client certificate required': { ...only12(mutual.client, mutual.server), actions: TALK },
  'client certificate required, with a ticket': {
    ...only12(mutual.client, mutual.server),
    fresh: () => ({ server: keys() }),
    actions: TALK,
  },
  'client certificate, resumed': resumed(only12(mutual.client, mutual.server), keys, TALK),
  'client certificate requested, none given': { ...only12({}, { clientAuth: 'request' }), actions: TALK },
  'client certificate required, none given': {
    ...only12({}, { clientAuth: 'require' }),
    fails: ['TLS_ALERT_RECEIVED', 'TLS_NO_CLIENT_CERTIFICATE'],
  },
  'client certificate of a stranger': {
    ...only12({ credentials: [credentials.untrustedClient()] }, { clientAuth: 'request' }),
    fails: ['TLS_ALERT_RECEIVED', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  },
  ALPN: {
    ...only12({ alpnProtocols: ['h2', 'http/1.1'] }, { alpnProtocols: ['http/1.1', 'h2'] }),
    actions: TALK,
  },
  'ALPN that does not match': {
    ...only12({ alpnProtocols: ['h2'] }, { alpnProtocols: ['http/1.1'] }),
    fails: ['TLS_ALERT_RECEIVED', 'TLS_NO_APPLICATION_PROTOCOL'],
  },
  'no common suite': {
    ...only12(
      { cipherSuites: [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256] },
      { cipherSuites: [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384] },
    ),
    fails: ['TLS_ALERT_RECEIVED', 'TLS_NO_COMMON_CIPHER_SUITE'],
  },
  'the server closes first': { ...only12(), actions: [clientSends(9), serverCloses] },
  'nobody closes': { ...only12(), actions: [clientSends(5), serverSends(5)] },
  'small fragments': {
    ...only12({ maxFragmentLength: 512 }, { maxFragmentLength: 600 }),
    actions: [clientSends(2000), serverSends(3000), clientCloses],
  },
  'a longer talk': { ...only12(), actions: [clientSends(20_000), serverSends(40_000), clientCloses] },
  ...Object.fromEntries(
    [...provider.cipherSuites12, ...provider.optionalCipherSuites12]
      .filter(({ name }) => name.startsWith(ECDSA))
      .map(({ name, code }): [string, Scenario] => [
        `suite ${name}`,
        { ...only12({ cipherSuites: [code] }, { cipherSuites: [code] }), actions: TALK },
      ]),
  ),
  ...Object.fromEntries(
    [NamedGroup.secp256r1, NamedGroup.secp384r1, NamedGroup.x448].map((code): [string, Scenario] => [
      `group 0x${code.toString(16)}`,
      { ...only12({ groups: [code] }, { groups: [code] }), actions: TALK },
    ]),
  ),
  'an RSA certificate': { ...only12({}, { credentials: [credentials.serverRsa()] }), actions: TALK },

  'either version, both ends': { client: BOTH, server: BOTH, actions: TALK13 },
  'either version, the client TLS 1.2 alone': { client: ONLY12, server: BOTH, actions: TALK },
  'either version, the server TLS 1.2 alone': { client: BOTH, server: ONLY12, actions: TALK },
  'either version, the client TLS 1.3 alone': { client: ONLY13, server: BOTH, actions: TALK13 },
  'TLS 1.2 alone against TLS 1.3 alone': {
    client: ONLY12,
    server: ONLY13,
    fails: ['TLS_ALERT_RECEIVED', 'TLS_NO_COMMON_VERSION'],
  },
  'TLS 1.3 alone against TLS 1.2 alone': {
    client: ONLY13,
    server: ONLY12,
    fails: ['TLS_ALERT_RECEIVED', 'TLS_NO_COMMON_VERSION'],
  },

  'TLS 1.3 with tickets': { fresh: () => ({ server: keys() }), actions: TALK13 },
  'TLS 1.3 resumed': resumed({ client: {}, server: {} }, keys, TALK13),
  'TLS 1.3 resumed after HelloRetryRequest': resumed(RETRY, keys, TALK13),
  'TLS 1.3 resumed, client certificate': resumed(mutual, keys, TALK13),
  'TLS 1.2 resumed by ends that speak both': resumed({ client: BOTH, server: ONLY12 }, keys, TALK),
};
