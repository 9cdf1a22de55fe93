/**
 * Shows that the kernels are constant-time as far as a program can: each module is instrumented so that it reports every
 * condition (if, br_if, select, br_table), every address that it loads from or stores to and every range that it fills or
 * copies, then run with different secrets and the same public inputs. All reports must be the same, one by one.
 *
 *   node dist/test/crypto/wasm/constant-time.js
 *
 * It says nothing about what the engine makes of a module, nor about instructions whose time depends on their operands.
 */
import type { RsaPrivateNumbers } from '../../../src/crypto/provider.ts';
import { generateRsaKey } from '../../../src/crypto/rsa/generate.ts';
import { bytes, repeatable } from '../support/vectors.ts';
import { KERNELS } from './kernel-sources.ts';
import { Watched } from './watched.ts';

/** Secrets: random ones, and some of only zeros or ones but for a last bit (so that a scalar is never 0). */
const random = repeatable(41);
function secret(kind: number, length: number): Uint8Array {
  if (kind >= 3) return bytes(length, random).fill(0x7f, 0, 1);
  const out = new Uint8Array(length).fill([0, 0x55, 0x7f][kind] ?? 0);
  out[length - 1] = (out[length - 1] ?? 0) | 1;
  return out;
}
const KINDS = 8;
const LENGTHS = [0, 1, 16, 100, 800, 1401];

function record(kernel: Watched, keyLength: number, kind: number): void {
  for (const length of LENGTHS) {
    kernel.put('KEY', secret(kind, keyLength));
    kernel.call('expand', keyLength);
    kernel.put('NONCE', new Uint8Array(12).fill(3));
    kernel.put('AAD', new Uint8Array(13));
    kernel.put('TEXT', secret(kind, length + 1));
    kernel.call('seal', 13, length);
    kernel.put('NONCE', new Uint8Array(12).fill(3));
    if (kernel.call('open', 13, length) !== 1) throw new Error('it does not open what it sealed');
    kernel.call('wipe');
  }
}

/** A forged tag, wrong from its byte `kind` on: where tags differ must not show. */
function forgery(kernel: Watched, kind: number): void {
  kernel.put('KEY', new Uint8Array(32));
  kernel.call('expand', 32);
  kernel.put('NONCE', new Uint8Array(12));
  kernel.put('TEXT', new Uint8Array(64));
  kernel.call('seal', 0, 48);
  const text = kernel.get('TEXT', 64);
  text[48 + 2 * kind] = (text[48 + 2 * kind] ?? 0) ^ (1 << kind);
  kernel.put('TEXT', text);
  kernel.put('NONCE', new Uint8Array(12));
  if (kernel.call('open', 0, 48) !== 0) throw new Error('it opens a forgery');
}

function ccmRecord(kernel: Watched, keyLength: number, tagLength: number, kind: number): void {
  for (const length of LENGTHS) {
    kernel.put('KEY', secret(kind, keyLength));
    kernel.call('ccmExpand', keyLength);
    kernel.put('NONCE', new Uint8Array(12).fill(3));
    kernel.put('AAD', new Uint8Array(13));
    kernel.put('TEXT', secret(kind, length + 1));
    kernel.call('ccmSeal', 13, length, tagLength);
    if (kernel.call('ccmOpen', 13, length, tagLength) !== 1)
      throw new Error('it does not open what it sealed');
    kernel.put('TEXT', secret(kind, length + 17));
    if (kernel.call('ccmOpen', 13, length, tagLength) !== 0) throw new Error('it opens a forgery');
    kernel.put('TEXT', secret(kind, 16));
    kernel.call('encryptOne');
    kernel.call('wipe');
  }
}

function sha2(
  kernel: Watched,
  what: 'digest' | 'hmac' | 'expand' | 'pHash',
  hash: number,
  kind: number,
): void {
  for (const length of LENGTHS) {
    kernel.put('KEY', secret(kind, hash));
    kernel.put('TEXT', secret(kind, length + 1));
    if (what === 'digest') kernel.call(what, hash, length);
    else if (what === 'hmac') kernel.call(what, hash, hash, length);
    else kernel.call(what, hash, hash, length, 3 * hash + 1);
  }
}

