/**
 * Our kernels against noble's own functions, in one run. (Our provider over noble keeps tables per key and works in
 * place, which makes its AES-GCM faster than these figures; table "AEAD alone" has it.)
 */
import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256, p384 } from '@noble/curves/nist.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { Secret } from '../src/bytes/secret.ts';
import { hkdfExpandLabel } from '../src/crypto/hkdf.ts';
import { aes128Ccm as referenceCcm } from '../src/crypto/noble/aes-ccm.ts';
import * as nobleHashes from '../src/crypto/noble/hash.ts';
import { prf } from '../src/crypto/prf.ts';
import type { Aead, HashFunction } from '../src/crypto/provider.ts';
import { nonces } from '../src/crypto/rfc6979.ts';
import { aes128Ccm } from '../src/crypto/wasm/aes-ccm.ts';
import { mlKem768Kernel } from '../src/crypto/wasm/mlkem-kernel.ts';
import type { NistKernel } from '../src/crypto/wasm/nist-kernel.ts';
import { p256Kernel } from '../src/crypto/wasm/p256-kernel.ts';
import { p384Kernel } from '../src/crypto/wasm/p384-kernel.ts';
import { wasmProvider } from '../src/crypto/wasm/provider.ts';
import { sha256, sha384 } from '../src/crypto/wasm/sha2.ts';
import { x25519Kernel } from '../src/crypto/wasm/x25519.ts';
import { compare } from './support/measure.ts';
import { emit, sameBytes, verify } from './support/report.ts';

const SIZES = [64, 1400, 16384];
/** What 16 KiB records must reach, as a multiple of the reference. */
const AEAD_FLOOR = 7;

function benchAead(ours: Aead): void {
  const noble = ours.name === 'ChaCha20-Poly1305' ? chacha20poly1305 : gcm;
  const key = Uint8Array.from({ length: ours.keyLength }, (_, i) => i);
  const nonce = new Uint8Array(ours.nonceLength).fill(9);
  const aad = new Uint8Array([23, 3, 3, 0, 0]);
  const mine = ours.create(key);
  for (const size of SIZES) {
    const buffer = Uint8Array.from({ length: size + ours.tagLength }, (_, i) => i % 251);
    const text = buffer.slice(0, size);
    mine.seal(nonce, aad, buffer, 0, size);
    const sealed = buffer.slice();
    verify(sameBytes(sealed, noble(key, nonce, aad).encrypt(text)), `${ours.name}: not what noble computes`);
    verify(mine.open(nonce, aad, buffer, 0, buffer.length) === size, `${ours.name}: open refuses`);
    verify(sameBytes(buffer.subarray(0, size), text), `${ours.name}: open gives other bytes`);
    const figures = compare([
      () => mine.seal(nonce, aad, buffer, 0, size),
      () => void noble(key, nonce, aad).encrypt(text),
      // A copy, since opening is in place; it is a few per cent of the time.
      () => {
        buffer.set(sealed);
        mine.open(nonce, aad, buffer, 0, buffer.length);
      },
      () => void noble(key, nonce, aad).decrypt(sealed),
    ]);
    for (const [at, what] of [
      [0, 'seal'],
      [2, 'open'],
    ] as const) {
      const [kernel, reference] = [figures[at], figures[at + 1]];
      if (kernel === undefined || reference === undefined) continue;
      emit({
        table: 'Kernels: AEADs',
        what: `${ours.name}, ${what}, ${size} B`,
        unit: 'MB/s',
        ours: (kernel.perSecond * size) / 1e6,
        spread: kernel.spread,
        peer: 'noble',
        theirs: (reference.perSecond * size) / 1e6,
        theirSpread: reference.spread,
        ...(size === 16384
          ? {
              floor: `>= ${AEAD_FLOOR} times noble`,
              kept: kernel.perSecond >= AEAD_FLOOR * reference.perSecond,
            }
          : {}),
      });
    }
  }
}

for (const { aead } of wasmProvider().cipherSuites13) benchAead(aead);

