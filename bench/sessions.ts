/** TLS 1.2 and resumption beside the full handshake of TLS 1.3, in memory, both ends in one thread, over X25519. */
import {
  type ClientOptions,
  ClientSessionCache,
  NamedGroup,
  namedProvider,
  ProtocolVersion,
  type ServerOptions,
  ServerSessionCache,
  TicketKeys,
} from '../src/engine.ts';
import type { KeyKind } from '../src/x509.ts';
import { compare } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { configs, handshake, makeIdentity } from './support/world.ts';

const KINDS: readonly KeyKind[] = ['ecdsa-p256', 'rsa-2048'];
const provider = namedProvider('auto');

function ticketKeys(): TicketKeys {
  const aead = provider.cipherSuites13[0]?.aead;
  if (aead === undefined) throw new Error('no AEAD for tickets');
  return new TicketKeys({ aead, random: provider.random, now: () => Date.now() });
}

interface Way {
  readonly name: string;
  readonly version: 'TLS13' | 'TLS12';
  readonly resumed: boolean;
  readonly client?: () => Partial<ClientOptions>;
  readonly server?: () => Partial<ServerOptions>;
  /** Of the time of a full handshake of TLS 1.3. */
  readonly limit?: number;
  /** Handshakes a second. */
  readonly least?: number;
}

/** In TLS 1.2 supported_groups is about certificates too (RFC 8422 5.1), so that X25519 cannot stand alone. */
const OFFER: Partial<ClientOptions> = {
  groups: [NamedGroup.x25519, NamedGroup.secp256r1],
  keyShares: [NamedGroup.x25519],
};
const remembering = (): Partial<ClientOptions> => ({ sessionCache: new ClientSessionCache() });
const WAYS: readonly Way[] = [
  { name: 'TLS 1.3, full', version: 'TLS13', resumed: false },
  { name: 'TLS 1.2, full', version: 'TLS12', resumed: false, limit: 1 },
  {
    name: 'TLS 1.3, resumed with psk_dhe_ke',
    version: 'TLS13',
    resumed: true,
    client: remembering,
    server: () => ({ ticketKeys: ticketKeys(), ticketCount: 1 }),
    limit: 0.7,
    least: 1100,
  },
  {
    name: 'TLS 1.2, resumed by ticket',
    version: 'TLS12',
    resumed: true,
    client: remembering,
    server: () => ({ ticketKeys: ticketKeys() }),
    limit: 0.2,
  },
  {
    name: 'TLS 1.2, resumed by ID',
    version: 'TLS12',
    resumed: true,
    client: remembering,
    server: () => ({ sessionCache: new ServerSessionCache() }),
    limit: 0.2,
  },
];

/** A resumption of TLS 1.2 agrees on no group. */
const onX25519 = (group: { readonly code: number } | undefined): boolean =>
  group === undefined || group.code === NamedGroup.x25519;

for (const kind of KINDS) {
  const identity = makeIdentity(kind);
  const contenders = WAYS.map((way) => {
    const version = ProtocolVersion[way.version];
    const { client, server } = configs({
      provider,
      identity,
      group: NamedGroup.x25519,
      client: { minVersion: version, maxVersion: version, ...OFFER, ...way.client?.() },
      server: { minVersion: version, maxVersion: version, ...way.server?.() },
    });
    const once = (): void => void handshake(client, server);
    // The first fills the caches, if there are any.
    once();
    const pair = handshake(client, server);
    for (const { phase, info } of [pair.client, pair.server]) {
      verify(
        phase === 'open' && info.version === version && info.resumed === way.resumed && onX25519(info.group),
        `${kind}, ${way.name}`,
      );
    }
    verify(pair.client.info.peerVerdict?.verified === true, `${kind}, ${way.name}: the server's certificate`);
    return once;
  });
  const figures = compare(contenders);
  const full = figures[0]?.perSecond ?? Number.NaN;
  for (const [i, way] of WAYS.entries()) {
    const figure = figures[i];
    if (figure === undefined) continue;
    const part = full / figure.perSecond;
    emit({
      table: 'Versions and resumption in memory, both ends, X25519',
      what: `${kind}, ${way.name}`,
      unit: '/s',
      ours: figure.perSecond,
      spread: figure.spread,
      ...(way.limit === undefined
        ? {}
        : {
            floor: `${way.least === undefined ? '' : `>= ${way.least} /s, `}<= ${way.limit} of the time of a full TLS 1.3: ${part.toFixed(2)}`,
            kept: part <= way.limit && figure.perSecond >= (way.least ?? 0),
          }),
    });
  }
}
