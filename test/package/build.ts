/** `npm run build`, second part: the entry points bundled to dist/lib. */
import { chmodSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand, bundleLibrary } from './bundle.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'lib');
rmSync(folder, { recursive: true, force: true });
await Promise.all([bundleLibrary(folder), bundleCommand(folder)]);
chmodSync(join(folder, 'cli.js'), 0o755);
