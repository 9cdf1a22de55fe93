/** What `puretls serve` does with a connection. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { TLSSocket } from '../index.ts';
import { TransportError } from './exit.ts';
import { type NegotiationReport, negotiationReport, negotiationText } from './negotiation-report.ts';
import { formatTarget, type Target } from './target.ts';
import { plain } from './terminal.ts';

export interface Service {
  /** Offered unless --alpn says otherwise. */
  readonly alpn: readonly string[];
  /** Errors of the socket are the caller's. */
  serve(socket: TLSSocket): void;
}

export function echo(): Service {
  return { alpn: [], serve: (socket) => socket.pipe(socket) };
}

/** Each direction ends when the other side ends it; an error on either side ends both. */
export function proxyTo(target: Target): Service {
  return {
    alpn: [],
    serve: (socket) => {
      const upstream = connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true });
      // A target that does not answer is named to whoever watches the server: so before the pipelines take the error.
      upstream.on('error', (error) => {
        socket.destroy(new TransportError('UPSTREAM', `${formatTarget(target)}: ${error.message}`));
      });
      pipeline(socket, upstream, () => {});
      pipeline(upstream, socket, () => {});
    },
  };
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function page(report: NegotiationReport, request: IncomingMessage): string {
  const head = `${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}`;
  const text = `${negotiationText(report, plain)}\n\n${head}\n`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>puretls</title>
<style>body{font:15px/1.5 ui-monospace,monospace;margin:3em auto;max-width:60em;padding:0 1em}</style>
<h1>It works: TLS without OpenSSL</h1>
<pre>${escapeHtml(text)}</pre>
`;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  if (!(socket instanceof TLSSocket)) {
    response.destroy();
    return;
  }
  const client = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
  const report = negotiationReport(socket.info, client, undefined);
  const wantsJson = request.url === '/json' || request.headers.accept === 'application/json';
  const body = wantsJson ? `${JSON.stringify(report, undefined, 2)}\n` : page(report, request);
  response.writeHead(200, {
    'Content-Type': wantsJson ? 'application/json' : 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** HTTP/1.1 by node:http, which takes any stream as a connection. `/json` gives the same as data. */
export function statusPage(): Service {
  const http = createServer(answer);
  http.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return {
    alpn: ['http/1.1'],
    serve: (socket) => {
      http.emit('connection', socket);
    },
  };
}
