/** The same program as go/main.go over Node's own tls, run in a process of its own. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as tcpConnect } from 'node:net';
import tls from 'node:tls';
import { parseArgs } from 'node:util';
import { askDownload, askEcho, askUpload, readToEnd, serveCommands } from '../support/channel.ts';

const { positionals, values } = parseArgs({
  // The Go program's flags have one dash.
  args: process.argv.slice(2).map((arg) => (/^-[a-z]/.test(arg) ? `-${arg}` : arg)),
  allowPositionals: true,
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    ca: { type: 'string' },
    'client-ca': { type: 'string' },
    'client-auth': { type: 'string' },
    groups: { type: 'string' },
    suite: { type: 'string' },
    alpn: { type: 'string' },
    servername: { type: 'string', default: 'localhost' },
    'max-version': { type: 'string' },
    do: { type: 'string', default: 'echo' },
    port: { type: 'string' },
    bytes: { type: 'string', default: '0' },
    slow: { type: 'boolean', default: false },
  },
});

function report(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function reportError(error: Error): void {
  const alert = /SSL alert number (\d+)/.exec(error.message)?.[1];
  report({
    event: 'error',
    message: error.message,
    ...(alert === undefined ? {} : { alert: Number(alert) }),
  });
}

function groupOf(socket: tls.TLSSocket): string | undefined {
  const info = socket.getEphemeralKeyInfo();
  const name = info !== null && 'name' in info ? String(info.name) : undefined;
  return name === 'prime256v1' ? 'P-256' : name === 'secp384r1' ? 'P-384' : name;
}

function reportSecure(socket: tls.TLSSocket): void {
  const subject = socket.getPeerCertificate().subject as { readonly CN?: string } | undefined;
  report({
    event: 'secure',
    version: socket.getProtocol(),
    suite: socket.getCipher().standardName,
    group: groupOf(socket),
    alpn: socket.alpnProtocol === false ? undefined : (socket.alpnProtocol ?? undefined),
    peer: subject?.CN,
  });
}

const read = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, 'utf8');

const shared: tls.SecureContextOptions & { ALPNProtocols?: string[]; ecdhCurve?: string } = {
  ...(values.cert === undefined ? {} : { cert: read(values.cert) }),
  ...(values.key === undefined ? {} : { key: read(values.key) }),
  ...(values.alpn === undefined ? {} : { ALPNProtocols: values.alpn.split(',') }),
  ...(values.groups === undefined ? {} : { ecdhCurve: values.groups.replaceAll(',', ':') }),
  ...(values.suite === undefined ? {} : { ciphers: values.suite }),
  ...(values['max-version'] === '1.2' ? { maxVersion: 'TLSv1.2' as const } : {}),
};

function serve(): void {
  const server = tls.createServer(
    {
      ...shared,
      ...(values['client-ca'] === undefined ? {} : { ca: read(values['client-ca']) }),
      requestCert: values['client-auth'] !== undefined,
      rejectUnauthorized: values['client-auth'] === 'required',
    },
    (socket) => {
      socket.on('error', () => undefined);
      reportSecure(socket);
      serveCommands(socket, values.slow).catch(reportError);
    },
  );
  server.on('tlsClientError', reportError);
  server.listen(0, '127.0.0.1', () =>
    report({ event: 'listening', port: (server.address() as AddressInfo).port }),
  );
  process.stdin.on('end', () => process.exit(0)).resume();
}

async function work(socket: tls.TLSSocket): Promise<void> {
  const bytes = Number(values.bytes);
  if (values.do === 'echo') await askEcho(socket);
  else if (values.do === 'down') await askDownload(socket, bytes, values.slow);
  else if (values.do === 'up') await askUpload(socket, bytes);
  else throw new Error(`no such work: ${values.do}`);
  socket.end();
  await readToEnd(socket);
  report({ event: 'done' });
}

function connect(): void {
  const socket = tls.connect({
    ...shared,
    socket: tcpConnect(Number(values.port), '127.0.0.1'),
    servername: values.servername,
    ca: read(values.ca) ?? '',
  });
  const fail = (error: Error): never => {
    reportError(error);
    process.exit(1);
  };
  socket.on('error', fail);
  socket.on('secureConnect', () => {
    reportSecure(socket);
    work(socket).then(() => process.exit(0), fail);
  });
}

if (positionals[0] === 'server') serve();
else if (positionals[0] === 'client') connect();
else throw new Error('usage: node-peer server|client');
