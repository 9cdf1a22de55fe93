/** Node's own tls: OpenSSL behind a native binding. */
import tls from 'node:tls';

const [major = 0, minor = 0] = (process.versions.openssl ?? '0.0').split('.').map(Number);

export const nodeTls = {
  name: 'node:tls',
  version: `Node ${process.versions.node}, OpenSSL ${process.versions.openssl ?? 'none'}`,
  /** Whether it knows X25519MLKEM768. */
  postQuantum: major > 3 || (major === 3 && minor >= 5),
  connect: tls.connect,
  createServer: tls.createServer,
  createSecureContext: tls.createSecureContext,
  TLSSocket: tls.TLSSocket,
} as const;
