import { nobleProvider } from '../crypto/noble/provider.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { platformRandom } from '../platform/random-device.ts';

let provider: CryptoProvider | undefined;

/** The crypto of all sockets of this face: made when first used, since loading a module must do nothing. */
export function defaultProvider(): CryptoProvider {
  provider ??= nobleProvider(platformRandom);
  return provider;
}
