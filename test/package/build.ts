/** `npm run build`, second part: the entry points bundled to dist/lib, and the kernels as files in dist/kernels. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedKernels } from '../../src/crypto/wasm/precompiled.ts';
import { bundleCommand, bundleLibrary } from './bundle.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'lib');
rmSync(folder, { recursive: true, force: true });
await Promise.all([bundleLibrary(folder), bundleCommand(folder)]);
chmodSync(join(folder, 'cli.js'), 0o755);

const kernels = join(folder, '..', 'kernels');
rmSync(kernels, { recursive: true, force: true });
mkdirSync(kernels);
for (const [name, base64] of Object.entries(embeddedKernels())) {
  writeFileSync(join(kernels, `${name}.wasm`), Buffer.from(base64, 'base64'));
}
