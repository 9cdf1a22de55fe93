/** Whom to trust: the files named by --ca, else what the system and the user's environment name. */
import { extraRoots, systemRoots } from '../platform/system-roots.ts';
import { TrustStore } from '../x509/trust-store.ts';
import type { PeerSettings } from './options.ts';

export function trustOf(settings: Pick<PeerSettings, 'trust' | 'env'>): TrustStore {
  if (settings.trust !== undefined) return settings.trust.store;
  const system = systemRoots(settings.env);
  const extra = extraRoots(settings.env);
  // Node, too, goes on without a NODE_EXTRA_CA_CERTS that it cannot read.
  if (extra === undefined || !('pem' in extra)) return system;
  const store = TrustStore.fromCertificates(system.certificates, {
    origin: `${extra.file} (NODE_EXTRA_CA_CERTS); ${system.origin ?? ''}`,
  });
  store.addPem(extra.pem, { skipBroken: true });
  return store;
}

const ISSUER_MISSING: ReadonlySet<unknown> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** For a chain that led to no anchor: whom we trust, or where we looked when we trust nobody. */
export function trustNote(settings: Pick<PeerSettings, 'trust' | 'env'>, error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (!ISSUER_MISSING.has(code)) return undefined;
  const store = trustOf(settings);
  if (store.size === 0) return `nothing is trusted: ${store.origin ?? 'no certificates were given'}`;
  const whose = settings.trust === undefined ? "the system's" : `those of ${store.origin ?? '--ca'}`;
  return `trusted are ${whose}, ${store.size} in number`;
}
