/** Opens a connection through the Node face, with the shared options. */
import type { ConnectionOptions } from '../index.ts';
import { connect, type TLSSocket } from '../index.ts';
import { TLSError } from '../wire/error.ts';
import { verifiedName } from './engine-options.ts';
import { Attributed } from './exit.ts';
import { type NegotiationReport, negotiationReport } from './negotiation-report.ts';
import { type PeerSettings, versionNames } from './options.ts';
import { formatTarget, type Target } from './target.ts';
import { trustNote } from './trust.ts';

const joined = (list: readonly { readonly name: string }[] | undefined): string | undefined =>
  list?.map((one) => one.name).join(':');

function faceOptions(target: Target, settings: PeerSettings): ConnectionOptions {
  const ciphers = joined(settings.cipherSuites);
  const ecdhCurve = joined(settings.groups);
  const sigalgs = joined(settings.signatureSchemes);
  const [credential] = settings.credentials;
  return {
    host: target.host,
    port: target.port,
    servername: verifiedName(target, settings),
    allowHalfOpen: true,
    ALPNProtocols: [...settings.alpn],
    ...versionNames(settings),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(ecdhCurve === undefined ? {} : { ecdhCurve }),
    ...(sigalgs === undefined ? {} : { sigalgs }),
    ...(settings.trust === undefined ? {} : { ca: settings.trust.files.map((file) => Buffer.from(file)) }),
    ...(credential === undefined
      ? {}
      : {
          cert: Buffer.from(credential.certificateFile),
          key: Buffer.from(credential.keyFile),
          ...(credential.passphrase === undefined ? {} : { passphrase: credential.passphrase }),
        }),
    ...(settings.insecure ? { rejectUnauthorized: false } : {}),
  };
}

export interface Session {
  readonly socket: TLSSocket;
  readonly report: NegotiationReport;
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
    if (keyLog !== undefined)
      socket.on('keylog', (line: Uint8Array) => keyLog(Buffer.from(line).toString('latin1').trimEnd()));
    socket.on('error', fail);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve({ socket, report: negotiationReport(socket.info, peer, socket.remoteAddress) });
    });
  });
}
