/**
 * The trust anchors of the operating system, and those that users add by environment variables. There is no list of
 * roots in this package: what the system trusts is trusted.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TrustStore } from '../x509/trust-store.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Bundles of the distributions, in the order in which they are tried; the first that exists is used. */
const BUNDLES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Ubuntu, Arch, Gentoo
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', // RHEL, CentOS, Fedora
  '/etc/pki/tls/certs/ca-bundle.crt', // older of the same
  '/etc/ssl/ca-bundle.pem', // SUSE
  '/etc/ssl/cert.pem', // Alpine, macOS, OpenBSD
  '/usr/local/etc/ssl/cert.pem', // FreeBSD
  '/usr/local/share/certs/ca-root-nss.crt', // older FreeBSD
  '/etc/openssl/certs/ca-certificates.crt', // NetBSD
  '/data/data/com.termux/files/usr/etc/tls/cert.pem', // Termux
];

/** Directories with one certificate per file, tried when there is no bundle. */
const DIRECTORIES: readonly string[] = [
  '/etc/ssl/certs',
  '/etc/pki/tls/certs',
  '/system/etc/security/cacerts',
];

/** Bytes of one file: a bundle is some 250 KB, and a device file must not be read forever. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_DIRECTORY_FILES = 10_000;
/** Bytes of one directory's files together. */
const MAX_DIRECTORY_BYTES = 4 * MAX_FILE_BYTES;

interface Places {
  readonly files: readonly string[];
  readonly directories: readonly string[];
}

/**
 * Where to look. SSL_CERT_FILE and SSL_CERT_DIR (several directories, separated like PATH) replace the system's own
 * places, both of them: who names a file wants that file and no other. An empty value counts as not set.
 */
export function rootPlaces(env: Environment = process.env): Places {
  const file = env['SSL_CERT_FILE'];
  const directory = env['SSL_CERT_DIR'];
  if (!file && !directory) return { files: BUNDLES, directories: DIRECTORIES };
  return {
    files: file ? [file] : [],
    directories: directory ? directory.split(delimiter).filter(Boolean) : [],
  };
}

const cache = new Map<string, TrustStore>();

/**
 * The system's trust anchors. Nothing is read before the store is first asked, then once per set of places; a broken
 * certificate among them is left out. Where none is found the store is empty and its `origin` says where was looked.
 */
export function systemRoots(env: Environment = process.env): TrustStore {
  const places = rootPlaces(env);
  const key = JSON.stringify(places);
  let store = cache.get(key);
  if (store === undefined) {
    store = TrustStore.lazy(() => readRoots(places), { origin: describe(places) });
    cache.set(key, store);
  }
  return store;
}

function describe(places: Places): string {
  const all = [...places.files, ...places.directories].join(', ');
  return `looked for the system's certificates in ${all}; set SSL_CERT_FILE to a PEM bundle or give the CA yourself`;
}

/** The PEM files: the first bundle that has certificates, else those of the first such directory. */
function readRoots(places: Places): readonly string[] {
  const all: string[] = [];
  for (const file of places.files) {
    const text = readText(file);
    if (text?.includes('-----BEGIN ')) {
      all.push(text);
      break;
    }
  }
  // A directory named by the user counts beside a file named by the user; the system's own is only a substitute.
  if (all.length > 0 && places.directories === DIRECTORIES) return all;
  for (const directory of places.directories) {
    const texts = readDirectory(directory);
    all.push(...texts);
    if (places.directories === DIRECTORIES && texts.length > 0) break;
  }
  return all;
}

/** OpenSSL's hashed names (`1d3472b9.0`) where there are any, so that no certificate is read three times. */
function readDirectory(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory).slice(0, MAX_DIRECTORY_FILES);
  } catch {
    return [];
  }
  const hashed = names.filter((name) => /^[0-9a-f]{8}\.\d+$/.test(name));
  const chosen = hashed.length > 0 ? hashed : names.filter((name) => /\.(pem|crt|cer)$/i.test(name));
  const texts: string[] = [];
  let left = MAX_DIRECTORY_BYTES;
  for (const name of chosen.sort()) {
    const text = readText(join(directory, name));
    if (text === undefined || !text.includes('-----BEGIN ')) continue;
    left -= text.length;
    if (left < 0) break;
    texts.push(text);
  }
  return texts;
}

function readText(file: string): string | undefined {
  try {
    const stat = statSync(file);
    return stat.isFile() && stat.size <= MAX_FILE_BYTES ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** What NODE_EXTRA_CA_CERTS brings: PEM text, or why it could not be read (Node only warns); undefined when not set. */
export type ExtraRoots =
  | { readonly file: string; readonly pem: string }
  | { readonly file: string; readonly problem: string };

export function extraRoots(env: Environment = process.env): ExtraRoots | undefined {
  const file = env['NODE_EXTRA_CA_CERTS'];
  if (!file) return undefined;
  const pem = readText(file);
  if (pem === undefined) return { file, problem: 'it cannot be read' };
  if (TrustStore.fromPem(pem, { skipBroken: true }).size === 0)
    return { file, problem: 'it has no certificate in PEM' };
  return { file, pem };
}
