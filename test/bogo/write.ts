/** Writes docs/conformance.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conformance, ROOT, readKnownGaps, readResults } from './conformance.ts';

writeFileSync(join(ROOT, 'docs/conformance.md'), conformance(readResults(), readKnownGaps()));
