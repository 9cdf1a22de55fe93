import type { CryptoProvider } from '../crypto/provider.ts';
import { namedProvider, type ProviderName } from '../crypto/wasm/provider.ts';
import { platformRandom } from '../platform/random-device.ts';
import { invalidValue } from './node-error.ts';
import type { OwnOptions } from './own-options.ts';

const providers = new Map<ProviderName, CryptoProvider>();

/** Made when first used, since loading a module must do nothing. Throws as {@link namedProvider}. */
function byName(name: ProviderName): CryptoProvider {
  const made = providers.get(name) ?? namedProvider(name, platformRandom);
  providers.set(name, made);
  return made;
}

/** The crypto of all sockets of this face that are not given any. */
export function defaultProvider(): CryptoProvider {
  return byName('auto');
}

const isName = (value: unknown): value is ProviderName =>
  value === 'auto' || value === 'noble' || value === 'wasm';

/** What every provider has; the rest is checked where a configuration is made of it. */
function isProvider(value: unknown): value is CryptoProvider {
  if (typeof value !== 'object' || value === null) return false;
  const { cipherSuites13, cipherSuites12, groups, random } = value as Partial<CryptoProvider>;
  return [cipherSuites13, cipherSuites12, groups].every(Array.isArray) && typeof random === 'function';
}

/** `options.provider`: a name or an object; throws `ERR_INVALID_ARG_VALUE` for anything else. */
export function providerOption(options: OwnOptions): CryptoProvider {
  const { provider } = options;
  if (provider === undefined || provider === null) return defaultProvider();
  if (isName(provider)) return byName(provider);
  if (isProvider(provider)) return provider;
  throw invalidValue('options.provider', "must be 'auto', 'noble', 'wasm' or a crypto provider");
}
