import { opensslStack } from './stacks/openssl.ts';
import { withStack } from './start.ts';

withStack('OpenSSL', opensslStack);
