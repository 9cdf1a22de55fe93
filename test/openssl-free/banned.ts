/** The modules that stand on OpenSSL, under each of their names. */
export const BANNED_MODULE: RegExp = /^(?:node:)?(?:crypto|tls|https|http2|_tls_common|_tls_wrap)(?:\/|$)/;

export function refusal(name: string): Error {
  return Object.assign(new Error(`OpenSSL is not to be used: ${name}`), { code: 'ERR_OPENSSL_BANNED' });
}
