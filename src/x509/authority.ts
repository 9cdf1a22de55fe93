/** A certificate authority made on the spot: for demos, development and tests. */
import { encodePem } from '../bytes/pem.ts';
import type { PrivateKey, RandomSource } from '../crypto/provider.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import type { Credential } from './credential.ts';
import { type CertificateFields, createCertificate, generateKey, type KeyKind } from './issue.ts';
import { exportPrivateKey } from './key-format.ts';
import type { NameInput } from './name-builder.ts';
import { publicKeyOf } from './public-key.ts';
import { TrustStore } from './trust-store.ts';

const DAY = 86_400_000;
/** Clocks differ: what was issued now is valid an hour ago. */
const SKEW = 3_600_000;
const CA_DAYS = 3650;
/** The most that CA/Browser Forum 6.3.2 allowed, and that clients still enforce. */
const LEAF_DAYS = 397;

/** Anything of {@link CertificateFields} may be given to overrule what is made by default. */
export interface IssueOptions
  extends Partial<Omit<CertificateFields, 'signingKey' | 'publicKey' | 'issuer'>> {
  /** DNS names and addresses; the first becomes the common name when no subject is given. */
  readonly names?: readonly string[];
  readonly kind?: KeyKind;
  /** The subject's own key; a new one by default. */
  readonly key?: PrivateKey;
  readonly days?: number;
}

export interface AuthorityOptions extends Omit<IssueOptions, 'names'> {
  readonly random: RandomSource;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A certificate with its key and the CA certificates between it and the root. */
export class Issued {
  readonly certificate: Certificate;
  readonly key: PrivateKey;
  /** This certificate, then its issuers without the root. */
  readonly chain: readonly Certificate[];

  constructor(certificate: Certificate, key: PrivateKey, issuers: readonly Certificate[]) {
    this.certificate = certificate;
    this.key = key;
    this.chain = [certificate, ...issuers];
  }

  get credential(): Credential {
    return { chain: this.chain, privateKey: this.key };
  }

  get certificatePem(): string {
    return encodePem('CERTIFICATE', this.certificate.raw);
  }

  /** The certificate and the intermediates behind it, as servers want it in one file. */
  get chainPem(): string {
    return this.chain.map((one) => encodePem('CERTIFICATE', one.raw)).join('');
  }

  /** PKCS#8, not encrypted. */
  get keyPem(): string {
    return encodePem('PRIVATE KEY', exportPrivateKey(this.key));
  }
}

export class Authority extends Issued {
  readonly #options: { readonly random: RandomSource; readonly now: number };

  constructor(
    certificate: Certificate,
    key: PrivateKey,
    issuers: readonly Certificate[],
    options: AuthorityOptions,
  ) {
    super(certificate, key, issuers);
    this.#options = options;
  }

  /** A store that trusts this CA. */
  get trust(): TrustStore {
    return TrustStore.fromCertificates([this.certificate]);
  }

  /** A leaf for servers and clients. */
  issue(options: IssueOptions = {}): Issued {
    const names = options.names ?? [];
    const key = this.#key(options);
    const certificate = this.#sign(key, LEAF_DAYS, {
      subject: names[0] === undefined ? 'CN=puretls leaf' : shortName(names[0]),
      isCA: false,
      keyUsage: ['digitalSignature'],
      extKeyUsage: ['serverAuth', 'clientAuth'],
      ...(names.length === 0 ? {} : { subjectAltNames: names }),
      ...options,
    });
    return new Issued(certificate, key, this.#chainBelow());
  }

  /** A CA below this one. */
  intermediate(options: IssueOptions = {}): Authority {
    const key = this.#key(options);
    const certificate = this.#sign(key, CA_DAYS, {
      subject: 'CN=puretls intermediate CA',
      isCA: true,
      ...options,
    });
    return new Authority(certificate, key, this.#chainBelow(), this.#options);
  }

  #chainBelow(): readonly Certificate[] {
    return this.certificate.isSelfIssued ? [] : this.chain;
  }

  #key(options: IssueOptions): PrivateKey {
    return options.key ?? generateKey(options.kind ?? 'ecdsa-p256', options.random ?? this.#options.random);
  }

  #sign(key: PrivateKey, days: number, options: IssueOptions & { readonly subject: NameInput }): Certificate {
    const { random, now } = this.#options;
    return parseCertificate(
      createCertificate({
        random,
        notBefore: now - SKEW,
        notAfter: now + (options.days ?? days) * DAY,
        ...options,
        issuer: this.certificate,
        signingKey: this.key,
        publicKey: publicKeyOf(key),
      }),
    );
  }
}

/** A self-signed root. ECDSA P-256 and ten years by default. */
export function createAuthority(options: AuthorityOptions): Authority {
  const key = options.key ?? generateKey(options.kind ?? 'ecdsa-p256', options.random);
  const certificate = selfSign(key, CA_DAYS, { subject: 'CN=puretls root CA', isCA: true, ...options });
  return new Authority(certificate, key, [], options);
}

/** A certificate that signs itself and is no CA: verifies only where it is trusted itself. */
export function createSelfSigned(options: AuthorityOptions & { readonly names: readonly string[] }): Issued {
  const key = options.key ?? generateKey(options.kind ?? 'ecdsa-p256', options.random);
  const certificate = selfSign(key, LEAF_DAYS, {
    subject: shortName(options.names[0] ?? 'localhost'),
    isCA: false,
    keyUsage: ['digitalSignature'],
    extKeyUsage: ['serverAuth', 'clientAuth'],
    subjectAltNames: options.names,
    ...options,
  });
  return new Issued(certificate, key, []);
}

function selfSign(
  key: PrivateKey,
  days: number,
  options: AuthorityOptions & { readonly subject: NameInput },
): Certificate {
  return parseCertificate(
    createCertificate({
      notBefore: options.now - SKEW,
      notAfter: options.now + (options.days ?? days) * DAY,
      ...options,
      signingKey: key,
      publicKey: publicKeyOf(key),
    }),
  );
}

/** A name as common name; longer than 64 characters (RFC 5280 A.1, ub-common-name) it would not fit. */
function shortName(name: string): NameInput {
  return name.length > 64 ? 'CN=puretls leaf' : [['CN', name]];
}
