/**
 * Known answers for every primitive of a provider: the check that this machine, this engine and this build compute
 * what they should. No input or output; the provider's own random source serves for signing only.
 */
import { equalBytes } from '../bytes/bytes.ts';
import { fromHex } from '../bytes/encoding.ts';
import { Secret } from '../bytes/secret.ts';
import { hkdfExpand, hkdfExtract } from './hkdf.ts';
import type {
  Aead,
  CryptoProvider,
  HashFunction,
  KeyExchangeGroup,
  PrivateKey,
  PublicKey,
  RandomSource,
  SignatureAlgorithm,
} from './provider.ts';
import { modInverse, toInteger } from './rsa/integer.ts';
import { rsaNumbers } from './rsa/key.ts';
import {
  AEAD_ANSWERS,
  GROUP_ANSWERS,
  HASH_ANSWERS,
  HKDF_ANSWER,
  HYBRID_ANSWER,
  RSA_ANSWER,
  SIGNATURE_ANSWERS,
} from './self-test-answers.ts';
import { CCM_ANSWERS, ED448_ANSWER, X448_ANSWER } from './self-test-answers-12.ts';

export interface SelfTestResult {
  readonly name: string;
  readonly ok: boolean;
  /** What went wrong, when it did. */
  readonly error?: string;
}

class Mismatch extends Error {}

function same(what: string, actual: Uint8Array | undefined, expected: Uint8Array): void {
  if (actual === undefined || !equalBytes(actual, expected)) throw new Mismatch(`wrong ${what}`);
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Mismatch(what);
}

function found<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Mismatch('there is no known answer for it');
  return answer;
}

function checkHash(hash: HashFunction): void {
  const answer = found(HASH_ANSWERS.find((each) => each.name === hash.name));
  same('digest', hash.digest(fromHex('616263')), answer.abc);
  const running = hash.create().update(fromHex('61'));
  const copy = running.clone();
  running.digest();
  same('incremental digest', running.update(fromHex('6263')).digest(), answer.abc);
  same('digest of a clone', copy.update(fromHex('6263')).digest(), answer.abc);
  // RFC 4231 4.3: key "Jefe"
  same('HMAC', hash.hmac(fromHex('4a656665'), HASH_MESSAGE), answer.hmac);
}

/** "what do ya want for nothing?" */
const HASH_MESSAGE = /* @__PURE__ */ fromHex('7768617420646f2079612077616e7420666f72206e6f7468696e673f');

function checkHkdf(hash: HashFunction): void {
  const prk = hkdfExtract(hash, HKDF_ANSWER.salt, HKDF_ANSWER.ikm);
  same('extraction', prk, HKDF_ANSWER.prk);
  same('expansion', hkdfExpand(hash, prk, HKDF_ANSWER.info, HKDF_ANSWER.okm.length), HKDF_ANSWER.okm);
}

function checkAead(aead: Aead): void {
  const answer = found([...AEAD_ANSWERS, ...CCM_ANSWERS].find((each) => each.name === aead.name));
  const key = aead.create(answer.key);
  // An odd offset, as a record's payload has.
  const offset = 5;
  const buffer = new Uint8Array(offset + answer.sealed.length);
  buffer.set(answer.plaintext, offset);
  key.seal(answer.nonce, answer.aad, buffer, offset, answer.plaintext.length);
  same('ciphertext', buffer.subarray(offset), answer.sealed);
  const forged = buffer.slice();
  forged[offset] = (forged[offset] ?? 0) ^ 1;
  must(
    key.open(answer.nonce, answer.aad, forged, offset, answer.sealed.length) === -1,
    'a forgery was opened',
  );
  const length = key.open(answer.nonce, answer.aad, buffer, offset, answer.sealed.length);
  same('plaintext', buffer.subarray(offset, offset + Math.max(length, 0)), answer.plaintext);
  key.wipe();
}

/** Gives `first` to the first call of its length and fixed bytes to all others, which only ask for blinding. */
function scripted(first: Uint8Array): RandomSource {
  let given = false;
  return (out) => {
    if (!given && out.length === first.length) {
      given = true;
      out.set(first);
    } else {
      out.fill(0x5a);
    }
  };
}

/** Bytes that depend on a call's length and on how many of that length there were. */
function patterned(): RandomSource {
  const calls = new Map<number, number>();
  return (out) => {
    const call = (calls.get(out.length) ?? 0) + 1;
    calls.set(out.length, call);
    for (let i = 0; i < out.length; i++) out[i] = call * 57 + i * 7;
  };
}

function checkGroup(group: KeyExchangeGroup, sha256: HashFunction): void {
  if (group.name === HYBRID_ANSWER.name) {
    checkHybrid(group, sha256);
    return;
  }
  const answer = found([...GROUP_ANSWERS, X448_ANSWER].find((each) => each.name === group.name));
  const client = group.generate(scripted(answer.privateKey));
  same('shared secret', client.agree(answer.peerShare)?.reveal(), answer.secret);
  const server = group.encapsulate(client.share, patterned());
  must(server !== undefined, 'its own share was refused');
  if (server !== undefined) same('agreement', client.agree(server.share)?.reveal(), server.secret.reveal());
  must(client.agree(new Uint8Array(group.serverShareLength)) === undefined, 'a share of zeros was accepted');
  client.wipe();
}

