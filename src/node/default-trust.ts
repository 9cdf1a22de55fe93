/** Whom a program without `ca` trusts: the system's roots and those of NODE_EXTRA_CA_CERTS. */
import { encodePem } from '../bytes/pem.ts';
import { type ExtraRoots, extraRoots, systemRoots } from '../platform/system-roots.ts';
import { TrustStore } from '../x509/trust-store.ts';

let extra: ExtraRoots | undefined;
let extraIsRead = false;
let combined: { readonly system: TrustStore; readonly store: TrustStore } | undefined;

/** NODE_EXTRA_CA_CERTS is read once per process, as Node does; a file that cannot be read is a warning, no error. */
function readExtra(): ExtraRoots | undefined {
  if (extraIsRead) return extra;
  extraIsRead = true;
  extra = extraRoots();
  if (extra !== undefined && 'problem' in extra) {
    process.emitWarning(`Ignoring extra certs from \`${extra.file}\`: ${extra.problem}`);
  }
  return extra;
}

export function defaultTrust(): TrustStore {
  const system = systemRoots();
  const more = readExtra();
  if (more === undefined || 'problem' in more) return system;
  if (combined?.system !== system) {
    const store = TrustStore.fromCertificates(system.certificates, { origin: system.origin ?? more.file });
    store.addPem(more.pem, { skipBroken: true });
    combined = { system, store };
  }
  return combined.store;
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
