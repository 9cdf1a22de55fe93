/** The two ClientHellos (RFC 8446 4.1.2). */
import { EMPTY } from '../../bytes/bytes.ts';
import { asciiEncode } from '../../bytes/encoding.ts';
import type { ClientConfig } from '../../config/config.ts';
import { TranscriptHash } from '../../crypto/transcript.ts';
import { type ClientHello, type ClientHelloFields, encodeClientHello } from '../../message/client-hello.ts';
import { alpn } from '../../message/extension/alpn.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { cookie } from '../../message/extension/cookie.ts';
import { keyShare } from '../../message/extension/key-share.ts';
import { pskKeyExchangeModes } from '../../message/extension/psk-key-exchange-modes.ts';
import { serverName } from '../../message/extension/server-name.ts';
import { signatureAlgorithms } from '../../message/extension/signature-algorithms.ts';
import { statusRequest } from '../../message/extension/status-request.ts';
import { supportedGroups } from '../../message/extension/supported-groups.ts';
import { supportedVersions } from '../../message/extension/supported-versions.ts';
import { decodeHandshake } from '../../message/handshake.ts';
import type { HelloRetryRequest } from '../../message/server-hello.ts';
import { isGrease } from '../../wire/code-point.ts';
import { TLSError } from '../../wire/error.ts';
import { ExtensionType, ProtocolVersion, PskKeyExchangeMode } from '../../wire/registry.ts';
import type { Effect, Step } from '../effect.ts';
import type { ClientOffer, OfferedShare } from '../state.ts';

const RANDOM_LENGTH = 32;
const SESSION_ID_LENGTH = 32;

/** The first flight. Throws TLSError `no_random` when there is no source of randomness. */
export function startClient(config: ClientConfig): Step {
  const random = new Uint8Array(RANDOM_LENGTH);
  config.provider.random(random);
  // RFC 8446 D.4: a session id of our own makes the handshake look like a resumed one of TLS 1.2.
  const legacySessionId = config.middleboxCompatibility ? new Uint8Array(SESSION_ID_LENGTH) : EMPTY;
  if (legacySessionId.length > 0) config.provider.random(legacySessionId);

  const shares = config.keyShares.map(
    (group): OfferedShare => ({ group, secret: group.generate(config.provider.random) }),
  );
  const fields: ClientHelloFields = {
    random,
    legacySessionId,
    cipherSuites: config.cipherSuites.map((suite) => suite.code),
    extensions: firstExtensions(config, shares),
  };
  const hello = shaped(config, fields);
  const transcript = new TranscriptHash();
  transcript.add(hello.raw);
  return {
    state: {
      name: 'ExpectServerHello',
      offer: offerOf(hello, shares, transcript, hello.legacySessionId.length > 0 ? 'due' : 'never'),
    },
    effects: [
      { kind: 'facts', facts: factsOf(hello) },
      { kind: 'send', message: hello.raw },
      { kind: 'open_compatibility_window' },
    ],
  };
}

function firstExtensions(config: ClientConfig, shares: readonly OfferedShare[]): RawExtension[] {
  const extensions: RawExtension[] = [];
  if (config.sniName !== undefined) extensions.push(serverName.clientHello.encode(config.sniName));
  extensions.push(
    supportedGroups.clientHello.encode(config.groups.map((group) => group.code)),
    signatureAlgorithms.clientHello.encode(config.signatureAlgorithms.map((scheme) => scheme.code)),
    supportedVersions.clientHello.encode([ProtocolVersion.TLS13]),
    // Without this no server sends tickets (RFC 8446 4.2.9).
    pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]),
  );
  if (config.alpnProtocols.length > 0) {
    extensions.push(alpn.clientHello.encode(config.alpnProtocols.map((protocol) => asciiEncode(protocol))));
  }
  if (config.requestOcsp)
    extensions.push(
      statusRequest.clientHello.encode({ kind: 'ocsp', responderIds: [], requestExtensions: EMPTY }),
    );
  extensions.push(keyShareExtension(shares));
  return extensions;
}

function keyShareExtension(shares: readonly OfferedShare[]): RawExtension {
  return keyShare.clientHello.encode(
    shares.map(({ group, secret }) => ({ group: group.code, keyExchange: secret.share })),
  );
}

/** Lets the shaping hook at the fields, and reads back what will be sent, so that checks follow the bytes. */
function shaped(config: ClientConfig, fields: ClientHelloFields): ClientHello {
  const raw = encodeClientHello(config.shapeClientHello?.(fields) ?? fields);
  const hello = decodeHandshake(raw, 'tls13');
  if (hello.kind !== 'ClientHello')
    throw new TLSError('internal_error', 'our own ClientHello does not parse');
  return hello;
}

function offerOf(
  hello: ClientHello,
  shares: readonly OfferedShare[],
  transcript: TranscriptHash,
  changeCipherSpec: ClientOffer['changeCipherSpec'],
): ClientOffer {
  return {
    hello,
    // A server that echoes GREASE answers what nobody meant (RFC 8701 3.1).
    offeredExtensions: new Set(hello.extensions.map(({ type }) => type).filter((type) => !isGrease(type))),
    shares,
    transcripts: { kind: 'single', transcript },
    changeCipherSpec,
  };
}

function factsOf(hello: ClientHello): { clientRandom: Uint8Array; serverName?: string } {
  const name = hello.known.serverName;
  return name === undefined
    ? { clientRandom: hello.random }
    : { clientRandom: hello.random, serverName: name };
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
    .filter((extension) => extension.type !== ExtensionType.early_data)
    .map((extension) => (extension.type === ExtensionType.key_share ? keyShareExtension(shares) : extension));
  if (retry.known.cookie !== undefined) extensions.push(cookie.clientHello.encode(retry.known.cookie));
  const hello = shaped(config, {
    legacyVersion: first.legacyVersion,
    random: first.random,
    legacySessionId: first.legacySessionId,
    cipherSuites: first.cipherSuites,
    legacyCompressionMethods: first.legacyCompressionMethods,
    extensions,
  });
  transcript.add(hello.raw);
  const effects: Effect[] = [];
  const due = offer.changeCipherSpec === 'due';
  if (due) effects.push({ kind: 'send_change_cipher_spec' });
  effects.push({ kind: 'send', message: hello.raw });
  return { offer: offerOf(hello, shares, transcript, due ? 'sent' : offer.changeCipherSpec), effects };
}
