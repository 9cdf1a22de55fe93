/** Sessions as bytes: for tickets, for external caches, for a client's disk. Versioned; as secret as the session. */

import { copyBytes, EMPTY } from '../bytes/bytes.ts';
import { asciiDecode, asciiEncode } from '../bytes/encoding.ts';
import { Secret } from '../bytes/secret.ts';
import { TLSError } from '../wire/error.ts';
import { Reader } from '../wire/reader.ts';
import { CipherSuite } from '../wire/registry-crypto.ts';
import { Writer } from '../wire/writer.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { X509Error } from '../x509/error.ts';
import { parseRawPublicKey, type RawPublicKey } from '../x509/raw-public-key.ts';
import { MAX_TICKET_STORE } from './replay.ts';
import type { Session, SessionVerdict, StoredSession } from './session.ts';

/** Raised with every change of the form; other forms are refused, which costs a full handshake and nothing else. */
const FORM = 5;
const MAX_SECRET = 64;
const MAX_CHAIN_BYTES = 0xffffff;

const Flag = {
  tls13: 1,
  extendedMasterSecret: 2,
  hasVerdict: 4,
  verified: 8,
  hasPsk: 16,
  imported: 32,
  hasRawKey: 64,
} as const;

function writeText(w: Writer, text: string | undefined): void {
  w.vector(2, text === undefined ? EMPTY : asciiEncode(text));
}

function readText(r: Reader, name: string): string | undefined {
  const bytes = r.vector(2, 0, 0xffff, name);
  if (bytes.length === 0) return undefined;
  return asciiDecode(bytes) ?? r.fail('bad_value', name, 'is not ASCII');
}

function writeCore(w: Writer, session: Session): void {
  const { verdict, externalPsk, peerRawPublicKey } = session;
  w.u8(FORM);
  w.u8(
    (session.version === 'tls13' ? Flag.tls13 : 0) |
      (session.extendedMasterSecret ? Flag.extendedMasterSecret : 0) |
      (verdict === undefined ? 0 : Flag.hasVerdict) |
      (verdict?.verified === true ? Flag.verified : 0) |
      (externalPsk === undefined ? 0 : Flag.hasPsk) |
      (externalPsk?.context === undefined ? 0 : Flag.imported) |
      (peerRawPublicKey === undefined ? 0 : Flag.hasRawKey),
  );
  w.u16(session.cipherSuite).vector(1, session.secret.reveal());
  w.u64(BigInt(Math.floor(session.createdAt)))
    .u64(BigInt(Math.floor(session.authenticatedAt)))
    .u32(session.lifetime)
    .u32(session.ageAdd);
  w.u32(session.maxEarlyDataSize).vector(1, session.replayStore);
  writeText(w, session.serverName);
  writeText(w, session.alpnProtocol);
  writeText(w, verdict?.code);
  w.vector(1, session.binding);
  w.u64(BigInt(session.peerValidity.notBefore)).u64(BigInt(session.peerValidity.notAfter));
  w.vector(3, (list) => {
    for (const certificate of session.peerCertificates) list.vector(3, certificate.raw);
  });
  if (peerRawPublicKey !== undefined) w.vector(2, peerRawPublicKey.raw);
  if (externalPsk !== undefined) w.vector(2, externalPsk.identity);
  if (externalPsk?.context !== undefined) w.vector(2, externalPsk.context);
}

/** Flags that say nothing, and bits of no meaning, are refused: a session has one form. */
function readFlags(r: Reader): number {
  const flags = r.u8('flags');
  const known = Object.values(Flag).reduce((all, flag) => all | flag, 0);
  const alone = (part: number, whole: number): boolean => (flags & part) !== 0 && (flags & whole) === 0;
  if ((flags & ~known) !== 0 || alone(Flag.verified, Flag.hasVerdict) || alone(Flag.imported, Flag.hasPsk))
    r.fail('bad_value', 'flags', `are ${flags}, which makes no sense`);
  return flags;
}

/** Milliseconds, as many as a number holds exactly. */
function readTime(r: Reader, name: string): number {
  const time = r.u64(name);
  return time <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(time) : r.fail('bad_value', name, 'is too far off');
}

