/** The conversations that the chunking tests replay. */
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import type { Pair } from '../engine/pair.ts';
import { credentials, issue, provider, type TestCredential } from '../handshake/credentials.ts';
import type { Scenario } from './scenario.ts';

const bytes = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i + from) & 0xff);

const clientSends = (length: number) => (pair: Pair) => pair.client.tested.connection.send(bytes(length));
const serverSends = (length: number) => (pair: Pair) => pair.server.tested.connection.send(bytes(length, 9));
const clientCloses = (pair: Pair): void => pair.client.tested.connection.close();
const serverCloses = (pair: Pair): void => pair.server.tested.connection.close();
const clientUpdates = (ask: boolean) => (pair: Pair) => pair.client.tested.connection.requestKeyUpdate(ask);
const serverUpdates = (ask: boolean) => (pair: Pair) => pair.server.tested.connection.requestKeyUpdate(ask);

/** A word each way, and both ends close. */
const TALK = [clientSends(20), serverSends(30), clientCloses, serverCloses];

const groups = (...codes: readonly NamedGroup[]): { groups: readonly NamedGroup[] } => ({ groups: codes });
const { x25519, secp256r1, secp384r1 } = NamedGroup;
const RETRY = {
  client: { ...groups(x25519, secp256r1), keyShares: [x25519] },
  server: groups(secp256r1),
} satisfies { client: Partial<ClientOptions>; server: Partial<ServerOptions> };

const other = (): TestCredential => issue({ kind: 'ed25519', usage: 'serverAuth', names: ['other.test'] });
const stranger = (): TestCredential => issue({ kind: 'ed25519', usage: 'serverAuth', trusted: false });

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a full handshake, talk, close': { actions: TALK },
  HelloRetryRequest: { ...RETRY, actions: TALK },
  'HelloRetryRequest, no share sent': { client: { ...RETRY.client, keyShares: [] }, server: RETRY.server },
  'no session id': { client: { middleboxCompatibility: false }, actions: TALK },
  'client certificate required': {
    client: { credentials: [credentials.client()] },
    server: { clientAuth: 'require' },
    actions: TALK,
  },
  'client certificate requested and given': {
    client: { credentials: [credentials.clientP256()] },
    server: { clientAuth: 'request' },
    actions: TALK,
  },
  'client certificate requested, none given': { server: { clientAuth: 'request' }, actions: TALK },
  'client certificate required, none given': {
    server: { clientAuth: 'require' },
    fails: ['TLS_ALERT_RECEIVED', 'TLS_CERTIFICATE_REQUIRED'],
  },
  'client certificate of a stranger': {
    client: { credentials: [credentials.untrustedClient()] },
    server: { clientAuth: 'request' },
    fails: ['TLS_ALERT_RECEIVED', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  },
  'HelloRetryRequest and client certificate': {
    client: { ...RETRY.client, credentials: [credentials.client()] },
    server: { ...RETRY.server, clientAuth: 'require' },
    actions: TALK,
  },
  ALPN: {
    client: { alpnProtocols: ['h2', 'http/1.1'] },
    server: { alpnProtocols: ['http/1.1', 'h2'] },
    actions: TALK,
  },
  'ALPN at one end only': { client: { alpnProtocols: ['h2'] }, actions: TALK },
  'ALPN that does not match': {
    client: { alpnProtocols: ['h2'] },
    server: { alpnProtocols: ['http/1.1'] },
    fails: ['TLS_ALERT_RECEIVED', 'TLS_NO_APPLICATION_PROTOCOL'],
  },
  'KeyUpdate of the client': { actions: [clientUpdates(false), clientSends(10), ...TALK] },
  'KeyUpdate of the server': { actions: [serverUpdates(false), serverSends(10), ...TALK] },
  'KeyUpdate of both, asked for both ways': {
    actions: [
      clientUpdates(true),
      serverUpdates(true),
      clientSends(10),
      serverSends(10),
      clientUpdates(true),
      ...TALK,
    ],
    timing: true,
  },
  'the server closes first and the client goes on': {
    actions: [serverCloses, clientSends(50), clientCloses],
  },
  'the client closes first and the server goes on': {
    actions: [clientCloses, serverSends(50), serverCloses],
  },
  'nobody closes': { actions: [clientSends(5), serverSends(5)] },
  'small fragments and padding': {
    client: { maxFragmentLength: 512, recordPadding: (length) => length + 13 },
    server: { maxFragmentLength: 600 },
    actions: [clientSends(2000), serverSends(3000), clientCloses, serverCloses],
  },
  'half-RTT': { server: { halfRtt: true }, actions: TALK },
  'a longer talk': { actions: [clientSends(20_000), serverSends(40_000), clientCloses, serverCloses] },
  'a name of several': {
    server: { namedCredentials: [{ name: '*.test', credentials: [credentials.serverP256()] }] },
    actions: TALK,
  },
  'a certificate for another name': {
    server: { credentials: [other()] },
    fails: ['HOSTNAME_MISMATCH', 'TLS_ALERT_RECEIVED'],
  },
  'a server nobody trusts': {
    server: { credentials: [stranger()] },
    fails: ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS_ALERT_RECEIVED'],
  },
  'a server nobody trusts, accepted all the same': {
    client: { dangerousAcceptUnverifiedPeer: true },
    server: { credentials: [stranger()] },
    actions: TALK,
  },
  'no common group': {
    client: groups(x25519),
    server: groups(secp384r1),
    fails: ['TLS_ALERT_RECEIVED', 'TLS_NO_COMMON_GROUP'],
  },
  ...Object.fromEntries(
    provider.cipherSuites13.map(({ name, code }): [string, Scenario] => [
      `suite ${name}`,
      { client: { cipherSuites: [code] }, actions: TALK },
    ]),
  ),
  ...Object.fromEntries(
    provider.groups.map(({ name, code }): [string, Scenario] => [
      `group ${name}`,
      { client: groups(code), server: groups(code), actions: TALK },
    ]),
  ),
  ...Object.fromEntries(
    (['serverP256', 'serverP384', 'serverRsa'] as const).map((kind): [string, Scenario] => [
      `certificate ${kind}`,
      { server: { credentials: [credentials[kind]()] }, actions: TALK },
    ]),
  ),
};
