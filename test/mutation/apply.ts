import type { Edit } from './mutation.ts';

const escapeRegex = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The source with the edit made, or why it cannot be made. */
export function applyEdit(
  source: string,
  edit: Edit,
): { readonly text: string } | { readonly objection: string } {
  const words = edit.find.trim().split(/\s+/).map(escapeRegex);
  const found = [...source.matchAll(new RegExp(words.join('\\s*'), 'g'))];
  const [match] = found;
  if (match === undefined || found.length > 1) {
    return { objection: `src/${edit.file} has ${found.length} places that read: ${edit.find}` };
  }
  const text = source.slice(0, match.index) + edit.replace + source.slice(match.index + match[0].length);
  return text === source ? { objection: `src/${edit.file}: the edit changes nothing` } : { text };
}