function checkHybrid(group: KeyExchangeGroup, sha256: HashFunction): void {
  const random = patterned();
  const client = group.generate(random);
  const server = group.encapsulate(client.share, random);
  same('client share', sha256.digest(client.share), HYBRID_ANSWER.clientShareSha256);
  if (server === undefined) throw new Mismatch('its own share was refused');
  same('server share', sha256.digest(server.share), HYBRID_ANSWER.serverShareSha256);
  same('encapsulated secret', server.secret.reveal(), HYBRID_ANSWER.secret);
  same('decapsulated secret', client.agree(server.share)?.reveal(), HYBRID_ANSWER.secret);
  const unreduced = client.share.slice().fill(0xff, 0, 3);
  must(group.encapsulate(unreduced, random) === undefined, 'an unreduced key was accepted');
}

/** The RSA key of the answers, whole. */
function rsaKey(kind: 'rsa' | 'rsa-pss'): PrivateKey {
  const [n, e, p, q] = [RSA_ANSWER.modulus, RSA_ANSWER.exponent, RSA_ANSWER.prime1, RSA_ANSWER.prime2].map(
    toInteger,
  );
  if (n === undefined || e === undefined || p === undefined || q === undefined) throw new Mismatch('no key');
  const d = modInverse(e, (p - 1n) * (q - 1n)) ?? 0n;
  const numbers = rsaNumbers(n, e, d, p, q, modInverse(q, p) ?? 0n);
  return kind === 'rsa' ? { kind, numbers } : { kind, numbers, parameters: undefined };
}

function checkVerify(
  algorithm: SignatureAlgorithm,
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  must(algorithm.verify(key, message, signature), 'a good signature was refused');
  const other = new Uint8Array(message.length + 1);
  other.set(message);
  must(!algorithm.verify(key, other, signature), 'a signature of another message was accepted');
}

function checkRsa(algorithm: SignatureAlgorithm, random: RandomSource): void {
  const kind = algorithm.keyKind === 'rsa-pss' ? 'rsa-pss' : 'rsa';
  const publicKey: PublicKey = {
    kind,
    modulus: RSA_ANSWER.modulus,
    exponent: RSA_ANSWER.exponent,
    parameters: undefined,
  };
  if (algorithm.hash?.name === 'SHA-256') {
    const { message, signature } = algorithm.padding === 'pss' ? RSA_ANSWER.pss : RSA_ANSWER.pkcs1;
    checkVerify(algorithm, publicKey, message, signature);
  }
  const message = HASH_MESSAGE;
  checkVerify(algorithm, publicKey, message, algorithm.sign(rsaKey(kind), message, random));
}

function checkSignature(algorithm: SignatureAlgorithm, random: RandomSource): void {
  if (algorithm.keyKind === 'rsa' || algorithm.keyKind === 'rsa-pss') {
    checkRsa(algorithm, random);
    return;
  }
  const answer = found([...SIGNATURE_ANSWERS, ED448_ANSWER].find((each) => each.name === algorithm.name));
  checkVerify(algorithm, answer.key, answer.message, answer.signature);
  const { pair } = answer;
  const privateKey: PrivateKey =
    pair.kind === 'ec'
      ? { kind: 'ec', curve: pair.curve, scalar: new Secret(pair.secret.slice()), point: pair.point }
      : { kind: pair.kind, seed: new Secret(pair.secret.slice()), publicKey: pair.point };
  const publicKey: PublicKey =
    pair.kind === 'ec'
      ? { kind: 'ec', curve: pair.curve, point: pair.point }
      : { kind: pair.kind, key: pair.point };
  checkVerify(algorithm, publicKey, HASH_MESSAGE, algorithm.sign(privateKey, HASH_MESSAGE, random));
}

function attempt(name: string, check: () => void): SelfTestResult {
  try {
    check();
    return { name, ok: true };
  } catch (error) {
    return { name, ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs all known answers; never throws. Takes some 200 ms with the noble provider, most of it RSA and P-521. */
export function selfTest(provider: CryptoProvider): SelfTestResult[] {
  const results = provider.hashes.map((hash) => attempt(hash.name, () => checkHash(hash)));
  const sha256 = provider.hashes.find((hash) => hash.name === 'SHA-256');
  if (sha256 === undefined) return [...results, { name: 'SHA-256', ok: false, error: 'it is missing' }];
  results.push(attempt('HKDF', () => checkHkdf(sha256)));
  const suites = [
    ...provider.cipherSuites13,
    ...provider.cipherSuites12,
    ...provider.optionalCipherSuites13,
    ...provider.optionalCipherSuites12,
  ];
  const aeads = new Set(suites.map((suite) => suite.aead));
  for (const aead of aeads) results.push(attempt(aead.name, () => checkAead(aead)));
  for (const group of provider.groups) results.push(attempt(group.name, () => checkGroup(group, sha256)));
  for (const algorithm of provider.signatureAlgorithms) {
    results.push(attempt(algorithm.name, () => checkSignature(algorithm, provider.random)));
  }
  return results;
}
