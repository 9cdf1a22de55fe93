/**
 * The crypto provider: a record of ordered values. A suite, group or scheme value carries its own implementation
 * and limits; nothing above this file switches on a name. Every call is synchronous.
 */
import type { Secret } from '../bytes/secret.ts';
import type { CipherSuite, NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';

/** Fills `out` with cryptographically secure random bytes. Throws when no source is available. */
export type RandomSource = (out: Uint8Array) => void;

/** A running hash. `digest` may be called repeatedly and does not end the computation. */
export interface HashState {
  update(data: Uint8Array): this;
  digest(): Uint8Array;
  clone(): HashState;
}

export interface HashFunction {
  readonly name: 'SHA-256' | 'SHA-384' | 'SHA-512';
  /** Bytes of output. */
  readonly outputLength: number;
  /** Bytes of an input block, as HMAC needs it. */
  readonly blockLength: number;
  create(): HashState;
  digest(data: Uint8Array): Uint8Array;
  hmac(key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array;
  /**
   * HKDF-Expand (RFC 5869 2.3) in one go, for a provider that can do it faster than by `hmac`: `length` bytes, which are
   * 255 outputs at most, or undefined where it leaves this call to `hmac`.
   */
  readonly expand?: (key: Uint8Array, info: Uint8Array, length: number) => Uint8Array | undefined;
  /** P_hash (RFC 5246 5) likewise; any `length`. */
  readonly pHash?: (key: Uint8Array, seed: Uint8Array, length: number) => Uint8Array | undefined;
}

/** One direction's AEAD key, expanded once. Buffers are the caller's; no call allocates a record. */
export interface AeadKey {
  /**
   * Encrypts `length` bytes at `buffer[offset]` in place and writes the tag right after them.
   * `buffer` must have room for `length + tagLength` bytes from `offset`.
   */
  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void;
  /**
   * Checks and decrypts in place the `length` bytes (ciphertext and tag) at `buffer[offset]`.
   * Returns the plaintext's length, or -1 when the tag does not match; then what was written is wiped.
   */
  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): number;
  /**
   * Optional, for keys that work in memory of their own: seals `text[from..to]`, and behind it the byte `last` unless
   * that is -1, into `out` at `at`, where there must be room for the tag too. Saves a copy; `text` only is read.
   */
  readonly sealTo?: (
    nonce: Uint8Array,
    aad: Uint8Array,
    text: Uint8Array,
    from: number,
    to: number,
    last: number,
    out: Uint8Array,
    at: number,
  ) => void;
  /**
   * Optional, as {@link sealTo} is: opens the `length` bytes at `sealed[offset]`, which stay as they are, into `out` at
   * `at`, where there must be room for `length` bytes. Returns as {@link open} does; then nothing was written.
   */
  readonly openTo?: (
    nonce: Uint8Array,
    aad: Uint8Array,
    sealed: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    at: number,
  ) => number;
  wipe(): void;
}

export interface Aead {
  readonly name:
    | 'AES-128-GCM'
    | 'AES-256-GCM'
    | 'ChaCha20-Poly1305'
    | 'AES-128-CCM'
    | 'AES-256-CCM'
    | 'AES-128-CCM-8'
    | 'AES-256-CCM-8';
  readonly keyLength: number;
  readonly nonceLength: number;
  readonly tagLength: number;
  /** Records that may be sealed under one key (RFC 8446 5.5); `Infinity` where the sequence number ends first. */
  readonly confidentialityLimit: number;
  /** Failed decryptions after which a key must not be used any more. */
  readonly integrityLimit: number;
  /** `key` is copied or expanded; the caller keeps and wipes its own bytes. */
  create(key: Uint8Array): AeadKey;
}

/** A TLS 1.3 cipher suite (RFC 8446 B.4): an AEAD and a hash. */
export interface CipherSuite13 {
  readonly version: 'tls13';
  readonly code: CipherSuite;
  /** IANA name. */
  readonly name: string;
  readonly aead: Aead;
  readonly hash: HashFunction;
}

/** A TLS 1.2 AEAD cipher suite with ephemeral key exchange (RFC 5288, RFC 5289, RFC 7905, RFC 6655, RFC 7251). */
export interface CipherSuite12 {
  readonly version: 'tls12';
  readonly code: CipherSuite;
  /** IANA name. */
  readonly name: string;
  readonly aead: Aead;
  /** Of the PRF and of the transcript. */
  readonly hash: HashFunction;
  /**
   * The kind of certificate key that signs ServerKeyExchange, where Ed25519 and Ed448 count as `ecdsa` (RFC 8422 5.10);
   * or no certificate, but a key that both ends have beforehand (RFC 5489).
   */
  readonly authentication: 'ecdsa' | 'rsa' | 'psk';
  /**
   * `explicit`: a 4-byte salt and 8 bytes in each record (RFC 5288 3, RFC 6655 3); `xor`: 12 bytes XORed with
   * the sequence number, none in the record (RFC 7905 2).
   */
  readonly nonce: 'explicit' | 'xor';
}

/** The client's half-finished key agreement. */
export interface KeyShareSecret {
  /** `key_exchange` bytes to send (RFC 8446 4.2.8). */
  readonly share: Uint8Array;
  /** Finishes with the peer's `key_exchange`; undefined when the peer's share is malformed, off the curve, of low order or gives zero. */
  agree(peerShare: Uint8Array): Secret | undefined;
  wipe(): void;
}

/** KEM-shaped key agreement, so that hybrids are ordinary. */
export interface KeyExchangeGroup {
  readonly code: NamedGroup;
  readonly name: string;
  /** Exact `key_exchange` length a client sends, in bytes. */
  readonly clientShareLength: number;
  readonly serverShareLength: number;
  /** True when the group resists a quantum computer. */
  readonly postQuantum: boolean;
  /** Draws the private key first, in one call of its own length (ML-KEM: the seed), so that published traces replay. */
  generate(random: RandomSource): KeyShareSecret;
  /** The server's side: answers a client's share; undefined when that share is invalid (see {@link KeyShareSecret.agree}). */
  encapsulate(
    peerShare: Uint8Array,
    random: RandomSource,
  ): { readonly share: Uint8Array; readonly secret: Secret } | undefined;
}

export type EcCurveName = 'P-256' | 'P-384' | 'P-521';
export type MlDsaName = 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87';
export type HashName = HashFunction['name'];

/** RSASSA-PSS-params (RFC 4055) as a key or signature algorithm carries them. */
export interface PssParameters {
  readonly hash: HashName;
  readonly saltLength: number;
}

export type PublicKey =
  | { readonly kind: 'rsa'; readonly modulus: Uint8Array; readonly exponent: Uint8Array }
  | {
      readonly kind: 'rsa-pss';
      readonly modulus: Uint8Array;
      readonly exponent: Uint8Array;
      readonly parameters: PssParameters | undefined;
    }
  | { readonly kind: 'ec'; readonly curve: EcCurveName; readonly point: Uint8Array }
  | { readonly kind: 'ed25519'; readonly key: Uint8Array }
  | { readonly kind: 'ed448'; readonly key: Uint8Array }
  | { readonly kind: 'ml-dsa'; readonly set: MlDsaName; readonly key: Uint8Array }
  | { readonly kind: 'unknown'; readonly algorithmOid: string };

/** Big-endian integers without sign byte. */
export interface RsaPrivateNumbers {
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
  readonly privateExponent: Secret;
  readonly prime1: Secret;
  readonly prime2: Secret;
  readonly exponent1: Secret;
  readonly exponent2: Secret;
  readonly coefficient: Secret;
}

export type PrivateKey =
  | { readonly kind: 'rsa'; readonly numbers: RsaPrivateNumbers }
  | {
      readonly kind: 'rsa-pss';
      readonly numbers: RsaPrivateNumbers;
      readonly parameters: PssParameters | undefined;
    }
  | { readonly kind: 'ec'; readonly curve: EcCurveName; readonly scalar: Secret; readonly point: Uint8Array }
  | { readonly kind: 'ed25519'; readonly seed: Secret; readonly publicKey: Uint8Array }
  | { readonly kind: 'ed448'; readonly seed: Secret; readonly publicKey: Uint8Array }
  | {
      readonly kind: 'ml-dsa';
      readonly set: MlDsaName;
      readonly seed: Secret;
      /** What the seed comes to, kept so that a signature need not begin with it. */
      readonly expanded: Secret;
      readonly publicKey: Uint8Array;
    };

/** A TLS SignatureScheme (RFC 8446 4.2.3) with its implementation. */
export interface SignatureAlgorithm {
  readonly code: SignatureScheme;
  /** RFC name, e.g. `ecdsa_secp256r1_sha256`. */
  readonly name: string;
  readonly keyKind: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448' | 'ml-dsa';
  /** The curve that TLS 1.3 ties to the scheme; undefined for other kinds. */
  readonly curve: EcCurveName | undefined;
  readonly hash: HashFunction | undefined;
  readonly padding: 'pkcs1' | 'pss' | undefined;
  /** False for PKCS#1 v1.5: legal in certificates, never in a TLS 1.3 CertificateVerify (RFC 8446 4.2.3). */
  readonly handshake13: boolean;
  /** Whether this key may sign under this scheme in TLS 1.3 (kind, curve, PSS parameters, modulus large enough). */
  fits(key: PublicKey | PrivateKey): boolean;
  /**
   * Total: false for any malformed key or signature. For `ec` the key may be on any curve, as X.509 and TLS 1.2 allow:
   * a TLS 1.3 handshake asks `fits` first.
   */
  verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean;
  /** Throws TLSError `internal_error` when the key is of another kind or the check of an RSA result fails. */
  sign(key: PrivateKey, message: Uint8Array, random: RandomSource): Uint8Array;
}

export interface CryptoProvider {
  readonly name: string;
  /** In order of preference. */
  readonly cipherSuites13: readonly CipherSuite13[];
  /** Empty where TLS 1.2 is not wanted. */
  readonly cipherSuites12: readonly CipherSuite12[];
  /** Off unless asked for by code. */
  readonly optionalCipherSuites13: readonly CipherSuite13[];
  /** Off unless asked for by code. */
  readonly optionalCipherSuites12: readonly CipherSuite12[];
  readonly groups: readonly KeyExchangeGroup[];
  /** Off unless asked for by code. */
  readonly optionalGroups: readonly KeyExchangeGroup[];
  readonly signatureAlgorithms: readonly SignatureAlgorithm[];
  /** Off unless asked for by code. */
  readonly optionalSignatureAlgorithms: readonly SignatureAlgorithm[];
  readonly hashes: readonly HashFunction[];
  /**
   * Who computes the AEAD, hash, group or signature scheme of this name in this process, where a provider is made of
   * several; by default it does so itself, under its own name.
   */
  readonly servedBy?: (name: string) => string;
  readonly random: RandomSource;
}
