/** Certificates as the openssl command writes them, made afresh for each test file in a temporary folder. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../../../src/engine.ts';
import { createAuthority, type KeyKind } from '../../../src/x509.ts';

export const CERT_KINDS = ['rsa', 'p256', 'p384', 'ed25519'] as const;
export type CertKind = (typeof CERT_KINDS)[number];

export interface Credential {
  /** The subject's common name. */
  readonly name: string;
  /** PEM: the leaf, then the intermediate. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface Pki {
  readonly folder: string;
  /** The trusted root, PEM. */
  readonly ca: string;
  readonly caFile: string;
  readonly servers: Readonly<Record<CertKind, Credential>>;
  readonly clients: Readonly<Record<CertKind, Credential>>;
  /** Good in all but one respect each. */
  readonly expired: Credential;
  readonly wrongName: Credential;
  /** Issued by a root that nobody trusts, `strangerCa`. */
  readonly stranger: Credential;
  readonly strangerCa: string;
  readonly strangerCaFile: string;
  /** The same, but made by this library: an intermediate and leaves, keys in PKCS#8. */
  readonly ours: Readonly<Record<CertKind, Credential>>;
  readonly oursCa: string;
  readonly oursCaFile: string;
  remove(): void;
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
authorityKeyIdentifier = keyid
[elsewhere]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:elsewhere.test
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = DNS:client.test
authorityKeyIdentifier = keyid
[past]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = anything
x509_extensions = server
[anything]
commonName = supplied
`;

const KEY_OPTIONS: Readonly<Record<CertKind, readonly string[]>> = {
  rsa: ['-newkey', 'rsa:2048'],
  p256: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  ed25519: ['-newkey', 'ed25519'],
};

class Maker {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  file(name: string): string {
    return join(this.#folder, name);
  }

  run(...args: readonly string[]): void {
    const result = spawnSync('openssl', args, { cwd: this.#folder, encoding: 'utf8', timeout: 30_000 });
    if (result.status !== 0) throw new Error(`openssl ${args.join(' ')}: ${result.stderr}`);
  }

  /** Makes `name.pem` and `name.key`, self-signed or signed by `issuer`. */
  certificate(name: string, section: string, kind: CertKind, issuer?: string): void {
    const signer = issuer === undefined ? [] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`];
    this.run(
      ...['req', '-x509', '-config', 'openssl.cnf', '-extensions', section, '-subj', `/CN=${name}`],
      ...['-days', '30', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.pem`],
      ...KEY_OPTIONS[kind],
      ...signer,
    );
  }

  credential(name: string, issuer: string): Credential {
    const cert =
      readFileSync(this.file(`${name}.pem`), 'utf8') + readFileSync(this.file(`${issuer}.pem`), 'utf8');
    const certFile = this.file(`${name}.chain.pem`);
    writeFileSync(certFile, cert);
    const keyFile = this.file(`${name}.key`);
    return { name, certFile, keyFile, cert, key: readFileSync(keyFile, 'utf8') };
  }

  leaf(name: string, section: string, kind: CertKind, issuer = 'issuing'): Credential {
    this.certificate(name, section, kind, issuer);
    return this.credential(name, issuer);
  }

  expired(name: string): Credential {
    this.certificate(name, 'server', 'p256', 'issuing');
    this.run(
      'req',
      '-new',
      '-config',
      'openssl.cnf',
      '-subj',
      `/CN=${name}`,
      '-key',
      `${name}.key`,
      '-out',
      'past.csr',
    );
    writeFileSync(this.file('index.txt'), '');
    writeFileSync(this.file('serial'), '1000\n');
    this.run(
      ...[
        'ca',
        '-batch',
        '-notext',
        '-config',
        'openssl.cnf',
        '-name',
        'past',
        '-in',
        'past.csr',
        '-out',
        `${name}.pem`,
      ],
      ...['-cert', 'issuing.pem', '-keyfile', 'issuing.key'],
      ...['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'],
    );
    return this.credential(name, 'issuing');
  }
}

/** Says why no certificates can be made here, or nothing. */
export function opensslMissing(): string | undefined {
  const result = spawnSync('openssl', ['version'], { encoding: 'utf8', timeout: 10_000 });
  if (result.status !== 0) return 'the openssl command is not installed';
  return /^OpenSSL [3-9]/.test(result.stdout)
    ? undefined
    : `openssl is ${result.stdout.trim()}, not OpenSSL 3`;
}

const OUR_KINDS: Readonly<Record<CertKind, KeyKind>> = {
  rsa: 'rsa-2048',
  p256: 'ecdsa-p256',
  p384: 'ecdsa-p384',
  ed25519: 'ed25519',
};

function makeOurs(maker: Maker): Pick<Pki, 'ours' | 'oursCa' | 'oursCaFile'> {
  const root = createAuthority({ random: systemRandom(), now: Date.now(), kind: 'ecdsa-p384' });
  const issuing = root.intermediate();
  const credential = (kind: CertKind): Credential => {
    const name = `ours-${kind}`;
    const leaf = issuing.issue({
      kind: OUR_KINDS[kind],
      subject: `CN=${name}`,
      names: ['localhost', '127.0.0.1'],
    });
    const [certFile, keyFile] = [maker.file(`${name}.pem`), maker.file(`${name}.key`)];
    writeFileSync(certFile, leaf.chainPem);
    writeFileSync(keyFile, leaf.keyPem);
    return { name, certFile, keyFile, cert: leaf.chainPem, key: leaf.keyPem };
  };
  const oursCaFile = maker.file('ours-root.pem');
  writeFileSync(oursCaFile, root.certificatePem);
  return {
    ours: {
      rsa: credential('rsa'),
      p256: credential('p256'),
      p384: credential('p384'),
      ed25519: credential('ed25519'),
    },
    oursCa: root.certificatePem,
    oursCaFile,
  };
}

export function makePki(): Pki {
  const folder = mkdtempSync(join(tmpdir(), 'puretls-interop-'));
  const maker = new Maker(folder);
  writeFileSync(maker.file('openssl.cnf'), CONFIG);
  maker.certificate('root', 'root', 'p256');
  maker.certificate('issuing', 'issuing', 'p256', 'root');
  maker.certificate('stranger-root', 'root', 'p256');
  const each = (role: 'server' | 'client'): Record<CertKind, Credential> => ({
    rsa: maker.leaf(`${role}-rsa`, role, 'rsa'),
    p256: maker.leaf(`${role}-p256`, role, 'p256'),
    p384: maker.leaf(`${role}-p384`, role, 'p384'),
    ed25519: maker.leaf(`${role}-ed25519`, role, 'ed25519'),
  });
  const own = makeOurs(maker);
  return {
    ...own,
    folder,
    ca: readFileSync(maker.file('root.pem'), 'utf8'),
    caFile: maker.file('root.pem'),
    servers: each('server'),
    clients: each('client'),
    expired: maker.expired('expired'),
    wrongName: maker.leaf('wrong-name', 'elsewhere', 'p256'),
    stranger: maker.leaf('stranger', 'server', 'p256', 'stranger-root'),
    strangerCa: readFileSync(maker.file('stranger-root.pem'), 'utf8'),
    strangerCaFile: maker.file('stranger-root.pem'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
