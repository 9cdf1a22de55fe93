/** Early data of a client: with the first PSK that it offers, or not at all (RFC 8446 4.2.10). */
import type { Secret } from '../../bytes/secret.ts';
import type { ClientConfig } from '../../config/config.ts';
import type { CipherSuite13 } from '../../crypto/provider.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import { TLSError } from '../../wire/error.ts';
import { ProtocolVersion } from '../../wire/registry.ts';
import {
  type EarlyDataReason,
  type EarlyKeys,
  earlyKeys,
  earlySecretEffects,
  wipeEarly,
} from '../early-data.ts';
import type { Effect } from '../effect.ts';
import type { ClientOffer, EarlyOffer } from '../state.ts';

/** What the first PSK allows, and what must come out for it to be accepted. */
interface Allowed {
  readonly suite: CipherSuite13;
  readonly psk: Secret;
  readonly maximum: number;
  readonly alpnProtocol: string | undefined;
}

/** Whether early data may go with the hello that offers these PSKs; else why not. */
export function mayOfferEarly(
  config: ClientConfig,
  { session, externals }: Pick<ClientOffer, 'session' | 'externals'>,
): Allowed | EarlyDataReason {
  if (!config.offersEarlyData) return 'disabled';
  if (!config.versions.includes(ProtocolVersion.TLS13)) return 'protocol_version';
  if (session?.version === 'tls13') {
    const suite = config.cipherSuites.find(({ code }) => code === session.cipherSuite);
    const { maxEarlyDataSize: maximum, secret: psk, alpnProtocol } = session;
    if (maximum === 0 || suite === undefined) return 'unsupported_for_session';
    if (alpnProtocol !== undefined && !config.alpnProtocols.includes(alpnProtocol)) return 'alpn_mismatch';
    return { suite, psk, maximum, alpnProtocol };
  }
  const [key] = externals;
  if (key === undefined) return session === undefined ? 'no_session' : 'unsupported_for_session';
  // What goes with a key that was given beforehand is the first suite of its hash, and no application protocol.
  const suite = config.cipherSuites.find(({ hash }) => hash.name === key.hash.name);
  const maximum = key.psk.maxEarlyDataSize;
  if (maximum === 0 || suite === undefined) return 'unsupported_for_session';
  if (config.alpnProtocols.length > 0) return 'alpn_mismatch';
  return { suite, psk: key.secret, maximum, alpnProtocol: undefined };
}

/** The keys over the hello as it was sent; undefined where a shaping hook took the offer out of it. */
export function earlyOffer(hello: ClientHello, allowed: Allowed): EarlyOffer | undefined {
  const { suite, psk, maximum, alpnProtocol } = allowed;
  const offers = hello.known.earlyData !== undefined && hello.cipherSuites.includes(suite.code);
  if (!offers || hello.known.preSharedKey === undefined) return undefined;
  return { ...earlyKeys(suite, psk, suite.hash.digest(hello.raw)), maximum, alpnProtocol };
}

/** From here on application data may be written under the early key. */
export function offerEffects(early: EarlyOffer): readonly Effect[] {
  return [
    { kind: 'facts', facts: { earlyData: { status: 'offered', reason: undefined } } },
    ...earlySecretEffects(early),
    { kind: 'install_write', suite: early.suite, secret: early.trafficSecret, epoch: 'early' },
    { kind: 'open_early_data', maximum: early.maximum },
  ];
}

/** The server will not read it. Wipes the keys; a write key must follow in the same step. */
export function rejectedEffects(early: EarlyKeys, reason: EarlyDataReason): readonly Effect[] {
  wipeEarly(early);
  return [
    { kind: 'facts', facts: { earlyData: { status: 'rejected', reason } } },
    { kind: 'early_data_answer', accepted: false, reason },
  ];
}

/**
 * The server says that it reads the early data: then everything that it was sent under must be as it was when the session was made.
 * Throws TLSError `unexpected_early_data` (illegal_parameter).
 */
export function checkAccepted(
  early: EarlyOffer | undefined,
  suite: CipherSuite13,
  alpnProtocol: string | undefined,
): EarlyOffer {
  if (early === undefined) throw unexpected('without the first PSK');
  if (early.suite.code !== suite.code) throw unexpected('with another cipher suite');
  if (early.alpnProtocol !== alpnProtocol) throw unexpected('with another application protocol');
  return early;
}

function unexpected(how: string): TLSError {
  return new TLSError('unexpected_early_data', `the server accepts early data ${how}`, {
    rfc: 'RFC 8446 4.2.10',
  });
}

/** RFC 8446 D.3: an older server cannot skip early data, and a silent retry without it would hide an attack. */
export function checkNotDowngraded(offer: ClientOffer): void {
  if (offer.early === undefined) return;
  throw new TLSError('early_data_downgrade', 'the server chose TLS 1.2 although early data was sent', {
    rfc: 'RFC 8446 D.3',
  });
}
