/** The reference provider: audited primitives of the noble packages, RSA our own. Works in every JavaScript engine. */
import { CipherSuite } from '../../wire/registry-crypto.ts';
import type {
  Aead,
  CipherSuite12,
  CipherSuite13,
  CryptoProvider,
  HashFunction,
  RandomSource,
} from '../provider.ts';
import { systemRandom } from '../random.ts';
import { DEFAULT_RSA_LIMITS, type RsaLimits } from '../rsa/key.ts';
import { aes128Ccm, aes128Ccm8, aes256Ccm, aes256Ccm8 } from './aes-ccm.ts';
import { aes128Gcm, aes256Gcm } from './aes-gcm.ts';
import { chacha20Poly1305 } from './chacha20-poly1305.ts';
import { secp256r1, secp384r1, secp521r1, x448, x25519 } from './groups.ts';
import { sha256, sha384, sha512 } from './hash.ts';
import { x25519MlKem768 } from './hybrid.ts';
import { mlDsaAlgorithms } from './ml-dsa.ts';
import { mlKem1024 } from './ml-kem.ts';
import { signatureAlgorithms } from './signatures.ts';

function suite(name: keyof typeof CipherSuite, aead: Aead, hash: HashFunction): CipherSuite13 {
  return { version: 'tls13', code: CipherSuite[name], name, aead, hash };
}

/** The certificate's kind and the nonce's form follow from name and AEAD. */
function suite12(name: keyof typeof CipherSuite, aead: Aead, hash: HashFunction): CipherSuite12 {
  const authentication = name.includes('_PSK_') ? 'psk' : name.includes('_RSA_') ? 'rsa' : 'ecdsa';
  const nonce = aead.name === 'ChaCha20-Poly1305' ? 'xor' : 'explicit';
  return { version: 'tls12', code: CipherSuite[name], name, aead, hash, authentication, nonce };
}

/**
 * A provider over noble.
 *
 * `random` fills key shares, nonces, salts and blinding; by default the platform's source, looked up at each call.
 * `rsaLimits` bounds RSA moduli in bits, by default 2048..8192; a lower minimum is for old vectors only.
 */
export function nobleProvider(
  random: RandomSource = systemRandom(),
  rsaLimits: RsaLimits = DEFAULT_RSA_LIMITS,
): CryptoProvider {
  return {
    name: 'noble',
    cipherSuites13: [
      // ChaCha20 first: noble's AES reads tables at secret indices.
      suite('TLS_CHACHA20_POLY1305_SHA256', chacha20Poly1305, sha256),
      suite('TLS_AES_128_GCM_SHA256', aes128Gcm, sha256),
      suite('TLS_AES_256_GCM_SHA384', aes256Gcm, sha384),
    ],
    cipherSuites12: [
      suite12('TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', chacha20Poly1305, sha256),
      suite12('TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', chacha20Poly1305, sha256),
      suite12('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', aes128Gcm, sha256),
      suite12('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', aes128Gcm, sha256),
      suite12('TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', aes256Gcm, sha384),
      suite12('TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', aes256Gcm, sha384),
    ],
    // Small devices know these. Half a tag is easier to forge, so CCM_8 comes last.
    optionalCipherSuites13: [
      suite('TLS_AES_128_CCM_SHA256', aes128Ccm, sha256),
      suite('TLS_AES_128_CCM_8_SHA256', aes128Ccm8, sha256),
    ],
    optionalCipherSuites12: [
      suite12('TLS_ECDHE_ECDSA_WITH_AES_128_CCM', aes128Ccm, sha256),
      suite12('TLS_ECDHE_ECDSA_WITH_AES_256_CCM', aes256Ccm, sha256),
      suite12('TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', aes128Ccm8, sha256),
      suite12('TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256', chacha20Poly1305, sha256),
      suite12('TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8', aes256Ccm8, sha256),
    ],
    groups: [x25519MlKem768, x25519, secp256r1, secp384r1, secp521r1, x448],
    optionalGroups: [mlKem1024],
    signatureAlgorithms: signatureAlgorithms(rsaLimits),
    optionalSignatureAlgorithms: mlDsaAlgorithms,
    hashes: [sha256, sha384, sha512],
    random,
  };
}
