/** A text, what stands in its place, and how often it must be found. */
export type Edit = readonly [find: string, replace: string, times: number];

/** Applies edits one after the other. Throws Error when one is found more or less often than it says. */
export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, [find, replace, times]) => {
    const parts = before.split(find);
    if (parts.length !== times + 1)
      throw new Error(`found ${parts.length - 1} times, not ${times}: ${find.slice(0, 80)}`);
    return parts.join(replace);
  }, text);
}
