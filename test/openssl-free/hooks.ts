/** The module loader's hook: refuses to resolve a banned module, whoever imports it. */
import type { ResolveHook } from 'node:module';
import { BANNED_MODULE, refusal } from './banned.ts';

export const resolve: ResolveHook = (specifier, context, next) => {
  if (BANNED_MODULE.test(specifier))
    throw refusal(`${specifier}, imported by ${context.parentURL ?? 'the command line'}`);
  return next(specifier, context);
};
