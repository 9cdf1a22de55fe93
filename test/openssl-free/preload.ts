/**
 * Loaded with --import: from here on whoever asks for a module of Node's that stands on OpenSSL gets an error, in every
 * way of asking. Node's own internals do not come this way. PURETLS_WEBCRYPTO says what becomes of globalThis.crypto:
 * `removed` now, `throws` on access (as in a Node built without OpenSSL), or `kept` for the program to remove later.
 */
import Module, { register } from 'node:module';
import { BANNED_MODULE, refusal } from './banned.ts';

register('./hooks.js', import.meta.url);

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;
const commonJs = Module as unknown as { _load: Load };
const load = commonJs._load;
commonJs._load = function guarded(request, ...rest) {
  if (BANNED_MODULE.test(request)) throw refusal(request);
  return load.call(this, request, ...rest);
};

const internals = process as unknown as Record<'getBuiltinModule' | 'binding', (name: string) => unknown>;
for (const way of ['getBuiltinModule', 'binding'] as const) {
  const original = internals[way];
  if (original === undefined) continue;
  internals[way] = (name) => {
    if (BANNED_MODULE.test(name) || name === 'tls_wrap') throw refusal(name);
    return original.call(process, name);
  };
}

const fate = process.env['PURETLS_WEBCRYPTO'];
if (fate === 'removed') Reflect.deleteProperty(globalThis, 'crypto');
if (fate === 'throws') {
  Object.defineProperty(globalThis, 'crypto', {
    configurable: true,
    get() {
      throw refusal('globalThis.crypto');
    },
  });
}
