/**
 * Cipher strings as OpenSSL and Node take them: `ECDHE+AESGCM:!AES128`, OpenSSL's and IANA's names, suites of TLS 1.3
 * in the same string. What OpenSSL knows and we leave out on purpose matches nothing; what nobody knows is an error.
 */
import type { CipherSuite12, CipherSuite13, CryptoProvider } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import { nameOf } from '../wire/registry.ts';
import { CipherSuite } from '../wire/registry-crypto.ts';

export interface CipherChoice {
  /** In order of preference; undefined where the string says nothing of TLS 1.3, which leaves its default. */
  readonly tls13: readonly CipherSuite[] | undefined;
  /** In order of preference; undefined where the string has nothing but suites of TLS 1.3. */
  readonly tls12: readonly CipherSuite[] | undefined;
}

/** OpenSSL's name of a suite of TLS 1.2: `ECDHE-RSA-AES128-GCM-SHA256`. That of a suite of TLS 1.3 is IANA's. */
export function openSslName(suite: CipherSuite12 | CipherSuite13): string {
  return suite.version === 'tls13' ? suite.name : openSslForm(suite.name);
}

function openSslForm(name: string): string {
  return name
    .replace(/^TLS_/, '')
    .replace('_WITH', '')
    .replace(/AES_(128|256)/, 'AES$1')
    .replace('POLY1305_SHA256', 'POLY1305')
    .replace('CCM_8', 'CCM8')
    .replaceAll('_', '-');
}

/** The same by code point; undefined for a suite that is none of TLS 1.2's with ephemeral keys and an AEAD. */
export function openSslNameOf(code: CipherSuite): string | undefined {
  const name = nameOf(CipherSuite, code);
  return name.startsWith('TLS_ECDHE_') ? openSslForm(name) : undefined;
}

/** The keywords that a suite answers to, one set for each way in which suites differ. */
function keywordsOf(suite: CipherSuite12): ReadonlySet<string> {
  const keywords = ['ALL', 'HIGH', 'TLSv1.2', 'FIPS'];
  if (suite.authentication === 'psk') keywords.push('PSK', 'kECDHEPSK', 'aPSK');
  else keywords.push('ECDHE', 'EECDH', 'kECDHE', 'kEECDH');
  if (suite.authentication === 'ecdsa') keywords.push('ECDSA', 'aECDSA');
  if (suite.authentication === 'rsa') keywords.push('aRSA');
  const { name } = suite.aead;
  if (name === 'ChaCha20-Poly1305') keywords.push('CHACHA20');
  if (name.startsWith('AES-')) keywords.push('AES', name.startsWith('AES-128') ? 'AES128' : 'AES256');
  if (name.endsWith('GCM')) keywords.push('AESGCM');
  if (name.includes('CCM')) keywords.push('AESCCM');
  if (name.endsWith('CCM-8')) keywords.push('AESCCM8');
  return new Set(keywords);
}

/** OpenSSL's other keywords (ciphers(1)): real, but for suites that we do not have. */
const FOREIGN_KEYWORDS: ReadonlySet<string> = new Set(
  (
    'COMPLEMENTOFDEFAULT COMPLEMENTOFALL MEDIUM LOW EXPORT EXP EXPORT40 EXPORT56 eNULL NULL aNULL kRSA RSA kDHr kDHd ' +
    'kDH kDHE kEDH DH DHE EDH ADH ECDH AECDH aDSS DSS aDH aECDH kDHEPSK kRSAPSK kPSK kSRP SRP aSRP kGOST aGOST ' +
    'aGOST01 GOST94 GOST89MAC SSLv3 TLSv1 TLSv1.0 ARIA ARIA128 ARIA256 ARIAGCM CAMELLIA CAMELLIA128 CAMELLIA256 3DES ' +
    'DES RC4 RC2 IDEA SEED MD5 SHA1 SHA SHA256 SHA384 SUITEB128 SUITEB128ONLY SUITEB192 CBC'
  ).split(' '),
);
const FOREIGN_SUITE =
  /^(?:(?:ECDHE|DHE|EDH|ECDH|DH|ADH|AECDH|RSA|PSK|SRP|KRB5|EXP)-)*(?:(?:RSA|ECDSA|DSS|PSK|anon)-)?(?:AES-?(?:128|256)|CAMELLIA-?(?:128|256)|ARIA(?:128|256)|CHACHA20|3DES|DES|RC4|RC2|SEED|IDEA|NULL)(?:-[A-Z0-9]+)*$/;
const FOREIGN_IANA = /^TLS_[A-Z0-9_]+_WITH_[A-Z0-9_]+$/;

const isTls13Name = (name: string): boolean => /^TLS_(?:AES|CHACHA20)_/.test(name);

function invalid(message: string): never {
  throw new TLSError('invalid_option', message);
}

