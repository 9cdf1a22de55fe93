/** What must hold once a handshake is complete: the `-expect-` flags, and what BoringSSL's own shim checks always. */
import { readFileSync } from 'node:fs';
import { EMPTY, equalBytes } from '../../src/bytes/bytes.ts';
import { fromHex } from '../../src/bytes/encoding.ts';
import type { Credential } from '../../src/config/options.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import type { Connection } from '../../src/engine/connection.ts';
import type { ConnectionInfo } from '../../src/engine/info.ts';
import type { EarlyDataReason } from '../../src/handshake/early-data.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { CertificateType, ProtocolVersion } from '../../src/wire/registry.ts';
import { parseCertificates } from '../../src/x509/credential.ts';
import type { Heard } from './decisions.ts';
import { Mismatch } from './error-names.ts';
import { type Flags, Unimplemented } from './flags.ts';
import { pskOf, timestampsOf } from './settings.ts';

function check(holds: boolean, what: string): void {
  if (!holds) throw new Mismatch(what);
}

function same(expected: number | undefined, got: number | undefined, what: string): void {
  if (expected === undefined) return;
  check(expected === got, `${what} is ${got ?? 'none'}, not ${expected}`);
}

/** Sessions that came or were stored so far. */
export interface Sessions {
  readonly received: number;
  readonly stored: number;
}

export function checkHandshake(flags: Flags, connection: Connection, heard: Heard, isResume: boolean): void {
  const { info } = connection;
  const resumes = isResume && !flags.on('expect-session-miss');
  check(info.resumed === resumes, `session was${info.resumed ? '' : ' not'} resumed`);
  checkNegotiated(flags, connection, info);
  checkNames(flags, info, heard);
  checkPeer(flags, info, heard);
}

/** The number of the credential that was shown; -1 for the default one. */
export function checkCredential(
  flags: Flags,
  { localCredential, externalPsk }: ConnectionInfo,
  credentials: readonly Credential[],
): void {
  const used = localCredential === undefined ? -1 : credentials.indexOf(localCredential);
  // Credentials are certificates and raw keys, in the order of their numbers.
  const certificates = flags.credentials.filter(({ kind }) => kind !== 'new-psk-credential');
  const shown = certificates[used];
  const index = flags.credentials.findIndex((one) =>
    one.kind === 'new-psk-credential'
      ? externalPsk !== undefined && equalBytes(externalPsk.identity, pskOf(one.flags).identity)
      : one === shown,
  );
  same(flags.number('expect-selected-credential'), index, 'credential');
}

function checkNegotiated(flags: Flags, connection: Connection, info: ConnectionInfo): void {
  same(flags.number('expect-version'), info.version, 'version');
  same(flags.number('expect-cipher'), info.cipherSuite?.code, 'cipher suite');
  same(flags.number('expect-cipher-no-aes'), info.cipherSuite?.code, 'cipher suite');
  // A resumed session of TLS 1.2 agrees on no group.
  if (info.version === ProtocolVersion.TLS13 || !info.resumed) {
    same(flags.number('expect-curve-id'), info.group?.code, 'group');
  }
  if (flags.on('expect-hrr')) check(info.helloRetryRequest, 'there was no HelloRetryRequest');
  if (flags.on('expect-no-hrr')) check(!info.helloRetryRequest, 'there was a HelloRetryRequest');
  if (flags.on('expect-extended-master-secret') && info.version === ProtocolVersion.TLS12) {
    check(connection.tlsUnique !== undefined, 'extended_master_secret was not negotiated');
  }
}

/** BoringSSL's words for ours. */
const REASONS: Readonly<Record<EarlyDataReason, string>> = {
  disabled: 'disabled',
  protocol_version: 'protocol_version',
  no_session: 'no_session_offered',
  unsupported_for_session: 'unsupported_for_session',
  not_offered: 'peer_declined',
  hello_retry_request: 'hello_retry_request',
  session_not_resumed: 'session_not_resumed',
  cipher_mismatch: 'session_not_resumed',
  alpn_mismatch: 'alpn_mismatch',
  ticket_age: 'ticket_age_skew',
  other_store: 'unknown',
  replay_or_refused: 'unknown',
  declined: 'peer_declined',
};

/** Of a whole handshake: while early data is under way nothing is expected yet. */
export function checkEarlyData(flags: Flags, { earlyData: { status, reason } }: ConnectionInfo): void {
  const accepted = status === 'accepted';
  if (flags.on('expect-accept-early-data')) check(accepted, `early data was not accepted: ${reason}`);
  if (flags.on('expect-reject-early-data')) check(!accepted, 'early data was accepted');
  if (flags.on('expect-no-offer-early-data')) check(status === 'not_offered', 'early data was offered');
  const expected = flags.text('expect-early-data-reason');
  const given = reason === undefined ? 'accept' : REASONS[reason];
  if (expected !== undefined) check(given === expected, `the reason is ${given}, not ${expected}`);
}

function checkNames(flags: Flags, info: ConnectionInfo, heard: Heard): void {
  const alpn = flags.text(info.role === 'server' ? 'select-alpn' : 'expect-alpn') ?? '';
  check((info.alpnProtocol ?? '') === alpn, `ALPN chose "${info.alpnProtocol ?? ''}", not "${alpn}"`);
  const advertised = flags.text('expect-advertised-alpn');
  if (advertised !== undefined) {
    const heardList = heard.alpnProtocols.map((name) => String.fromCharCode(name.length) + name).join('');
    check(heardList === advertised, 'the protocols advertised are others');
  }
  const name = flags.text('expect-server-name');
  if (name !== undefined)
    check(info.serverName === name, `server_name is "${info.serverName}", not "${name}"`);
  if (flags.on('expect-no-server-name')) check(info.serverName === undefined, 'there is a server_name');
}

