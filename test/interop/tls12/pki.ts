/** Certificates of every kind that TLS 1.2 and 1.3 know, made by the openssl command when first asked for. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credential as Loaded, loadCredential } from '../../../src/x509.ts';

export const CERT_KINDS = ['p256', 'p384', 'p521', 'ed25519', 'ed448', 'rsa', 'rsa-pss'] as const;
export type CertKind = (typeof CERT_KINDS)[number];

export interface Credential {
  /** The subject's common name. */
  readonly name: string;
  readonly kind: CertKind;
  /** PEM: the leaf, then the intermediate. */
  readonly certFile: string;
  readonly keyFile: string;
  /** For our own side. */
  readonly loaded: Loaded;
}

const CONFIG = `
[req]
distinguished_name = dn
prompt = no
[dn]
CN = placeholder
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost,IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[encipher]
basicConstraints = critical,CA:FALSE
# NSS asks for keyEncipherment in the RSA certificates of servers, whatever the key exchange.
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost,IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = DNS:client.test
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

const KEY_OPTIONS: Readonly<Record<CertKind, readonly string[]>> = {
  p256: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  p521: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  ed25519: ['-newkey', 'ed25519'],
  ed448: ['-newkey', 'ed448'],
  rsa: ['-newkey', 'rsa:2048'],
  'rsa-pss': ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
};

export class Pki {
  readonly folder: string;
  /** The trusted root, PEM. */
  readonly ca: string;
  readonly caFile: string;
  readonly issuingFile: string;
  readonly #made = new Map<string, Credential>();

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'puretls-interop-'));
    writeFileSync(this.file('openssl.cnf'), CONFIG);
    this.#certificate('root', 'root', 'p256');
    this.#certificate('issuing', 'issuing', 'p256', 'root');
    this.caFile = this.file('root.pem');
    this.issuingFile = this.file('issuing.pem');
    this.ca = readFileSync(this.caFile, 'utf8');
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  openssl(...args: readonly string[]): void {
    const result = spawnSync('openssl', args, { cwd: this.folder, encoding: 'utf8', timeout: 30_000 });
    if (result.status !== 0) throw new Error(`openssl ${args.join(' ')}: ${result.stderr}`);
  }

  /** Makes `name.pem` and `name.key`, self-signed or signed by `issuer`. */
  #certificate(name: string, section: string, kind: CertKind, issuer?: string): void {
    const signer = issuer === undefined ? [] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`];
    this.openssl(
      ...['req', '-x509', '-config', 'openssl.cnf', '-extensions', section, '-subj', `/CN=${name}`],
      ...['-days', '30', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`],
      ...KEY_OPTIONS[kind],
      ...signer,
    );
  }

  credential(role: 'server' | 'client', kind: CertKind): Credential {
    const name = `${role}-${kind}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    this.#certificate(name, role === 'server' && kind === 'rsa' ? 'encipher' : role, kind, 'issuing');
    const cert = readFileSync(this.file(`${name}.pem`), 'utf8') + readFileSync(this.issuingFile, 'utf8');
    const certFile = this.file(`${name}.chain.pem`);
    writeFileSync(certFile, cert);
    const keyFile = this.file(`${name}.key`);
    const loaded = loadCredential(cert, readFileSync(keyFile, 'utf8'));
    const made = { name, kind, certFile, keyFile, loaded };
    this.#made.set(name, made);
    return made;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
