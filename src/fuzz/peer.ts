/**
 * A TLS peer that does what a script tells it, right or wrong: any message in any order, under any keys, in any
 * framing. It is made of the codec, the record format and the key schedule alone; it shares no line with the state
 * machines that it tests. It does no input or output: bytes go in with `receive` and come out with `takeOutput`.
 *
 *   const peer = ScriptedPeer.server({ provider, random, credential });
 *   peer.play(serverHandshake().without('CertificateVerify'));
 *   const outcome = converse(peer, connection);      // or feed it from a socket
 *   outcome.alert                                    // what the other end thought of it
 */
import type {
  CipherSuite13,
  CryptoProvider,
  KeyShareSecret,
  PrivateKey,
  RandomSource,
} from '../crypto/provider.ts';
import type { Certificate } from '../message/certificate.ts';
import type { ClientHello, ClientHelloFields } from '../message/client-hello.ts';
import type { HelloRetryRequest } from '../message/server-hello.ts';
import { AlertDescription, AlertLevel, ContentType } from '../wire/registry.ts';
import type { CipherSuite, NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import { PeerInput } from './peer-input.ts';
import { PeerOutput, type SendOptions } from './peer-output.ts';
import type { Received, ReceivedAlert } from './received.ts';
import type { RecordOptions } from './record.ts';
import { RecordKeys } from './record-keys.ts';
import type { Script, Step } from './script.ts';
import { type ApplicationSecrets, PeerSecrets, type Role } from './secrets.ts';
import { Agreement12, type PeerSession12 } from './tls12/agreement.ts';
import { Transcript } from './transcript.ts';

/** A certificate chain, leaf first, and the key that signs; they need not belong together. */
export interface PeerCredential {
  readonly chain: readonly { readonly raw: Uint8Array }[];
  readonly privateKey: PrivateKey;
}

export interface PeerOptions {
  readonly provider: CryptoProvider;
  /** Default: the provider's. Give a seeded one to get the same bytes each time. */
  readonly random?: RandomSource;
  /** The certificate to show: needed by a server, and by a client that is asked for one. */
  readonly credential?: PeerCredential;
  /** Client: sent as SNI. */
  readonly serverName?: string;
  /** Client: offered. Server: the one to choose, if any. */
  readonly alpnProtocols?: readonly string[];
  /** Client: offered. Server: acceptable. Default: the provider's, in its order. */
  readonly cipherSuites?: readonly CipherSuite[];
  readonly groups?: readonly NamedGroup[];
  /** Client: groups to send a share for; default: the first of `groups`. */
  readonly keyShares?: readonly NamedGroup[];
  readonly signatureSchemes?: readonly SignatureScheme[];
  /** Bytes of legacy_session_id that a client sends, default 32 (RFC 8446 D.4). */
  readonly sessionIdLength?: number;
  /** TLS 1.2: false neither offers nor takes extended_master_secret. */
  readonly extendedMasterSecret?: boolean;
  /** TLS 1.2: the session that a resumption script offers, or takes up. */
  readonly session12?: PeerSession12;
}

export class ScriptedPeer {
  readonly role: Role;
  readonly options: PeerOptions;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly transcript: Transcript = new Transcript();
  readonly output: PeerOutput = new PeerOutput();
  readonly input: PeerInput = new PeerInput();
  /** Everything received so far, in order, whether the script waited for it or not. */
  readonly received: Received[] = [];

  /** Server: the last ClientHello received. */
  clientHello: ClientHello | undefined;
  /** Client: the last ClientHello sent, as fields. */
  offer: ClientHelloFields | undefined;
  /** Client: the HelloRetryRequest received. */
  retry: HelloRetryRequest | undefined;
  /** A client's private halves, by group. */
  readonly keyShares: Map<NamedGroup, KeyShareSecret> = new Map();
  suite: CipherSuite13 | undefined;
  group: NamedGroup | undefined;
  /** Result of the key agreement; scripts may set it to anything. */
  sharedSecret: Uint8Array | undefined;
  /** The PSK that the handshake takes up, if any; set before the handshake secrets are derived (RFC 8446 7.1). */
  psk: Uint8Array | undefined;
  secrets: PeerSecrets | undefined;
  /** certificate_request_context of the last CertificateRequest received. */
  requestContext: Uint8Array | undefined;
  /** Schemes that the other end accepts, from its hello or CertificateRequest. */
  peerSchemes: readonly SignatureScheme[] = [];
  peerCertificate: Certificate | undefined;
  /** What a handshake of TLS 1.2 has come to. */
  readonly tls12: Agreement12;

  #steps: Step[] = [];

  private constructor(role: Role, options: PeerOptions) {
    this.role = role;
    this.options = options;
    this.provider = options.provider;
    this.random = options.random ?? options.provider.random;
    this.tls12 = new Agreement12(this.provider, this.transcript);
  }

  static client(options: PeerOptions): ScriptedPeer {
    return new ScriptedPeer('client', options);
  }

  static server(options: PeerOptions): ScriptedPeer {
    return new ScriptedPeer('server', options);
  }

  get otherRole(): Role {
    return this.role === 'client' ? 'server' : 'client';
  }

  /** Random bytes from the injected source. */
  draw(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.random(bytes);
    return bytes;
  }

  // The conversation

  /** Adds the script's steps after those that wait, and goes as far as the bytes at hand allow. Throws ScriptFailure. */
  play<Messages>(script: Script<Messages>): void {
    this.#steps.push(...script.steps);
    this.#advance();
  }

  /** Takes bytes from the transport and goes on with the script. Throws {@link ScriptFailure}; then the script is over. */
  receive(bytes: Uint8Array): void {
    this.input.push(bytes);
    this.#advance();
  }

  /** Bytes for the transport, or undefined. */
  takeOutput(): Uint8Array | undefined {
    return this.output.take();
  }

  /** Name of the step that waits for bytes; undefined when the script is done. */
  get waitingFor(): string | undefined {
    return this.#steps[0]?.name;
  }

  #advance(): void {
    for (let first = this.#steps[0]; first !== undefined; first = this.#steps[0]) {
      let done = false;
      try {
        done = first.run(this);
      } catch (error) {
        this.#steps = [];
        throw error;
      }
      if (!done) return;
      this.#steps.shift();
    }
  }

  /** The next thing received, taken out of the queue. Throws TLSError when it is a message that cannot be decoded. */
  next(): Received | undefined {
    const item = this.input.next();
    if (item !== undefined) this.received.push(item);
    return item;
  }

  /** Takes all that is left in the queue; see `received`. */
  drain(): Received[] {
    const rest: Received[] = [];
    for (let item = this.next(); item !== undefined; item = this.next()) rest.push(item);
    return rest;
  }

  /** The first alert received so far that is not close_notify, else the first. */
  get alert(): ReceivedAlert | undefined {
    const alerts = this.received.flatMap((item) => (item.kind === 'alert' ? [item] : []));
    return alerts.find((alert) => alert.description !== AlertDescription.close_notify) ?? alerts[0];
  }

  // Sending

  /** A whole handshake message, header included; it enters the transcript unless `unhashed`. */
  sendHandshake(raw: Uint8Array, options: SendOptions = {}): void {
    if (options.unhashed !== true) this.transcript.add(raw);
    this.output.send(ContentType.handshake, raw, options, this);
  }

  /** Content of any type. */
  send(type: number, content: Uint8Array, options: SendOptions = {}): void {
    this.output.send(type, content, options, this);
  }

  sendApplicationData(data: Uint8Array, options: SendOptions = {}): void {
    this.send(ContentType.application_data, data, options);
  }

  sendAlert(description: number, level: number = AlertLevel.fatal, options: SendOptions = {}): void {
    this.send(ContentType.alert, Uint8Array.of(level, description), options);
  }

  /** In the clear, as RFC 8446 D.4 has it, unless keys are given. */
  sendChangeCipherSpec(content: Uint8Array = Uint8Array.of(1), options: SendOptions = {}): void {
    this.send(ContentType.change_cipher_spec, content, { keys: 'plaintext', ...options });
  }

  /** Exactly one record, whatever its length. */
  sendRecord(type: number, content: Uint8Array, record: RecordOptions = {}): void {
    this.send(type, content, { record, split: [] });
  }

  /** Bytes as they are. */
  sendBytes(bytes: Uint8Array): void {
    this.output.raw(bytes);
  }

  // Keys

  /** Derives the handshake secrets from the transcript as it is now, and writes under them from now on. */
  useHandshakeKeys(): void {
    const { suite, secrets } = this.handshakeSecrets();
    this.output.keys = new RecordKeys('handshake', suite, secrets.handshake[this.role]);
    this.input.keys.push(new RecordKeys('handshake', suite, secrets.handshake[this.otherRole]));
  }

  /** Computed at the first call; without an agreed suite or secret, from the first suite and zeros. */
  handshakeSecrets(): { readonly suite: CipherSuite13; readonly secrets: PeerSecrets } {
    const suite = this.suite ?? this.provider.cipherSuites13[0];
    if (suite === undefined) throw new RangeError('the provider has no cipher suite');
    const shared = this.sharedSecret ?? new Uint8Array(32);
    const hash = this.transcript.digest(suite.hash);
    this.secrets ??= new PeerSecrets(suite, shared, hash, this.psk);
    return { suite, secrets: this.secrets };
  }

  /** Derived at the first call, from the transcript as it is then; should be called right after the server's Finished. */
  applicationSecrets(): ApplicationSecrets {
    const { suite, secrets } = this.handshakeSecrets();
    const known = secrets.application;
    if (known !== undefined) return known;
    const application = secrets.deriveApplication(this.transcript.digest(suite.hash));
    this.input.keys.push(new RecordKeys('application', suite, application[this.otherRole]));
    return application;
  }

  /** Writes under the first application keys from now on. */
  useApplicationKeys(): void {
    const application = this.applicationSecrets();
    const { suite } = this.handshakeSecrets();
    this.output.keys = new RecordKeys('application', suite, application[this.role]);
  }

  /** verify_data for a Finished of `role` (default: our own) over the transcript as it is now. */
  finishedData(role: Role = this.role): Uint8Array {
    const { suite, secrets } = this.handshakeSecrets();
    return secrets.finished(role, this.transcript.digest(suite.hash));
  }

  /** Messages and records received are TLS 1.2's from now on; its scripts begin with this. */
  speakTls12(): void {
    this.input.tls12 = () => this.tls12.keys[this.otherRole];
  }

  /** TLS 1.2: writes under our keys of the key block from now on. */
  useWriteKeys12(): void {
    this.output.keys = this.tls12.keys[this.role];
  }
}
