/**
 * The same options give the same configuration of the engine: a program that connects again says the same again, and a
 * configuration is much to check and, connection by connection, to hold.
 */
import { type ClientConfig, createClientConfig } from '../config/config.ts';
import type { ClientOptions } from '../config/options.ts';

/** Configurations that are remembered, the latest. */
const KEPT = 8;

interface Entry {
  readonly options: ClientOptions;
  readonly config: ClientConfig;
}

const kept: Entry[] = [];

/** Lists by their elements, all else by identity: what an option holds is never looked into. */
function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  return (
    Array.isArray(a) &&
    Array.isArray(b) &&
    a.length === b.length &&
    a.every((value, i) => Object.is(value, b[i]))
  );
}

function sameOptions(a: ClientOptions, b: ClientOptions): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    // One that is undefined is not one that is not there: as many others may stand in its place.
    names.every((name) => Object.hasOwn(b, name) && sameValue(Reflect.get(a, name), Reflect.get(b, name)))
  );
}

/** As createClientConfig. One with a session is used once, and one with a private key is nothing to keep: both are made. */
export function sharedClientConfig(options: ClientOptions): ClientConfig {
  if (options.session !== undefined || (options.credentials ?? []).length > 0)
    return createClientConfig(options);
  const at = kept.findIndex((entry) => sameOptions(entry.options, options));
  const [found] = at < 0 ? [] : kept.splice(at, 1);
  const entry = found ?? { options, config: createClientConfig(options) };
  kept.push(entry);
  if (kept.length > KEPT) kept.shift();
  return entry.config;
}
