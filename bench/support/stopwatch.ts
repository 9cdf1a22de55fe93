/**
 * A provider whose primitives are timed: what a handshake takes beyond them is the library's own work. Nested calls
 * count once.
 */
import type {
  Aead,
  CipherSuite13,
  CryptoProvider,
  HashFunction,
  HashState,
  KeyExchangeGroup,
  SignatureAlgorithm,
} from '../../src/crypto/provider.ts';

export class Stopwatch {
  #spent = 0;
  #depth = 0;

  /** Milliseconds inside primitives since the last call. */
  take(): number {
    const spent = this.#spent;
    this.#spent = 0;
    return spent;
  }

  time<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#depth = 1;
    const start = performance.now();
    try {
      return work();
    } finally {
      this.#spent += performance.now() - start;
      this.#depth = 0;
    }
  }

  #state(state: HashState): HashState {
    const wrapped: HashState = {
      update: (data) => {
        this.time(() => state.update(data));
        return wrapped;
      },
      digest: () => this.time(() => state.digest()),
      clone: () => this.#state(this.time(() => state.clone())),
    };
    return wrapped;
  }

  #hash(hash: HashFunction): HashFunction {
    return {
      ...hash,
      create: () => this.#state(this.time(() => hash.create())),
      digest: (data) => this.time(() => hash.digest(data)),
      hmac: (key, ...data) => this.time(() => hash.hmac(key, ...data)),
    };
  }

  #aead(aead: Aead): Aead {
    return {
      ...aead,
      create: (bytes) => {
        const key = this.time(() => aead.create(bytes));
        return {
          seal: (...args) => this.time(() => key.seal(...args)),
          open: (...args) => this.time(() => key.open(...args)),
          wipe: () => this.time(() => key.wipe()),
        };
      },
    };
  }

  #group(group: KeyExchangeGroup): KeyExchangeGroup {
    return {
      ...group,
      generate: (random) => {
        const secret = this.time(() => group.generate(random));
        return {
          share: secret.share,
          agree: (peer) => this.time(() => secret.agree(peer)),
          wipe: () => this.time(() => secret.wipe()),
        };
      },
      encapsulate: (peer, random) => this.time(() => group.encapsulate(peer, random)),
    };
  }

  #scheme(scheme: SignatureAlgorithm): SignatureAlgorithm {
    return {
      ...scheme,
      fits: (key) => scheme.fits(key),
      verify: (...args) => this.time(() => scheme.verify(...args)),
      sign: (...args) => this.time(() => scheme.sign(...args)),
    };
  }

  wrap(provider: CryptoProvider): CryptoProvider {
    const hashes = new Map(provider.hashes.map((hash) => [hash.name, this.#hash(hash)]));
    const hashOf = (hash: HashFunction): HashFunction => hashes.get(hash.name) ?? this.#hash(hash);
    const suite = (each: CipherSuite13): CipherSuite13 => ({
      ...each,
      aead: this.#aead(each.aead),
      hash: hashOf(each.hash),
    });
    return {
      ...provider,
      cipherSuites13: provider.cipherSuites13.map(suite),
      groups: provider.groups.map((group) => this.#group(group)),
      signatureAlgorithms: provider.signatureAlgorithms.map((scheme) => this.#scheme(scheme)),
      hashes: [...hashes.values()],
      random: (out) => this.time(() => provider.random(out)),
    };
  }
}
