/** Runs Wycheproof files against our primitives. What is `acceptable` there is decided here, flag by flag. */
import { hkdfExpand, hkdfExtract } from '../../../src/crypto/hkdf.ts';
import { aes128Ccm, aes128Ccm8, aes256Ccm, aes256Ccm8 } from '../../../src/crypto/noble/aes-ccm.ts';
import { aes128Gcm, aes256Gcm } from '../../../src/crypto/noble/aes-gcm.ts';
import { chacha20Poly1305 } from '../../../src/crypto/noble/chacha20-poly1305.ts';
import { verifyEcdsa } from '../../../src/crypto/noble/ecdsa.ts';
import { secp256r1, secp384r1, secp521r1, x448, x25519 } from '../../../src/crypto/noble/groups.ts';
import { sha256, sha384, sha512 } from '../../../src/crypto/noble/hash.ts';
import { x25519MlKem768 } from '../../../src/crypto/noble/hybrid.ts';
import { mlDsaAlgorithms } from '../../../src/crypto/noble/ml-dsa.ts';
import { mlKem1024 } from '../../../src/crypto/noble/ml-kem.ts';
import { signatureAlgorithms, verifyEd448, verifyEd25519 } from '../../../src/crypto/noble/signatures.ts';
import type {
  Aead,
  EcCurveName,
  HashFunction,
  KeyExchangeGroup,
  SignatureAlgorithm,
} from '../../../src/crypto/provider.ts';
import { rsaPublicKey } from '../../../src/crypto/rsa/key.ts';
import { isPkcs1Encoding, verifyPkcs1 } from '../../../src/crypto/rsa/pkcs1.ts';
import { isPssEncoding, verifyPss } from '../../../src/crypto/rsa/pss.ts';
import * as wasm from '../../../src/crypto/wasm/aead.ts';
import * as kernelCcm from '../../../src/crypto/wasm/aes-ccm.ts';
import { ed25519OverKernel } from '../../../src/crypto/wasm/ed25519.ts';
import { ed25519Kernel } from '../../../src/crypto/wasm/ed25519-kernel.ts';
import * as wasmKem from '../../../src/crypto/wasm/mlkem.ts';
import {
  ecdsaOverKernel,
  secp256r1 as kernelP256,
  secp384r1 as kernelP384,
} from '../../../src/crypto/wasm/nist.ts';
import { p256Kernel } from '../../../src/crypto/wasm/p256-kernel.ts';
import { p384Kernel } from '../../../src/crypto/wasm/p384-kernel.ts';
import { rsaKernel } from '../../../src/crypto/wasm/rsa-kernel.ts';
import * as kernelHashes from '../../../src/crypto/wasm/sha2.ts';
import * as wasmGroups from '../../../src/crypto/wasm/x25519.ts';
import { bytes, hex, repeatable, scripted } from './vectors.ts';

type Text = Readonly<Record<string, string>>;

