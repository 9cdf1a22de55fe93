/** docs/interop.md: with which stacks what was seen to work, and what was left out and why. */
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

const DEPTH = 'TLS 1.3 through the Node face: retries, alerts, slow readers, key updates';

function place(
  path: readonly string[],
): { role: 'client' | 'server'; stack: string; what: string } | undefined {
  const [first = '', second] = path;
  const [role, stack] = [ROLE.exec(first)?.[1], STACK.exec(first)?.[0]];
  if (stack === undefined || (role !== 'client' && role !== 'server')) return undefined;
  const grouped = second !== undefined && /, TLS 1\.\d$/.test(second);
  return { role, stack, what: grouped ? second : DEPTH };
}

const cell = (row: Row, role: 'client' | 'server'): string => {
  const [passed, skipped] = [row.passed[role], row.skipped[role]];
  if (passed + skipped === 0) return '';
  return skipped === 0 ? String(passed) : `${passed}, ${skipped} left out`;
};

export function interopReport(leaves: readonly Leaf[]): string {
  const stacks = new Map<string, StackReport>();
  const absent: string[] = [];
  for (const { path, skipped } of leaves) {
    const where = place(path);
    if (where === undefined) {
      if (skipped !== undefined) absent.push(`${path.join(', ')}: ${skipped}`);
      continue;
    }
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
    'Written by `npm run interop` when nothing failed. Numbers are tests that passed: handshakes with a foreign stack, in which both',
    'ends agreed on version, suite, group, names, resumption and keying material as far as each tells.',
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
    ...(absent.length === 0
      ? []
      : ['## Not tried in this run', '', ...absent.sort().map((each) => `- ${each}`), '']),
  ].join('\n');
}