function readCore(r: Reader): Session {
  const form = r.u8('form');
  if (form !== FORM) r.fail('bad_value', 'form', `is ${form}, only ${FORM} is read`);
  const flags = readFlags(r);
  const cipherSuite = r.code(CipherSuite, 2, 'cipher_suite');
  const secret = r.vector(1, 1, MAX_SECRET, 'secret');
  const createdAt = readTime(r, 'created_at');
  const authenticatedAt = readTime(r, 'authenticated_at');
  const lifetime = r.u32('lifetime');
  const ageAdd = r.u32('age_add');
  const maxEarlyDataSize = r.u32('max_early_data_size');
  const replayStore = copyBytes(r.vector(1, 0, MAX_TICKET_STORE, 'replay_store'));
  const serverName = readText(r, 'server_name');
  const alpnProtocol = readText(r, 'alpn_protocol');
  const code = readText(r, 'verdict_code');
  const binding = r.vector(1, 0, 0xff, 'binding');
  const peerValidity = {
    notBefore: readTime(r, 'peer_not_before'),
    notAfter: readTime(r, 'peer_not_after'),
  };
  const chain = r.list(3, 0, MAX_CHAIN_BYTES, 'peer_certificates', (item) =>
    item.vector(3, 1, MAX_CHAIN_BYTES, 'certificate'),
  );
  if (code !== undefined && (flags & Flag.hasVerdict) === 0)
    r.fail('bad_value', 'verdict_code', 'is there without a verdict');
  const verdict: SessionVerdict | undefined =
    (flags & Flag.hasVerdict) === 0 ? undefined : { verified: (flags & Flag.verified) !== 0, code };
  const peerRawPublicKey =
    (flags & Flag.hasRawKey) === 0 ? undefined : readKey(r.vector(2, 1, 0xffff, 'peer_raw_public_key'));
  const externalPsk = readPsk(r, flags);
  return {
    version: (flags & Flag.tls13) === 0 ? 'tls12' : 'tls13',
    cipherSuite,
    secret: new Secret(copyBytes(secret)),
    extendedMasterSecret: (flags & Flag.extendedMasterSecret) !== 0,
    createdAt,
    authenticatedAt,
    lifetime,
    ageAdd,
    maxEarlyDataSize,
    replayStore,
    serverName,
    alpnProtocol,
    binding: copyBytes(binding),
    peerCertificates: chain.map(readCertificate),
    peerRawPublicKey,
    peerValidity,
    verdict,
    externalPsk,
  };
}

function readPsk(r: Reader, flags: number): Session['externalPsk'] {
  if ((flags & Flag.hasPsk) === 0) return undefined;
  const identity = copyBytes(r.vector(2, 1, 0xffff, 'psk_identity'));
  const context = (flags & Flag.imported) === 0 ? undefined : r.vector(2, 0, 0xffff, 'psk_context');
  return { identity, context: context === undefined ? undefined : copyBytes(context) };
}

const readCertificate = (der: Uint8Array): Certificate =>
  parsed('a certificate', () => parseCertificate(der));
const readKey = (der: Uint8Array): RawPublicKey => parsed('the raw key', () => parseRawPublicKey(der));

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw new TLSError('bad_value', `${what} of the session does not parse: ${error.message}`, {
      cause: error,
    });
  }
}

/** The server's form, for tickets and caches. */
export function encodeSession(session: Session): Uint8Array {
  const w = new Writer();
  writeCore(w, session);
  return w.finish();
}

/** Throws TLSError of the decode family for anything that {@link encodeSession} did not make. */
export function decodeSession(bytes: Uint8Array): Session {
  const r = new Reader(bytes, 'Session');
  const session = readCore(r);
  r.end();
  return session;
}

/** The client's form. */
export function encodeStoredSession(session: StoredSession): Uint8Array {
  const w = new Writer();
  writeCore(w, session);
  w.vector(2, session.ticket).vector(1, session.sessionId);
  return w.finish();
}

/** Throws TLSError of the decode family for anything that {@link encodeStoredSession} did not make. */
export function decodeStoredSession(bytes: Uint8Array): StoredSession {
  const r = new Reader(bytes, 'StoredSession');
  const core = readCore(r);
  const ticket = copyBytes(r.vector(2, 0, 0xffff, 'ticket'));
  const sessionId = copyBytes(r.vector(1, 0, 32, 'session_id'));
  r.end();
  return { ...core, ticket, sessionId };
}