class Selection {
  readonly #known: readonly CipherSuite12[];
  readonly #defaults: readonly CipherSuite12[];
  #chosen: CipherSuite12[] = [];
  readonly #killed = new Set<CipherSuite12>();

  constructor(provider: CryptoProvider) {
    this.#known = [...provider.cipherSuites12, ...provider.optionalCipherSuites12];
    this.#defaults = provider.cipherSuites12;
  }

  get chosen(): readonly CipherSuite12[] {
    return this.#chosen;
  }

  /** Throws TLSError `invalid_option` for a word that nobody knows. */
  apply(operator: string, word: string): void {
    const matched = this.#matching(word);
    if (operator === '!') for (const suite of matched) this.#killed.add(suite);
    if (operator === '!' || operator === '-') {
      this.#chosen = this.#chosen.filter((suite) => !matched.includes(suite));
    } else if (operator === '+') {
      const moved = this.#chosen.filter((suite) => matched.includes(suite));
      this.#chosen = [...this.#chosen.filter((suite) => !matched.includes(suite)), ...moved];
    } else {
      const added = matched.filter((suite) => !this.#chosen.includes(suite) && !this.#killed.has(suite));
      this.#chosen = [...this.#chosen, ...added];
    }
  }

  #matching(word: string): readonly CipherSuite12[] {
    const named = this.#known.filter((suite) => suite.name === word || openSslName(suite) === word);
    if (named.length > 0) return named;
    if (word === 'DEFAULT') return this.#defaults;
    const parts = word.split('+');
    const matched = this.#known.filter((suite) => {
      const keywords = keywordsOf(suite);
      return parts.every((part) => keywords.has(part));
    });
    if (matched.length > 0) {
      // Keys that both ends must have beforehand are never meant by a keyword that does not say so.
      return parts.some((part) => part.endsWith('PSK'))
        ? matched
        : matched.filter((one) => one.authentication !== 'psk');
    }
    if (parts.every((part) => this.#isKeyword(part)) || FOREIGN_SUITE.test(word) || FOREIGN_IANA.test(word))
      return [];
    return invalid(
      `cipher list: ${JSON.stringify(word)} is no cipher suite or keyword; there are ${this.#known.map(openSslName).join(', ')}`,
    );
  }

  #isKeyword(word: string): boolean {
    return FOREIGN_KEYWORDS.has(word) || this.#known.some((suite) => keywordsOf(suite).has(word));
  }
}

/** `@STRENGTH` sorts by key length, which our own order is better than; a security level above 2 we do not have. */
function checkCommand(command: string): void {
  const level = /^@SECLEVEL=([0-5])$/.exec(command)?.[1];
  if (command !== '@STRENGTH' && level === undefined)
    invalid(`cipher list: ${JSON.stringify(command)} is no command`);
  if (level !== undefined && Number(level) > 2) {
    invalid(`cipher list: security level ${level} is not available; what is enforced is level 2`);
  }
}

function pick13(
  names: readonly string[],
  excluded: ReadonlySet<string>,
  provider: CryptoProvider,
): readonly CipherSuite[] | undefined {
  if (names.length === 0 && excluded.size === 0) return undefined;
  const known = [...provider.cipherSuites13, ...provider.optionalCipherSuites13];
  const wanted = names.length > 0 ? names : provider.cipherSuites13.map((suite) => suite.name);
  const codes = wanted
    .filter((name) => !excluded.has(name))
    .map(
      (name) =>
        known.find((suite) => suite.name === name)?.code ??
        invalid(
          `cipher list: ${JSON.stringify(name)} is no suite of TLS 1.3; there are ${known.map((suite) => suite.name).join(', ')}`,
        ),
    );
  return [...new Set(codes)];
}

/**
 * Reads a cipher string. Throws TLSError `invalid_option` that names the part not understood, or says that nothing is
 * left of the whole.
 */
export function parseCipherString(list: string, provider: CryptoProvider): CipherChoice {
  const terms = list.split(/[: ,]+/).filter((term) => term !== '');
  const names13: string[] = [];
  const excluded13 = new Set<string>();
  const selection = new Selection(provider);
  let says12 = false;
  for (const term of terms) {
    const [, operator = '', rest = ''] = /^([!+-]?)(.*)$/.exec(term) ?? [];
    const [word = '', ...commands] = rest.split('@');
    for (const command of commands) checkCommand(`@${command}`);
    if (word === '') continue;
    if (isTls13Name(word)) {
      if (operator === '!' || operator === '-') excluded13.add(word);
      else names13.push(word);
    } else {
      says12 = true;
      selection.apply(operator, word);
    }
  }
  const tls13 = pick13(names13, excluded13, provider);
  if ((says12 || tls13 !== undefined) && selection.chosen.length === 0 && (tls13?.length ?? 0) === 0) {
    invalid(`cipher list: nothing that we have is left of ${JSON.stringify(list)}`);
  }
  return { tls13, tls12: says12 ? selection.chosen.map((suite) => suite.code) : undefined };
}
