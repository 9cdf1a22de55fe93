/** Constants and lists that Node's tls has. */
import { openSslName } from '../config/cipher-list.ts';
import { defaultProvider } from './default-provider.ts';

/** The suites by preference where `ciphers` is not given. */
export const DEFAULT_CIPHERS: string =
  'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:' +
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:' +
  'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384';
export const DEFAULT_ECDH_CURVE: string = 'auto';
/** Without meaning: there is no renegotiation. */
export const CLIENT_RENEG_LIMIT: number = 3;
export const CLIENT_RENEG_WINDOW: number = 600;

/** Names of the suites we have, in lower case as Node gives them. */
export function getCiphers(): string[] {
  const { cipherSuites12, cipherSuites13 } = defaultProvider();
  return [...cipherSuites13, ...cipherSuites12].map((suite) => openSslName(suite).toLowerCase());
}
