/**
 * A small TLS client and server over Node's own tls, with the flags, the works and the events of go/main.go. It ends when its
 * standard input does.
 */
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { parseArgs } from 'node:util';
import { readExactly, readLine, receivePattern, sendPattern } from '../support/channel.ts';

const EXPORT_LENGTH = 20;
const TIMEOUT_MS = 60_000;

const { values: flags, positionals } = parseArgs({
  args: process.argv.slice(2).map((arg) => (/^-[a-z]/.test(arg) ? `-${arg}` : arg)),
  allowPositionals: true,
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    ca: { type: 'string' },
    'client-ca': { type: 'string' },
    'client-auth': { type: 'string' },
    groups: { type: 'string' },
    alpn: { type: 'string' },
    'min-version': { type: 'string' },
    'max-version': { type: 'string' },
    'no-tickets': { type: 'boolean' },
    export: { type: 'string' },
    port: { type: 'string' },
    do: { type: 'string' },
    bytes: { type: 'string' },
    times: { type: 'string' },
  },
});

const report = (event: string, fields: object = {}): void =>
  console.log(JSON.stringify({ event, ...fields }));

/** Node tells a received alert by OpenSSL's number of its reason: 1000 and the alert. */
function failure(event: 'error' | 'broken', error: Error & { readonly code?: string }): void {
  const alert = /SSL alert number (\d+)/.exec(error.message)?.[1];
  report(event, {
    message: error.message,
    ...(alert === undefined ? {} : { alert: Number(alert) }),
  });
}

/** An option whose value is a file's content, where the flag names one. */
const fromFile = <K extends string>(option: K, name: string | undefined): { readonly [key in K]?: Buffer } =>
  name === undefined ? {} : ({ [option]: readFileSync(name) } as { readonly [key in K]: Buffer });

const common: tls.SecureContextOptions & tls.CommonConnectionOptions = {
  ...fromFile('cert', flags.cert),
  ...fromFile('key', flags.key),
  ...(flags.groups === undefined ? {} : { ecdhCurve: flags.groups.replaceAll(',', ':') }),
  ...(flags.alpn === undefined ? {} : { ALPNProtocols: flags.alpn.split(',') }),
  ...(flags['no-tickets'] === true ? { secureOptions: constants.SSL_OP_NO_TICKET } : {}),
  minVersion: flags['min-version'] === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
  maxVersion: flags['max-version'] === '1.2' ? 'TLSv1.2' : 'TLSv1.3',
};

function secure(socket: tls.TLSSocket, isServer: boolean): void {
  const { standardName } = socket.getCipher();
  const ephemeral = isServer ? undefined : socket.getEphemeralKeyInfo();
  const group = ephemeral !== undefined && ephemeral !== null && 'name' in ephemeral ? ephemeral.name : '';
  const peer = socket.getPeerCertificate().subject?.CN;
  const resumed = socket.isSessionReused();
  // RFC 5929 3: the first Finished, which is the server's where a session is resumed.
  const own = isServer === resumed;
  const first = own ? socket.getFinished() : socket.getPeerFinished();
  report('secure', {
    version: socket.getProtocol(),
    suite: standardName,
    resumed,
    ...(group ? { group } : {}),
    ...(socket.alpnProtocol ? { alpn: socket.alpnProtocol } : {}),
    ...(peer === undefined ? {} : { peer }),
    ...(flags.export === undefined
      ? {}
      : {
          export: socket
            .exportKeyingMaterial(EXPORT_LENGTH, flags.export, undefined as never)
            .toString('hex'),
        }),
    ...(socket.getProtocol() === 'TLSv1.2' && first !== undefined ? { unique: first.toString('hex') } : {}),
  });
}

async function serve(socket: tls.TLSSocket): Promise<void> {
  const command = await readLine(socket);
  if (command.startsWith('C')) socket.end(await readLine(socket));
  else if (command.startsWith('E')) socket.pipe(socket);
  else throw new Error(`no such command: ${command}`);
}

async function server(): Promise<void> {
  const listening = tls.createServer(
    {
      ...common,
      allowHalfOpen: true,
      ...fromFile('ca', flags['client-ca']),
      requestCert: flags['client-auth'] !== undefined,
      rejectUnauthorized: true,
    },
    (socket) => {
      socket.on('error', (error) => failure('broken', error));
      secure(socket, true);
      serve(socket).catch((error: Error) => failure('broken', error));
    },
  );
  // Sessions by ID are the program's to keep.
  const sessions = new Map<string, Buffer>();
  listening.on('newSession', (id, session, done) => {
    sessions.set(id.toString('hex'), session);
    done();
  });
  listening.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) ?? null));
  listening.on('tlsClientError', (error) => failure('error', error));
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  report('listening', { port: (listening.address() as AddressInfo).port });
  process.stdin.resume();
  await once(process.stdin, 'end');
  process.exit(0);
}

async function work(socket: tls.TLSSocket): Promise<void> {
  const bytes = Number(flags.bytes ?? 0);
  if (flags.do === 'back') {
    socket.write(`B ${bytes}\n`);
    await Promise.all([sendPattern(socket, bytes), receivePattern(socket, bytes, false)]);
  } else if (flags.do === 'line') {
    socket.write('C\nhello from node\n');
    await readLine(socket);
    await once(socket.resume(), 'end');
  } else {
    socket.write('E\nhello from node\n');
    const back = (await readExactly(socket, 16)).toString('latin1');
    if (back !== 'hello from node\n') throw new Error(`sent back ${back}`);
  }
  socket.end();
  if (!socket.readableEnded) await once(socket.resume(), 'end');
}

/** Gives the session that it leaves behind; of TLS 1.3 the last one that came. */
async function connect(session: Buffer | undefined): Promise<Buffer | undefined> {
  const options: tls.ConnectionOptions = {
    ...common,
    host: '127.0.0.1',
    port: Number(flags.port),
    servername: 'localhost',
    ...fromFile('ca', flags.ca),
    ...(session === undefined ? {} : { session }),
  };
  const socket = tls.connect(options);
  let left: Buffer | undefined;
  socket.on('session', (fresh) => {
    left = fresh;
  });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('timeout')));
  let secured = false;
  try {
    await once(socket, 'secureConnect');
    secure(socket, false);
    secured = true;
    await work(socket);
    report('done');
  } catch (error) {
    failure(secured ? 'broken' : 'error', error as Error);
    process.exit(1);
  }
  socket.destroy();
  return left ?? session;
}

if (positionals[0] === 'server') await server();
else {
  let session: Buffer | undefined;
  for (let i = 0; i < Number(flags.times ?? 1); i += 1) session = await connect(session);
  process.exit(0);
}
