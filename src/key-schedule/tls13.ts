/**
 * The key schedule of TLS 1.3 (RFC 8446 7.1), one class per stage. Moving on consumes a stage and wipes its secret, so
 * nothing can be derived from a stage that is over.
 *
 *     PSK or 0 -> Early -> "derived" -> (EC)DHE -> Handshake -> "derived" -> 0 -> Main
 */
import { EMPTY } from '../bytes/bytes.ts';
import { Secret } from '../bytes/secret.ts';
import { deriveSecret, emptyHash, hkdfExpandLabel, hkdfExtract, type KeyBytes } from '../crypto/hkdf.ts';
import type { HashFunction } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';

/** A stage's secret with the hash it is used with. */
class StageSecret {
  readonly #hash: HashFunction;
  readonly #secret: Secret;

  constructor(hash: HashFunction, secret: Uint8Array) {
    this.#hash = hash;
    this.#secret = new Secret(secret);
  }

  derive(label: string, transcriptHash: Uint8Array): Secret {
    return deriveSecret(this.#hash, this.#live(), label, transcriptHash);
  }

  /** Extracts the next stage's secret from `ikm` and wipes this one. */
  advance(ikm: KeyBytes): StageSecret {
    const salt = deriveSecret(this.#hash, this.#live(), 'derived', emptyHash(this.#hash));
    this.wipe();
    const next = new StageSecret(this.#hash, hkdfExtract(this.#hash, salt, ikm));
    salt.wipe();
    return next;
  }

  get hash(): HashFunction {
    return this.#hash;
  }

  wipe(): void {
    this.#secret.wipe();
  }

  #live(): Secret {
    if (this.#secret.wiped) throw new TLSError('internal_error', 'this stage of the key schedule is over');
    return this.#secret;
  }
}

export class EarlySchedule {
  readonly #stage: StageSecret;

  private constructor(stage: StageSecret) {
    this.#stage = stage;
  }

  /** `psk` stays the caller's; without one the input is `hash.outputLength` zeros. */
  static start(hash: HashFunction, psk?: Secret): EarlySchedule {
    const ikm = psk ?? new Uint8Array(hash.outputLength);
    return new EarlySchedule(new StageSecret(hash, hkdfExtract(hash, EMPTY, ikm)));
  }

  /** `ext` for an external PSK, `imp` for an imported one (RFC 9258 5.2), `res` for one from a ticket: none can pass for another. */
  binderKey(kind: 'ext' | 'imp' | 'res'): Secret {
    return this.#stage.derive(`${kind} binder`, emptyHash(this.#stage.hash));
  }

  /** Over ClientHello. */
  clientEarlyTrafficSecret(transcriptHash: Uint8Array): Secret {
    return this.#stage.derive('c e traffic', transcriptHash);
  }

  /** Over ClientHello. */
  earlyExporterMasterSecret(transcriptHash: Uint8Array): Secret {
    return this.#stage.derive('e exp master', transcriptHash);
  }

  /** Takes the (EC)DHE secret, or nothing for PSK-only key exchange. Ends this stage; `sharedSecret` stays the caller's to wipe. */
  toHandshake(sharedSecret?: KeyBytes): HandshakeSchedule {
    const ikm = sharedSecret ?? new Uint8Array(this.#stage.hash.outputLength);
    return new HandshakeSchedule(this.#stage.advance(ikm));
  }

  wipe(): void {
    this.#stage.wipe();
  }
}

export class HandshakeSchedule {
  readonly #stage: StageSecret;

  constructor(stage: StageSecret) {
    this.#stage = stage;
  }

  /** Over ClientHello..ServerHello. */
  clientHandshakeTrafficSecret(transcriptHash: Uint8Array): Secret {
    return this.#stage.derive('c hs traffic', transcriptHash);
  }

  /** Over ClientHello..ServerHello. */
  serverHandshakeTrafficSecret(transcriptHash: Uint8Array): Secret {
    return this.#stage.derive('s hs traffic', transcriptHash);
  }

  /** Ends this stage. */
  toMain(): MainSchedule {
    return new MainSchedule(this.#stage.advance(new Uint8Array(this.#stage.hash.outputLength)));
  }

  wipe(): void {
    this.#stage.wipe();
  }
}

export class MainSchedule {
  readonly #stage: StageSecret;

  constructor(stage: StageSecret) {
    this.#stage = stage;
  }

  /** Over ClientHello..server Finished. */
  clientApplicationTrafficSecret0(transcriptHash: Uint8Array): Secret {
    return this.#stage.derive('c ap traffic', transcriptHash);
  }

  /** Over ClientHello..server Finished. */
  serverApplicationTrafficSecret0(transcriptHash: Uint8Array): Secret {
    return this.#stage.derive('s ap traffic', transcriptHash);
  }

  /** Over ClientHello..server Finished. */
  exporterMasterSecret(transcriptHash: Uint8Array): Secret {
    return this.#stage.derive('exp master', transcriptHash);
  }

  /** Over ClientHello..client Finished. */
  resumptionMasterSecret(transcriptHash: Uint8Array): Secret {
    return this.#stage.derive('res master', transcriptHash);
  }

  wipe(): void {
    this.#stage.wipe();
  }
}

/** finished_key of a traffic secret or binder key (RFC 8446 4.4.4). */
export function finishedKey(hash: HashFunction, baseKey: Secret): Secret {
  return new Secret(hkdfExpandLabel(hash, baseKey, 'finished', EMPTY, hash.outputLength));
}

/** The verify_data of a Finished message or a PSK binder (RFC 8446 4.4.4, 4.2.11.2). */
export function verifyData(hash: HashFunction, baseKey: Secret, transcriptHash: Uint8Array): Uint8Array {
  const key = finishedKey(hash, baseKey);
  const data = hash.hmac(key.reveal(), transcriptHash);
  key.wipe();
  return data;
}

/** The traffic secret after a KeyUpdate (RFC 8446 7.2). `current` stays the caller's to wipe. */
export function nextTrafficSecret(hash: HashFunction, current: Secret): Secret {
  return new Secret(hkdfExpandLabel(hash, current, 'traffic upd', EMPTY, hash.outputLength));
}

/** The PSK that goes with a ticket (RFC 8446 4.6.1). `nonce` is the ticket's ticket_nonce, up to 255 bytes. */
export function resumptionPsk(hash: HashFunction, resumptionMasterSecret: Secret, nonce: Uint8Array): Secret {
  return new Secret(hkdfExpandLabel(hash, resumptionMasterSecret, 'resumption', nonce, hash.outputLength));
}
