/** Certificates, keys and trust as the options name them: read and judged before anything is connected. */
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { type Credential, loadCredential, parseCertificates } from '../x509/credential.ts';
import { TrustStore } from '../x509/trust-store.ts';
import { UsageError } from './exit.ts';
import { judged, readFile } from './files.ts';

/** Trust anchors, and the files they came from to hand on. */
export interface TrustMaterial {
  readonly store: TrustStore;
  readonly files: readonly Uint8Array[];
}

/** Identifier octet of SEQUENCE: DER starts with it, PEM cannot. */
const SEQUENCE = 0x30;
const NO_CERTIFICATE = 'there is no certificate in it; expected -----BEGIN CERTIFICATE----- or DER';

/** So that a file of another kind is not reported as a broken certificate. */
function certificatesOf(bytes: Uint8Array): Certificate[] {
  const isPem = Buffer.from(bytes).includes('-----BEGIN ');
  if (!isPem && bytes[0] !== SEQUENCE) throw new UsageError(NO_CERTIFICATE);
  return parseCertificates(bytes);
}

/** PEM with one or more certificates, or one in DER. Throws UsageError. */
export function readCertificates(option: string, path: string): Certificate[] {
  const bytes = readFile(option, path);
  return judged(option, path, () => certificatesOf(bytes));
}

/** PEM with one or more certificates, or one in DER, per file. Throws UsageError. */
export function readTrust(option: string, paths: readonly string[]): TrustMaterial {
  const store = new TrustStore({ origin: paths.join(', ') });
  const files = paths.map((path) => {
    const bytes = readFile(option, path);
    judged(option, path, () => {
      if (bytes[0] === SEQUENCE) store.add(parseCertificate(bytes, { trustAnchor: true }));
      else addAnchors(store, Buffer.from(bytes).toString('latin1'));
    });
    return bytes;
  });
  return { store, files };
}

function addAnchors(store: TrustStore, pem: string): void {
  const before = store.stats;
  store.addPem(pem);
  const { certificates, duplicates } = store.stats;
  if (certificates + duplicates === before.certificates + before.duplicates) {
    throw new UsageError(NO_CERTIFICATE);
  }
}

export interface CredentialMaterial {
  readonly credential: Credential;
  readonly certificateFile: Uint8Array;
  readonly keyFile: Uint8Array;
  readonly passphrase: string | undefined;
}

/** Throws UsageError when a file cannot be read, or the key does not belong to the certificate. */
export function readCredential(
  certPath: string,
  keyPath: string,
  passphrase: string | undefined,
): CredentialMaterial {
  const certificateFile = readFile('--cert', certPath);
  const keyFile = readFile('--key', keyPath);
  judged('--cert', certPath, () => certificatesOf(certificateFile));
  const credential = judged('--key', keyPath, () =>
    loadCredential(certificateFile, keyFile, passphrase === undefined ? {} : { passphrase }),
  );
  return { credential, certificateFile, keyFile, passphrase };
}

/** Pairs the n-th `--cert` with the n-th `--key`. A file with both needs no `--key`. */
export function readCredentials(
  certs: readonly string[],
  keys: readonly string[],
  passphrase: string | undefined,
): CredentialMaterial[] {
  if (keys.length > 0 && keys.length !== certs.length) {
    throw new UsageError(`${certs.length} --cert but ${keys.length} --key: give them in pairs`);
  }
  return certs.map((cert, index) => readCredential(cert, keys[index] ?? cert, passphrase));
}
