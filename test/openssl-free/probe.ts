/** Asks for what is banned in every way there is; prints each that was not refused. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [crypto, tls, bare] = ['node:crypto', 'tls', 'crypto'];
const ways: Readonly<Record<string, () => unknown>> = {
  'import node:crypto': () => import('node:crypto'),
  'import by a name': () => import(crypto),
  'import https': () => import('node:https'),
  'import http2': () => import('node:http2'),
  require: () => require(bare),
  'require by a name': () => require(tls),
  getBuiltinModule: () => process.getBuiltinModule?.('node:tls') ?? Promise.reject(new Error('none')),
  binding: () => (process as unknown as { binding(name: string): unknown }).binding('crypto'),
};
if (process.env['PURETLS_WEBCRYPTO'] === 'removed' && 'crypto' in globalThis)
  console.log('got through: globalThis.crypto');

for (const [name, ask] of Object.entries(ways)) {
  try {
    await ask();
    console.log(`got through: ${name}`);
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'ERR_OPENSSL_BANNED')
      console.log(`${name}: ${String(error)}`);
  }
}
console.log('probe done');
