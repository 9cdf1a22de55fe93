/** ServerHello and HelloRetryRequest, as a client reads them (RFC 8446 4.1.3, 4.1.4). */
import { equalBytes } from '../../bytes/bytes.ts';
import type { Secret } from '../../bytes/secret.ts';
import type { ClientConfig } from '../../config/config.ts';
import type { ExternalPskConfig } from '../../config/external-psk.ts';
import type { CipherSuite13, HashFunction } from '../../crypto/provider.ts';
import { checkSolicited } from '../../message/extension/table.ts';
import type { Aligned } from '../../message/joiner.ts';
import {
  DOWNGRADE_TLS11,
  DOWNGRADE_TLS12,
  type HelloRetryRequest,
  type ServerHello,
} from '../../message/server-hello.ts';
import { TLSError } from '../../wire/error.ts';
import { nameOf, ProtocolVersion } from '../../wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../wire/registry-crypto.ts';
import type { Effect, Step } from '../effect.ts';
import { identityOf } from '../external-psk.ts';
import { handshakeKeys, handshakeSecretEffects } from '../keys13.ts';
import { recordEdge } from '../record-edge.ts';
import { pskHash } from '../resumption.ts';
import type {
  Authentication,
  ClientOffer,
  EarlyOffer,
  ExpectServerHello,
  ExpectServerHelloAfterRetry,
  HandshakeKeys,
  OfferedShare,
} from '../state.ts';
import { checkNotDowngraded, rejectedEffects } from './early-data.ts';
import { retryClientHello } from './hello.ts';
import { onServerHello12 } from './tls12.ts';

function illegal(message: string, rfc: string): TLSError {
  return new TLSError('illegal_parameter', message, { rfc });
}

/**
 * Whether the server chose TLS 1.2, which decides how everything else is read (RFC 8446 4.2.1, 4.1.3). Throws for a
 * version that was not offered, and for a server that was led to believe we could do no better.
 */
function choosesTls12(config: ClientConfig, hello: ServerHello): boolean {
  if (hello.known.supportedVersion !== undefined) return false;
  const end = hello.random.subarray(hello.random.length - DOWNGRADE_TLS12.length);
  const marked = equalBytes(end, DOWNGRADE_TLS12) || equalBytes(end, DOWNGRADE_TLS11);
  if (marked && config.versions.includes(ProtocolVersion.TLS13)) {
    throw new TLSError(
      'downgrade_detected',
      'the server supports TLS 1.3, yet was led to believe that we do not',
      { rfc: 'RFC 8446 4.1.3' },
    );
  }
  if (hello.legacyVersion === ProtocolVersion.TLS12 && config.versions.includes(ProtocolVersion.TLS12))
    return true;
  throw new TLSError(
    'no_common_version',
    `the server chose ${nameOf(ProtocolVersion, hello.legacyVersion)}, which was not offered`,
    { rfc: 'RFC 8446 4.2.1' },
  );
}

function checkVersion(config: ClientConfig, hello: ServerHello | HelloRetryRequest): void {
  const selected = hello.known.supportedVersion;
  if (selected === undefined) {
    // RFC 8446 4.2.1: without the extension the message is of the version that it names.
    throw new TLSError('no_common_version', 'a HelloRetryRequest that is not of TLS 1.3', {
      rfc: 'RFC 8446 4.2.1',
    });
  }
  if (selected !== ProtocolVersion.TLS13 || !config.versions.includes(ProtocolVersion.TLS13)) {
    throw new TLSError(
      'unoffered_version',
      `supported_versions selects ${nameOf(ProtocolVersion, selected)}`,
      { rfc: 'RFC 8446 4.2.1' },
    );
  }
  if (hello.legacyVersion !== ProtocolVersion.TLS12) {
    throw illegal('legacy_version of ServerHello is not 0x0303', 'RFC 8446 4.1.3');
  }
}

/** What both kinds of ServerHello must echo and choose from our offer. */
function checkCommon(
  config: ClientConfig,
  offer: ClientOffer,
  hello: ServerHello | HelloRetryRequest,
): CipherSuite13 {
  checkVersion(config, hello);
  checkSolicited(hello.extensions, offer.offeredExtensions, hello.kind === 'ServerHello' ? 'SH' : 'HRR');
  if (!equalBytes(hello.legacySessionIdEcho, offer.hello.legacySessionId)) {
    throw new TLSError('session_id_mismatch', 'the server did not echo legacy_session_id', {
      rfc: 'RFC 8446 4.1.3',
    });
  }
  if (hello.legacyCompressionMethod !== 0) {
    throw new TLSError('bad_compression_method', 'the server chose a compression method', {
      rfc: 'RFC 8446 4.1.3',
    });
  }
  const suite = config.cipherSuites.find(
    (candidate) => candidate.code === hello.cipherSuite && offer.hello.cipherSuites.includes(candidate.code),
  );
  if (suite === undefined) {
    throw new TLSError(
      'unoffered_cipher_suite',
      `the server chose ${nameOf(CipherSuite, hello.cipherSuite)}, which was not offered`,
      { rfc: 'RFC 8446 4.1.3' },
    );
  }
  return suite;
}

