/** `puretls/engine`: the sans-IO connection and what it is configured with. */

export type { CertificateCompression } from './config/certificate-compression.ts';
export {
  type ClientConfig,
  type Config,
  createClientConfig,
  createServerConfig,
  type ServerConfig,
} from './config/config.ts';
export type { ServerEarlyData } from './config/early-data.ts';
export type {
  ClientOptions,
  CommonOptions,
  Credential,
  ExternalPsk,
  NamedCredentials,
  NeedKind,
  PresharedKey,
  ServerOptions,
} from './config/options.ts';
export { POLICIES } from './config/policies.ts';
export type { RawPublicKeyOptions, TrustedPublicKey } from './config/raw-public-key.ts';
export { nobleProvider } from './crypto/noble/provider.ts';
export {
  type PreparedShares,
  type PreparedSharesOptions,
  prepareShares,
} from './crypto/prepared-shares.ts';
export type {
  Aead,
  AeadKey,
  CipherSuite12,
  CipherSuite13,
  CryptoProvider,
  HashFunction,
  KeyExchangeGroup,
  PrivateKey,
  PublicKey,
  RandomSource,
  SignatureAlgorithm,
} from './crypto/provider.ts';
export { systemRandom } from './crypto/random.ts';
export type { KernelStatus } from './crypto/wasm/lazy.ts';
export { type KernelFile, useCompiledKernels } from './crypto/wasm/precompiled.ts';
export { kernelStatus, namedProvider, type ProviderName, wasmProvider } from './crypto/wasm/provider.ts';
export { Connection, type Phase } from './engine/connection.ts';
export type { ConnectionEvent, Direction, Protection, TraceEvent } from './engine/event.ts';
export type { ConnectionInfo, ServedBy } from './engine/info.ts';
export type { EarlyDataInfo, EarlyDataReason } from './handshake/early-data.ts';
export type { Answer, Need, PeerVerdict } from './handshake/effect.ts';
export { EXPECTATIONS } from './handshake/expect.ts';
export { ClientSessionCache, ServerSessionCache } from './session/cache.ts';
export { decodeStoredSession, encodeStoredSession } from './session/codec.ts';
export { type ReplayStore, StrikeRegister, type StrikeRegisterOptions } from './session/replay.ts';
export type { ExternalIdentity, StoredSession } from './session/session.ts';
export { TicketKeys, type TicketKeysOptions } from './session/ticket-keys.ts';
export { TLSError } from './wire/error.ts';
export type { Reason, ReasonFamily } from './wire/reason.ts';
export {
  AlertDescription,
  AlertLevel,
  CertificateCompressionAlgorithm,
  CertificateType,
  ContentType,
  ExtensionType,
  HandshakeType,
  nameOf,
  ProtocolVersion,
} from './wire/registry.ts';
export { CipherSuite, NamedGroup, SignatureScheme } from './wire/registry-crypto.ts';
