/**
 * `--session-out` and `--session-in`: a session kept in a file, for the next run. Whoever reads the file can take up
 * the session in our place, and reads what a connection of TLS 1.2 said under it: it is the owner's alone.
 */
import { decodePem, encodePem } from '../bytes/pem.ts';
import { decodeStoredSession, encodeStoredSession } from '../session/codec.ts';
import { isExpired, type StoredSession } from '../session/session.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import { UsageError } from './exit.ts';
import { checkReplaceable, judged, OWNER_ONLY, readTextFile, replaceFile } from './files.ts';

const LABEL = 'PURETLS SESSION';
const OPENSSL_LABEL = 'SSL SESSION PARAMETERS';

export interface SessionFile {
  readonly path: string;
  /** As the faces take it. */
  readonly bytes: Uint8Array;
  readonly session: StoredSession;
}

function sessionIn(text: string): Uint8Array {
  const blocks = decodePem(text);
  if (blocks.some((block) => block.label === OPENSSL_LABEL)) {
    throw new UsageError("is a session of OpenSSL's, which only OpenSSL can take up");
  }
  const [block, ...more] = blocks.filter((one) => one.label === LABEL);
  if (block === undefined)
    throw new UsageError(`there is no session in it; expected -----BEGIN ${LABEL}-----`);
  if (more.length > 0) throw new UsageError(`there are ${more.length + 1} sessions in it; expected one`);
  return block.bytes;
}

/** Throws UsageError for a file that cannot be read, or that holds no session of ours. */
export function readSessionFile(path: string): SessionFile {
  const text = readTextFile('--session-in', path);
  return judged('--session-in', path, () => {
    const bytes = sessionIn(text);
    return { path, bytes, session: decodeStoredSession(bytes) };
  });
}

/** Where sessions go. The newest replaces the one before, whole or not at all. */
export class SessionOut {
  readonly path: string;
  #written = 0;

  /** Throws UsageError for a place where no file can be written: before anything is connected. */
  constructor(path: string) {
    checkReplaceable('--session-out', path);
    this.path = path;
  }

  get isEmpty(): boolean {
    return this.#written === 0;
  }

  /** Throws UsageError. */
  put(bytes: Uint8Array): void {
    replaceFile('--session-out', this.path, encodePem(LABEL, bytes), OWNER_ONLY);
    this.#written++;
  }

  /** Throws UsageError. */
  putSession(session: StoredSession): void {
    this.put(encodeStoredSession(session));
  }
}

const versionOf = (session: StoredSession): ProtocolVersion =>
  session.version === 'tls13' ? ProtocolVersion.TLS13 : ProtocolVersion.TLS12;

interface Circumstances {
  /** Whom the certificate was to be for. */
  readonly serverName: string;
  readonly minVersion: ProtocolVersion | undefined;
  readonly maxVersion: ProtocolVersion | undefined;
  readonly now: number;
}

/** Why a session that was given was not taken up, as far as one can tell from here. */
export function whyNotResumed({ session }: SessionFile, circumstances: Circumstances): string {
  const { serverName, minVersion, maxVersion, now } = circumstances;
  const version = versionOf(session);
  if (session.serverName !== undefined && session.serverName !== serverName.toLowerCase()) {
    return `it is for ${session.serverName}`;
  }
  if (version < (minVersion ?? version) || version > (maxVersion ?? version)) {
    return `it is of ${version === ProtocolVersion.TLS13 ? 'TLS 1.3' : 'TLS 1.2'}`;
  }
  if (isExpired(session, now)) return 'it has expired';
  return 'it was made under other settings, or the server would not take it';
}
