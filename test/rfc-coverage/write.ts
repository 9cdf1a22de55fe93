/** Writes docs/rfc-coverage.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { document, ROOT } from './coverage.ts';

writeFileSync(join(ROOT, 'docs/rfc-coverage.md'), document());
