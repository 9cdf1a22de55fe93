/** The cryptography and the randomness that the command uses. */
import type { CryptoProvider } from '../crypto/provider.ts';
import { namedProvider } from '../crypto/wasm/provider.ts';
import { platformRandom } from '../platform/random-device.ts';

let provider: CryptoProvider | undefined;

export function commandProvider(): CryptoProvider {
  provider ??= namedProvider('auto', platformRandom);
  return provider;
}
