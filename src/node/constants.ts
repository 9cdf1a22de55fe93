/** Constants and lists that Node's tls has. */
import { defaultProvider } from './default-provider.ts';

/** The suites by preference where `ciphers` is not given. */
export const DEFAULT_CIPHERS: string =
  'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384';
export const DEFAULT_ECDH_CURVE: string = 'auto';
/** Without meaning in TLS 1.3, which has no renegotiation. */
export const CLIENT_RENEG_LIMIT: number = 3;
export const CLIENT_RENEG_WINDOW: number = 600;

/** Names of the suites we have, in lower case as Node gives them. */
export function getCiphers(): string[] {
  return defaultProvider().cipherSuites13.map((suite) => suite.name.toLowerCase());
}
