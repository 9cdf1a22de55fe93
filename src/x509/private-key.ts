/** Reading a private key from whatever a user has: PEM or DER, PKCS#8, SEC1 or PKCS#1, encrypted or not. */
import { asciiDecode } from '../bytes/encoding.ts';
import type { PemBlock } from '../bytes/pem.ts';
import type { EcCurveName, PrivateKey, RandomSource } from '../crypto/provider.ts';
import { systemRandom } from '../crypto/random.ts';
import { X509Error } from './error.ts';
import { guessFormat, readPkcs8, readRsa, readSec1 } from './key-format.ts';
import { MAX_PRIVATE_KEY_BYTES } from './limits.ts';
import { badPassphrase, decryptLegacyPem, decryptPkcs8, isLegacyEncrypted } from './pbe.ts';
import { decodeBlocks } from './pem.ts';
import { namedCurve } from './public-key.ts';

export interface ParsePrivateKeyOptions {
  /** Text is taken as UTF-8. Ignored when the key is not encrypted. */
  readonly passphrase?: string | Uint8Array;
  /** Blinds the derivation of the public key; by default the platform's source. */
  readonly random?: RandomSource;
}

/**
 * The first private key of a PEM text (blocks of other kinds may stand around it), or one DER key. PEM may be given
 * as text or bytes. An EC or Ed25519 public half is derived and compared, RSA numbers are checked against each other.
 *
 * Throws X509Error NO_PRIVATE_KEY, MALFORMED, UNSUPPORTED_KEY, INVALID_KEY, PASSPHRASE_REQUIRED or BAD_PASSPHRASE.
 */
export function parsePrivateKey(
  input: string | Uint8Array,
  options: ParsePrivateKeyOptions = {},
): PrivateKey {
  const text = typeof input === 'string' ? input : pemText(input);
  if (text !== undefined) return parsePem(text, options);
  return parseDer(typeof input === 'string' ? new Uint8Array(0) : input, options);
}

/** The text when bytes are PEM; undefined when they look like DER, which begins with a SEQUENCE. */
export function pemText(input: Uint8Array): string | undefined {
  if (input[0] === 0x30) return undefined;
  // A byte order mark is the one thing outside ASCII that editors put into such files.
  const start = input[0] === 0xef && input[1] === 0xbb && input[2] === 0xbf ? 3 : 0;
  const text = asciiDecode(input.subarray(start));
  return text?.includes('-----BEGIN ') ? text : undefined;
}

const OTHER_LABELS: ReadonlyMap<string, string> = new Map([
  ['DSA PRIVATE KEY', 'DSA keys cannot be used in TLS 1.3'],
  [
    'OPENSSH PRIVATE KEY',
    "OpenSSH's own format is not supported; convert it with: ssh-keygen -p -m pkcs8 -f FILE",
  ],
]);

function parsePem(text: string, options: ParsePrivateKeyOptions): PrivateKey {
  const blocks = decodeBlocks(text);
  try {
    return pickKey(blocks, options);
  } finally {
    for (const block of blocks) block.bytes.fill(0);
  }
}

function pickKey(blocks: readonly PemBlock[], options: ParsePrivateKeyOptions): PrivateKey {
  let curve: EcCurveName | undefined;
  for (const block of blocks) {
    switch (block.label) {
      case 'EC PARAMETERS':
        curve = namedCurve(block.bytes, 'EC PARAMETERS');
        break;
      case 'PRIVATE KEY':
        return readPkcs8(bounded(block.bytes), options.random ?? systemRandom());
      case 'ENCRYPTED PRIVATE KEY':
        return parseEncrypted(bounded(block.bytes), options);
      case 'EC PRIVATE KEY':
        return withLegacy(block, options, (der) => readSec1(der, options.random ?? systemRandom(), curve));
      case 'RSA PRIVATE KEY':
        return withLegacy(block, options, (der) => ({ kind: 'rsa', numbers: readRsa(der) }));
      default: {
        const hint = OTHER_LABELS.get(block.label);
        if (hint !== undefined) throw new X509Error('UNSUPPORTED_KEY', `${block.label}: ${hint}`);
      }
    }
  }
  const found = blocks.map((block) => block.label).slice(0, 5);
  throw new X509Error(
    'NO_PRIVATE_KEY',
    found.length === 0
      ? 'there is no PEM block in the private key; expected -----BEGIN PRIVATE KEY-----'
      : `there is no private key among the PEM blocks (${found.join(', ')})`,
  );
}

function withLegacy(
  block: PemBlock,
  options: ParsePrivateKeyOptions,
  read: (der: Uint8Array) => PrivateKey,
): PrivateKey {
  if (!isLegacyEncrypted(block)) return read(bounded(block.bytes));
  const passphrase = options.passphrase;
  if (passphrase === undefined) throw passphraseRequired();
  bounded(block.bytes);
  return readDecrypted(() => decryptLegacyPem(block, passphrase), read);
}

function parseEncrypted(der: Uint8Array, options: ParsePrivateKeyOptions): PrivateKey {
  const { passphrase } = options;
  if (passphrase === undefined) throw passphraseRequired();
  return readDecrypted(
    () => decryptPkcs8(der, passphrase),
    (plain) => readPkcs8(plain, options.random ?? systemRandom()),
  );
}

/** One wrong passphrase in 256 leaves good padding: what then is no DER means the same. */
function readDecrypted(decrypt: () => Uint8Array, read: (der: Uint8Array) => PrivateKey): PrivateKey {
  const plain = decrypt();
  try {
    return read(plain);
  } catch (error) {
    if (error instanceof X509Error && error.code === 'MALFORMED') throw badPassphrase();
    throw error;
  } finally {
    plain.fill(0);
  }
}

function parseDer(der: Uint8Array, options: ParsePrivateKeyOptions): PrivateKey {
  if (der.length === 0) throw new X509Error('NO_PRIVATE_KEY', 'the private key is empty');
  if (der[0] !== 0x30) throw new X509Error('NO_PRIVATE_KEY', 'the private key is neither PEM nor DER');
  const format = guessFormat(bounded(der));
  const random = options.random ?? systemRandom();
  switch (format) {
    case 'pkcs8':
      return readPkcs8(der, random);
    case 'encrypted-pkcs8':
      return parseEncrypted(der, options);
    case 'sec1':
      return readSec1(der, random, undefined);
    case 'pkcs1':
      return { kind: 'rsa', numbers: readRsa(der) };
    case undefined:
      throw new X509Error('NO_PRIVATE_KEY', 'the DER given as private key is not one');
    default:
      return format satisfies never;
  }
}

function bounded(der: Uint8Array): Uint8Array {
  if (der.length <= MAX_PRIVATE_KEY_BYTES) return der;
  throw new X509Error(
    'TOO_LARGE',
    `a private key of ${der.length} bytes; the limit is ${MAX_PRIVATE_KEY_BYTES}`,
  );
}

function passphraseRequired(): X509Error {
  return new X509Error('PASSPHRASE_REQUIRED', 'the private key is encrypted: give its passphrase');
}
