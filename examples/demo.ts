/**
 * `npm run demo`: a certificate authority, a server, a client and an HTTP request between them, made on the spot and
 * over a real TCP socket. `npm run demo -- HOST[:PORT]` meets a real server instead. Exits with 1 if anything is off.
 */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TLSSocket } from '../src/index.ts';
import { platformRandom } from '../src/platform/random-device.ts';
import { type Certificate, createAuthority } from '../src/x509.ts';

const NAME = 'demo.puretls.test';
const WRONG_NAME = 'bank.example';
const GREETING = 'Hello from TypeScript, all the way down.\n';
const TIMEOUT_MS = 20_000;

const colour = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
const bold = (text: string): string => paint(1, text);
const dim = (text: string): string => paint(2, text);
const good = (text: string): string => paint(32, text);
const bad = (text: string): string => paint(31, text);

let step = 0;
function heading(text: string): void {
  step++;
  console.log(`\n${bold(`${step}  ${text}`)}`);
}

function fact(name: string, value: string): void {
  console.log(`   ${dim(name.padEnd(18))}${value}`);
}

class Off extends Error {}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Off(what);
}

interface Meeting {
  readonly socket: TLSSocket;
  readonly milliseconds: number;
}

async function meet(options: ConnectionOptions): Promise<Meeting> {
  const started = performance.now();
  const socket = connect(options);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`nothing came for ${TIMEOUT_MS} ms`)));
  await once(socket, 'secureConnect');
  return { socket, milliseconds: performance.now() - started };
}

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
const nameOf = (certificate: Certificate): string =>
  certificate.subject.toString() || (certificate.subjectAltName?.[0]?.kind ?? 'no name');

function showMeeting({ socket, milliseconds }: Meeting, name: string): void {
  const { info } = socket;
  must(info.peerVerdict?.verified === true, 'the chain was not verified');
  must(socket.authorized, 'the socket does not call itself authorized');
  fact('version', info.versionName ?? '?');
  fact('cipher suite', info.cipherSuite?.name ?? '?');
  const group = info.group?.name ?? '?';
  fact(
    'key exchange',
    group.includes('MLKEM') ? `${group} ${dim('(holds against quantum computers)')}` : group,
  );
  fact('signature', info.peerSignatureScheme?.name ?? '?');
  const path = info.peerVerdict?.verified === true ? info.peerVerdict.path : [];
  fact('chain', `${path.map(nameOf).join(dim(' ← '))}  ${good('verified')}`);
  fact('name', `${name}  ${good('verified')}`);
  fact('valid until', day(info.peerCertificates[0]?.notAfter ?? 0));
  fact('took', `${milliseconds.toFixed(0)} ms`);
}

async function readAll(answer: IncomingMessage, limit: number): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > limit) break;
  }
  return text.slice(0, limit);
}

async function httpGet(
  socket: TLSSocket,
  host: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const headers = { Host: host, 'User-Agent': 'puretls-demo', Accept: '*/*', Connection: 'close' };
  const asked = request({ createConnection: () => socket, path: '/', headers });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.setEncoding('utf8');
  const body = await readAll(answer, 4096);
  return { status: answer.statusCode ?? 0, body };
}

/** What Node loaded of its own: the claim is that none of these was needed. */
function opensslModules(): string[] {
  const loaded: unknown = Reflect.get(process, 'moduleLoadList');
  if (!Array.isArray(loaded)) return [];
  return ['crypto', 'tls', 'https'].filter((name) => loaded.includes(`NativeModule ${name}`));
}

async function codeOfRefusal(options: ConnectionOptions): Promise<string> {
  try {
    const { socket } = await meet(options);
    socket.destroy();
    return 'accepted';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

async function loopback(): Promise<void> {
  heading('A certificate authority and a certificate, made here');
  const authority = createAuthority({
    subject: 'CN=puretls demo CA',
    random: platformRandom,
    now: Date.now(),
  });
  const issued = authority.issue({ names: [NAME] });
  fact('authority', nameOf(authority.certificate));
  fact('certificate', `${nameOf(issued.certificate)} for ${NAME}`);

  heading('A TLS server and a TLS client, over a real TCP socket');
  const http = createHttpServer((_request, answer) => {
    answer.end(GREETING);
  });
  const server = createServer({ cert: issued.chainPem, key: issued.keyPem, ALPNProtocols: ['http/1.1'] });
  server.on('secureConnection', (socket: TLSSocket) => http.emit('connection', socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const target = { host: '127.0.0.1', port, ca: authority.certificatePem, ALPNProtocols: ['http/1.1'] };
  fact('server', `127.0.0.1:${port}`);
  const meeting = await meet({ ...target, servername: NAME });
  showMeeting(meeting, NAME);

  heading('An HTTP request over it');
  const { status, body } = await httpGet(meeting.socket, NAME);
  fact('request', 'GET / HTTP/1.1');
  fact('answer', `${status} ${JSON.stringify(body.trim())}`);
  must(status === 200 && body === GREETING, 'the answer is not what the server sent');

  heading('The same server under a name that is not its own');
  const code = await codeOfRefusal({ ...target, servername: WRONG_NAME });
  must(code === 'ERR_TLS_CERT_ALTNAME_INVALID', `expected a refusal of the name, got ${code}`);
  fact(WRONG_NAME, `${good('refused')} ${dim(code)}`);

  heading('And without trust in its authority');
  const unknown = await codeOfRefusal({ ...target, servername: NAME, ca: [] });
  must(unknown === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', `expected a refusal of the chain, got ${unknown}`);
  fact(NAME, `${good('refused')} ${dim(unknown)}`);
  server.close();
}

async function realHost(text: string): Promise<void> {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:/]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) throw new Off(`${JSON.stringify(text)} is not HOST[:PORT]`);
  heading(`A real server: ${text}`);
  const meeting = await meet({
    host,
    port: Number(match[3] ?? 443),
    servername: host,
    ALPNProtocols: ['http/1.1'],
  });
  fact('address', meeting.socket.remoteAddress ?? '?');
  showMeeting(meeting, host);

  heading('An HTTP request over it');
  const { status, body } = await httpGet(meeting.socket, host);
  must(status >= 100 && status < 600, 'the answer is not HTTP');
  fact('request', 'GET / HTTP/1.1');
  fact('answer', `${status}, ${body.length === 4096 ? 'more than 4096' : body.length} characters of body`);
}

async function main(): Promise<number> {
  const [host] = process.argv.slice(2);
  console.log(`${bold('puretls')}: TLS 1.3 in TypeScript, from the protocol up`);
  try {
    await (host === undefined ? loopback() : realHost(host));
    const openssl = opensslModules();
    must(openssl.length === 0, `loaded on the way: ${openssl.join(', ')}`);
    console.log(
      `\n${good('All of it held.')} ${dim('node:crypto, node:tls and node:https were never loaded.')}`,
    );
    return 0;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` [${String(error.code)}]` : '';
    console.error(
      `\n${bad('Something is off:')} ${error instanceof Error ? error.message : String(error)}${code}`,
    );
    return 1;
  }
}

process.exit(await main());
