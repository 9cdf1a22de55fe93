/** Reads where to connect to: HOST[:PORT], [IPv6]:PORT, https URLs. */
import { isIP } from 'node:net';
import { UsageError } from './exit.ts';

export interface Target {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

const HTTPS_PORT = 443;

export function parsePort(text: string, what: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 0 && port <= 65535))
    throw new UsageError(`${what}: ${JSON.stringify(text)} is not a port, 0 to 65535`);
  return port;
}

/** `example.com`, `example.com:8443`, `192.0.2.1:443`, `[::1]:443`, `::1`. Throws UsageError. */
export function parseTarget(text: string, defaultPort: number = HTTPS_PORT): Target {
  if (text.includes('://'))
    throw new UsageError(`${JSON.stringify(text)}: this command takes HOST[:PORT], not a URL`);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, host = '', port] = bracketed;
    if (isIP(host.replace(/%.*$/, '')) !== 6)
      throw new UsageError(`${text}: what stands in brackets is no IPv6 address`);
    return { host, port: connectPort(text, port, defaultPort) };
  }
  if (isIP(text.replace(/%.*$/, '')) === 6) return { host: text, port: defaultPort };
  const [host = '', port, ...more] = text.split(':');
  if (more.length > 0)
    throw new UsageError(`${text}: more than one colon; write an IPv6 address as [::1]:443`);
  if (!/^[A-Za-z0-9_.\-\u0080-\uffff]+$/.test(host)) {
    throw new UsageError(`${JSON.stringify(text)} is not a host`);
  }
  return { host, port: connectPort(text, port, defaultPort) };
}

function connectPort(text: string, port: string | undefined, defaultPort: number): number {
  const parsed = port === undefined ? defaultPort : parsePort(port, text);
  if (parsed === 0) throw new UsageError(`${text}: nothing listens on port 0`);
  return parsed;
}

/** An https URL; a bare `example.com/path` is taken as one. Throws UsageError. */
export function parseHttpsUrl(text: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined) throw new UsageError(`${JSON.stringify(text)} is not a URL`);
  if (url.protocol !== 'https:') throw new UsageError(`${text}: only https: is spoken here`);
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('a URL with a user or password is not taken; pass -H "Authorization: ..." instead');
  }
  return url;
}

export function urlTarget(url: URL): Target {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? HTTPS_PORT : Number(url.port) };
}

/** As it is written in messages: `example.com:443`, `[::1]:443`. */
export function formatTarget({ host, port }: Target): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
