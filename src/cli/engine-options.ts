/** The shared options as the engine takes them. */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { ClientOptions } from '../config/options.ts';
import { UsageError } from './exit.ts';
import type { PeerSettings } from './options.ts';
import { commandProvider } from './provider.ts';
import type { Target } from './target.ts';
import { trustOf } from './trust.ts';

/** The name to verify, with international names as A-labels. Throws UsageError. */
export function verifiedName(target: Target, settings: PeerSettings): string {
  const name = settings.servername ?? target.host.replace(/%.*$/, '');
  if (isIP(name) !== 0) return name;
  const ascii = domainToASCII(name);
  if (ascii === '') throw new UsageError(`${JSON.stringify(name)} is not a host name`);
  return ascii;
}

export function engineOptions(target: Target, settings: PeerSettings): ClientOptions {
  return {
    provider: commandProvider(),
    now: Date.now,
    serverName: verifiedName(target, settings),
    trust: trustOf(settings),
    revocation: settings.revocation,
    minVersion: settings.minVersion?.code,
    maxVersion: settings.maxVersion?.code,
    cipherSuites: settings.ciphers?.suites,
    groups: settings.groups?.map((one) => one.code),
    signatureSchemes: settings.signatureSchemes?.map((one) => one.code),
    alpnProtocols: settings.alpn,
    credentials: settings.credentials.map((one) => one.credential),
    handshakeTimeout: settings.timeout,
    session: settings.sessionIn?.session,
    dangerousAcceptUnverifiedPeer: settings.insecure,
  };
}