export interface WycheproofTest {
  readonly tcId: number;
  readonly comment?: string;
  readonly flags?: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

export interface WycheproofGroup {
  readonly type: string;
  readonly tests: readonly WycheproofTest[];
  readonly keySize?: number;
  readonly ivSize?: number;
  readonly tagSize?: number;
  readonly curve?: string;
  readonly sha?: string;
  readonly mgfSha?: string;
  readonly sLen?: number;
  /** ML-DSA's is the key itself. */
  readonly publicKey?: Text | string;
}

export interface WycheproofFile {
  readonly numberOfTests: number;
  readonly testGroups: readonly WycheproofGroup[];
}

/** True when the primitive took the input and gave what the test says. */
export type Check = (test: WycheproofTest & Text) => boolean;

/** Undefined when this group is about something that we do not have, with the reason. */
export type Runner = (group: WycheproofGroup, file: string) => Check | string;

const random = repeatable();
const same = (a: Uint8Array | undefined, text: string | undefined): boolean =>
  a !== undefined && Buffer.from(a).toString('hex') === text;
const field = (test: Text, name: string): Uint8Array => hex(test[name] ?? '');

const HASHES: Readonly<Record<string, HashFunction>> = {
  'SHA-256': sha256,
  'SHA-384': sha384,
  'SHA-512': sha512,
};
/** Every implementation of a hash. */
const ALL_HASHES: readonly HashFunction[] = [sha256, sha384, sha512, ...Object.values(kernelHashes)];
const hashesOf = (file: string): readonly HashFunction[] =>
  ALL_HASHES.filter((each) => each.name === `SHA-${file.slice(8, 11)}`);

const AEADS: readonly Aead[] = [
  aes128Gcm,
  aes256Gcm,
  chacha20Poly1305,
  aes128Ccm,
  aes256Ccm,
  aes128Ccm8,
  aes256Ccm8,
  wasm.aes128Gcm,
  wasm.aes256Gcm,
  wasm.chacha20Poly1305,
  kernelCcm.aes128Ccm,
  kernelCcm.aes256Ccm,
  kernelCcm.aes128Ccm8,
  kernelCcm.aes256Ccm8,
];
const AEAD_FAMILY: Readonly<Record<string, RegExp>> = {
  aes_gcm: /GCM/,
  aes_ccm: /CCM/,
  chacha20_poly1305: /ChaCha/,
};

const aead: Runner = (group, file) => {
  const family = AEAD_FAMILY[file];
  if (group.ivSize !== 96) return 'another nonce length';
  const chosen = AEADS.filter(
    (each) =>
      family?.test(each.name) === true &&
      8 * each.keyLength === group.keySize &&
      8 * each.tagLength === group.tagSize,
  );
  if (chosen.length === 0) return 'AES-192, or another tag length';
  return (test) => agreed(chosen.map((each) => opensAndSeals(each, test)));
};

function opensAndSeals(chosen: Aead, test: Text): boolean {
  const [iv, aad, plaintext, sealed] = [
    field(test, 'iv'),
    field(test, 'aad'),
    field(test, 'msg'),
    hex(`${test['ct']}${test['tag']}`),
  ];
  const key = chosen.create(field(test, 'key'));
  const buffer = new Uint8Array(sealed.length + 3);
  buffer.set(sealed, 3);
  if (key.open(iv, aad, buffer, 3, sealed.length) !== plaintext.length) return false;
  if (!same(buffer.subarray(3, 3 + plaintext.length), test['msg'])) return false;
  key.seal(iv, aad, buffer, 3, plaintext.length);
  return same(buffer.subarray(3), `${test['ct']}${test['tag']}`);
}

/** What all implementations of one primitive say, which must be the same. */
function agreed(verdicts: readonly boolean[]): boolean {
  const [first] = verdicts;
  if (first === undefined || verdicts.some((each) => each !== first)) {
    throw new Error(`the providers disagree: ${verdicts.join(', ')}`);
  }
  return first;
}

/** Every implementation of a curve. */
const GROUPS: Readonly<Record<string, readonly KeyExchangeGroup[]>> = {
  secp256r1: [secp256r1, kernelP256],
  secp384r1: [secp384r1, kernelP384],
  secp521r1: [secp521r1],
  curve25519: [x25519, wasmGroups.x25519],
  curve448: [x448],
};
const SCALAR: Readonly<Record<string, number>> = {
  secp256r1: 32,
  secp384r1: 48,
  secp521r1: 66,
  curve25519: 32,
  curve448: 56,
};

const agreement: Runner = (group) => {
  const chosen = GROUPS[group.curve ?? ''];
  const length = SCALAR[group.curve ?? ''];
  if (chosen === undefined || length === undefined) return 'another curve';
  return (test) => {
    // Wycheproof writes NIST scalars as integers, with or without a sign byte.
    const scalar = hex((test['private'] ?? '').padStart(2 * length, '0').slice(-2 * length));
    return agreed(
      chosen.map((each) =>
        same(each.generate(scripted(scalar)).agree(field(test, 'public'))?.reveal(), test['shared']),
      ),
    );
  };
};

const CURVES: Readonly<Record<string, EcCurveName>> = {
  secp256r1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/** ECDSA of the kernels with any hash, as certificates may have it. */
function kernelEcdsa(hash: HashFunction): SignatureAlgorithm {
  const base = signatureAlgorithms().find((each) => each.curve === 'P-256');
  if (base === undefined || p256Kernel.get() === undefined || p384Kernel.get() === undefined)
    throw new Error('a kernel does not run here');
  return ecdsaOverKernel({ ...base, hash });
}

const ecdsa: Runner = (group) => {
  const curve = CURVES[text(group.publicKey)['curve'] ?? ''];
  const hash = HASHES[group.sha ?? ''];
  const point = hex(text(group.publicKey)['uncompressed'] ?? '');
  if (curve === undefined || hash === undefined) return 'another curve or hash';
  const kernel = kernelEcdsa(hash);
  return (test) => {
    const [message, signature] = [field(test, 'msg'), field(test, 'sig')];
    const reference = verifyEcdsa(curve, hash, point, message, signature);
    if (curve === 'P-521') return reference;
    return agreed([reference, kernel.verify({ kind: 'ec', curve, point }, message, signature)]);
  };
};

const text = (key: Text | string | undefined): Text => (typeof key === 'object' ? key : {});

function kernelEd25519(): SignatureAlgorithm {
  const base = signatureAlgorithms().find((each) => each.keyKind === 'ed25519');
  if (base === undefined || ed25519Kernel.get() === undefined) throw new Error('no kernel for Ed25519');
  return ed25519OverKernel(base, sha512);
}

const eddsa: Runner = (group) => {
  const key = hex(text(group.publicKey)['pk'] ?? '');
  if (text(group.publicKey)['curve'] === 'edwards448') {
    return (test) => verifyEd448(key, field(test, 'msg'), field(test, 'sig'));
  }
  const kernel = kernelEd25519();
  return (test) => {
    const [message, signature] = [field(test, 'msg'), field(test, 'sig')];
    return agreed([
      verifyEd25519(key, message, signature),
      kernel.verify({ kind: 'ed25519', key }, message, signature),
    ]);
  };
};

/** The kernel's public operation under a group's key. */
function kernelRsa(group: WycheproofGroup): (signature: Uint8Array) => Uint8Array | undefined {
  const kernel = rsaKernel.get();
  if (kernel === undefined) throw new Error('no kernel for RSA');
  const modulus = hex(text(group.publicKey)['modulus'] ?? '');
  const exponent = hex(text(group.publicKey)['publicExponent'] ?? '');
  return (signature) => kernel.publicPower(modulus, exponent, signature);
}

const pkcs1: Runner = (group) => {
  const hash = HASHES[group.sha ?? ''];
  const key = rsaPublicKey(
    hex(text(group.publicKey)['modulus'] ?? ''),
    hex(text(group.publicKey)['publicExponent'] ?? ''),
  );
  if (hash === undefined || key === undefined) return 'another hash, or a key that our limits refuse';
  const opened = kernelRsa(group);
  return (test) => {
    const [message, em] = [field(test, 'msg'), opened(field(test, 'sig'))];
    return agreed([
      verifyPkcs1(key, hash, message, field(test, 'sig')),
      em !== undefined && isPkcs1Encoding(em, hash, message),
    ]);
  };
};

const pss: Runner = (group) => {
  const hash = HASHES[group.sha ?? ''];
  const key = rsaPublicKey(
    hex(text(group.publicKey)['modulus'] ?? ''),
    hex(text(group.publicKey)['publicExponent'] ?? ''),
  );
  const saltLength = group.sLen ?? -1;
  if (hash === undefined || group.sha !== group.mgfSha) return 'another hash, or another one for MGF1';
  if (key === undefined) return 'a key that our limits refuse';
  const opened = kernelRsa(group);
  return (test) => {
    const [message, em] = [field(test, 'msg'), opened(field(test, 'sig'))];
    return agreed([
      verifyPss(key, hash, saltLength, message, field(test, 'sig')),
      em !== undefined && isPssEncoding(em, key, hash, saltLength, message),
    ]);
  };
};

const mac: Runner = (group, file) => {
  const chosen = hashesOf(file);
  const tagLength = (group.tagSize ?? 0) / 8;
  if (chosen.length === 0) return 'another hash';
  return (test) =>
    agreed(
      chosen.map((hash) =>
        same(hash.hmac(field(test, 'key'), field(test, 'msg')).subarray(0, tagLength), test['tag']),
      ),
    );
};

/** Asking for too much is an error of the caller, so it throws; Wycheproof's `invalid` means just that. */
function refuses(hash: HashFunction, length: number): boolean {
  try {
    hkdfExpand(hash, new Uint8Array(hash.outputLength), new Uint8Array(0), length);
    return true;
  } catch {
    return false;
  }
}

function expands(hash: HashFunction, test: Text): boolean {
  const length = Number(test['size']);
  if (length > 255 * hash.outputLength) return refuses(hash, length);
  const prk = hkdfExtract(hash, field(test, 'salt'), field(test, 'ikm'));
  return same(hkdfExpand(hash, prk, field(test, 'info'), length), test['okm']);
}

const hkdf: Runner = (_group, file) => {
  const chosen = hashesOf(file);
  if (chosen.length === 0) return 'another hash';
  return (test) => agreed(chosen.map((hash) => expands(hash, test)));
};

/** ML-KEM-768 has no face of its own here: it is tested as what TLS uses it for, the first half of the hybrid. */
const X25519_KEY = bytes(32, random);
const X25519_SHARE = x25519.generate(scripted(X25519_KEY)).share;
const join = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.of(...a, ...b);

interface Kem {
  /** Every implementation. */
  readonly groups: readonly KeyExchangeGroup[];
  readonly keyLength: number;
  readonly ciphertextLength: number;
  /** What follows in a share, and the secret it comes from. */
  readonly restOfShare: Uint8Array;
  readonly restOfKey: readonly Uint8Array[];
}

const kemOf = (file: string): Kem =>
  file.startsWith('mlkem_1024')
    ? {
        groups: [mlKem1024, wasmKem.mlKem1024],
        keyLength: 1568,
        ciphertextLength: 1568,
        restOfShare: new Uint8Array(0),
        restOfKey: [],
      }
    : {
        groups: [x25519MlKem768, wasmKem.x25519MlKem768],
        keyLength: 1184,
        ciphertextLength: 1088,
        restOfShare: X25519_SHARE,
        restOfKey: [X25519_KEY],
      };

const decapsulation: Runner = (_group, file) => (test) => {
  const kem = kemOf(file);
  if (field(test, 'seed').length !== 64) return false;
  return agreed(
    kem.groups.map((group) => {
      const client = group.generate(scripted(field(test, 'seed'), ...kem.restOfKey));
      if (test['ek'] !== undefined && !same(client.share.subarray(0, kem.keyLength), test['ek']))
        return false;
      const secret = client.agree(join(field(test, 'c'), kem.restOfShare));
      return same(secret?.reveal().subarray(0, 32), test['K']);
    }),
  );
};

const encapsulation: Runner = (_group, file) => (test) => {
  const kem = kemOf(file);
  const message = field(test, 'm');
  if (message.length !== 32) return false;
  const share = join(field(test, 'ek'), kem.restOfShare);
  // The server's X25519 key is drawn before the message, both of 32 bytes.
  return agreed(
    kem.groups.map((group) => {
      const answer = group.encapsulate(share, scripted(...kem.restOfKey, message));
      return (
        same(answer?.share.subarray(0, kem.ciphertextLength), test['c']) &&
        same(answer?.secret.reveal().subarray(0, 32), test['K'])
      );
    }),
  );
};

const keyGeneration: Runner = (_group, file) => (test) => {
  const kem = kemOf(file);
  return agreed(
    kem.groups.map((group) =>
      same(
        group.generate(scripted(field(test, 'seed'), ...kem.restOfKey)).share.subarray(0, kem.keyLength),
        test['ek'],
      ),
    ),
  );
};

const MLDSA_SETS = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const;

const mldsa: Runner = (group, file) => {
  const set = MLDSA_SETS.find((name) => name.endsWith(file.slice(6, 8)));
  const algorithm = mlDsaAlgorithms.find((one) => one.name === `mldsa${file.slice(6, 8)}`);
  if (set === undefined || algorithm === undefined) return 'another parameter set';
  const key = hex(typeof group.publicKey === 'string' ? group.publicKey : '');
  return (test) => {
    const takes = algorithm.verify({ kind: 'ml-dsa', set, key }, field(test, 'msg'), field(test, 'sig'));
    // TLS has no context: what was signed with one must not pass without it.
    return (test['ctx'] ?? '') === '' ? takes : !takes && test.result === 'valid';
  };
};

export const RUNNERS: Readonly<Record<string, Runner>> = {
  AeadTest: aead,
  EcdhEcpointTest: agreement,
  XdhComp: agreement,
  EcdsaVerify: ecdsa,
  EddsaVerify: eddsa,
  RsassaPkcs1Verify: pkcs1,
  RsassaPssVerify: pss,
  MacTest: mac,
  HkdfTest: hkdf,
  MLKEMTest: decapsulation,
  MLKEMEncapsTest: encapsulation,
  MLKEMKeyGen: keyGeneration,
  MlDsaVerify: mldsa,
};

/**
 * What to do with a test that Wycheproof calls acceptable, by its first flag found here. Every flag that occurs on
 * one is listed: a new one fails the test until somebody decides.
 */
const ACCEPTABLE: readonly (readonly [flag: string, take: boolean, why: string])[] = [
  ['MissingNull', false, 'DigestInfo without NULL: we compare with the one encoding that signers make'],
  ['CompressedPoint', false, 'TLS 1.3 has uncompressed points only (RFC 8446 4.2.8.2)'],
  ['CompressedPublic', false, 'TLS 1.3 has uncompressed points only (RFC 8446 4.2.8.2)'],
  ['ZeroSharedSecret', false, 'the all-zero secret must be refused (RFC 8446 7.4.2)'],
  ['LowOrderPublic', true, 'refused by its result, and this one is not zero'],
  ['NonCanonicalPublic', true, 'reduced as RFC 7748 5 demands'],
  ['Twist', true, 'X25519 and X448 are safe on the twist (RFC 7748 6)'],
];

export function wanted(test: WycheproofTest): boolean {
  if (test.result !== 'acceptable') return test.result === 'valid';
  const decided = ACCEPTABLE.find(([flag]) => test.flags?.includes(flag) === true);
  if (decided === undefined) throw new Error(`undecided: ${test.flags?.join(' ')} (${test.comment ?? ''})`);
  return decided[1];
}
