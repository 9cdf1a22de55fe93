import { rustlsStack } from './stacks/rustls.ts';
import { withStack } from './start.ts';

withStack('rustls', rustlsStack);
