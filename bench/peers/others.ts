/**
 * TLS clients in JavaScript by others, behind one small shape. They are installed by `npm run bench -- --peers` into the
 * folder of this source and nowhere else; what they export is described here as far as it is called.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nodeTls } from './node-tls.ts';
import { puretls, type TlsFace } from './puretls.ts';

export type Suite = 'TLS_AES_128_GCM_SHA256' | 'TLS_CHACHA20_POLY1305_SHA256';

export interface Target {
  readonly port: number;
  /** PEM, one certificate. */
  readonly ca: string;
  readonly servername: string;
  readonly suite: Suite;
}

/** A connection after its handshake. */
export interface Client {
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  close(): void;
}

export interface Contender {
  readonly name: string;
  /** Whose ciphers it uses. */
  readonly ciphers: string;
  readonly suites: readonly Suite[];
  connect(target: Target): Promise<Client>;
}

const BOTH: readonly Suite[] = ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];
/** The compiled file stands in dist/, what was installed beside the source. */
export const PEERS_HOME: string = join(
  dirname(fileURLToPath(import.meta.url)),
  ...(import.meta.url.includes('/dist/') ? ['..', '..', '..', 'bench', 'peers'] : []),
);

const installed = (...path: string[]): string => join(PEERS_HOME, 'node_modules', ...path);

async function load<T>(...path: string[]): Promise<T> {
  return (await import(pathToFileURL(installed(...path)).href)) as T;
}

/** What has come and was not read; stops its source at 4 MB. */
class Inbox {
  readonly #waiting: Uint8Array[] = [];
  readonly #source: { pause(): unknown; resume(): unknown } | undefined;
  #length = 0;
  #ended = false;
  #reader: ((chunk: Uint8Array | undefined) => void) | undefined;

  constructor(source?: { pause(): unknown; resume(): unknown }) {
    this.#source = source;
  }

  push(chunk: Uint8Array): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader !== undefined) {
      reader(chunk);
      return;
    }
    this.#waiting.push(chunk);
    this.#length += chunk.length;
    if (this.#length > 4e6) this.#source?.pause();
  }

  end(): void {
    this.#ended = true;
    this.#reader?.(undefined);
    this.#reader = undefined;
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#waiting.shift();
    if (chunk !== undefined) {
      this.#length -= chunk.length;
      if (this.#length < 1e6) this.#source?.resume();
      return Promise.resolve(chunk);
    }
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }
}

interface StreamLike extends NodeJS.EventEmitter {
  write(bytes: Uint8Array): boolean;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

function overStream(socket: StreamLike): Client {
  const inbox = new Inbox(socket);
  socket.on('data', (chunk: Uint8Array) => inbox.push(chunk));
  for (const event of ['end', 'close', 'error']) socket.on(event, () => inbox.end());
  return {
    write: (bytes) => (socket.write(bytes) ? undefined : once(socket, 'drain').then(() => undefined)),
    read: () => inbox.read(),
    close: () => void socket.destroy(),
  };
}

async function tcp(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket.setNoDelay(true);
}

function byFace(name: string, ciphers: string, face: TlsFace, more: object = {}): Contender {
  const contexts = new Map<string, ReturnType<TlsFace['createSecureContext']>>();
  return {
    name,
    ciphers,
    suites: BOTH,
    connect: async ({ port, ca, servername, suite }) => {
      let secureContext = contexts.get(suite);
      if (secureContext === undefined) {
        secureContext = face.createSecureContext({ ca, ciphers: suite, minVersion: 'TLSv1.3', ...more });
        contexts.set(suite, secureContext);
      }
      const socket = face.connect({ host: '127.0.0.1', port, servername, secureContext });
      await once(socket, 'secureConnect');
      return overStream(socket);
    },
  };
}

interface Lemon {
  readonly default: { connect(options: object): StreamLike };
}

const lemon: Contender = {
  name: 'lemon-tls 0.7.0',
  ciphers: 'OpenSSL, through node:crypto',
  suites: BOTH,
  connect: async ({ port, ca, servername, suite }) => {
    const { default: tls } = await load<Lemon>('lemon-tls', 'index.js');
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      servername,
      ca: [ca],
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      allowedCipherSuites: [suite === 'TLS_AES_128_GCM_SHA256' ? 0x1301 : 0x1303],
    });
    await once(socket, 'secureConnect');
    return overStream(socket);
  },
};

