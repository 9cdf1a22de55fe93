/** What the tests ask of a foreign TLS stack, whichever it is and however it is driven. */
import type { Duplex } from 'node:stream';
import type { Credential } from './pki.ts';

export type SuiteName = 'TLS_AES_128_GCM_SHA256' | 'TLS_AES_256_GCM_SHA384' | 'TLS_CHACHA20_POLY1305_SHA256';
export type GroupName = 'X25519' | 'P-256' | 'P-384' | 'X25519MLKEM768';

export const SUITES: readonly SuiteName[] = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
];
export const GROUPS: readonly GroupName[] = ['X25519', 'P-256', 'P-384', 'X25519MLKEM768'];

/** How a handshake ended, as the foreign stack tells it. */
export type PeerReport =
  | {
      readonly kind: 'secure';
      readonly version: string;
      readonly suite: string;
      /** Undefined where the stack does not tell. */
      readonly group?: string;
      readonly alpn?: string;
      /** Common name in the certificate that we sent. */
      readonly peer?: string;
    }
  | {
      readonly kind: 'error';
      readonly message: string;
      /** The alert that it received, if that was the reason. */
      readonly alert?: number;
    };

export interface ServeOptions {
  readonly credential: Credential;
  readonly work: 'echo' | 'down' | 'up';
  readonly groups?: readonly GroupName[];
  readonly alpn?: readonly string[];
  readonly clientCaFile?: string;
  readonly clientAuth?: 'optional' | 'required';
  readonly slow?: boolean;
  /** Size of the bulk transfer, where the work is one. */
  readonly bytes?: number;
}

export interface PeerServer {
  readonly port: number;
  /** The outcome of the next handshake not yet asked about. */
  next(): Promise<PeerReport>;
  stop(): Promise<void>;
}

export interface ConnectOptions {
  readonly port: number;
  readonly caFile: string;
  readonly work: 'echo' | 'down' | 'up';
  readonly credential?: Credential;
  readonly serverName?: string;
  readonly suite?: SuiteName;
  readonly groups?: readonly GroupName[];
  readonly alpn?: readonly string[];
  readonly slow?: boolean;
  readonly bytes?: number;
  readonly maxVersion?: '1.2';
}

export interface Peer {
  readonly name: string;
  /** Groups that it can be told to use. */
  readonly groups: readonly GroupName[];
  /** Whether it sends an alert when it refuses our certificate. */
  readonly sendsRefusals: boolean;
  serve(options: ServeOptions): Promise<PeerServer>;
  /** Connects, does its work to the end, and tells how it went. */
  connect(options: ConnectOptions): Promise<PeerReport>;
  /** Our client's part of the works that a server of this peer does. */
  echo(channel: Duplex): Promise<void>;
  download(channel: Duplex, bytes: number, slow: boolean): Promise<void>;
  upload(channel: Duplex, bytes: number, server: PeerServer): Promise<void>;
  /** Present where the stack can be made to send a KeyUpdate. */
  readonly keyUpdate?: KeyUpdatePeer;
}

export interface KeyUpdatePeer {
  /** A server that can be told to update its key (asking for ours too, or not) and to send a line. */
  serve(options: ServeOptions): Promise<
    PeerServer & {
      update(request: boolean): void;
      say(line: string): void;
      /** Waits until it has printed the text so many times. */
      heard(text: string, times: number): Promise<void>;
    }
  >;
  /** The same as a client. */
  connect(options: ConnectOptions): {
    update(request: boolean): void;
    say(line: string): void;
    /** Waits until it has printed the text so many times. */
    heard(text: string, times: number): Promise<void>;
    stop(): Promise<void>;
  };
}
