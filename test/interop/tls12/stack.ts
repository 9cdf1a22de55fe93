/** What these tests ask of a foreign TLS stack, in both roles; drivers in stacks/ do it each in their own way. */
import type { Duplex } from 'node:stream';
import type { GroupName, Range, Version } from './names.ts';
import type { CertKind, Credential } from './pki.ts';

/** What a stack tells of a handshake. A property that is absent is one that it does not tell. */
export interface Secure {
  readonly kind: 'secure';
  readonly version?: Version;
  /** IANA name. */
  readonly suite?: string;
  readonly group?: string;
  readonly alpn?: string;
  /** Common name of our certificate. */
  readonly peer?: string;
  readonly resumed?: boolean;
  /** Keying material under EXPORT_LABEL, hexadecimal. */
  readonly exported?: string | undefined;
  readonly tlsUnique?: string | undefined;
  readonly extendedMasterSecret?: boolean;
}

export interface Failed {
  readonly kind: 'error';
  readonly message: string;
  /** The alert that it received, where it tells. */
  readonly alert?: number;
}

export type Told = Secure | Failed;

export interface ServeWish {
  readonly credential: Credential;
  readonly versions: Range;
  /** In order; default all that it has. */
  readonly groups?: readonly GroupName[];
  /** False: sessions of TLS 1.2 by ID. Default true. */
  readonly tickets?: boolean;
  /** Requires certificates of clients under this root. */
  readonly clientCaFile?: string;
  readonly alpn?: readonly string[];
  readonly extendedMasterSecret?: false;
  /** What its connections are for, where that changes how it is started. */
  readonly work?: 'greet' | 'bulk' | 'hang up';
}

export interface StackServer {
  readonly port: number;
  /** The outcome of the next handshake not yet asked about. */
  next(): Promise<Told>;
  stop(): Promise<void>;
}

export interface ConnectWish {
  readonly port: number;
  readonly caFile: string;
  readonly versions: Range;
  readonly credential?: Credential;
  readonly alpn?: readonly string[];
  /** False: asks for no tickets in TLS 1.2. Default true. */
  readonly tickets?: boolean;
  /** Connects once more, and resumes if it can. */
  readonly again?: true;
  /** Sends so many bytes to our echo, and checks that they come back. */
  readonly bulk?: number;
  /** Asks our server to close first. */
  readonly hangUp?: true;
  readonly extendedMasterSecret?: false;
}

export type Role = 'client' | 'server';

export type Feature =
  | 'suites, groups, certificates'
  | 'versions'
  | 'client certificates'
  | 'ALPN'
  | 'bulk'
  | 'exporter'
  | 'tls-unique'
  | 'closing'
  | 'resumption by ID'
  | 'resumption by ticket'
  | 'resumption by PSK'
  | 'without EMS';

export interface Stack {
  /** With its version. */
  readonly name: string;
  readonly versions: readonly Version[];
  /** Groups it has, by version. */
  readonly groups: Readonly<Record<Version, readonly GroupName[]>>;
  /** Certificates that it can use itself, as client or server, and those of ours that it can check. */
  readonly kinds: { readonly own: readonly CertKind[]; readonly ours: readonly CertKind[] };
  /** Why the stack, in this role, cannot take part in something; undefined when it can. */
  readonly lacks: (role: Role, feature: Feature, version: Version) => string | undefined;
  /** Whether, in this role, it sends close_notify when it gets ours. */
  readonly answersClose: (role: Role, version: Version) => boolean;
  /** A group that its client of TLS 1.3 has, but sends no share for; default P-384. */
  readonly retryGroup?: GroupName;
  readonly sharesEveryGroup?: true;
  /** Its client sends a share for the group that a server asked for before. */
  readonly remembersGroup?: true;
  /** The alert of its server where no version is common, if not protocol_version. */
  readonly mismatchAlert?: number;
  /** Its server does not follow our order of groups: it must be told its own. */
  readonly ownGroupOrder?: true;
  /** Its client takes a large part of a second to start: not every combination is worth that. */
  readonly startsSlowly?: boolean;
  /** Whether its server of TLS 1.2 can use a group with a certificate; default always. */
  readonly combines?: (group: GroupName, kind: CertKind) => boolean;
  /** Its client never closes first. */
  readonly waitsForClose?: true;
  /** Its server closes once it has answered, so that we never close first. */
  readonly hangsUpAlways?: true;
  /** Whether its server goes on where no application protocol is common. */
  readonly toleratesOtherProtocols?: true;
  serve(wish: ServeWish): Promise<StackServer>;
  /** Connects, does its work to the end, and tells how each handshake went. */
  connect(wish: ConnectWish): Promise<readonly Told[]>;
  /** Our client's part of a small exchange with a server of this stack, and of a large one both ways. */
  greet(channel: Duplex, server: StackServer): Promise<void>;
  bulk(channel: Duplex, bytes: number, server: StackServer): Promise<void>;
  /** Ends what runs for all connections. */
  close?(): Promise<void>;
  /** Makes a server of this stack, started for it, close the connection first. */
  hangUp?(channel: Duplex, server: StackServer): Promise<void>;
}
