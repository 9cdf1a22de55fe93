/** The two ClientHellos (RFC 8446 4.1.2). */
import { copyBytes, EMPTY } from '../../bytes/bytes.ts';
import { asciiEncode } from '../../bytes/encoding.ts';
import type { ClientConfig } from '../../config/config.ts';
import type { HashFunction } from '../../crypto/provider.ts';
import { TranscriptHash } from '../../crypto/transcript.ts';
import { type ClientHello, type ClientHelloFields, encodeClientHello } from '../../message/client-hello.ts';
import { alpn } from '../../message/extension/alpn.ts';
import { certificateAuthorities } from '../../message/extension/certificate-authorities.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { compressCertificate } from '../../message/extension/compress-certificate.ts';
import { cookie } from '../../message/extension/cookie.ts';
import { earlyData } from '../../message/extension/early-data.ts';
import { ecPointFormats } from '../../message/extension/ec-point-formats.ts';
import { extendedMasterSecret } from '../../message/extension/extended-master-secret.ts';
import { keyShare } from '../../message/extension/key-share.ts';
import { maxFragmentLength } from '../../message/extension/max-fragment-length.ts';
import { bindersListLength, preSharedKey, replaceBinders } from '../../message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../../message/extension/psk-key-exchange-modes.ts';
import { recordSizeLimit } from '../../message/extension/record-size-limit.ts';
import { renegotiationInfo } from '../../message/extension/renegotiation-info.ts';
import { serverName } from '../../message/extension/server-name.ts';
import { sessionTicket } from '../../message/extension/session-ticket.ts';
import { signatureAlgorithms } from '../../message/extension/signature-algorithms.ts';
import { signatureAlgorithmsCert } from '../../message/extension/signature-algorithms-cert.ts';
import { signedCertificateTimestamp } from '../../message/extension/signed-certificate-timestamp.ts';
import { statusRequest } from '../../message/extension/status-request.ts';
import { supportedGroups } from '../../message/extension/supported-groups.ts';
import { supportedVersions } from '../../message/extension/supported-versions.ts';
import { decodeHandshake } from '../../message/handshake.ts';
import type { HelloRetryRequest } from '../../message/server-hello.ts';
import type { StoredSession } from '../../session/session.ts';
import { isGrease } from '../../wire/code-point.ts';
import { TLSError } from '../../wire/error.ts';
import { ECPointFormat, ExtensionType, ProtocolVersion, PskKeyExchangeMode } from '../../wire/registry.ts';
import { CipherSuite } from '../../wire/registry-crypto.ts';
import { takenAlgorithms } from '../certificate-compression.ts';
import { offeredTypes } from '../certificate-types.ts';
import type { Effect, Step } from '../effect.ts';
import { type ExternalKey, externalBinder, externalKeys } from '../external-psk.ts';
import { authorityNames } from '../negotiate.ts';
import { obfuscatedAge, pskBinder, pskHash } from '../resumption.ts';
import type { ClientOffer, OfferedShare } from '../state.ts';
import { groups12 } from '../tls12/authenticate.ts';
import { earlyOffer, mayOfferEarly, offerEffects } from './early-data.ts';
import { greased } from './grease.ts';

const RANDOM_LENGTH = 32;
const SESSION_ID_LENGTH = 32;

/**
 * The first flight. `session`, if given, has been found fit to be offered; it is used up. Throws TLSError `no_random`
 * when there is no source of randomness.
 */
