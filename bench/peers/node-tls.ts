/** Node's own tls: OpenSSL behind a native binding. */
import tls from 'node:tls';

const [major = 0, minor = 0] = (process.versions.openssl ?? '0.0').split('.').map(Number);

interface NodeTls {
  readonly name: string;
  readonly version: string;
  /** Whether it knows X25519MLKEM768. */
  readonly postQuantum: boolean;
  readonly connect: typeof tls.connect;
  readonly createServer: typeof tls.createServer;
  readonly createSecureContext: typeof tls.createSecureContext;
  readonly TLSSocket: typeof tls.TLSSocket;
}

export const nodeTls: NodeTls = {
  name: 'node:tls',
  version: `Node ${process.versions.node}, OpenSSL ${process.versions.openssl ?? 'none'}`,
  postQuantum: major > 3 || (major === 3 && minor >= 5),
  connect: tls.connect,
  createServer: tls.createServer,
  createSecureContext: tls.createSecureContext,
  TLSSocket: tls.TLSSocket,
};
