/** A TLS 1.2 connection of OpenSSL with itself, inside this process: every byte of it, and its master secret. */
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { fromHex } from '../../src/bytes/encoding.ts';
import type { Issued } from '../../src/x509.ts';

class Wire extends Duplex {
  readonly written: Buffer[] = [];
  peer: Wire | undefined;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // OpenSSL reuses its buffer.
    const copy = Buffer.from(chunk);
    this.written.push(copy);
    this.peer?.push(copy);
    done();
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }
}

export interface CaptureOptions {
  /** OpenSSL's name. */
  readonly cipher: string;
  readonly group: string;
  readonly server: Issued;
  /** Asked for and given when there is one. */
  readonly client?: Issued;
  readonly session?: Buffer;
  readonly ticketKeys: Buffer;
  /** Sessions by ID, kept here; then there are no tickets. */
  readonly sessions?: Map<string, Buffer>;
  readonly ocsp?: Buffer;
}

export interface Capture {
  readonly fromClient: Uint8Array;
  readonly fromServer: Uint8Array;
  readonly master: Uint8Array;
  readonly clientRandom: Uint8Array;
  readonly session: Buffer | undefined;
  readonly reused: boolean;
  /** By OpenSSL: without a context, with an empty one, with one. */
  readonly exported: readonly [Buffer, Buffer, Buffer];
}

export const PING: Buffer = Buffer.from('ping from the client');
export const PONG: Buffer = Buffer.alloc(20000, 'pong');
export const EXPORT_LABEL = 'EXPORTER-puretls-test';
export const EXPORT_CONTEXT: Buffer = Buffer.from('context');
export const EXPORT_LENGTH = 77;

function keyLog(lines: readonly string[]): { random: Uint8Array; master: Uint8Array } {
  for (const line of lines) {
    const [label, random, master] = line.trim().split(' ');
    if (label === 'CLIENT_RANDOM' && random !== undefined && master !== undefined) {
      return { random: fromHex(random), master: fromHex(master) };
    }
  }
  throw new Error('no CLIENT_RANDOM line');
}

export async function capture(options: CaptureOptions): Promise<Capture> {
  const [near, far] = [new Wire(), new Wire()];
  near.peer = far;
  far.peer = near;
  // The curve of an ECDSA certificate must be among the groups (RFC 8422 5.1), behind the one that is to be used.
  const groups = [...new Set([options.group, 'P-256', 'P-384'])].join(':');
  const common = {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: `${options.cipher}:@SECLEVEL=0`,
  } as const;
  const server = tls.createServer({
    ...common,
    cert: options.server.chainPem,
    key: options.server.keyPem,
    ecdhCurve: groups,
    ALPNProtocols: ['h2'],
    ticketKeys: options.ticketKeys,
    requestCert: options.client !== undefined,
    rejectUnauthorized: false,
    ...(options.sessions === undefined ? {} : { secureOptions: constants.SSL_OP_NO_TICKET }),
  });
  const { ocsp } = options;
  if (ocsp !== undefined) {
    server.on(
      'OCSPRequest',
      (_cert: Buffer, _issuer: Buffer, answer: (error: null, response: Buffer) => void) => answer(null, ocsp),
    );
  }
  const { sessions } = options;
  if (sessions !== undefined) {
    server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
      sessions.set(id.toString('hex'), data);
      done();
    });
    server.on('resumeSession', (id: Buffer, answer: (error: null, data: Buffer | null) => void) => {
      answer(null, sessions.get(id.toString('hex')) ?? null);
    });
  }
  server.on('secureConnection', (socket) => {
    socket.on('data', () => socket.end(PONG));
  });
  server.emit('connection', far);
  const clientOptions: tls.ConnectionOptions & { readonly requestOCSP: boolean } = {
    ...common,
    socket: near,
    servername: 'localhost',
    rejectUnauthorized: false,
    ecdhCurve: groups,
    ALPNProtocols: ['h2', 'http/1.1'],
    requestOCSP: ocsp !== undefined,
    ...(options.client === undefined ? {} : { cert: options.client.chainPem, key: options.client.keyPem }),
    ...(options.session === undefined ? {} : { session: options.session }),
  };
  const socket = tls.connect(clientOptions);
  const lines: string[] = [];
  socket.on('keylog', (line: Buffer) => lines.push(line.toString('latin1')));
  let session: Buffer | undefined;
  socket.on('session', (given: Buffer) => {
    session = given;
  });
  await once(socket, 'secureConnect');
  const { random, master } = keyLog(lines);
  // Node's typings ask for a context; without one OpenSSL is told that there is none.
  const exporter = socket as unknown as {
    exportKeyingMaterial(length: number, label: string, context?: Buffer): Buffer;
  };
  const exported = [
    exporter.exportKeyingMaterial(EXPORT_LENGTH, EXPORT_LABEL),
    exporter.exportKeyingMaterial(EXPORT_LENGTH, EXPORT_LABEL, Buffer.alloc(0)),
    exporter.exportKeyingMaterial(EXPORT_LENGTH, EXPORT_LABEL, EXPORT_CONTEXT),
  ] as const;
  const reused = socket.isSessionReused();
  socket.write(PING);
  socket.resume();
  await once(socket, 'end');
  socket.end();
  await once(socket, 'close');
  return {
    fromClient: new Uint8Array(Buffer.concat(near.written)),
    fromServer: new Uint8Array(Buffer.concat(far.written)),
    master,
    clientRandom: random,
    session,
    reused,
    exported,
  };
}