export function startClient(config: ClientConfig, session: StoredSession | undefined): Step {
  const random = new Uint8Array(RANDOM_LENGTH);
  config.provider.random(random);
  const shares = speaks13(config)
    ? config.keyShares.map(
        (group): OfferedShare => ({ group, secret: group.generate(config.provider.random) }),
      )
    : [];
  const plain = {
    random,
    legacySessionId: legacySessionId(config, session),
    cipherSuites: offeredSuites(config),
    extensions: firstExtensions(config, shares, session),
  };
  const psks: OfferedKeys = { session, externals: speaks13(config) ? externalKeys(config) : [] };
  const allowed = mayOfferEarly(config, psks);
  if (typeof allowed === 'object') plain.extensions.push(earlyData.clientHello.encode(true));
  const fields: ClientHelloFields = config.grease ? greased(plain, config.provider.random) : plain;
  const transcript = new TranscriptHash();
  const hello = shaped(config, fields, psks, transcript);
  transcript.add(hello.raw);
  const due = speaks13(config) && hello.legacySessionId.length > 0;
  const early = typeof allowed === 'object' ? earlyOffer(hello, allowed) : undefined;
  const effects: Effect[] = [
    { kind: 'facts', facts: factsOf(hello) },
    { kind: 'send', message: hello.raw },
  ];
  if (speaks13(config)) effects.push({ kind: 'open_compatibility_window' });
  if (early !== undefined) {
    // RFC 8446 D.4: where early data is offered the dummy stands right behind the first hello.
    if (due) effects.push({ kind: 'send_change_cipher_spec' });
    effects.push(...offerEffects(early));
  } else if (typeof allowed === 'string' && allowed !== 'disabled') {
    effects.push({ kind: 'facts', facts: { earlyData: { status: 'not_offered', reason: allowed } } });
  }
  const changeCipherSpec = !due ? 'never' : early === undefined ? 'due' : 'sent';
  return {
    state: {
      name: 'ExpectServerHello',
      offer: { ...offerOf(hello, shares, transcript, changeCipherSpec, psks), early },
    },
    effects,
  };
}

type OfferedKeys = Pick<ClientOffer, 'session' | 'externals'>;

/** RFC 7507 4: the signalling value comes last, and says that something newer was tried before. */
function offeredSuites(config: ClientConfig): CipherSuite[] {
  const codes = [...config.cipherSuites, ...config.cipherSuites12].map((suite) => suite.code);
  return config.fallback ? [...codes, CipherSuite.TLS_FALLBACK_SCSV] : codes;
}

function speaks13(config: ClientConfig): boolean {
  return config.versions.includes(ProtocolVersion.TLS13);
}

function speaks12(config: ClientConfig): boolean {
  return config.versions.includes(ProtocolVersion.TLS12);
}

/**
 * RFC 8446 D.4: an ID of our own makes the handshake look like a resumed one of TLS 1.2. In TLS 1.2 the server
 * echoes it when it takes a ticket (RFC 5077 3.4), or it is the ID of the session itself.
 */
function legacySessionId(config: ClientConfig, session: StoredSession | undefined): Uint8Array {
  if (session?.version === 'tls12' && session.ticket.length === 0) return session.sessionId;
  const wanted = session?.version === 'tls12' || (speaks13(config) && config.middleboxCompatibility);
  if (!wanted) return EMPTY;
  const id = new Uint8Array(SESSION_ID_LENGTH);
  config.provider.random(id);
  return id;
}

function firstExtensions(
  config: ClientConfig,
  shares: readonly OfferedShare[],
  session: StoredSession | undefined,
): RawExtension[] {
  const extensions: RawExtension[] = [];
  const groups = speaks13(config) ? config.groups : groups12(config);
  if (config.sniName !== undefined) extensions.push(serverName.clientHello.encode(config.sniName));
  if (speaks12(config)) extensions.push(...extensions12(session));
  extensions.push(supportedGroups.clientHello.encode(groups.map((group) => group.code)));
  // RFC 8446 9.2: it says that certificates are welcome.
  if (!config.pskOnly) {
    extensions.push(
      signatureAlgorithms.clientHello.encode(config.signatureAlgorithms.map((scheme) => scheme.code)),
    );
  }
  if (config.alpnProtocols.length > 0) {
    extensions.push(alpn.clientHello.encode(config.alpnProtocols.map((protocol) => asciiEncode(protocol))));
  }
  const { certificateAlgorithms } = config;
  if (certificateAlgorithms !== undefined) {
    extensions.push(
      signatureAlgorithmsCert.clientHello.encode(certificateAlgorithms.map(({ code }) => code)),
    );
  }
  const names = config.sendAuthorities ? authorityNames(config) : [];
  if (names.length > 0) extensions.push(certificateAuthorities.clientHello.encode(names));
  if (config.requestOcsp) {
    extensions.push(
      statusRequest.clientHello.encode({ kind: 'ocsp', responderIds: [], requestExtensions: EMPTY }),
    );
  }
  if (config.fragmentLength !== undefined) {
    extensions.push(maxFragmentLength.clientHello.encode(config.fragmentLength));
  }
  if (config.recordSizeLimit !== undefined) {
    extensions.push(recordSizeLimit.clientHello.encode(config.recordSizeLimit));
  }
  if (config.requestTimestamps) extensions.push(signedCertificateTimestamp.clientHello.encode(true));
  if (!config.pskOnly) extensions.push(...offeredTypes(config));
  if (!speaks13(config)) return extensions;
  const algorithms = config.pskOnly ? [] : takenAlgorithms(config);
  if (algorithms.length > 0) extensions.push(compressCertificate.clientHello.encode(algorithms));
  extensions.push(
    supportedVersions.clientHello.encode(config.versions),
    // Without this no server sends tickets (RFC 8446 4.2.9).
    pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]),
    keyShareExtension(shares),
  );
  return extensions;
}