export function onHelloRetryRequest(
  config: ClientConfig,
  state: ExpectServerHello,
  retry: HelloRetryRequest,
): Step {
  const { offer } = state;
  const { early } = offer;
  const suite = checkCommon(config, offer, retry);
  const shares = sharesForRetry(config, offer, retry);
  const { transcript } = offer.transcripts;
  transcript.commit(suite.hash);
  transcript.replaceWithMessageHash();
  transcript.add(retry.raw);
  const next = retryClientHello(config, offer, retry, shares, transcript);
  return {
    state: { name: 'ExpectServerHelloAfterRetry', offer: next.offer, retry },
    effects: [
      { kind: 'facts', facts: { helloRetryRequest: true } },
      ...(early === undefined ? [] : [{ kind: 'write_in_clear' } as const]),
      ...(early === undefined ? [] : rejectedEffects(early, 'hello_retry_request')),
      ...next.effects,
    ],
  };
}

/** The shares of the second ClientHello; a retry that changes nothing is refused (RFC 8446 4.1.4, 4.2.8). */
function sharesForRetry(
  config: ClientConfig,
  offer: ClientOffer,
  retry: HelloRetryRequest,
): readonly OfferedShare[] {
  const selected = retry.known.selectedGroup;
  if (selected === undefined) {
    if (retry.known.cookie === undefined) {
      throw new TLSError('useless_hello_retry_request', 'HelloRetryRequest asks for no change', {
        rfc: 'RFC 8446 4.1.4',
      });
    }
    return offer.shares;
  }
  const group = config.groups.find((candidate) => candidate.code === selected);
  if (group === undefined || offer.hello.known.supportedGroups?.includes(selected) !== true) {
    throw new TLSError(
      'unoffered_group',
      `HelloRetryRequest selects ${nameOf(NamedGroup, selected)}, which was not offered`,
      { rfc: 'RFC 8446 4.2.8' },
    );
  }
  if (offer.hello.known.keyShare?.some((share) => share.group === selected) === true) {
    throw new TLSError('useless_hello_retry_request', 'HelloRetryRequest selects a group that had a share', {
      rfc: 'RFC 8446 4.2.8',
    });
  }
  for (const share of offer.shares) share.secret.wipe();
  return [{ group, secret: group.generate(config.provider.random) }];
}

export function onServerHello(
  config: ClientConfig,
  state: ExpectServerHello | ExpectServerHelloAfterRetry,
  hello: ServerHello,
  aligned: Aligned | undefined,
): Step {
  const { offer } = state;
  if (choosesTls12(config, hello)) {
    checkNotDowngraded(offer);
    if (state.name === 'ExpectServerHello') return onServerHello12(config, offer, hello);
    throw new TLSError('changed_after_hello_retry_request', 'TLS 1.2 after a HelloRetryRequest of TLS 1.3', {
      rfc: 'RFC 8446 4.1.4',
    });
  }
  const edge = recordEdge(aligned, 'ServerHello');
  const suite = checkCommon(config, offer, hello);
  if (state.name === 'ExpectServerHelloAfterRetry') checkAgainstRetry(state.retry, hello);

  const answer = hello.known.keyShare;
  if (answer === undefined) {
    throw new TLSError('missing_extension', 'ServerHello has no key_share', { rfc: 'RFC 8446 9.2' });
  }
  const share = offer.shares.find((candidate) => candidate.group.code === answer.group);
  if (share === undefined) {
    throw new TLSError(
      'unoffered_group',
      `the server's key_share is for ${nameOf(NamedGroup, answer.group)}`,
      {
        rfc: 'RFC 8446 4.2.8',
      },
    );
  }
  const psk = acceptedPsk(config, offer, hello, suite);
  if (psk === undefined && config.pskOnly) {
    throw new TLSError(
      'missing_extension',
      'the server takes up none of the PSKs, and no certificate will do',
      {
        rfc: 'RFC 8446 4.2.11',
      },
    );
  }
  const shared = share.secret.agree(answer.keyExchange);
  for (const offered of offer.shares) offered.secret.wipe();
  if (shared === undefined) {
    throw new TLSError('bad_key_share', `the server's ${share.group.name} share is not valid`, {
      rfc: 'RFC 8446 4.2.8.2',
    });
  }
  const { transcript } = offer.transcripts;
  transcript.commit(suite.hash);
  transcript.add(hello.raw);
  const keys = handshakeKeys(suite, transcript, shared, offer.hello.random, psk?.secret);
  offer.session?.secret.wipe();
  for (const key of offer.externals) key.secret.wipe();
  const authentication = authenticationBy(psk);
  const early = hello.known.preSharedKey === 0 ? offer.early : undefined;
  const effects: readonly Effect[] = [
    {
      kind: 'facts',
      facts: {
        version: ProtocolVersion.TLS13,
        cipherSuite: suite,
        group: share.group,
        ...(authentication.kind === 'external' ? { externalPsk: authentication.psk } : {}),
      },
    },
    ...handshakeSecretEffects(keys),
    // Before anything is protected, be it only an alert: what watches the line expects it there (RFC 8446 D.4).
    ...(offer.changeCipherSpec === 'due' ? [{ kind: 'send_change_cipher_spec' } as const] : []),
    {
      kind: 'install_read',
      suite,
      secret: keys.serverHandshakeTrafficSecret,
      epoch: 'handshake',
      aligned: edge,
    },
    ...earlyAfterHello(offer, keys, early),
  ];
  return {
    state: {
      name: 'ExpectEncryptedExtensions',
      offer: { ...offer, early: undefined },
      keys,
      authentication,
      early,
    },
    effects,
  };
}

