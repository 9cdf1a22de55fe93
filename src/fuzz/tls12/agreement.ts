/** What a scripted peer knows of a handshake of TLS 1.2; every field may be set to something wrong. */
import { concatBytes } from '../../bytes/bytes.ts';
import { Secret } from '../../bytes/secret.ts';
import type {
  CipherSuite12,
  CryptoProvider,
  KeyExchangeGroup,
  KeyShareSecret,
} from '../../crypto/provider.ts';
import {
  extendedMasterSecret,
  finishedVerifyData12,
  keyBlock,
  masterSecret,
} from '../../key-schedule/tls12.ts';
import type { Certificate12 } from '../../message/tls12/certificate.ts';
import type { CertificateRequest12 } from '../../message/tls12/certificate-request.ts';
import type { CipherSuite } from '../../wire/registry-crypto.ts';
import type { Role } from '../secrets.ts';
import type { Transcript } from '../transcript.ts';
import { RecordKeys12 } from './record-keys.ts';

const NONE: Uint8Array = new Uint8Array(0);
const ZEROS: Uint8Array = new Uint8Array(32);

/** A session that a peer offers, or takes up. In clear, since it is a test's. */
export interface PeerSession12 {
  readonly cipherSuite: CipherSuite;
  readonly masterSecret: Uint8Array;
  /** Empty when there is a ticket. */
  readonly sessionId: Uint8Array;
  readonly ticket: Uint8Array;
}

export class Agreement12 {
  suite: CipherSuite12 | undefined;
  clientRandom: Uint8Array = ZEROS;
  serverRandom: Uint8Array = ZEROS;
  /** Both ends have said extended_master_secret. */
  extendedMasterSecret = false;
  /** Of ServerHello. */
  sessionId: Uint8Array = NONE;
  /** Of NewSessionTicket. */
  ticket: Uint8Array = NONE;
  group: KeyExchangeGroup | undefined;
  /** A server's private half. */
  share: KeyShareSecret | undefined;
  /** The server's share, as a client has received it. */
  serverPublic: Uint8Array = NONE;
  peerCertificate: Certificate12 | undefined;
  request: CertificateRequest12 | undefined;
  /** Result of the key agreement; 32 zeros where there was none. */
  premaster: Uint8Array | undefined;
  /** Set when a session is taken up, or by {@link deriveMaster}. */
  master: Uint8Array | undefined;

  readonly #provider: CryptoProvider;
  readonly #transcript: Transcript;
  #keys: { readonly client: RecordKeys12; readonly server: RecordKeys12 } | undefined;

  constructor(provider: CryptoProvider, transcript: Transcript) {
    this.#provider = provider;
    this.#transcript = transcript;
  }

  /** The suite agreed on, else the provider's first. */
  get usedSuite(): CipherSuite12 {
    const suite = this.suite ?? this.#provider.cipherSuites12[0];
    if (suite === undefined) throw new RangeError('the provider has no cipher suite of TLS 1.2');
    return suite;
  }

  takeSuite(code: CipherSuite): void {
    const { cipherSuites12, optionalCipherSuites12 } = this.#provider;
    const found = [...cipherSuites12, ...optionalCipherSuites12].find((suite) => suite.code === code);
    this.suite = found ?? this.suite;
  }

  /** At the first call, from the transcript as it is then: it should end with ClientKeyExchange (RFC 7627 4). */
  deriveMaster(): Uint8Array {
    if (this.master !== undefined) return this.master;
    const { hash } = this.usedSuite;
    const premaster = new Secret(Uint8Array.from(this.premaster ?? ZEROS));
    const secret = this.extendedMasterSecret
      ? extendedMasterSecret(hash, premaster, this.#transcript.digest(hash))
      : masterSecret(hash, premaster, this.clientRandom, this.serverRandom);
    this.master = Uint8Array.from(secret.reveal());
    return this.master;
  }

  /** The record keys of both directions, made at the first call. */
  get keys(): { readonly client: RecordKeys12; readonly server: RecordKeys12 } {
    if (this.#keys !== undefined) return this.#keys;
    const suite = this.usedSuite;
    const block = keyBlock(
      suite,
      new Secret(this.deriveMaster().slice()),
      this.clientRandom,
      this.serverRandom,
    );
    this.#keys = {
      client: new RecordKeys12(suite, block.clientWriteKey, block.clientWriteIv),
      server: new RecordKeys12(suite, block.serverWriteKey, block.serverWriteIv),
    };
    return this.#keys;
  }

  /** verify_data of a Finished by `role` over the transcript as it is now (RFC 5246 7.4.9). */
  finishedData(role: Role): Uint8Array {
    const { hash } = this.usedSuite;
    const master = new Secret(this.deriveMaster().slice());
    return finishedVerifyData12(hash, master, role, this.#transcript.digest(hash));
  }

  /** All handshake messages so far, as CertificateVerify signs them (RFC 5246 7.4.8). */
  get handshakeMessages(): Uint8Array {
    return concatBytes(...this.#transcript.messages);
  }

  /** What a later connection may take up. */
  get session(): PeerSession12 {
    return {
      cipherSuite: this.usedSuite.code,
      masterSecret: this.deriveMaster(),
      sessionId: this.ticket.length > 0 ? NONE : this.sessionId,
      ticket: this.ticket,
    };
  }
}