function nist(kernel: Watched, length: number, what: string, kind: number): void {
  const scalar = secret(kind, length);
  kernel.put('SCALAR', scalar);
  kernel.put('PRIVATE', secret((kind + 1) % KINDS, length));
  kernel.put('DIGEST', new Uint8Array(length).fill(9));
  if (kernel.call('validScalar', kernel.at('SCALAR')) !== 1) throw new Error('no scalar');
  kernel.call(what);
  kernel.call('wipe');
}

/** Keys with one rho, which is public and decides how the matrix is drawn, and secrets of each kind. */
function mlkemKey(kernel: Watched, rank: number, kind: number): Uint8Array {
  kernel.put('SEED', secret(kind, 64));
  kernel.put('G_OUTPUT', Uint8Array.of(...new Uint8Array(32).fill(5), ...secret(kind, 32)));
  kernel.call('generateFromSeeds');
  return kernel.get('DECAPSULATION_KEY', 768 * rank + 96);
}

function mlkemCiphertext(kernel: Watched, kind: number): void {
  kernel.put('MESSAGE', secret(kind, 32));
  if (kernel.call('encapsulate') !== 1) throw new Error('its own key is refused');
}

function mlkem(kernel: Watched, rank: number): void {
  const name = rank === 3 ? 'ML-KEM-768' : 'ML-KEM-1024';
  kernel.call('choose', rank);
  same(kernel, `${name}, key generation`, (kind) => {
    mlkemKey(kernel, rank, kind);
    kernel.call('wipe');
  });
  same(kernel, `${name}, encapsulation`, (kind) => {
    mlkemCiphertext(kernel, kind);
    kernel.call('wipe');
  });
  const keys = Array.from({ length: KINDS }, (_, kind) => mlkemKey(kernel, rank, kind));
  mlkemCiphertext(kernel, 4);
  const ciphertext = kernel.get('CIPHERTEXT', rank === 3 ? 1088 : 1568);
  const agreed = kernel.get('SHARED', 32);
  // The ciphertext is the last key's: that one takes it, and no other does.
  same(kernel, `${name}, decapsulation, right and wrong`, (kind) => {
    kernel.put('DECAPSULATION_KEY', keys[kind] ?? new Uint8Array(0));
    kernel.put('CIPHERTEXT', ciphertext);
    kernel.call('decapsulate');
    const taken = kernel.get('SHARED', 32).every((byte, i) => byte === agreed[i]);
    if (taken !== (kind === KINDS - 1)) throw new Error('the wrong key agrees, or the right one does not');
    kernel.call('wipe');
  });
}

/** Keys of one size, generated once each; the messages differ, too, and what is blinded with. */
const rsaKeys = new Map<number, RsaPrivateNumbers>();
function rsa(kernel: Watched, kind: number): void {
  const key = rsaKeys.get(kind) ?? generateRsaKey(1024, repeatable(kind + 1));
  rsaKeys.set(kind, key);
  kernel.put('MODULUS', key.modulus);
  kernel.call('takeModulus', 1024);
  kernel.call('prepareModulus', 1024);
  for (const [name, number] of [
    ['PRIME_P', key.prime1],
    ['PRIME_Q', key.prime2],
    ['EXPONENT_P', key.exponent1],
    ['EXPONENT_Q', key.exponent2],
    ['COEFFICIENT', key.coefficient],
  ] as const) {
    const padded = new Uint8Array(kernel.at('SECRET_BYTES'));
    padded.set(number.reveal(), padded.length - number.length);
    kernel.put(name, padded);
  }
  kernel.put('RANDOM', bytes(576, random));
  kernel.put('INPUT', secret(kind, 128));
  if (kernel.call('privatePower', 128, 512, 512, 65537, 0) !== 1) throw new Error('its result is wrong');
  kernel.call('wipe');
}