/** CCM is our own over noble's block cipher there, so both have the same face. */
function benchCcm(ours: Aead, theirs: Aead): void {
  const [key, nonce, aad] = [new Uint8Array(ours.keyLength), new Uint8Array(12), new Uint8Array(5)];
  const [mine, reference] = [ours.create(key), theirs.create(key)];
  for (const size of SIZES) {
    const buffers = [mine, reference].map((each) => {
      const buffer = new Uint8Array(size + ours.tagLength);
      each.seal(nonce, aad, buffer, 0, size);
      return buffer;
    });
    const [one = key, other = nonce] = buffers;
    verify(sameBytes(one, other), `${ours.name}: not what the reference computes`);
    const [kernel, noble] = compare([
      () => mine.seal(nonce, aad, one, 0, size),
      () => reference.seal(nonce, aad, other, 0, size),
    ]);
    if (kernel === undefined || noble === undefined) continue;
    emit({
      table: 'Kernels: AEADs',
      what: `${ours.name}, seal, ${size} B`,
      unit: 'MB/s',
      ours: (kernel.perSecond * size) / 1e6,
      spread: kernel.spread,
      peer: 'noble',
      theirs: (noble.perSecond * size) / 1e6,
      theirSpread: noble.spread,
    });
  }
}

benchCcm(aes128Ccm, referenceCcm);

/** What one operation must reach, as a multiple of noble's. */
const FLOORS = { x25519: 10, agreement: 15, sign: 7, verify: 11, ed25519: 5, mlKem: 2 } as const;

function benchOperation(
  what: string,
  floor: number | undefined,
  ours: () => Uint8Array | undefined,
  theirs: () => Uint8Array,
): void {
  const result = ours();
  verify(result !== undefined && sameBytes(result, theirs()), `${what}: not what noble computes`);
  const [kernel, reference] = compare([() => void ours(), () => void theirs()]);
  if (kernel === undefined || reference === undefined) return;
  emit({
    table: 'Kernels: key agreement and signatures',
    what,
    unit: 'op/s',
    ours: kernel.perSecond,
    spread: kernel.spread,
    peer: 'noble',
    theirs: reference.perSecond,
    theirSpread: reference.spread,
    ...(floor === undefined
      ? {}
      : { floor: `>= ${floor} times noble`, kept: kernel.perSecond >= floor * reference.perSecond }),
  });
}

const kernel25519 = x25519Kernel.get();
if (kernel25519 !== undefined) {
  const scalar = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1);
  const point = x25519.getPublicKey(Uint8Array.from({ length: 32 }, (_, i) => 5 * i + 3));
  benchOperation(
    'X25519, shared secret',
    FLOORS.x25519,
    () => kernel25519.shared(scalar, point),
    () => x25519.getSharedSecret(scalar, point),
  );
  benchOperation(
    'X25519, public key',
    FLOORS.x25519,
    () => kernel25519.publicKey(scalar),
    () => x25519.getPublicKey(scalar),
  );
}

function benchNist(
  name: string,
  kernel: NistKernel | undefined,
  noble: ECDSA,
  hash: HashFunction,
  floors: Partial<typeof FLOORS> = {},
): void {
  if (kernel === undefined) return;
  const length = hash.outputLength;
  const scalar = Uint8Array.from({ length }, (_, i) => 7 * i + 1);
  const other = Uint8Array.from({ length }, (_, i) => 5 * i + 3);
  const point = noble.getPublicKey(other, false);
  const digest = Uint8Array.from({ length }, (_, i) => 3 * i);
  const options = { prehash: false, lowS: false } as const;
  const signature = noble.sign(digest, other, options);
  const yes = Uint8Array.of(1);
  benchOperation(
    `${name}, shared secret`,
    floors.agreement,
    () => kernel.agree(scalar, point.subarray(1)),
    () => noble.getSharedSecret(scalar, point, false).subarray(1, length + 1),
  );
  benchOperation(
    `${name}, public key`,
    undefined,
    () => kernel.publicKey(scalar),
    () => noble.getPublicKey(scalar, false).subarray(1),
  );
  // With the nonce that noble takes for this key and digest, so that both give the same; it makes it anew each time.
  benchOperation(
    `ECDSA ${name}, sign`,
    floors.sign,
    () => {
      for (const nonce of nonces(hash, other, digest)) return kernel.sign(nonce, other, digest);
      return undefined;
    },
    () => noble.sign(digest, other, options),
  );
  benchOperation(
    `ECDSA ${name}, verify`,
    floors.verify,
    () => (kernel.verify(point.subarray(1), digest, signature) ? yes : undefined),
    () => Uint8Array.of(noble.verify(signature, digest, point, options) ? 1 : 0),
  );
}
benchNist('P-256', p256Kernel.get(), p256, sha256, FLOORS);
benchNist('P-384', p384Kernel.get(), p384, sha384);

const INFO = Uint8Array.from({ length: 50 }, (_, i) => i);

