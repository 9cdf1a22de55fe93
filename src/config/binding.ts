/**
 * The digest of everything a session depends on. A session made under other settings, in another context or for
 * another name has another digest, and is passed over (CVE-2020-8172, CVE-2025-23419, CVE-2025-68121).
 */
import { EMPTY } from '../bytes/bytes.ts';
import { asciiEncode, utf8Encode } from '../bytes/encoding.ts';
import type { HashFunction } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import { Writer } from '../wire/writer.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import type { ClientConfig, Config, ServerConfig } from './config.ts';
import type { Credential } from './options.ts';

const byConfig = new WeakMap<Config, { readonly trust: Uint8Array; readonly binding: Uint8Array }>();
const byTrust = new WeakMap<TrustStore, { readonly size: number; readonly digest: Uint8Array }>();

function hashOf(config: Config): HashFunction {
  const hash = config.provider.hashes.find((candidate) => candidate.name === 'SHA-256');
  if (hash === undefined) throw new TLSError('internal_error', 'the provider has no SHA-256');
  return hash;
}

/** Anchors may be added to a store that is in use, so the size is part of what is remembered. */
function trustDigest(hash: HashFunction, trust: TrustStore): Uint8Array {
  const known = byTrust.get(trust);
  const { certificates } = trust;
  if (known !== undefined && known.size === certificates.length) return known.digest;
  const state = hash.create();
  for (const certificate of certificates) state.update(hash.digest(certificate.raw));
  const digest = state.digest();
  byTrust.set(trust, { size: certificates.length, digest });
  return digest;
}

function writeCredentials(w: Writer, hash: HashFunction, credentials: readonly Credential[]): void {
  w.vector(3, (list) => {
    for (const credential of credentials) {
      const shown = credential.rawPublicKey ?? credential.chain[0];
      if (shown !== undefined) list.bytes(hash.digest(shown.raw));
    }
  });
}

/** A key that was changed ends the sessions made with it. Its digest under a label of our own tells nothing of one so long. */
function writePsks(w: Writer, config: Config): void {
  w.vector(3, (list) => {
    for (const { identity, key, hash, context } of config.externalPsks) {
      list.vector(2, identity).vector(1, hash.hmac(key.reveal(), asciiEncode('puretls session binding')));
      list.u8(context === undefined ? 0 : 1).vector(2, context ?? EMPTY);
    }
  });
}

/** A certificate that a list names since the session was made must not come back by resuming it. */
function writeRevocation(w: Writer, hash: HashFunction, { revocation }: Config): void {
  w.vector(1, asciiEncode(revocation?.check ?? 'none')).vector(1, asciiEncode(revocation?.ifMissing ?? ''));
  w.u8(revocation?.mustStaple === true ? 1 : 0);
  w.vector(3, (list) => {
    for (const { raw } of [...(revocation?.crls ?? []), ...(revocation?.ocspResponses ?? [])])
      list.bytes(hash.digest(raw));
  });
}

/** What a peer may show, and the raw keys that are trusted: a key taken off the list ends its sessions. */
function writeTrustedKeys(w: Writer, config: Config): void {
  w.vector(1, Uint8Array.from(config.peerCertificateTypes));
  w.vector(3, (list) => {
    for (const digest of config.trustedPublicKeys) list.bytes(digest);
  });
}

function writeClient(w: Writer, hash: HashFunction, config: ClientConfig): void {
  w.vector(2, asciiEncode(config.serverName?.name ?? '')).vector(2, asciiEncode(config.sniName ?? ''));
  writeCredentials(w, hash, config.credentials);
  w.vector(1, Uint8Array.from(config.clientCertificateTypes));
  w.u8(config.pskOnly ? 1 : 0);
}

function writeServer(w: Writer, config: ServerConfig): void {
  w.vector(1, asciiEncode(config.clientAuth)).vector(2, utf8Encode(config.sessionContext));
}

/** 32 bytes. */
export function sessionBinding(config: Config): Uint8Array {
  const hash = hashOf(config);
  // A server that asks for no certificate trusts nobody, and need not read its anchors for this.
  const judges = config.role === 'client' || config.clientAuth !== 'none';
  const trust = judges ? trustDigest(hash, config.trust) : EMPTY;
  const known = byConfig.get(config);
  if (known !== undefined && known.trust === trust) return known.binding;
  const w = new Writer();
  w.vector(1, asciiEncode(config.role))
    .u8(config.acceptUnverifiedPeer ? 1 : 0)
    .vector(1, trust);
  w.u8(config.delegate.has('verify_peer') ? 1 : 0);
  if (judges) writeRevocation(w, hash, config);
  w.u8(config.requireExtendedMasterSecret ? 1 : 0);
  // The proof of a peer's key was made under one of these.
  w.vector(2, (list) => {
    if (judges) for (const scheme of config.signatureAlgorithms) list.u16(scheme.code);
  });
  // And those of its certificates under one of these, where fewer are taken than the provider has.
  w.vector(2, (list) => {
    const { certificateAlgorithms } = config;
    list.u8(judges && certificateAlgorithms !== undefined ? 1 : 0);
    if (judges) for (const scheme of certificateAlgorithms ?? []) list.u16(scheme.code);
  });
  if (judges) writeTrustedKeys(w, config);
  writePsks(w, config);
  if (config.role === 'client') writeClient(w, hash, config);
  else writeServer(w, config);
  const binding = hash.digest(w.finish());
  byConfig.set(config, { trust, binding });
  return binding;
}
