/** Text from a peer, made safe to print. */

/** Control characters, line separators and those that turn the direction of writing. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/gu;

/** One line that cannot move the cursor, forge a further line or reorder what stands beside it. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