/** What only TLS 1.2 reads. */
function extensions12(session: StoredSession | undefined): RawExtension[] {
  return [
    extendedMasterSecret.clientHello.encode(true),
    renegotiationInfo.clientHello.encode(EMPTY),
    ecPointFormats.clientHello.encode([ECPointFormat.uncompressed]),
    sessionTicket.clientHello.encode(session?.version === 'tls12' ? session.ticket : EMPTY),
  ];
}

function keyShareExtension(shares: readonly OfferedShare[]): RawExtension {
  return keyShare.clientHello.encode(
    shares.map(({ group, secret }) => ({ group: group.code, keyExchange: secret.share })),
  );
}

/**
 * Lets the shaping hook at the fields, adds the PSK, whose binder covers all the rest, and reads back what will be
 * sent, so that checks follow the bytes.
 */
function shaped(
  config: ClientConfig,
  fields: ClientHelloFields,
  psks: OfferedKeys,
  before: TranscriptHash,
): ClientHello {
  const chosen = config.shapeClientHello?.(fields) ?? fields;
  const offered = offeredPsks(config, psks);
  const raw = offered.length > 0 ? withPsks(chosen, offered, before) : encodeClientHello(chosen);
  const hello = decodeHandshake(raw, 'tls13');
  if (hello.kind !== 'ClientHello')
    throw new TLSError('internal_error', 'our own ClientHello does not parse');
  return hello;
}

interface OfferedPsk {
  readonly identity: Uint8Array;
  readonly obfuscatedTicketAge: number;
  readonly hash: HashFunction;
  readonly binder: (covered: Uint8Array) => Uint8Array;
}

/** The session first: it costs the server no more, and says who we are. */
function offeredPsks(config: ClientConfig, { session, externals }: OfferedKeys): readonly OfferedPsk[] {
  const given = externals.map(
    (key): OfferedPsk => ({
      identity: key.identity,
      // RFC 8446 4.2.11.
      obfuscatedTicketAge: 0,
      hash: key.hash,
      binder: (covered) => externalBinder(key, covered),
    }),
  );
  if (session?.version !== 'tls13') return given;
  const hash = pskHash(config, session);
  if (hash === undefined) throw new TLSError('internal_error', 'the session has a suite that is not in use');
  const { ticket, secret } = session;
  const resumed: OfferedPsk = {
    identity: ticket,
    obfuscatedTicketAge: obfuscatedAge(session, config.now()),
    hash,
    binder: (covered) => pskBinder(hash, secret, covered),
  };
  return [resumed, ...given];
}

/** The ClientHello with pre_shared_key at its end (RFC 8446 4.2.11). `before` holds what the binders cover too. */
function withPsks(
  fields: ClientHelloFields,
  psks: readonly OfferedPsk[],
  before: TranscriptHash,
): Uint8Array {
  const lengths = psks.map(({ hash }) => hash.outputLength);
  const offer = preSharedKey.clientHello.encode({
    identities: psks,
    binders: lengths.map((length) => new Uint8Array(length)),
  });
  const raw = encodeClientHello({ ...fields, extensions: [...fields.extensions, offer] });
  const truncated = raw.subarray(0, raw.length - bindersListLength(lengths));
  const covered = (hash: HashFunction): Uint8Array =>
    before.hash === undefined ? hash.digest(truncated) : before.digestWith(truncated);
  return replaceBinders(
    raw,
    psks.map(({ hash, binder }) => binder(covered(hash))),
  );
}

