/** The README's demo, in a process where OpenSSL is out of reach. */
import '../../src/index.ts';
import { removeLater } from './remove.ts';

removeLater();
await import('../../examples/demo.ts');
