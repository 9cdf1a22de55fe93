/** `puretls`: Node's `tls`, without OpenSSL. The same names, options, events and error codes. */
export type { ConnectionInfo } from './engine/info.ts';
export { convertALPNProtocols } from './node/alpn.ts';
export { checkServerIdentity } from './node/check-server-identity.ts';
export { type ConnectionOptions, connect } from './node/connect.ts';
export {
  CLIENT_RENEG_LIMIT,
  CLIENT_RENEG_WINDOW,
  DEFAULT_CIPHERS,
  DEFAULT_ECDH_CURVE,
  getCiphers,
} from './node/constants.ts';
export { rootCertificates } from './node/default-trust.ts';
export type { EarlyDataAnswer } from './node/early-data.ts';
export type { CipherNameAndProtocol, EphemeralKeyInfo } from './node/inspected-socket.ts';
export type { CertificateName, DetailedPeerCertificate, PeerCertificate } from './node/peer-certificate.ts';
export { DEFAULT_MAX_VERSION, DEFAULT_MIN_VERSION, type SecureVersion } from './node/protocol-version.ts';
export { createSecureContext, SecureContext, type SecureContextOptions } from './node/secure-context.ts';
export { createServer, Server, type TlsOptions } from './node/server.ts';
export type { TLSSocketOptions } from './node/socket-role.ts';
export { TLSSocket } from './node/tls-socket.ts';
export { TLSError } from './wire/error.ts';
