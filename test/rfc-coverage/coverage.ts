/** The table of demands: checks that every place that it names is there, and makes docs/rfc-coverage.md of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../house/root.ts';
import { NOT_OURS, numbersOf, OPEN, type Part, type Row } from './requirement.ts';
import { TLS12 } from './rfc5246-7.ts';
import { AUTHENTICATION } from './rfc8446-4-authentication.ts';
import { EXTENSIONS } from './rfc8446-4-extensions.ts';
import { HELLOS } from './rfc8446-4-hellos.ts';
import { PSK } from './rfc8446-4-psk.ts';
import { RECORDS } from './rfc8446-5-6.ts';

/** The project's folder. */
export const ROOT: string = projectRoot(import.meta.url);

export const PARTS: readonly Part[] = [HELLOS, EXTENSIONS, PSK, AUTHENTICATION, RECORDS, TLS12];

const isReason = (code: string): boolean => code === NOT_OURS || code === OPEN;

function textOf(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return undefined;
  }
}

/** What is wrong with a reference "path#words" below a folder. */
function missing(folder: string, reference: string): string | undefined {
  const at = reference.indexOf('#');
  const [path, words] = [reference.slice(0, at), reference.slice(at + 1)];
  if (at < 1 || words === '') return `${reference}: not of the form path#words`;
  const text = textOf(`${folder}/${path}`);
  if (text === undefined) return `${folder}/${path} is not there`;
  return text.includes(words) ? undefined : `${folder}/${path} does not say "${words}"`;
}

export function checkRow(row: Row): readonly string[] {
  const [, , , code, ...tests] = row;
  if (isReason(code)) return [];
  return [missing('src', code), ...tests.map((test) => missing('test', test))].filter(
    (each) => each !== undefined,
  );
}

/** Sections whose sentences are not each told exactly once. */
export function checkNumbers(part: Part): readonly string[] {
  const told = new Map<string, number[]>();
  for (const [section, numbers] of part.rows)
    told.set(section, [...(told.get(section) ?? []), ...numbersOf(numbers)]);
  const wanted = new Map(
    Object.entries(part.sentences).map(([section, count]) => [
      section,
      Array.from({ length: count }, (_, index) => index + 1).join(' '),
    ]),
  );
  const sections = new Set([...told.keys(), ...wanted.keys()]);
  return [...sections].flatMap((section) => {
    const numbers = (told.get(section) ?? []).sort((a, b) => a - b).join(' ');
    return numbers === wanted.get(section)
      ? []
      : [`${section}: told ${numbers}, wanted ${wanted.get(section)}`];
  });
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)
    .sort();
}

/** The files of src/ whose comments name a section, by "8446 4.1.2". */
function citations(): ReadonlyMap<string, ReadonlySet<string>> {
  const cited = new Map<string, Set<string>>();
  for (const path of filesIn('src')) {
    for (const [, rfc, section] of (textOf(path) ?? '').matchAll(/RFC (8446|5246) (\d+(?:\.\d+)*)/g)) {
      const key = `${rfc} ${section}`;
      cited.set(key, (cited.get(key) ?? new Set()).add(path.slice('src/'.length)));
    }
  }
  return cited;
}

const fileOf = (reference: string): string => reference.slice(0, reference.indexOf('#'));

function line([section, numbers, demand, code, ...tests]: Row): string {
  const where = isReason(code)
    ? `${code}: ${tests.join(' ')} |`
    : `\`${fileOf(code)}\` | ${[...new Set(tests.map((test) => `\`${fileOf(test)}\``))].join(', ')}`;
  return `| ${section} | ${numbers} | ${demand} | ${where} |`;
}

export function document(): string {
  const rows = PARTS.flatMap((part) => part.rows);
  const count = (list: readonly Row[]): number =>
    list.reduce((sum, [, numbers]) => sum + numbersOf(numbers).length, 0);
  const open = rows.filter(([, , , code]) => code === OPEN);
  const notOurs = rows.filter(([, , , code]) => code === NOT_OURS);
  const cited = citations();
  const uncited = PARTS.flatMap((part) =>
    Object.keys(part.sentences)
      .filter((section) => !cited.has(`${part.rfc} ${section}`))
      .map((section) => `RFC ${part.rfc} ${section}`),
  );
  return [
    '# What the RFCs demand, and what shows it',
    '',
    'Written by `node dist/test/rfc-coverage/write.js` from `test/rfc-coverage/`. The demands of RFC 8446 sections 4 to 6 and',
    'RFC 5246 section 7 are told in our words; the numbers count the sentences with MUST, SHALL or REQUIRED in a section. For each,',
    'the code that meets it and the tests that break it; a test checks that all of them are there.',
    '',
    `${count(rows)} demands: ${count(rows) - count(open) - count(notOurs)} met and tested, ${count(notOurs)} on what is deliberately absent or on others, ${count(open)} open.`,
    '',
    ...PARTS.flatMap((part, index) => [
      ...(PARTS[index - 1]?.rfc === part.rfc
        ? []
        : [
            ...(index === 0 ? [] : ['']),
            `## RFC ${part.rfc}`,
            '',
            '| section | numbers | demand | code | tests |',
            '| --- | --- | --- | --- | --- |',
          ]),
      ...part.rows.map(line),
    ]),
    '',
    '## Sections with demands that no comment in the code names',
    '',
    uncited.length === 0 ? 'None.' : uncited.join(', '),
    '',
  ].join('\n');
}