function checkPeer(flags: Flags, info: ConnectionInfo, heard: Heard): void {
  // A resumed session has no signature and staples nothing.
  if (!info.resumed) checkFull(flags, info);
  const prefs = flags.numbers('expect-peer-verify-pref');
  if (prefs !== undefined) {
    check(
      prefs.join() === heard.signatureSchemes.join(),
      `the peer verifies ${heard.signatureSchemes.join()}`,
    );
  }
  if (flags.on('expect-no-peer-cert')) {
    check(info.peerCertificates.length === 0, 'the peer showed a certificate');
  } else if (info.role === 'client' || flags.on('require-any-client-certificate')) {
    const proven =
      info.externalPsk !== undefined ||
      info.peerRawPublicKey !== undefined ||
      info.peerCertificates.length > 0;
    check(proven, 'the peer showed no certificate');
  }
  checkPeerKey(flags, info);
  const file = flags.text('expect-peer-cert-file');
  if (file !== undefined) {
    const expected = parseCertificates(readFileSync(file, 'utf8'));
    const fits =
      expected.length === info.peerCertificates.length &&
      expected.every((one, i) => equalBytes(one.raw, info.peerCertificates[i]?.raw ?? new Uint8Array(0)));
    check(fits, "the peer's chain is another");
  }
  const list = flags.text('expect-client-ca-list');
  if (list !== undefined) {
    const names = list === '<EMPTY>' ? [] : list.split(',').map((hex) => fromHex(hex));
    const fits =
      names.length === heard.certificateAuthorities.length &&
      names.every((name, i) => equalBytes(name, heard.certificateAuthorities[i] ?? new Uint8Array(0)));
    check(fits, 'the certificate authorities are others');
  }
  const types = flags.bytes('expect-certificate-types');
  if (types !== undefined) {
    check(equalBytes(types, Uint8Array.from(heard.certificateTypes)), 'the certificate types are others');
  }
  if (flags.on('expect-verify-result') && info.peerVerdict !== undefined) {
    check(info.peerVerdict.verified === !flags.on('verify-fail'), 'the verdict kept is another');
  }
}

function checkPeerKey(flags: Flags, { peerRawPublicKey: key, peerCertificates }: ConnectionInfo): void {
  const type = key === undefined ? CertificateType.X509 : CertificateType.RawPublicKey;
  same(flags.number('expect-peer-certificate-type'), type, "type of the peer's certificate");
  const digest = flags.bytes('expect-peer-rpk-sha256');
  if (digest === undefined) return;
  check(key !== undefined && equalBytes(sha256.digest(key.raw), digest), "the peer's raw key is another");
  check(peerCertificates.length === 0, 'the peer showed certificates');
}

function checkFull(flags: Flags, info: ConnectionInfo): void {
  same(flags.number('expect-peer-signature-algorithm'), info.peerSignatureScheme?.code, 'signature scheme');
  const timestamps = flags.bytes('expect-signed-cert-timestamps');
  if (timestamps !== undefined) {
    const expected = timestampsOf(timestamps);
    const got = info.signedCertificateTimestamps;
    const fits =
      expected.length === got.length && expected.every((one, i) => equalBytes(one, got[i] ?? EMPTY));
    check(fits, 'the certificate timestamps are others');
  }
  const ocsp = flags.bytes('expect-ocsp-response');
  if (ocsp !== undefined) {
    check(
      info.ocspResponse !== undefined && equalBytes(ocsp, info.ocspResponse),
      'the OCSP response is another',
    );
  }
}

export function checkSessions(
  flags: Flags,
  info: ConnectionInfo,
  sessions: Sessions,
  isResume: boolean,
): void {
  if (info.role === 'client' && info.version === ProtocolVersion.TLS12) {
    const renewed = !info.resumed || flags.on('expect-ticket-renewal');
    const expected = !flags.on('expect-no-session') && renewed;
    check(sessions.received > 0 === expected, `there is ${expected ? 'no' : 'a'} session`);
  }
  if (isResume) return;
  if (info.role === 'client' && (flags.on('expect-session-id') || flags.on('expect-no-session-id')))
    throw new Unimplemented('session IDs of a client');
  if (flags.on('expect-session-id')) check(sessions.stored > 0, 'no session was stored');
  if (flags.on('expect-no-session-id')) check(sessions.stored === 0, 'a session was stored');
}

/** At the end of a connection: a client of TLS 1.3 has its ticket by then. */
export function checkEnd(flags: Flags, info: ConnectionInfo, newest: StoredSession | undefined): void {
  if (info.role !== 'client' || info.version !== ProtocolVersion.TLS13 || flags.on('shim-shuts-down')) return;
  const expected = !flags.on('expect-no-session');
  check(info.tickets > 0 === expected, `there came ${expected ? 'no' : 'a'} ticket`);
  if (!expected) return;
  const early = (newest?.maxEarlyDataSize ?? 0) > 0;
  check(
    early === flags.on('expect-ticket-supports-early-data'),
    `the ticket allows ${early ? '' : 'no '}early data`,
  );
}
