import { gnutlsStack } from './stacks/gnutls.ts';
import { withStack } from './start.ts';

withStack('GnuTLS', gnutlsStack);
