/** Trust anchors, found by subject name. */
import { equalBytes } from '../bytes/bytes.ts';
import { decodePem, type PemBlock } from '../bytes/pem.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { X509Error } from './error.ts';
import { MAX_PEM_CHARACTERS } from './limits.ts';
import type { Name } from './name.ts';
import { CERTIFICATE_LABELS, decodeBlocks } from './pem.ts';

export interface TrustStoreOptions {
  /** Leave out certificates that cannot be read instead of throwing: right for a system's bundle, wrong for a user's file. */
  readonly skipBroken?: boolean;
  /** Where the anchors come from or were sought, for error messages. */
  readonly origin?: string;
}

export interface TrustStoreStats {
  readonly certificates: number;
  /** Left out because they could not be read. */
  readonly skipped: number;
  readonly duplicates: number;
}

export class TrustStore {
  readonly origin: string | undefined;
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #all: Certificate[] = [];
  #pending: (() => void)[] = [];
  #skipped = 0;
  #duplicates = 0;

  constructor(options: { readonly origin?: string } = {}) {
    this.origin = options.origin;
  }

  /**
   * Every CERTIFICATE block of a PEM text. Throws X509Error MALFORMED when the text or a certificate cannot be read
   * (unless `skipBroken`), NO_CERTIFICATE when there is none.
   */
  static fromPem(text: string, options: TrustStoreOptions = {}): TrustStore {
    const store = new TrustStore(options);
    store.addPem(text, options);
    if (store.size === 0 && options.skipBroken !== true) {
      throw new X509Error('NO_CERTIFICATE', 'the trusted certificates have no CERTIFICATE block in PEM');
    }
    return store;
  }

  static fromCertificates(certificates: readonly Certificate[], options: TrustStoreOptions = {}): TrustStore {
    const store = new TrustStore(options);
    for (const certificate of certificates) store.add(certificate);
    return store;
  }

  /** A store that `fill` is called with when it is first asked for anything. */
  static filledLater(fill: (store: TrustStore) => void, options: TrustStoreOptions = {}): TrustStore {
    const store = new TrustStore(options);
    store.#pending.push(() => fill(store));
    return store;
  }

  /** A store that reads its PEM text, or several, when it is first asked for anything; broken certificates are left out. */
  static lazy(load: () => string | readonly string[], options: TrustStoreOptions = {}): TrustStore {
    return TrustStore.filledLater((store) => {
      for (const text of [load()].flat()) store.addPem(text, { ...options, skipBroken: true });
    }, options);
  }

  /** Adds a certificate as an anchor; one that is there already, byte for byte, is counted and left out. */
  add(certificate: Certificate): void {
    this.#settle();
    const key = certificate.subject.key;
    const bucket = this.#bySubject.get(key);
    if (bucket?.some((one) => equalBytes(one.raw, certificate.raw))) {
      this.#duplicates++;
      return;
    }
    this.#all.push(certificate);
    if (bucket === undefined) this.#bySubject.set(key, [certificate]);
    else bucket.push(certificate);
  }

  addPem(text: string, options: TrustStoreOptions = {}): void {
    const skip = options.skipBroken === true;
    for (const block of trustedBlocks(text, skip)) {
      if (!CERTIFICATE_LABELS.has(block.label)) continue;
      try {
        this.add(parseCertificate(block.bytes, { trustAnchor: true }));
      } catch (error) {
        if (!(error instanceof X509Error) || !skip) throw error;
        this.#skipped++;
      }
    }
  }

  get size(): number {
    this.#settle();
    return this.#all.length;
  }

  get certificates(): readonly Certificate[] {
    this.#settle();
    return this.#all;
  }

  get stats(): TrustStoreStats {
    return { certificates: this.size, skipped: this.#skipped, duplicates: this.#duplicates };
  }

  /** Anchors whose subject is this name (RFC 5280 7.1). */
  candidatesFor(issuer: Name): readonly Certificate[] {
    this.#settle();
    return this.#bySubject.get(issuer.key) ?? [];
  }

  /** Whether this very certificate is an anchor. */
  has(certificate: Certificate): boolean {
    return this.candidatesFor(certificate.subject).some((one) => equalBytes(one.raw, certificate.raw));
  }

  #settle(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    for (const load of pending) load();
  }
}

/**
 * The PEM blocks of a bundle. With `skip`, a block that is no PEM must not hide the others, so each is decoded alone.
 */
function trustedBlocks(text: string, skip: boolean): PemBlock[] {
  if (text.length > MAX_PEM_CHARACTERS) {
    throw new X509Error(
      'TOO_LARGE',
      `PEM text of ${text.length} characters; the limit is ${MAX_PEM_CHARACTERS}`,
    );
  }
  if (!skip) return decodeBlocks(text);
  const blocks: PemBlock[] = [];
  for (const part of text.split(/(?=-----BEGIN )/)) {
    try {
      blocks.push(...decodePem(part));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return blocks;
}
