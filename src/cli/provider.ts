/** The cryptography and the randomness that the command uses. */
import { nobleProvider } from '../crypto/noble/provider.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { platformRandom } from '../platform/random-device.ts';

let provider: CryptoProvider | undefined;

export function commandProvider(): CryptoProvider {
  provider ??= nobleProvider(platformRandom);
  return provider;
}