/** One operation on each hash; `bytes` where it is a matter of throughput. */
function benchHash(
  what: string,
  bytes: number | undefined,
  ours: () => Uint8Array,
  theirs: () => Uint8Array,
): void {
  verify(sameBytes(ours(), theirs()), `${what}: not what noble computes`);
  const [kernel, reference] = compare([() => void ours(), () => void theirs()]);
  if (kernel === undefined || reference === undefined) return;
  const scale = bytes === undefined ? 1 : bytes / 1e6;
  emit({
    table: 'Kernels: hashes',
    what,
    unit: bytes === undefined ? 'op/s' : 'MB/s',
    ours: kernel.perSecond * scale,
    spread: kernel.spread,
    peer: 'noble',
    theirs: reference.perSecond * scale,
    theirSpread: reference.spread,
    // What is slower than noble had better be noble's.
    floor: '>= 1 times noble',
    kept: kernel.perSecond >= reference.perSecond,
  });
}

for (const [ours, theirs] of [
  [sha256, nobleHashes.sha256],
  [sha384, nobleHashes.sha384],
] as const) {
  const key = Uint8Array.from({ length: ours.outputLength }, (_, i) => 5 * i + 3);
  for (const size of [0, ...SIZES]) {
    const data = Uint8Array.from({ length: size }, (_, i) => i % 251);
    benchHash(
      `${ours.name}, ${size} B`,
      size < 1000 ? undefined : size,
      () => ours.digest(data),
      () => theirs.digest(data),
    );
  }
  const data = new Uint8Array(64).fill(9);
  benchHash(
    `HMAC-${ours.name}, 64 B`,
    undefined,
    () => ours.hmac(key, data),
    () => theirs.hmac(key, data),
  );
  for (const [label, length] of [
    ['key', 16],
    ['derived', ours.outputLength],
  ] as const) {
    const context = INFO.subarray(0, label === 'key' ? 0 : ours.outputLength);
    benchHash(
      `HKDF-Expand-Label, ${ours.name}, "${label}"`,
      undefined,
      () => hkdfExpandLabel(ours, key, label, context, length),
      () => hkdfExpandLabel(theirs, key, label, context, length),
    );
  }
  benchHash(
    `TLS 1.2 PRF, ${ours.name}, 104 B`,
    undefined,
    () => prf(ours, key, 'key expansion', data, 104),
    () => prf(theirs, key, 'key expansion', data, 104),
  );
}

const signer = wasmProvider().signatureAlgorithms.find((each) => each.keyKind === 'ed25519');
if (signer !== undefined) {
  const seed = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1);
  const message = Uint8Array.from({ length: 130 }, (_, i) => 5 * i + 3);
  const publicKey = ed25519.getPublicKey(seed);
  const signature = ed25519.sign(message, seed);
  const pair = { kind: 'ed25519', seed: new Secret(seed.slice()), publicKey } as const;
  benchOperation(
    'Ed25519, sign',
    FLOORS.ed25519,
    () => signer.sign(pair, message, () => {}),
    () => ed25519.sign(message, seed),
  );
  benchOperation(
    'Ed25519, verify',
    FLOORS.ed25519,
    () => Uint8Array.of(signer.verify({ kind: 'ed25519', key: publicKey }, message, signature) ? 1 : 0),
    () => Uint8Array.of(ed25519.verify(signature, message, publicKey, { zip215: false }) ? 1 : 0),
  );
}

const kernelMlKem = mlKem768Kernel.get();
if (kernelMlKem !== undefined) {
  const seed = Uint8Array.from({ length: 64 }, (_, i) => 7 * i + 1);
  const message = Uint8Array.from({ length: 32 }, (_, i) => 5 * i + 3);
  const { publicKey, secretKey } = ml_kem768.keygen(seed);
  const { cipherText } = ml_kem768.encapsulate(publicKey, message);
  benchOperation(
    'ML-KEM-768, key generation',
    FLOORS.mlKem,
    () => kernelMlKem.generate(seed).decapsulationKey,
    () => ml_kem768.keygen(seed).secretKey,
  );
  benchOperation(
    'ML-KEM-768, encapsulation',
    FLOORS.mlKem,
    () => kernelMlKem.encapsulate(publicKey, message)?.ciphertext,
    () => ml_kem768.encapsulate(publicKey, message).cipherText,
  );
  benchOperation(
    'ML-KEM-768, decapsulation',
    FLOORS.mlKem,
    () => kernelMlKem.decapsulate(cipherText, secretKey),
    () => ml_kem768.decapsulate(cipherText, secretKey),
  );
}