const failures: string[] = [];
let passed = 0;

/** Runs one operation with each kind of secret; the first run may prepare tables and does not count. */
function same(kernel: Watched, name: string, run: (kind: number) => void): void {
  run(0);
  kernel.take();
  const traces = Array.from({ length: KINDS }, (_, kind) => {
    run(kind);
    return kernel.take();
  });
  const [first] = traces;
  const good =
    first !== undefined && first.count > 100 && traces.every((each) => each.digest === first.digest);
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name}: ${first?.count ?? 0} reports`);
  if (good) passed += 1;
  else failures.push(name);
}

for (const name of KERNELS) {
  const kernel = new Watched(name);
  if (kernel.conditions === 0) throw new Error(`${name}: no condition found`);
  if (name === 'aes-gcm' || name === 'chacha20-poly1305') {
    for (const keyLength of name === 'aes-gcm' ? [16, 32] : [32]) {
      same(kernel, `${name}, key of ${keyLength} bytes`, (kind) => record(kernel, keyLength, kind));
    }
    if (name === 'aes-gcm') {
      same(kernel, 'aes-ccm', (kind) => ccmRecord(kernel, 16, 16, kind));
      same(kernel, 'aes-ccm, long key, short tag', (kind) => ccmRecord(kernel, 32, 8, kind));
    }
    same(kernel, `${name}, forged tags`, (kind) => forgery(kernel, kind));
  } else if (name === 'x25519') {
    for (const what of ['multiply', 'multiplyBase']) {
      same(kernel, `x25519, ${what}`, (kind) => {
        kernel.put('SCALAR', secret(kind, 32));
        kernel.put('POINT', secret((kind + 3) % KINDS, 32));
        kernel.call(what);
        kernel.call('wipe');
      });
    }
  } else if (name === 'sha2') {
    for (const hash of [32, 48, 64]) {
      for (const what of ['digest', 'hmac', 'expand', 'pHash'] as const)
        same(kernel, `sha2, ${what} of ${hash} bytes`, (kind) => sha2(kernel, what, hash, kind));
    }
  } else if (name === 'ed25519') {
    for (const what of ['publicKey', 'commit', 'respond']) {
      same(kernel, `ed25519, ${what}`, (kind) => {
        kernel.put('SECRET', secret(kind, 32));
        kernel.put('HASH', secret((kind + 2) % KINDS, 64));
        kernel.call(what);
        kernel.call('wipe');
      });
    }
  } else if (name === 'mlkem') {
    for (const rank of [3, 4]) mlkem(kernel, rank);
  } else if (name === 'rsa') {
    same(kernel, 'rsa, private operation', (kind) => rsa(kernel, kind));
  } else if (name === 'p256' || name === 'p384') {
    const length = name === 'p256' ? 32 : 48;
    kernel.put('SCALAR', secret(5, length));
    kernel.call('publicKey');
    kernel.put('POINT', kernel.get('RESULT', 2 * length));
    for (const what of ['agree', 'publicKey', 'sign']) {
      same(kernel, `${name}, ${what}`, (kind) => nist(kernel, length, what, kind));
    }
    // It must be able to see a difference: verification branches on what is public.
    kernel.take();
    kernel.put('SIGNATURE', new Uint8Array(2 * length).fill(1));
    kernel.call('verify');
    const one = kernel.take();
    kernel.put('SIGNATURE', new Uint8Array(2 * length));
    kernel.call('verify');
    const seen = one.digest !== kernel.take().digest;
    console.log(`${seen ? 'ok    ' : 'FAILED'} a difference is noticed`);
    if (seen) passed += 1;
    else failures.push('a difference is noticed');
  } else {
    failures.push(`${name} has no scenario here`);
  }
}
console.log(`${passed} passed, ${failures.length} failed, 0 skipped`);
process.exit(failures.length > 0 ? 1 : 0);
