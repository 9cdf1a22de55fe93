/**
 * What went wrong in TLS stacks so far, each with the tests that would show it here. A new incident gets a row, and
 * a test that fails where the mistake is made.
 */
export interface Incident {
  /** Its name, or what was done. */
  readonly what: string;
  /** CVE, GHSA and RUSTSEC numbers. */
  readonly ids: readonly string[];
  /** Files without their ending, of this folder where no other is named; none for what we do not have. */
  readonly tests: readonly string[];
  /** Where there are no tests: why it does not concern us yet. */
  readonly why?: string;
}

function seen(what: string, tests: string, ...ids: readonly string[]): Incident {
  return { what, ids, tests: tests.split(' ') };
}

/** Not among these tests, and the reason. */
function apart(what: string, why: string, ...ids: readonly string[]): Incident {
  return { what, ids, tests: [], why };
}

export const INCIDENTS: readonly Incident[] = [
  seen('goto fail: a signature not checked', 'signatures', 'CVE-2014-1266', 'CVE-2014-0092'),
  seen('a signature of another role, scheme or content', 'signatures'),
  seen('Heartbleed: lengths that were believed', 'length-fields', 'CVE-2014-0160'),
  seen('an early ChangeCipherSpec', 'early-change-cipher-spec', 'CVE-2014-0224'),
  seen('SMACK and SKIP-TLS: messages left out', 'message-order', 'CVE-2014-6593'),
  seen('a client certificate without CertificateVerify', 'message-order', 'CVE-2015-0205'),
  seen('triple handshake', 'sessions', 'CVE-2014-1295'),
  seen('FREAK: export keys', 'weak-suites', 'CVE-2015-0204'),
  seen('Logjam: weak primes', 'weak-suites', 'CVE-2015-4000'),
  seen('POODLE and other downgrades', 'downgrade', 'CVE-2014-3566'),
  seen('renegotiation', 'renegotiation', 'CVE-2009-3555', 'CVE-2021-3449', 'CVE-2011-1473'),
  seen("Bleichenbacher's forgery of signatures", 'rsa-forgeries', 'CVE-2006-4339', 'CVE-2014-1568'),
  seen('the same in JavaScript', 'rsa-forgeries', 'CVE-2022-24771', 'CVE-2022-24773'),
  seen('ROBOT and Marvin', 'weak-suites', 'CVE-2017-13099', 'CVE-2022-4304', 'CVE-2023-46809'),
  seen('Lucky Thirteen and other tales of padding', 'weak-suites', 'CVE-2013-0169', 'CVE-2016-2107'),
  seen('BEAST, Sweet32, RC4', 'weak-suites'),
  seen('CRIME: compression', 'weak-suites', 'CVE-2012-4929'),
  seen('NUL in a name', 'names', 'CVE-2009-2408', 'CVE-2013-4238'),
  seen(
    'names compared as text',
    'names',
    'CVE-2016-7099',
    'CVE-2021-44531',
    'CVE-2021-44532',
    'CVE-2021-44533',
  ),
  seen('hosts normalised into others', 'names', 'CVE-2026-48618'),
  seen('contexts found by exact case', 'names', 'CVE-2026-48928'),
  seen('undefined turned verification off', 'node-face', 'CVE-2021-22939'),
  seen(
    'leaves that act as CAs, and paths too long',
    'authorities',
    'CVE-2002-0862',
    'CVE-2011-0228',
    'CVE-2021-3450',
    'GHSA-2328-f5f3-gj25',
    'GHSA-h8mc-2r26-8398',
  ),
  seen('alternative chains', 'authorities', 'CVE-2015-1793'),
  seen(
    'name constraints passed over',
    'authorities',
    'CVE-2025-61727',
    'CVE-2024-0567',
    'RUSTSEC-2026-0099',
    'GHSA-965h-392x-2mh5',
  ),
  seen('punycode that overflowed, or took long', 'names', 'CVE-2022-3602', 'CVE-2022-3786', 'CVE-2022-45061'),
  seen('names of another form compared', 'names', 'CVE-2024-6119'),
  seen(
    'nested ASN.1, and readers that differ',
    'parser-bombs',
    'CVE-2018-0739',
    'CVE-2025-66031',
    'CVE-2025-12816',
  ),
  seen('numbers of any size', 'parser-bombs', 'CVE-2023-29409', 'CVE-2023-3446'),
  seen('explicit parameters of curves', 'key-shares', 'CVE-2022-0778', 'CVE-2020-0601'),
  seen(
    'paths without number',
    'parser-bombs signature-budget',
    'RUSTSEC-2023-0053',
    'CVE-2026-32281',
    'CVE-2023-0464',
  ),
  seen('points off the curve, shares of small order, keys that are none', 'key-shares', 'CVE-2015-7940'),
  seen('psychic signatures, and two for one message', 'signatures', 'CVE-2022-21449', 'GHSA-q67f-28xg-22rw'),
  seen('randomness that was none', 'randomness', 'CVE-2008-0166'),
  seen('nonces that came twice', 'randomness', 'CVE-2016-0270'),
  seen('Raccoon: finite-field secrets', 'weak-suites', 'CVE-2020-1968'),
  seen('ticket keys of zeros', 'sessions', 'CVE-2020-13777'),
  seen(
    'sessions that skip verification',
    'sessions',
    'CVE-2014-7189',
    'CVE-2020-8172',
    'CVE-2025-23419',
    'CVE-2025-68121',
  ),
  seen('a cache without bound', 'sessions', 'CVE-2024-2511'),
  seen(
    'floods of what brings nothing',
    'floods early-change-cipher-spec idle-records',
    'CVE-2016-8610',
    'CVE-2020-25648',
    'CVE-2026-32283',
    'CVE-2026-56862',
  ),
  seen('messages across a change of keys', 'floods', 'CVE-2025-61730'),
  seen('truncation', 'truncation'),
  seen('a loop after close_notify', 'floods', 'CVE-2024-32650'),
  seen('a nonce used twice by a program that sends while it is read', 'reentrancy'),
  seen('callbacks that fail', 'node-face reentrancy padding-policy', 'CVE-2026-21637'),
  seen('a mismatch of raw public keys that was only noted', 'handshake/raw-public-keys', 'CVE-2024-12797'),
  apart('compressed certificates that grow', 'certificates are not compressed', 'CVE-2025-66199'),
  apart(
    'what ECH is to hide stands in the outer hello',
    'Encrypted Client Hello is not spoken',
    'CVE-2026-42505',
  ),
  seen('Selfie: a key reflected', 'sessions'),
  seen('ALPACA: another protocol’s server', 'sessions'),
  seen('0-RTT replayed', 'early-data/replay'),
  seen('STARTTLS injection', 'node-face', 'CVE-2011-0411'),
  apart(
    'STARTTLS stripped, in IMAP, POP3 and SMTP',
    'no mail protocol is spoken; a program upgrades a socket itself',
  ),
  seen('revocation lists believed, or not missed', 'revocation'),
  seen('OCSP responses that anybody had signed', 'revocation'),
  seen('prototype pollution, and names like __proto__', 'node-face'),
  seen('regular expressions that backtrack', 'parser-bombs'),
  seen('comparisons that stop at the first difference', 'javascript-stacks'),
  seen('memory shown that lies beside the data', 'javascript-stacks retained-memory'),

  // Measured in JavaScript stacks.
  seen(
    'a leaf as CA, no keyCertSign, pathLen, constraints, purpose, unknown critical extensions',
    'authorities',
  ),
  seen(
    'a common name where there is no alternative name, and a host left to the caller',
    'authorities names',
  ),
  seen('a self-signed certificate accepted because no CA was given', 'authorities node-face'),
  seen('Certificate of TLS 1.3 without CertificateVerify', 'message-order'),
  seen("a server's Finished that is not checked", 'message-order'),
  seen('TLS 1.2 without ServerKeyExchange, by a key_share in ServerHello', 'message-order'),
  seen('the downgrade sentinel ignored', 'downgrade'),
  seen('a wrong echo of legacy_session_id', 'javascript-stacks'),
  seen('padding, content types, tickets and alerts as application data', 'javascript-stacks'),
  seen('a close_notify in clear after encryption began', 'truncation'),
  seen('oversized records', 'javascript-stacks'),
  seen('Math.random', 'randomness'),
  seen('options applied after the ClientHello', 'node-face'),
  seen('ALPN that the server never chose', 'javascript-stacks'),
  seen('a KeyUpdate that was asked for and never sent', 'floods'),
  seen('ChaCha20 in TLS 1.2 that hangs', 'weak-suites'),
  seen("40 ms of Nagle's algorithm", 'node-face'),
  seen('words for a log that is off', 'javascript-stacks'),

  // Our own.
  seen("what BoringSSL's runner found in us", 'bogo-findings'),
  seen('sessions kept after they failed', 'failed-sessions'),
  seen('memory of the peer’s choosing held by idle connections', 'retained-memory'),
  seen('secrets left readable after a failure', 'wiped-secrets'),
];