interface ReclaimClient {
  startHandshake(): Promise<void>;
  handleReceivedBytes(bytes: Uint8Array): Promise<void>;
  write(bytes: Uint8Array): Promise<void>;
}

interface Reclaim {
  makeTLSClient(options: object): ReclaimClient;
  setCryptoImplementation(crypto: unknown): void;
  loadX509FromPem(pem: string): unknown;
}

const silent = (): void => undefined;
const quiet = { info: silent, debug: silent, trace: silent, warn: silent, error: silent };

const reclaim: Contender = {
  name: '@reclaimprotocol/tls 0.1.2',
  ciphers: 'its own choice of JavaScript',
  suites: BOTH,
  connect: async ({ port, ca, servername, suite }) => {
    const library = await load<Reclaim>('@reclaimprotocol', 'tls', 'lib', 'index.js');
    const { pureJsCrypto } = await load<{ readonly pureJsCrypto: unknown }>(
      '@reclaimprotocol',
      'tls',
      'lib',
      'crypto',
      'pure-js.js',
    );
    library.setCryptoImplementation(pureJsCrypto);
    const socket = await tcp(port);
    const inbox = new Inbox(socket);
    let client: ReclaimClient | undefined;
    await new Promise<void>((resolve, reject) => {
      const failed = (error: unknown): void => reject(error instanceof Error ? error : new Error('ended'));
      socket.on('error', failed).on('close', () => inbox.end());
      client = library.makeTLSClient({
        host: servername,
        rootCAs: [library.loadX509FromPem(ca)],
        logger: quiet,
        supportedProtocolVersions: ['TLS1_3'],
        cipherSuites: [suite],
        write: ({ header, content }: { header: Uint8Array; content: Uint8Array }) =>
          socket.write(Buffer.concat([header, content])) ? undefined : once(socket, 'drain'),
        onHandshake: resolve,
        onApplicationData: (data: Uint8Array) => inbox.push(data),
        onTlsEnd: (error: unknown) => {
          inbox.end();
          failed(error);
        },
      });
      socket.on('data', (data) => void client?.handleReceivedBytes(data).catch(failed));
      client.startHandshake().catch(failed);
    });
    return {
      write: (bytes) => client?.write(bytes),
      read: () => inbox.read(),
      close: () => void socket.destroy(),
    };
  },
};

interface Subtls {
  startTls(
    host: string,
    roots: unknown,
    read: (...args: readonly unknown[]) => Promise<unknown>,
    write: (bytes: Uint8Array) => void,
    options: object,
  ): Promise<{ read(): Promise<Uint8Array | undefined>; write(bytes: Uint8Array): Promise<void> }>;
  readonly SocketReadQueue: new (
    socket: net.Socket,
  ) => { read(...args: readonly unknown[]): Promise<unknown> };
  readonly TrustedCert: { databaseFromPEM(pem: string): Promise<unknown> };
}

const subtls: Contender = {
  name: 'subtls 0.5.0',
  ciphers: 'OpenSSL, through WebCrypto',
  suites: ['TLS_AES_128_GCM_SHA256'],
  connect: async ({ port, ca, servername }) => {
    const { startTls, SocketReadQueue, TrustedCert } = await load<Subtls>('subtls', 'index.js');
    const roots = await TrustedCert.databaseFromPEM(ca);
    const socket = await tcp(port);
    socket.on('error', silent);
    const queue = new SocketReadQueue(socket);
    const connection = await startTls(
      servername,
      roots,
      (...args) => queue.read(...args),
      (bytes) => void socket.write(bytes),
      { requireDigitalSigKeyUsage: false },
    );
    return {
      write: (bytes) => connection.write(bytes),
      read: async () => (await connection.read()) ?? undefined,
      close: () => void socket.destroy(),
    };
  },
};

export const OURS: Contender = byFace('puretls', 'its own kernels', puretls);
export const OTHERS: readonly Contender[] = [byFace('node:tls', 'OpenSSL', nodeTls), lemon, reclaim, subtls];

/** Whether the peers were installed. */
export function arePeersInstalled(): boolean {
  return existsSync(installed('lemon-tls'));
}
