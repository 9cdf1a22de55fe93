/** Errors as Node makes them: an ordinary Error, TypeError or RangeError with a stable `code`. */

export interface CodedError extends Error {
  code: string;
}

/** `extra` become properties of the error, as `host` and `port` do on Node's. */
export function coded<E extends Error, X extends Readonly<Record<string, unknown>>>(
  error: E,
  code: string,
  extra: X,
): E & { code: string } & X;
export function coded<E extends Error>(error: E, code: string): E & { code: string };
export function coded<E extends Error>(
  error: E,
  code: string,
  extra: Readonly<Record<string, unknown>> = {},
): E & { code: string } {
  return Object.assign(error, { code }, extra);
}

export function nodeError(code: string, message: string, cause?: unknown): CodedError {
  return coded(new Error(message, cause === undefined ? undefined : { cause }), code);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`;
  return `type ${typeof value}`;
}

/** `expected` in words, such as `of type string`. */
export function invalidType(name: string, expected: string, value: unknown): CodedError {
  const what = name.includes('.') ? 'property' : 'argument';
  return coded(
    new TypeError(`The "${name}" ${what} must be ${expected}. Received ${kindOf(value)}`),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** `value` is not printed: it may be a secret. */
export function invalidValue(name: string, why: string, cause?: unknown): CodedError {
  const what = name.includes('.') ? 'property' : 'argument';
  return coded(
    new TypeError(`The ${what} '${name}' ${why}`, cause === undefined ? undefined : { cause }),
    'ERR_INVALID_ARG_VALUE',
  );
}

export function outOfRange(name: string, range: string, value: unknown): CodedError {
  return coded(
    new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${String(value)}`),
    'ERR_OUT_OF_RANGE',
  );
}

/** An option that cannot be honoured and whose silent loss would leave the program less safe than it believes. */
export function unsupportedOption(name: string, why: string): CodedError {
  return nodeError('ERR_TLS_OPTION_UNSUPPORTED', `options.${name} is not supported: ${why}`);
}
