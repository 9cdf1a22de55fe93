import { nssStack } from './stacks/nss.ts';
import { withStack } from './start.ts';

withStack('NSS', nssStack);
