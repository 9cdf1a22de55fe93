/** What a peer shows for itself: certificates, or a key without any (RFC 7250), read and judged the same for both roles. */
import { EMPTY } from '../bytes/bytes.ts';
import type { CommonConfig, Config } from '../config/config.ts';
import type { Credential } from '../config/options.ts';
import { isTrustedKey } from '../config/raw-public-key.ts';
import type { PublicKey } from '../crypto/provider.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import { encodeCertificate12 } from '../message/tls12/certificate.ts';
import { encodeRawPublicKey12 } from '../message/tls12/raw-public-key.ts';
import { TLSError } from '../wire/error.ts';
import { CertificateType } from '../wire/registry.ts';
import type { Certificate } from '../x509/certificate.ts';
import { X509Error } from '../x509/error.ts';
import { parseRawPublicKey, type RawPublicKey } from '../x509/raw-public-key.ts';
import { certificateMessage, judgeChain, parseChain } from './authenticate.ts';
import type { Effect, Facts, PeerVerdict } from './effect.ts';
import { certificateError } from './failure.ts';
import type { PeerIdentity } from './state.ts';
import { parseChain12 } from './tls12/authenticate.ts';

export type Shown =
  | { readonly kind: 'certificates'; readonly chain: readonly Certificate[]; readonly leaf: Certificate }
  | { readonly kind: 'raw_key'; readonly key: RawPublicKey };

/** The key that the peer proves to have. */
export function shownKey(shown: Shown): PublicKey {
  return shown.kind === 'raw_key' ? shown.key.publicKey : shown.leaf.publicKey;
}

/** What the connection tells of it. */
export function shownFacts(shown: Shown): Facts {
  return shown.kind === 'raw_key' ? { peerRawPublicKey: shown.key } : { peerCertificates: shown.chain };
}

/** The entries of a Certificate message as what was agreed on; undefined for an empty one. Throws TLSError. */
export function readShown(
  config: CommonConfig,
  type: CertificateType,
  entries: readonly Uint8Array[],
  version: 'tls13' | 'tls12',
): Shown | undefined {
  if (type === CertificateType.RawPublicKey) return readKey(entries);
  const chain = version === 'tls13' ? parseChain(config, entries) : parseChain12(config, entries);
  const leaf = chain[0];
  return leaf === undefined ? undefined : { kind: 'certificates', chain, leaf };
}

function readKey(entries: readonly Uint8Array[]): Shown | undefined {
  const [der, ...more] = entries;
  if (der === undefined) return undefined;
  if (more.length > 0) {
    throw new TLSError('illegal_parameter', `Certificate has ${entries.length} raw public keys, not one`, {
      rfc: 'RFC 8446 4.4.2',
    });
  }
  try {
    return { kind: 'raw_key', key: parseRawPublicKey(der) };
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    if (error.code !== 'MALFORMED' && error.code !== 'TOO_LARGE') throw certificateError(error);
    throw new TLSError('malformed_public_key', `the raw public key cannot be read: ${error.message}`, {
      rfc: 'RFC 7250 3',
      cause: error,
    });
  }
}

/** A raw key is as good as the list it is on: it has no name, issuer or end of its own. */
function judgeKey(config: Config, key: RawPublicKey): PeerVerdict {
  if (isTrustedKey(config, key.raw)) return { verified: true, path: [] };
  const error = new TLSError('untrusted_public_key', "the peer's raw public key is none of those trusted", {
    rfc: 'RFC 7250 6',
  });
  return { verified: false, error, path: [] };
}

/** The effect that asks for a verdict; both roles await it after the peer's signature was found good. */
export function needVerdict(config: Config, shown: Shown): Effect {
  const need = { kind: 'verify_peer' } as const;
  return shown.kind === 'raw_key'
    ? {
        kind: 'need',
        need: { ...need, chain: [], rawPublicKey: shown.key, builtin: () => judgeKey(config, shown.key) },
      }
    : {
        kind: 'need',
        need: {
          ...need,
          chain: shown.chain,
          rawPublicKey: undefined,
          builtin: () => judgeChain(config, shown.chain),
        },
      };
}

/** What a peer showed when the session was made; undefined for one that showed nothing. */
export function shownBy(peer: PeerIdentity): Shown | undefined {
  if (peer.rawPublicKey !== undefined) return { kind: 'raw_key', key: peer.rawPublicKey };
  const chain = peer.certificates;
  const leaf = chain[0];
  return leaf === undefined ? undefined : { kind: 'certificates', chain, leaf };
}

/** Certificate of TLS 1.3 with a credential, or an empty one. */
export function showing(credential: Credential | undefined, leaf: readonly RawExtension[]): Uint8Array {
  const key = credential?.rawPublicKey;
  return certificateMessage(
    EMPTY,
    key === undefined ? (credential?.chain ?? []) : [key],
    key === undefined ? leaf : [],
  );
}

/** The same of TLS 1.2. An empty one has the same bytes, whatever it is not (RFC 5246 7.4.6, RFC 7250 3). */
export function showing12(credential: Credential | undefined): Uint8Array {
  const key = credential?.rawPublicKey;
  if (key !== undefined) return encodeRawPublicKey12(key.raw);
  return encodeCertificate12({ certificateList: (credential?.chain ?? []).map(({ raw }) => raw) });
}
