/** External PSKs of TLS 1.3, as they go over the wire: used as they are, or imported (RFC 8446 4.2.11, RFC 9258). */
import { EMPTY, equalBytes } from '../bytes/bytes.ts';
import { constantTimeEqual } from '../bytes/constant-time.ts';
import { Secret } from '../bytes/secret.ts';
import type { Config, ServerConfig } from '../config/config.ts';
import type { ExternalPskConfig } from '../config/external-psk.ts';
import { hkdfExpandLabel, hkdfExtract } from '../crypto/hkdf.ts';
import type { CipherSuite13, HashFunction } from '../crypto/provider.ts';
import type { TranscriptHash } from '../crypto/transcript.ts';
import type { ClientHello } from '../message/client-hello.ts';
import type { ExternalIdentity } from '../session/session.ts';
import { TLSError } from '../wire/error.ts';
import { ProtocolVersion, PskKeyExchangeMode } from '../wire/registry.ts';
import { Writer } from '../wire/writer.ts';
import { pskBinder } from './resumption.ts';

/** One key as it is offered. The secret is its own: whoever holds the key wipes it. */
export interface ExternalKey {
  readonly psk: ExternalPskConfig;
  /** As in the ClientHello. */
  readonly identity: Uint8Array;
  readonly hash: HashFunction;
  readonly secret: Secret;
}

/** RFC 9258 10, HKDF identifiers of TLS KDFs. */
const TARGET_KDF: ReadonlyMap<string, number> = new Map([
  ['SHA-256', 1],
  ['SHA-384', 2],
]);

/** ImportedIdentity for TLS 1.3 (RFC 9258 5.1). */
function importedIdentity(psk: ExternalPskConfig, context: Uint8Array, target: HashFunction): Uint8Array {
  const kdf = TARGET_KDF.get(target.name);
  if (kdf === undefined)
    throw new TLSError('internal_error', `there is no KDF of ${target.name} to import for`);
  const w = new Writer();
  w.vector(2, psk.identity).vector(2, context).u16(ProtocolVersion.TLS13).u16(kdf);
  return w.finish();
}

/** The name of a key for suites of this hash; undefined when it is not for them. */
function identityFor(psk: ExternalPskConfig, hash: HashFunction): Uint8Array | undefined {
  if (psk.context !== undefined) return importedIdentity(psk, psk.context, hash);
  return psk.hash.name === hash.name ? psk.identity : undefined;
}

/** ipskx of RFC 9258 5.1: derived with the key's own hash, as long as the target's. */
function secretFor(psk: ExternalPskConfig, identity: Uint8Array, target: HashFunction): Secret {
  if (psk.context === undefined) return psk.key.clone();
  const { hash } = psk;
  const extracted = new Secret(hkdfExtract(hash, EMPTY, psk.key));
  const digest = hash.digest(identity);
  const secret = new Secret(hkdfExpandLabel(hash, extracted, 'derived psk', digest, target.outputLength));
  extracted.wipe();
  return secret;
}

function keyFor(psk: ExternalPskConfig, hash: HashFunction): readonly ExternalKey[] {
  const identity = identityFor(psk, hash);
  return identity === undefined ? [] : [{ psk, identity, hash, secret: secretFor(psk, identity, hash) }];
}

/** All that a client may offer, each for every hash of its suites that it goes with. */
export function externalKeys(config: Config): readonly ExternalKey[] {
  const hashes = new Map(config.cipherSuites.map(({ hash }) => [hash.name, hash]));
  // By name, so that neither the order of suites nor their number shows in the list.
  const ordered = [...hashes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return config.externalPsks.flatMap((psk) => ordered.flatMap((hash) => keyFor(psk, hash)));
}

/** RFC 9258 5.2: an imported key has a label of its own. */
export function externalBinder(key: ExternalKey, transcriptHash: Uint8Array): Uint8Array {
  return pskBinder(key.hash, key.secret, transcriptHash, key.psk.context === undefined ? 'ext' : 'imp');
}

export function identityOf({ identity, context }: ExternalPskConfig): ExternalIdentity {
  return { identity, context };
}

/** Our first key for this hash that the hello offers with (EC)DHE, and its place in the hello's list. */
function common(
  config: ServerConfig,
  hello: ClientHello,
  hash: HashFunction,
): { readonly psk: ExternalPskConfig; readonly index: number } | undefined {
  const offered = hello.known.preSharedKey?.identities ?? [];
  if (hello.known.pskKeyExchangeModes?.includes(PskKeyExchangeMode.psk_dhe_ke) !== true) return undefined;
  for (const psk of config.externalPsks) {
    const identity = identityFor(psk, hash);
    const index = offered.findIndex((one) => identity !== undefined && equalBytes(one.identity, identity));
    if (index >= 0) return { psk, index };
  }
  return undefined;
}

/** Of the suites in common, the first that goes with a key in common: a PSK-only client can do with no other. */
export function suiteForExternal(
  config: ServerConfig,
  hello: ClientHello,
  suites: readonly CipherSuite13[],
): CipherSuite13 | undefined {
  if (config.preferCertificates) return undefined;
  return suites.find((suite) => common(config, hello, suite.hash) !== undefined);
}

export interface AcceptedExternal {
  readonly key: ExternalKey;
  readonly index: number;
}

/** The key to take up, its binder checked; throws TLSError `bad_binder` (decrypt_error). */
export function acceptExternal(
  config: ServerConfig,
  hello: ClientHello,
  hash: HashFunction,
  transcript: TranscriptHash,
): AcceptedExternal | undefined {
  const found = common(config, hello, hash);
  const offered = hello.known.preSharedKey;
  const [key] = found === undefined ? [] : keyFor(found.psk, hash);
  if (found === undefined || offered === undefined || key === undefined) return undefined;
  const truncated = hello.raw.subarray(0, hello.raw.length - offered.bindersLength);
  const expected = externalBinder(key, transcript.digestWith(truncated));
  const binder = offered.binders[found.index] ?? EMPTY;
  if (binder.length === expected.length && constantTimeEqual(binder, expected))
    return { key, index: found.index };
  key.secret.wipe();
  throw new TLSError('bad_binder', 'the binder of an external PSK does not fit the ClientHello', {
    rfc: 'RFC 8446 4.2.11',
  });
}

/** A second hello may leave out only PSKs that the suite chosen rules out (RFC 8446 4.1.2). */
export function checkPsksKept(
  config: ServerConfig,
  first: ClientHello,
  second: ClientHello,
  hash: HashFunction,
): void {
  if (common(config, first, hash) === undefined || common(config, second, hash) !== undefined) return;
  if (second.known.preSharedKey === undefined) {
    throw new TLSError('missing_extension', 'the second ClientHello leaves out pre_shared_key', {
      rfc: 'RFC 8446 4.1.2',
    });
  }
  throw new TLSError(
    'changed_after_hello_retry_request',
    'the second ClientHello leaves out a PSK that fits',
    {
      rfc: 'RFC 8446 4.1.2',
    },
  );
}
