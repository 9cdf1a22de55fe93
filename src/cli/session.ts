/** Opens a connection through the Node face, with the shared options. */
import type { ConnectionOptions, EarlyDataAnswer } from '../index.ts';
import { connect, type TLSSocket } from '../index.ts';
import { TLSError } from '../wire/error.ts';
import { verifiedName } from './engine-options.ts';
import { Attributed } from './exit.ts';
import { type NegotiationReport, negotiationReport } from './negotiation-report.ts';
import { negotiable, type PeerSettings } from './options.ts';
import { whyNotResumed } from './session-file.ts';
import { formatTarget, type Target } from './target.ts';
import { trustNote } from './trust.ts';

function faceOptions(target: Target, settings: PeerSettings): ConnectionOptions {
  const [credential] = settings.credentials;
  return {
    host: target.host,
    port: target.port,
    servername: verifiedName(target, settings),
    allowHalfOpen: true,
    ALPNProtocols: [...settings.alpn],
    ...negotiable(settings),
    ...(settings.sessionIn === undefined ? {} : { session: Buffer.from(settings.sessionIn.bytes) }),
    ...(settings.trust === undefined ? {} : { ca: settings.trust.files.map((file) => Buffer.from(file)) }),
    ...(settings.revocation === undefined
      ? {}
      : {
          crl: settings.revocation.files.map((file) => Buffer.from(file)),
          crlCheck: settings.revocation.check,
        }),
    ...(credential === undefined
      ? {}
      : {
          cert: Buffer.from(credential.certificateFile),
          key: Buffer.from(credential.keyFile),
          ...(credential.passphrase === undefined ? {} : { passphrase: credential.passphrase }),
        }),
    ...(settings.insecure ? { rejectUnauthorized: false } : {}),
    dangerousEarlyData: settings.earlyData,
  };
}

/** Undefined where none was given, or it was resumed. */
export function notResumed(target: Target, settings: PeerSettings, resumed: boolean): string | undefined {
  const { sessionIn, minVersion, maxVersion } = settings;
  if (resumed || sessionIn === undefined) return undefined;
  return whyNotResumed(sessionIn, {
    serverName: verifiedName(target, settings),
    minVersion: minVersion?.code,
    maxVersion: maxVersion?.code,
    now: Date.now(),
  });
}

/** A session that cannot be written ends the connection: the caller asked for it. */
function keepSessions(socket: TLSSocket, { sessionOut }: PeerSettings): void {
  if (sessionOut === undefined) return;
  socket.on('session', (session: Uint8Array) => {
    try {
      sessionOut.put(session);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

export interface Session {
  readonly socket: TLSSocket;
  readonly report: NegotiationReport;
  /** Undefined where no early data was offered. */
  readonly early: EarlyDataAnswer | undefined;
}

/** Resolves once the handshake is over and the peer accepted. Rejects with what failed, named after the peer. */
export function openSession(target: Target, settings: PeerSettings): Promise<Session> {
  const peer = formatTarget(target);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      reject(new Attributed(peer, error, trustNote(settings, error)));
    };
    const socket = connect(faceOptions(target, settings));
    const timer = setTimeout(() => {
      const error = new TLSError('timeout', `no connection within ${settings.timeout} ms`);
      socket.destroy(error);
      fail(error);
    }, settings.timeout);
    const { keyLog } = settings;
    keepSessions(socket, settings);
    if (keyLog !== undefined)
      socket.on('keylog', (line: Uint8Array) => keyLog(Buffer.from(line).toString('latin1').trimEnd()));
    socket.on('error', fail);
    let early: EarlyDataAnswer | undefined;
    socket.once('earlyData', (answer: EarlyDataAnswer) => {
      early = answer;
    });
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      const { info, remoteAddress } = socket;
      const why = notResumed(target, settings, info.resumed);
      resolve({ socket, report: negotiationReport(info, peer, remoteAddress, why), early });
    });
  });
}
