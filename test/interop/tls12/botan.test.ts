import { botanStack } from './stacks/botan.ts';
import { withStack } from './start.ts';

withStack('Botan', botanStack);
