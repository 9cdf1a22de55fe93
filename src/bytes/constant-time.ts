/**
 * Compares without leaving early or branching on content. The lengths are public. JavaScript cannot promise more:
 * the engine may still optimise, but there is no data-dependent branch or index to start from.
 */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
