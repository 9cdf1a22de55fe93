/**
 * A provider whose primitives do nothing and agree with themselves: signatures always hold, every hash and secret is the
 * same, nothing is encrypted. A handshake with it is the library's own work and nothing else. For measuring only.
 */
import { Secret } from '../../src/bytes/secret.ts';
import type {
  Aead,
  CryptoProvider,
  HashFunction,
  HashState,
  KeyExchangeGroup,
} from '../../src/crypto/provider.ts';

function idleHash(hash: HashFunction): HashFunction {
  const digest = (): Uint8Array => new Uint8Array(hash.outputLength).fill(1);
  const state: HashState = { update: () => state, digest, clone: () => state };
  return { ...hash, create: () => state, digest, hmac: digest };
}

function idleAead(aead: Aead): Aead {
  return {
    ...aead,
    create: () => ({
      seal: () => undefined,
      open: (_nonce, _aad, _buffer, _offset, length) => length - aead.tagLength,
      wipe: () => undefined,
    }),
  };
}

function idleGroup(group: KeyExchangeGroup): KeyExchangeGroup {
  const secret = (): Secret => new Secret(new Uint8Array(32).fill(2));
  return {
    ...group,
    generate: () => ({
      share: new Uint8Array(group.clientShareLength).fill(4),
      agree: secret,
      wipe: () => undefined,
    }),
    encapsulate: () => ({ share: new Uint8Array(group.serverShareLength).fill(4), secret: secret() }),
  };
}

export function idleProvider(provider: CryptoProvider): CryptoProvider {
  return {
    ...provider,
    cipherSuites13: provider.cipherSuites13.map((suite) => ({
      ...suite,
      aead: idleAead(suite.aead),
      hash: idleHash(suite.hash),
    })),
    groups: provider.groups.map(idleGroup),
    signatureAlgorithms: provider.signatureAlgorithms.map((scheme) => ({
      ...scheme,
      fits: (key) => scheme.fits(key),
      verify: () => true,
      sign: () => new Uint8Array(64).fill(5),
    })),
    hashes: provider.hashes.map(idleHash),
    random: (out) => void out.fill(6),
  };
}
