/** Whom a program without `ca` trusts: the system's roots and those of NODE_EXTRA_CA_CERTS. */
import { encodePem } from '../bytes/pem.ts';
import { type ExtraRoots, extraRoots, systemRoots } from '../platform/system-roots.ts';
import type { Certificate } from '../x509/certificate.ts';
import { TrustStore } from '../x509/trust-store.ts';

/** What NODE_EXTRA_CA_CERTS names when trust is first asked for: the process decides once, as Node does. */
let extraFile: { readonly name: string } | undefined;
let extra: { readonly roots: ExtraRoots | undefined } | undefined;
let combined: { readonly system: TrustStore; readonly store: TrustStore } | undefined;

/** Read once per process; a file that cannot be read is a warning, no error. */
function readExtra(file: string): ExtraRoots | undefined {
  if (extra === undefined) {
    extra = { roots: extraRoots({ NODE_EXTRA_CA_CERTS: file }) };
    const { roots } = extra;
    if (roots !== undefined && 'problem' in roots) {
      process.emitWarning(`Ignoring extra certs from \`${roots.file}\`: ${roots.problem}`);
    }
  }
  return extra.roots;
}

/** Nothing is read before the store is asked: a server that asks no client for a certificate never does. */
export function defaultTrust(): TrustStore {
  const system = systemRoots();
  extraFile ??= { name: process.env['NODE_EXTRA_CA_CERTS'] ?? '' };
  const { name } = extraFile;
  if (name === '') return system;
  if (combined?.system !== system) {
    const fill = (store: TrustStore): void => {
      for (const certificate of system.certificates) store.add(certificate);
      const more = readExtra(name);
      if (more !== undefined && 'pem' in more) store.addPem(more.pem, { skipBroken: true });
    };
    combined = { system, store: TrustStore.filledLater(fill, { origin: system.origin ?? name }) };
  }
  return combined.store;
}

/** A store, or the default one, and these beside it. */
export function trustWith(store: TrustStore | undefined, more: readonly Certificate[]): TrustStore {
  const fill = (wider: TrustStore): void => {
    for (const certificate of [...(store ?? defaultTrust()).certificates, ...more]) wider.add(certificate);
  };
  return TrustStore.filledLater(fill, { origin: `${store?.origin ?? "the system's"} and options.pfx` });
}

/** An array that is filled when it is first looked at, then frozen. */
function lazyArray(fill: () => readonly string[]): readonly string[] {
  const target: string[] = [];
  const filled = (): string[] => {
    if (!Object.isFrozen(target)) {
      target.push(...fill());
      Object.freeze(target);
    }
    return target;
  };
  return new Proxy(target, {
    get: (_, key) => Reflect.get(filled(), key),
    has: (_, key) => Reflect.has(filled(), key),
    ownKeys: () => Reflect.ownKeys(filled()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(filled(), key),
    isExtensible: () => Reflect.isExtensible(filled()),
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
}

/** The system's trust anchors in PEM. Node's own list is a copy of Mozilla's; this package carries none. */
export const rootCertificates: readonly string[] = lazyArray(() =>
  systemRoots().certificates.map((certificate) => encodePem('CERTIFICATE', certificate.raw)),
);
