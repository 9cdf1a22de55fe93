/**
 * The shim's command line: every flag it knows, and of what form. A flag that is not here, or not in that form, is one the shim
 * does not implement. This file imports nothing, so that such calls end in milliseconds.
 */

type Form =
  | 'credential'
  | 'switch'
  | 'number'
  | 'numbers'
  | 'text'
  | 'base64'
  | 'ignored switch'
  | 'ignored value';

const FORMS = {
  // The process
  port: 'number',
  'shim-id': 'text',
  ipv6: 'switch',
  server: 'switch',
  'resume-count': 'number',
  'write-settings': 'ignored value',
  'handshaker-path': 'ignored value',

  // Variants of BoringSSL's interface that an event-driven library does not have
  async: 'ignored switch',
  'implicit-handshake': 'ignored switch',
  'use-early-callback': 'ignored switch',
  'use-old-client-cert-callback': 'ignored switch',
  'handshake-twice': 'switch',
  'no-op-extra-handshake': 'ignored switch',
  'peek-then-read': 'ignored switch',
  'partial-write': 'ignored switch',
  'read-size': 'ignored value',
  'read-with-unfinished-write': 'ignored switch',
  'permute-extensions': 'ignored switch',
  'enable-grease': 'switch',
  'no-tls1': 'ignored switch',
  'no-tls11': 'ignored switch',
  'install-ddos-callback': 'ignored switch',
  'expect-cipher-aes': 'ignored value',

  // Credentials
  'new-x509-credential': 'credential',
  'new-psk-credential': 'credential',
  'new-rpk-credential': 'credential',
  'psk-importer-key': 'base64',
  'psk-importer-identity': 'base64',
  'psk-importer-context': 'base64',
  'psk-importer-sha256': 'switch',
  'psk-importer-sha384': 'switch',
  'must-match-issuer': 'switch',
  'ocsp-response': 'base64',
  'signed-cert-timestamps': 'base64',
  'trust-cert': 'text',
  'cert-file': 'text',
  'key-file': 'text',
  'signing-prefs': 'numbers',
  'verify-prefs': 'numbers',
  'use-client-ca-list': 'text',

  // What is negotiated
  'fips-202205': 'switch',
  'wpa-202304': 'switch',
  'cnsa1-202603': 'switch',
  'cnsa2-202603': 'switch',
  'cnsa-202407': 'switch',
  'min-version': 'number',
  'max-version': 'number',
  'no-tls12': 'switch',
  'no-tls13': 'switch',
  cipher: 'text',
  'server-preference': 'switch',
  curves: 'numbers',
  'key-shares': 'numbers',
  'no-key-shares': 'switch',
  'server-supported-groups-hint': 'numbers',
  'no-legacy-server-connect': 'switch',
  'accepted-peer-cert-types': 'numbers',
  'available-client-cert-types': 'numbers',
  'fallback-scsv': 'switch',
  'max-cert-list': 'number',
  'false-start': 'switch',
  'handshake-never-done': 'switch',
  'host-name': 'text',
  'advertise-alpn': 'text',
  'select-alpn': 'text',
  'decline-alpn': 'switch',
  'reject-alpn': 'switch',
  'select-empty-alpn': 'switch',
  'enable-ocsp-stapling': 'switch',
  'enable-signed-cert-timestamps': 'switch',
  'max-send-fragment': 'number',
  'install-cert-compression-algs': 'switch',
  'install-one-cert-compression-alg': 'number',

  // Sessions
  'no-ticket': 'switch',
  'skip-ticket': 'switch',
  'allow-hint-mismatch': 'ignored switch',
  'renew-ticket': 'ignored switch',
  'use-ticket-callback': 'ignored switch',
  'use-ticket-aead-callback': 'ignored switch',
  'resumption-delay': 'number',
  'enable-early-data': 'switch',
  'early-write-after-message': 'number',

  // The application's decisions
  'no-server-name-ack': 'switch',
  'verify-peer': 'switch',
  'verify-fail': 'switch',
  'reverify-on-resume': 'switch',
  'renegotiate-ignore': 'ignored switch',
  'forbid-renegotiation-after-handshake': 'ignored switch',
  'expect-total-renegotiations': 'number',
  'use-custom-verify-callback': 'switch',
  'require-any-client-certificate': 'switch',
  'fail-cert-callback': 'switch',
  'fail-early-callback': 'switch',
  'fail-ddos-callback': 'switch',
  'use-ocsp-callback': 'switch',
  'set-ocsp-in-callback': 'switch',
  'decline-ocsp-callback': 'switch',
  'fail-ocsp-callback': 'switch',

  // What happens after the handshake
  'shim-writes-first': 'switch',
  'shim-initial-write': 'text',
  'repeat-shim-initial-write': 'number',
  'shim-shuts-down': 'switch',
  'check-close-notify': 'switch',
  'write-different-record-sizes': 'switch',
  'send-alert': 'switch',
  'key-update': 'switch',
  'export-keying-material': 'number',
  'export-label': 'text',
  'export-context': 'text',
  'use-export-context': 'switch',
  'tls-unique': 'switch',

  // What must hold after the handshake
  'expect-selected-credential': 'number',
  'expect-version': 'number',
  'expect-cipher': 'number',
  'expect-cipher-no-aes': 'number',
  'expect-curve-id': 'number',
  'expect-hrr': 'switch',
  'expect-no-hrr': 'switch',
  'expect-alpn': 'text',
  'expect-advertised-alpn': 'text',
  'expect-server-name': 'text',
  'expect-no-server-name': 'switch',
  'expect-session-miss': 'switch',
  'expect-no-session': 'switch',
  'expect-ticket-renewal': 'switch',
  'expect-session-id': 'switch',
  'expect-no-session-id': 'switch',
  'expect-extended-master-secret': 'switch',
  'expect-secure-renegotiation': 'ignored switch',
  'expect-peer-signature-algorithm': 'number',
  'expect-peer-verify-pref': 'numbers',
  'expect-peer-cert-file': 'text',
  'expect-no-peer-cert': 'switch',
  'expect-peer-certificate-type': 'number',
  'expect-peer-rpk-sha256': 'base64',
  'expect-verify-result': 'switch',
  'expect-ocsp-response': 'base64',
  'expect-signed-cert-timestamps': 'base64',
  'expect-client-ca-list': 'text',
  'expect-certificate-types': 'base64',
  'expect-early-data-reason': 'text',
  'expect-accept-early-data': 'switch',
  'expect-reject-early-data': 'switch',
  'expect-no-offer-early-data': 'switch',
  'expect-ticket-supports-early-data': 'switch',
  // Not reported; what comes of it is what counts.
  'expect-ticket-age-skew': 'ignored value',
} as const;

