/**
 * Answers of user callbacks. They may come at once, later, never, twice, as an exception or as a rejected promise: the
 * handshake gets at most one, and nothing escapes (CVE-2026-21637).
 */
import { nodeError } from './node-error.ts';

export interface Answers<T> {
  value(value: T): void;
  /** The callback failed: the handshake ends. */
  failure(error: unknown): void;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { readonly then?: unknown }).then === 'function'
  );
}

/** Takes the returned value, or what a returned promise brings. */
export function fromReturn(call: () => unknown, answers: Answers<unknown>): void {
  let result: unknown;
  try {
    result = call();
    if (!isThenable(result)) {
      answers.value(result);
      return;
    }
    result.then(
      (value) => answers.value(value),
      (error: unknown) => answers.failure(error),
    );
  } catch (error) {
    answers.failure(error);
  }
}

/**
 * Gives the callback a `(error, value)` function to answer with. A second answer fails the handshake as long as that is
 * still possible: whatever was meant, one of the two is wrong.
 */
export function fromCallback(
  call: (answer: (error?: unknown, value?: unknown) => void) => unknown,
  answers: Answers<unknown>,
): void {
  let answered = false;
  const answer = (error?: unknown, value?: unknown): void => {
    if (answered) {
      answers.failure(nodeError('ERR_MULTIPLE_CALLBACK', 'Callback called multiple times'));
      return;
    }
    answered = true;
    if (error !== undefined && error !== null && error !== false) answers.failure(error);
    else answers.value(value);
  };
  try {
    const returned = call(answer);
    // An async function that rejects has no other way to be heard.
    if (isThenable(returned)) returned.then(undefined, (error: unknown) => answers.failure(error));
  } catch (error) {
    answers.failure(error);
  }
}
