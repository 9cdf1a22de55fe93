import { goStack } from './stacks/go.ts';
import { withStack } from './start.ts';

withStack('Go', goStack);