type Table = typeof FORMS;
type FlagName = keyof Table;
type NamesOf<F extends Form> = { [N in FlagName]: Table[N] extends F ? N : never }[FlagName];

/** Those that belong to the credential begun last, or to the default one where none was. */
const OF_CREDENTIAL: ReadonlySet<string> = new Set<FlagName>([
  'cert-file',
  'key-file',
  'signing-prefs',
  'must-match-issuer',
  'ocsp-response',
  'signed-cert-timestamps',
  'psk-importer-key',
  'psk-importer-identity',
  'psk-importer-context',
  'psk-importer-sha256',
  'psk-importer-sha384',
]);

/** Thrown for what the shim does not implement: exit code 89. */
export class Unimplemented extends Error {}

export interface CredentialFlags {
  readonly kind: NamesOf<'credential'>;
  readonly flags: Flags;
}

/** The flags that hold for one connection. */
export class Flags {
  readonly #given = new Map<string, string[]>();
  readonly #credentials: CredentialFlags[] = [];

  /** In order of preference. The default credential, whose flags are here, comes after them. */
  get credentials(): readonly CredentialFlags[] {
    return this.#credentials;
  }

  add(name: string, value: string): void {
    const newest = this.#credentials.at(-1);
    if (isCredential(name)) this.#credentials.push({ kind: name, flags: new Flags() });
    else if (newest !== undefined && OF_CREDENTIAL.has(name)) newest.flags.add(name, value);
    else this.#put(name, value);
  }

  #put(name: string, value: string): void {
    const values = this.#given.get(name);
    if (values === undefined) this.#given.set(name, [value]);
    else values.push(value);
  }

  on(name: NamesOf<'switch'>): boolean {
    return this.#given.has(name);
  }

  text(name: NamesOf<'text'>): string | undefined {
    return this.#given.get(name)?.at(-1);
  }

  number(name: NamesOf<'number'>): number | undefined {
    const value = this.#given.get(name)?.at(-1);
    return value === undefined ? undefined : Number.parseInt(value, 10);
  }

  numbers(name: NamesOf<'numbers'>): number[] | undefined {
    return this.#given.get(name)?.map((value) => Number.parseInt(value, 10));
  }

  bytes(name: NamesOf<'base64'>): Uint8Array | undefined {
    const value = this.#given.get(name)?.at(-1);
    return value === undefined ? undefined : new Uint8Array(Buffer.from(value, 'base64'));
  }
}

export interface CommandLine {
  /** For the first connection. */
  readonly initial: Flags;
  /** For those after it. */
  readonly resume: Flags;
  /** For what goes on on such a connection once its early data is rejected. */
  readonly retry: Flags;
}

function isCredential(name: string): name is NamesOf<'credential'> {
  return formOf(name) === 'credential';
}

const PREFIX = /^on-(shim|handshaker|initial|resume|retry)-/;

function formOf(name: string): Form {
  const forms: Readonly<Record<string, Form>> = FORMS;
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (form === undefined) throw new Unimplemented(`flag ${name}`);
  return form;
}

/** Throws {@link Unimplemented} at the first flag that is not in the table. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const initial = new Flags();
  const resume = new Flags();
  const retry = new Flags();
  for (let i = 0; i < argv.length; i += 1) {
    const prefixes = new Set<string>();
    let name = (argv[i] ?? '').replace(/^-/, '');
    for (let found = PREFIX.exec(name); found !== null; found = PREFIX.exec(name)) {
      prefixes.add(found[1] ?? '');
      name = name.slice(found[0].length);
    }
    const form = formOf(name);
    let value = '';
    if (!['credential', 'switch', 'ignored switch'].includes(form)) {
      i += 1;
      value = argv[i] ?? '';
    }
    if (prefixes.has('handshaker') || form.startsWith('ignored')) continue;
    const everywhere = !['initial', 'resume', 'retry'].some((one) => prefixes.has(one));
    if (everywhere || prefixes.has('initial')) initial.add(name, value);
    if (everywhere || prefixes.has('resume')) resume.add(name, value);
    if (everywhere || prefixes.has('retry')) retry.add(name, value);
  }
  return { initial, resume, retry };
}