/** What a server may answer. Whoever echoes GREASE answers what nobody meant (RFC 8701 3.1). */
function offeredBy(hello: ClientHello): ReadonlySet<number> {
  const types = new Set<number>(hello.extensions.map(({ type }) => type).filter((type) => !isGrease(type)));
  // RFC 5746 3.4: the signalling value says the same as the extension, and is answered with it.
  if (hello.cipherSuites.includes(CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)) {
    types.add(ExtensionType.renegotiation_info);
  }
  return types;
}

function offerOf(
  hello: ClientHello,
  shares: readonly OfferedShare[],
  transcript: TranscriptHash,
  changeCipherSpec: ClientOffer['changeCipherSpec'],
  psks: OfferedKeys,
): Omit<ClientOffer, 'early'> {
  return {
    hello,
    offeredExtensions: offeredBy(hello),
    shares,
    transcripts: { kind: 'single', transcript },
    changeCipherSpec,
    ...psks,
  };
}

function factsOf(hello: ClientHello): { clientRandom: Uint8Array; serverName?: string } {
  const name = hello.known.serverName;
  // Facts outlive the hello, which a view would keep in memory.
  const clientRandom = copyBytes(hello.random);
  return name === undefined ? { clientRandom } : { clientRandom, serverName: name };
}

/**
 * The second ClientHello: the first one, with the share asked for and the cookie given back and nothing else changed
 * (RFC 8446 4.1.2). The transcript holds message_hash and HelloRetryRequest by now.
 */
export function retryClientHello(
  config: ClientConfig,
  offer: ClientOffer,
  retry: HelloRetryRequest,
  shares: readonly OfferedShare[],
  transcript: TranscriptHash,
): { readonly offer: ClientOffer; readonly effects: readonly Effect[] } {
  const first = offer.hello;
  const extensions = first.extensions
    .filter(({ type }) => type !== ExtensionType.early_data && type !== ExtensionType.pre_shared_key)
    .map((extension) => (extension.type === ExtensionType.key_share ? keyShareExtension(shares) : extension));
  if (retry.known.cookie !== undefined) extensions.push(cookie.clientHello.encode(retry.known.cookie));
  const psks: OfferedKeys = {
    session: sessionAfterRetry(config, offer.session, transcript),
    externals: externalsAfterRetry(offer.externals, transcript),
  };
  const hello = shaped(
    config,
    {
      legacyVersion: first.legacyVersion,
      random: first.random,
      legacySessionId: first.legacySessionId,
      cipherSuites: first.cipherSuites,
      legacyCompressionMethods: first.legacyCompressionMethods,
      extensions,
    },
    psks,
    transcript,
  );
  transcript.add(hello.raw);
  const effects: Effect[] = [];
  const due = offer.changeCipherSpec === 'due';
  if (due) effects.push({ kind: 'send_change_cipher_spec' });
  effects.push({ kind: 'send', message: hello.raw });
  const changeCipherSpec = due ? 'sent' : offer.changeCipherSpec;
  // RFC 8446 4.1.2: a retry rejects early data, and it is not offered again.
  const next = offerOf(hello, shares, transcript, changeCipherSpec, psks);
  return { offer: { ...next, early: undefined }, effects };
}

/** A PSK whose hash is not that of the suite the server has chosen by now is of no use (RFC 8446 4.1.4). */
function sessionAfterRetry(
  config: ClientConfig,
  session: StoredSession | undefined,
  transcript: TranscriptHash,
): StoredSession | undefined {
  const fits = session?.version === 'tls13' && pskHash(config, session)?.name === transcript.hash?.name;
  if (fits) return session;
  // One of TLS 1.2 has no place any more: the retry has settled the version.
  session?.secret.wipe();
  return undefined;
}

function externalsAfterRetry(
  keys: readonly ExternalKey[],
  transcript: TranscriptHash,
): readonly ExternalKey[] {
  return keys.filter((key) => {
    const fits = key.hash.name === transcript.hash?.name;
    if (!fits) key.secret.wipe();
    return fits;
  });
}
