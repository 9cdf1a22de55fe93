/**
 * A way to break the library: a check left out that an attacker would be glad of. It is a change of source text, so that it says
 * exactly what it does; whitespace in `find` stands for any whitespace.
 */

export interface Edit {
  /** Path under src/. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Parts of the paths of the tests that should notice; all tests are asked if these do not. */
  readonly tests: readonly string[];
}
