/** `ciphers`: TLS 1.3 names are honoured in their order; OpenSSL's names and keywords for older versions tolerated. */
import type { CipherSuite13 } from '../crypto/provider.ts';
import type { CipherSuite } from '../wire/registry-crypto.ts';
import { invalidType, nodeError } from './node-error.ts';

/** Every suite of TLS 1.3 has a name of this form, no suite of TLS 1.2 has. */
const TLS13_NAME = /^TLS_(?:AES|CHACHA20)_[A-Z0-9_]+$/;
const KNOWN_TLS13: ReadonlySet<string> = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
]);

/** OpenSSL's names for suites of TLS 1.2 and before: key exchange, then cipher, then hash. */
const OLD_SUITE =
  /^(?:(?:ECDHE|DHE|EDH|ECDH|DH|ADH|AECDH|RSA|PSK|SRP|KRB5|EXP)-)*(?:(?:RSA|ECDSA|DSS|PSK|anon)-)?(?:AES-?(?:128|256)|AES128|AES256|CAMELLIA-?(?:128|256)|ARIA(?:128|256)|CHACHA20|DES|RC4|RC2|SEED|IDEA|NULL|3DES)(?:-[A-Z0-9]+)*$/;
const OLD_IANA = /^TLS_[A-Z0-9_]+_WITH_[A-Z0-9_]+$/;

/** Keywords that stand for sets of suites. They select within TLS 1.2 only; alone they leave TLS 1.3 at its default. */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'DEFAULT COMPLEMENTOFDEFAULT ALL COMPLEMENTOFALL HIGH MEDIUM LOW EXPORT EXP EXPORT40 EXPORT56 eNULL NULL aNULL ' +
    'kRSA aRSA RSA kDHr kDHd kDH kDHE kEDH DH DHE EDH ADH kEECDH kECDHE ECDH ECDHE EECDH AECDH aDSS DSS aDH aECDH ' +
    'aECDSA ECDSA kPSK kECDHEPSK kDHEPSK kRSAPSK aPSK PSK kSRP SRP aSRP kGOST aGOST GOST94 GOST89MAC GOST ' +
    'SSLv3 TLSv1 TLSv1.0 TLSv1.2 AES128 AES256 AES AESGCM AESCCM AESCCM8 ARIA ARIA128 ARIA256 ARIAGCM CAMELLIA ' +
    'CAMELLIA128 CAMELLIA256 CHACHA20 3DES DES RC4 RC2 IDEA SEED MD5 SHA1 SHA SHA256 SHA384 FIPS SUITEB128 ' +
    'SUITEB128ONLY SUITEB192 CBC'
  ).split(' '),
);

type Term = 'tls13' | 'keyword' | 'old';

function classify(term: string, whole: string): Term {
  const bare = term.replace(/^[!+-]/, '');
  if (TLS13_NAME.test(bare) && KNOWN_TLS13.has(bare)) return 'tls13';
  if (bare === '' || term.startsWith('@') || KEYWORDS.has(bare)) return 'keyword';
  if (bare.includes('+') && bare.split('+').every((part) => KEYWORDS.has(part))) return 'keyword';
  if (OLD_SUITE.test(bare) || OLD_IANA.test(bare)) return term === bare ? 'old' : 'keyword';
  throw nodeError(
    'ERR_SSL_NO_CIPHER_MATCH',
    `no cipher match: options.ciphers ${JSON.stringify(whole)} has the unknown name ${JSON.stringify(bare)}`,
  );
}

function pick(terms: readonly string[], available: readonly CipherSuite13[]): CipherSuite13[] {
  const picked: CipherSuite13[] = [];
  const removed = new Set(terms.filter((term) => term.startsWith('!')).map((term) => term.slice(1)));
  const wanted = terms.filter((term) => !/^[!-]/.test(term)).map((term) => term.replace(/^\+/, ''));
  const order = wanted.length > 0 ? wanted : available.map((suite) => suite.name);
  for (const name of order) {
    const suite = available.find((one) => one.name === name);
    if (suite !== undefined && !removed.has(name) && !picked.includes(suite)) picked.push(suite);
  }
  return picked;
}

/**
 * The suites that a cipher string asks for, by preference; undefined for the default. Throws
 * `ERR_INVALID_ARG_TYPE`, or `ERR_SSL_NO_CIPHER_MATCH` for a name that nobody knows and when the string names suites
 * of which none is one of TLS 1.3 that we have.
 */
export function parseCipherList(
  ciphers: unknown,
  available: readonly CipherSuite13[],
): readonly CipherSuite[] | undefined {
  if (ciphers === undefined || ciphers === null || ciphers === '') return undefined;
  if (typeof ciphers !== 'string') throw invalidType('options.ciphers', 'of type string', ciphers);
  const terms = ciphers.split(/[: ,]|(?=@)/).filter((term) => term !== '');
  const kinds = terms.map((term) => classify(term, ciphers));
  const named = terms.filter((_, index) => kinds[index] === 'tls13');
  if (named.length === 0 && !kinds.includes('old')) return undefined;
  // Keywords beside named suites of TLS 1.2 ask for older suites too; a list of nothing but those asks for no TLS 1.3.
  if (
    named.length === 0 &&
    kinds.includes('keyword') &&
    terms.some((term) => /^(?:DEFAULT|ALL|HIGH)$/.test(term))
  ) {
    return undefined;
  }
  const suites = named.length === 0 ? [] : pick(named, available);
  if (suites.length === 0) {
    const names = available.map((suite) => suite.name).join(':');
    throw nodeError(
      'ERR_SSL_NO_CIPHER_MATCH',
      `no cipher match: options.ciphers ${JSON.stringify(ciphers)} has no TLS 1.3 suite; there are ${names}`,
    );
  }
  return suites.map((suite) => suite.code);
}
