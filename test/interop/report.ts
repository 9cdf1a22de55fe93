/** docs/interop.md: with which stacks what was seen to work, what was left out and why. The same run, the same text. */
import type { Leaf } from '../house/tally.ts';

const ROLE = /^our (client|server)\b/;
/** With its version, as the drivers name it. */
const STACK = /\b(?:OpenSSL|GnuTLS|NSS|Botan|Go|Java|rustls|Node) [\d.]+\w*/;

interface Row {
  readonly passed: Record<'client' | 'server', number>;
  readonly skipped: Record<'client' | 'server', number>;
}

interface StackReport {
  readonly rows: Map<string, Row>;
  readonly reasons: Map<string, number>;
}

/** Tests of the openssl command, which do not tell its version; OpenSSL's others do. */
const BY_COMMAND = /^(?:(TLS 1\.\d): )?our (client|server) with s_(?:client|server)$/;

const DEPTH = 'TLS 1.3 through the Node face: retries, alerts, slow readers, key updates';

interface Place {
  readonly role: 'client' | 'server';
  readonly stack: string;
  readonly what: string;
}

const isRole = (text: string | undefined): text is Place['role'] => text === 'client' || text === 'server';

function place(path: readonly string[], openssl: string | undefined): Place | undefined {
  const [first = '', second] = path;
  const [, version = 'TLS 1.2', by] = BY_COMMAND.exec(first) ?? [];
  if (isRole(by) && openssl !== undefined)
    return { role: by, stack: openssl, what: `pre-shared keys, ${version}` };
  const [role, stack] = [ROLE.exec(first)?.[1], STACK.exec(first)?.[0]];
  if (stack === undefined || !isRole(role)) return undefined;
  const grouped = second !== undefined && /, TLS 1\.\d$/.test(second);
  return { role, stack, what: grouped ? second : DEPTH };
}

const opensslIn = (leaves: readonly Leaf[]): string | undefined =>
  leaves
    .map(({ path }) => STACK.exec(path[0] ?? '')?.[0])
    .find((stack) => stack?.startsWith('OpenSSL ') === true);

const cell = (row: Row, role: 'client' | 'server'): string => {
  const [passed, skipped] = [row.passed[role], row.skipped[role]];
  if (passed + skipped === 0) return '';
  return skipped === 0 ? String(passed) : `${passed}, ${skipped} left out`;
};

/** What a run lacked to be whole: stacks that are not on this machine. */
export function missingStacks(leaves: readonly Leaf[]): readonly string[] {
  const openssl = opensslIn(leaves);
  return leaves.flatMap(({ path, skipped }) =>
    skipped !== undefined && place(path, openssl) === undefined ? [`${path.join(', ')}: ${skipped}`] : [],
  );
}

export function interopReport(leaves: readonly Leaf[]): string {
  const openssl = opensslIn(leaves);
  const stacks = new Map<string, StackReport>();
  for (const { path, skipped } of leaves) {
    const where = place(path, openssl);
    if (where === undefined) continue;
    const { role, stack, what } = where;
    const report = stacks.get(stack) ?? { rows: new Map<string, Row>(), reasons: new Map<string, number>() };
    stacks.set(stack, report);
    const row = report.rows.get(what) ?? {
      passed: { client: 0, server: 0 },
      skipped: { client: 0, server: 0 },
    };
    report.rows.set(what, row);
    if (skipped === undefined) row.passed[role] += 1;
    else {
      row.skipped[role] += 1;
      const last = path.at(-1) ?? '';
      const reason = last === what ? `${last}: ${skipped}` : `${last}, ${what}: ${skipped}`;
      report.reasons.set(reason, (report.reasons.get(reason) ?? 0) + 1);
    }
  }
  const names = [...stacks.keys()].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  return [
    '# Interoperability',
    '',
    'Written by `npm run interop` when every stack was there and nothing failed. Numbers are tests that passed: handshakes with a',
    'foreign stack, in which both ends agreed on version, suite, group, names, resumption and keying material as far as each tells.',
    'Under "suites, groups, certificates" that is every combination that both ends have, and for the clients of Java and Node, which',
    'are slow to start, so many that each suite, group and kind of certificate meets each of the others; under "versions" each end',
    'is held to 1.2, to 1.3, or to neither.',
    '',
    ...names.flatMap((name) => {
      const report = stacks.get(name);
      if (report === undefined) return [];
      const rows = [...report.rows].sort(([a], [b]) => (a < b ? -1 : 1));
      const reasons = [...report.reasons.keys()].sort();
      return [
        `## ${name}`,
        '',
        '| what | our client, its server | our server, its client |',
        '| --- | --- | --- |',
        ...rows.map(([what, row]) => `| ${what} | ${cell(row, 'client')} | ${cell(row, 'server')} |`),
        '',
        ...(reasons.length === 0 ? [] : ['Left out:', '', ...reasons.map((reason) => `- ${reason}`), '']),
      ];
    }),
  ].join('\n');
}