/** Only with the first PSK may early data go on; else the handshake key is used at once, so that an alert is protected (RFC 8446 6). */
function earlyAfterHello(
  offer: ClientOffer,
  keys: HandshakeKeys,
  early: EarlyOffer | undefined,
): readonly Effect[] {
  if (early !== undefined) return [];
  const { suite, clientHandshakeTrafficSecret: secret } = keys;
  const rejected = offer.early === undefined ? [] : rejectedEffects(offer.early, 'session_not_resumed');
  return [{ kind: 'install_write', suite, secret, epoch: 'handshake' }, ...rejected];
}

type AcceptedKey =
  | { readonly kind: 'session'; readonly secret: Secret }
  | { readonly kind: 'external'; readonly secret: Secret; readonly psk: ExternalPskConfig };

/** The PSK, if the server took one: one of those offered, and with a suite of its hash (RFC 8446 4.2.11). */
function acceptedPsk(
  config: ClientConfig,
  offer: ClientOffer,
  hello: ServerHello,
  suite: CipherSuite13,
): AcceptedKey | undefined {
  const index = hello.known.preSharedKey;
  if (index === undefined) return undefined;
  const session = offer.session?.version === 'tls13' ? offer.session : undefined;
  if (session !== undefined && index === 0) {
    checkHash(pskHash(config, session), suite);
    return { kind: 'session', secret: session.secret };
  }
  const key = offer.externals[session === undefined ? index : index - 1];
  if (key === undefined) {
    throw new TLSError('unoffered_psk', `the server chose PSK ${index}, which was not offered`, {
      rfc: 'RFC 8446 4.2.11',
    });
  }
  checkHash(key.hash, suite);
  return { kind: 'external', secret: key.secret, psk: key.psk };
}

function authenticationBy(psk: AcceptedKey | undefined): Authentication {
  if (psk?.kind === 'external') return { kind: 'external', psk: identityOf(psk.psk) };
  return { kind: psk?.kind ?? 'certificate' };
}

function checkHash(hash: HashFunction | undefined, suite: CipherSuite13): void {
  if (hash?.name === suite.hash.name) return;
  throw new TLSError('unoffered_psk', "the server chose a suite whose hash is not the PSK's", {
    rfc: 'RFC 8446 4.2.11',
  });
}

/** RFC 8446 4.1.4: nothing that HelloRetryRequest chose may be different in ServerHello. */
function checkAgainstRetry(retry: HelloRetryRequest, hello: ServerHello): void {
  const selected = retry.known.selectedGroup;
  const changed =
    retry.cipherSuite !== hello.cipherSuite
      ? 'cipher suite'
      : selected !== undefined &&
          hello.known.keyShare !== undefined &&
          hello.known.keyShare.group !== selected
        ? 'group'
        : undefined;
  if (changed !== undefined) {
    throw new TLSError(
      'changed_after_hello_retry_request',
      `ServerHello has another ${changed} than HelloRetryRequest`,
      {
        rfc: 'RFC 8446 4.1.4',
      },
    );
  }
}
