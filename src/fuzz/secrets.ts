/** The secrets of one connection as the peer derives them, all of them open to look at (RFC 8446 7.1). */
import { concatBytes } from '../bytes/bytes.ts';
import { asciiEncode } from '../bytes/encoding.ts';
import { Secret } from '../bytes/secret.ts';
import type { CipherSuite13 } from '../crypto/provider.ts';
import { EarlySchedule, type HandshakeSchedule, verifyData } from '../key-schedule/tls13.ts';

const copyOf = (secret: Secret): Uint8Array => Uint8Array.from(secret.reveal());

export type Role = 'client' | 'server';

export interface HandshakeSecrets {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

export interface ApplicationSecrets {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  readonly exporter: Uint8Array;
}

/** Derives on request, once per stage, from whatever transcript hash it is given. */
export class PeerSecrets {
  readonly suite: CipherSuite13;
  #schedule: HandshakeSchedule;
  handshake: HandshakeSecrets;
  application: ApplicationSecrets | undefined;

  constructor(suite: CipherSuite13, shared: Uint8Array, helloHash: Uint8Array, psk?: Uint8Array) {
    this.suite = suite;
    const early = EarlySchedule.start(suite.hash, psk && new Secret(Uint8Array.from(psk)));
    this.#schedule = early.toHandshake(Uint8Array.from(shared));
    this.handshake = {
      client: copyOf(this.#schedule.clientHandshakeTrafficSecret(helloHash)),
      server: copyOf(this.#schedule.serverHandshakeTrafficSecret(helloHash)),
    };
  }

  /** `serverFinishedHash` covers ClientHello to the server's Finished. Later calls change nothing. */
  deriveApplication(serverFinishedHash: Uint8Array): ApplicationSecrets {
    if (this.application !== undefined) return this.application;
    const main = this.#schedule.toMain();
    this.application = {
      client: copyOf(main.clientApplicationTrafficSecret0(serverFinishedHash)),
      server: copyOf(main.serverApplicationTrafficSecret0(serverFinishedHash)),
      exporter: copyOf(main.exporterMasterSecret(serverFinishedHash)),
    };
    main.wipe();
    return this.application;
  }

  /** verify_data of a Finished sent by `role` over `transcriptHash` (RFC 8446 4.4.4). */
  finished(role: Role, transcriptHash: Uint8Array): Uint8Array {
    const base = new Secret(Uint8Array.from(this.handshake[role]));
    return verifyData(this.suite.hash, base, transcriptHash);
  }
}

/** What a CertificateVerify of `role` signs (RFC 8446 4.4.3). */
export function certificateVerifyInput(role: Role, transcriptHash: Uint8Array): Uint8Array {
  const context = asciiEncode(`TLS 1.3, ${role} CertificateVerify\0`);
  return concatBytes(new Uint8Array(64).fill(0x20), context, transcriptHash);
}
