/** One HTTP/1.1 request over a TLS socket of ours: node:http does the talking, it needs no OpenSSL. */
import { type IncomingMessage, request } from 'node:http';
import type { TLSSocket } from '../index.ts';
import { TransportError, UsageError } from './exit.ts';

export interface Header {
  readonly name: string;
  readonly value: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly headers: readonly Header[];
}

/** `Name: value`, as -H takes it. Throws UsageError. */
export function parseHeader(text: string): Header {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(text);
  if (match === null) throw new UsageError(`-H: ${JSON.stringify(text)} is no header; write "Name: value"`);
  return { name: match[1] ?? '', value: (match[2] ?? '').trimEnd() };
}

/** Ours, unless the user says otherwise. */
export function requestHeaders({ url, headers }: HttpRequest, version: string): Header[] {
  const own: Header[] = [
    { name: 'Host', value: url.host },
    { name: 'User-Agent', value: `puretls/${version}` },
    { name: 'Accept', value: '*/*' },
    { name: 'Connection', value: 'close' },
  ];
  const given = new Set(headers.map((header) => header.name.toLowerCase()));
  return [...own.filter((header) => !given.has(header.name.toLowerCase())), ...headers];
}

/** Sends it, and resolves with the head of the answer. Rejects with a TransportError for what is not HTTP. */
export function exchange(
  socket: TLSSocket,
  what: HttpRequest,
  headers: readonly Header[],
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({
      method: what.method,
      path: `${what.url.pathname}${what.url.search}`,
      headers: headers.flatMap(({ name, value }) => [name, value]),
      createConnection: () => socket,
    });
    sent.on('response', resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => reject(httpError(error)));
    sent.end();
  });
}

/** Errors of node's parser have codes that begin with HPE_; "hang up" is its word for an answer that never came. */
export function httpError(error: NodeJS.ErrnoException): Error {
  if (error.code?.startsWith('HPE_') === true) {
    return new TransportError('BAD_HTTP', `the answer is not HTTP/1.1: ${error.message}`);
  }
  if (error.code === 'ECONNRESET' && error.cause === undefined && error.syscall === undefined) {
    return new TransportError('NO_ANSWER', 'the server closed the connection without an answer');
  }
  return error;
}

/** Whether only the end of the connection tells where the body ends (RFC 9112 6.3). */
export function isCloseDelimited(answer: IncomingMessage, method: 'GET' | 'HEAD'): boolean {
  const status = answer.statusCode ?? 0;
  if (method === 'HEAD' || status === 204 || status === 304) return false;
  const chunked = /(?:^|,)\s*chunked\s*$/i.test(answer.headers['transfer-encoding'] ?? '');
  return !chunked && answer.headers['content-length'] === undefined;
}

export function statusLine(answer: IncomingMessage): string {
  return `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage ?? ''}`.trimEnd();
}

/** As they came, in order. */
export function headersOf(answer: IncomingMessage): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    headers.push({ name: answer.rawHeaders[at] ?? '', value: answer.rawHeaders[at + 1] ?? '' });
  }
  return headers;
}

/** Where a redirection leads; undefined when this answer is none. */
export function redirection(answer: IncomingMessage, base: URL): string | undefined {
  const status = answer.statusCode ?? 0;
  const isRedirect = [301, 302, 303, 307, 308].includes(status);
  const { location } = answer.headers;
  if (!isRedirect || location === undefined) return undefined;
  return URL.canParse(location, base.href) ? new URL(location, base.href).href : undefined;
}
