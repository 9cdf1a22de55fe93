/** Server.addContext(): which context belongs to which name. */
import { normalizeDnsName } from '../config/names.ts';
import type { SecureContext } from './secure-context.ts';

/**
 * A `*` stands for any characters but dots, as in Node. Case does not matter (CVE-2026-48928) and neither does a
 * trailing dot. Linear in the name's length for one `*` per label.
 */
function pattern(name: string): RegExp {
  const escaped = normalizeDnsName(name)
    .replace(/[.^$+?\-\\[\]{}()|]/g, '\\$&')
    .replace(/\*+/g, '[^.]*');
  return new RegExp(`^${escaped}$`);
}

export class ServerNames {
  readonly #contexts: { readonly pattern: RegExp; readonly context: SecureContext }[] = [];

  add(name: string, context: SecureContext): void {
    this.#contexts.push({ pattern: pattern(name), context });
  }

  /** The context that was added last among those that fit. */
  find(name: string): SecureContext | undefined {
    const wanted = normalizeDnsName(name);
    for (let i = this.#contexts.length - 1; i >= 0; i -= 1) {
      const one = this.#contexts[i];
      if (one?.pattern.test(wanted) === true) return one.context;
    }
    return undefined;
  }
}
