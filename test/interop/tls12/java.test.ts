import { javaStack } from './stacks/java.ts';
import { withStack } from './start.ts';

withStack('Java', javaStack);
