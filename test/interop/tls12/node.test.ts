import { nodeStack } from './stacks/node.ts';
import { withStack } from './start.ts';

withStack('Node', nodeStack);
