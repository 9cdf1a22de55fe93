/** docs/conformance.md: BoringSSL's cases by group, what is not run and why, and what rustls leaves out of the same groups. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../house/root.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly unimplemented: number;
  readonly disabled: number;
}

export interface Conformance {
  readonly total: Counts;
  readonly groups: Readonly<Record<string, Counts>>;
}

export interface KnownGap {
  readonly pattern: string;
  readonly reason: string;
  readonly cases: number;
}

/** The project's folder. */
export const ROOT: string = projectRoot(import.meta.url);

/** What keeps cases of a group unimplemented. */
const MISSING: Readonly<Record<string, string>> = {
  'ALPN and server name': 'choices that BoringSSL’s callbacks make one by one',
  'alerts and shutdown': 'renegotiation, SSL_peek',
  'application settings, channel ID, NPN, SRTP': 'drafts and features of Google’s own; SRTP is for DTLS',
  'certificates, OCSP and SCT': 'renegotiation, features of BoringSSL’s interface',
  'cipher suites': 'CBC and static RSA',
  'delegated credentials, trust anchors, PAKE': 'RFC 9345 and drafts',
  'early data': 'application settings and channel ID, which are Google’s own',
  'encrypted client hello': 'ECH',
  exporters: 'renegotiation, traffic secrets as BoringSSL hands them out',
  'extended master secret': 'renegotiation',
  extensions: 'drafts',
  'false start': 'CBC and static RSA, features of BoringSSL’s interface',
  'handshake and state machine': 'handshake hints, renegotiation, features of BoringSSL’s interface',
  'handshake hints': 'BoringSSL’s own',
  'key exchange': 'groups that the library does not have',
  'pre-shared keys': 'drafts',
  records: 'CBC record splitting, SSL_peek',
  renegotiation: 'no end of ours renegotiates',
  'resumption and tickets': 'ticket flags, renewal by the application',
  'signature algorithms': 'SHA-1 and MD5',
  'version negotiation': 'TLS 1.1 and older',
};

/** From DisabledTests of bogo/config.json.in in github.com/rustls/rustls, as it was in 2026. */
const RUSTLS: Readonly<Record<string, string>> = {
  'ALPN and server name': 'choosing an empty protocol',
  'application settings, channel ID, NPN, SRTP': 'all',
  'certificates, OCSP and SCT':
    'OCSP by callback, SCTs, key usages, leaf curves and certificate_types of TLS 1.2, selection by servers, large chains',
  'cipher suites': 'CBC and static RSA',
  'client authentication': 'retaining SHA-256 alone',
  'delegated credentials, trust anchors, PAKE': 'all',
  'early data': 'a change of ALPN, the early exporter of clients',
  'encrypted client hello': 'servers; all with ring',
  'extended master secret': 'renegotiation',
  extensions: 'GREASE, padding, hellos of TLS 1.2 without signature_algorithms',
  'handshake and state machine': 'SSL_peek',
  'handshake hints': 'all',
  'key exchange': 'P-521, ML-KEM-1024',
  records: 'record versions, CBC record splitting',
  renegotiation: 'all',
  'resumption and tickets': 'ticket flags',
  'signature algorithms': 'SHA-1, ECDSA with P-521 under ring, preferences in verifying',
  'version negotiation': 'TLS_FALLBACK_SCSV, marks of JDK 11, TLS 1.1',
};

export function readResults(): Conformance {
  return JSON.parse(readFileSync(join(ROOT, 'test/bogo/results.json'), 'utf8'));
}

export function readKnownGaps(): readonly KnownGap[] {
  return JSON.parse(readFileSync(join(ROOT, 'test/bogo/known-gaps.json'), 'utf8'));
}

/** Groups with unimplemented cases that say nothing of what is missing. */
export function unexplained({ groups }: Conformance): readonly string[] {
  return Object.entries(groups)
    .filter(([name, { unimplemented }]) => unimplemented > 0 && MISSING[name] === undefined)
    .map(([name]) => name);
}

export function conformance({ total, groups }: Conformance, gaps: readonly KnownGap[]): string {
  const row = (name: string, { passed, failed, unimplemented, disabled }: Counts): string => {
    const missing = unimplemented === 0 ? '' : (MISSING[name] ?? '');
    return `| ${name} | ${passed} | ${failed} | ${unimplemented} | ${disabled} | ${missing} | ${RUSTLS[name] ?? ''} |`;
  };
  const byReason = new Map<string, { cases: number; patterns: string[] }>();
  for (const { pattern, reason, cases } of gaps) {
    const known = byReason.get(reason) ?? { cases: 0, patterns: [] };
    byReason.set(reason, { cases: known.cases + cases, patterns: [...known.patterns, `\`${pattern}\``] });
  }
  return [
    '# BoringSSL’s conformance tests',
    '',
    'The runner of `google/boringssl` (`ssl/test/runner`, called BoGo) plays a peer that breaks rules one at a time. These are its cases',
    'of TLS 1.2 and 1.3 over TCP, in strict mode, as `npm run bogo -- --runner PATH --update` counted them last. Unimplemented: the',
    'case needs something that the library does not have. Disabled: we differ on purpose, for the reasons below; patterns overlap.',
    '',
    '| group | passed | failed | unimplemented | disabled | what is missing | what rustls leaves out |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...Object.entries(groups).map(([name, counts]) => row(name, counts)),
    row('all', total),
    '',
    '## Where we differ',
    '',
    '| cases | why | which |',
    '| --- | --- | --- |',
    ...[...byReason]
      .sort(([, a], [, b]) => b.cases - a.cases)
      .map(([reason, { cases, patterns }]) => `| ${cases} | ${reason} | ${patterns.join(', ')} |`),
    '',
  ].join('\n');
}
