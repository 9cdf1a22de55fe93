/**
 * Node's own tls is the oracle: each scenario runs over node:tls at both ends and over ours at both ends, and what a
 * program sees at each end must be the same. Where it is meant to differ, the scenario does not look.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type nodeTls from 'node:tls';
import { createSelfSigned } from '../../src/x509/authority.ts';
import {
  authority,
  ca,
  client,
  clientCert,
  closeServer,
  type Face,
  listen,
  node,
  puretls,
  random,
  server,
  within,
} from './support.ts';

const EVENTS = ['connect', 'ready', 'secureConnect', 'end', 'finish', 'error', 'close'] as const;

function describeValue(value: unknown): string {
  if (value instanceof Error) return (value as NodeJS.ErrnoException).code ?? value.message;
  return typeof value === 'boolean' ? String(value) : '';
}

const closes = new WeakMap<net.Socket, Promise<void>>();

/** Resolved by 'close', which must not have been before the first call for a socket. */
function closed(socket: net.Socket): Promise<void> {
  const close = closes.get(socket) ?? new Promise<void>((resolve) => socket.once('close', () => resolve()));
  closes.set(socket, close);
  return close;
}

/** Every event of a socket, in order. */
function watch(socket: net.Socket, events: readonly string[] = EVENTS): string[] {
  const log: string[] = [];
  void closed(socket);
  for (const name of events) {
    socket.on(name, (value: unknown) => log.push(`${name} ${describeValue(value)}`.trim()));
  }
  return log;
}

type Observed = Readonly<Record<string, unknown>>;
type Options = nodeTls.TlsOptions & Record<string, unknown>;
type ClientOptions = nodeTls.ConnectionOptions & Record<string, unknown>;

interface Stage {
  readonly face: Face;
  readonly listening: nodeTls.Server;
  readonly port: number;
  connect(options?: ClientOptions): nodeTls.TLSSocket;
}

function scenario(name: string, options: Options, run: (stage: Stage) => Promise<Observed>): void {
  test(name, async () => {
    const seen: Observed[] = [];
    for (const face of [node, puretls]) {
      const listening = face.createServer({ ...server, ...options });
      const sockets = new Set<net.Socket>();
      listening.on('secureConnection', (socket) => sockets.add(socket));
      const port = await listen(listening);
      const connect = (clientOptions: ClientOptions = {}): nodeTls.TLSSocket => {
        const socket = face.connect({
          port,
          host: '127.0.0.1',
          servername: 'localhost',
          ca,
          ...clientOptions,
        });
        void closed(socket);
        sockets.add(socket);
        return socket;
      };
      try {
        seen.push(await within(run({ face, listening, port, connect }), name));
      } finally {
        for (const socket of sockets) socket.destroy();
        await closeServer(listening);
      }
    }
    assert.deepEqual(seen[1], seen[0]);
  });
}

const accepted = async (listening: nodeTls.Server): Promise<nodeTls.TLSSocket> => {
  const [socket] = (await once(listening, 'secureConnection')) as [nodeTls.TLSSocket];
  return socket;
};
const clientError = async (listening: nodeTls.Server): Promise<string> => {
  const [error] = (await once(listening, 'tlsClientError')) as [Error];
  return describeValue(error);
};

scenario('the client ends', {}, async ({ listening, connect }) => {
  const coming = accepted(listening);
  const socket = connect();
  const clientLog = watch(socket);
  const peer = await coming;
  const serverLog = watch(peer);
  peer.pipe(peer);
  socket.end('hello');
  socket.resume();
  await Promise.all([closed(socket), closed(peer)]);
  return {
    clientLog,
    serverLog,
    read: [socket.bytesRead, peer.bytesRead],
    written: [socket.bytesWritten, peer.bytesWritten],
  };
});

scenario('the server ends', {}, async ({ listening, connect }) => {
  listening.once('secureConnection', (peer) => peer.end('bye'));
  const socket = connect();
  const log = watch(socket);
  socket.setEncoding('utf8');
  let text = '';
  socket.on('data', (part: string) => {
    text += part;
  });
  await closed(socket);
  return { log, text };
});

scenario('state of a socket over its life', {}, async ({ connect }) => {
  const states: unknown[] = [];
  const socket = connect();
  const look = (when: string): void => {
    const { connecting, pending, readyState, destroyed, authorized, authorizationError, encrypted } = socket;
    states.push([
      when,
      connecting,
      pending,
      readyState,
      destroyed,
      authorized,
      authorizationError,
      encrypted,
    ]);
    states.push([
      socket.remoteAddress,
      socket.remoteFamily,
      typeof socket.remotePort,
      typeof socket.localPort,
    ]);
    states.push([socket.isSessionReused(), socket.getCertificate(), socket.alpnProtocol, socket.timeout]);
  };
  look('made');
  socket.on('connect', () => look('connect'));
  socket.on('secureConnect', () => {
    look('secure');
    states.push(
      socket.getProtocol(),
      Object.keys(socket.getPeerCertificate()),
      Object.keys(socket.getCipher() ?? {}),
    );
    socket.end();
  });
  socket.resume();
  await closed(socket);
  states.push(socket.connecting, socket.pending, socket.readyState, socket.destroyed);
  states.push(
    socket.getPeerCertificate(),
    socket.getCipher(),
    socket.getProtocol(),
    socket.getEphemeralKeyInfo(),
  );
  return { states };
});

scenario(
  'writes before the handshake are kept, in order, with their callbacks',
  {},
  async ({ listening, connect }) => {
    const coming = accepted(listening);
    const socket = connect();
    const order: string[] = [];
    socket.write('a', () => order.push('a'));
    socket.write(Buffer.from('b'), () => order.push('b'));
    socket.write('63', 'hex', () => order.push('c'));
    socket.on('secureConnect', () => order.push('secure'));
    socket.end('d', () => order.push('end'));
    const peer = await coming;
    let text = '';
    for await (const part of peer) text += String(part);
    await closed(socket);
    return { order, text };
  },
);

scenario('a certificate signed by no one we know', {}, async ({ connect }) => {
  const socket = connect({
    ca: createSelfSigned({ random, now: Date.now(), names: ['x.example'] }).certificatePem,
  });
  const log = watch(socket);
  await closed(socket);
  return { log, authorized: socket.authorized, why: socket.authorizationError };
});

const selfSigned = createSelfSigned({ random, now: Date.now(), names: ['localhost'] });
scenario(
  'a self-signed certificate',
  { cert: selfSigned.certificatePem, key: selfSigned.keyPem },
  async ({ connect }) => {
    const refused = connect();
    const log = watch(refused);
    await closed(refused);
    const trusted = connect({ ca: selfSigned.certificatePem });
    await once(trusted, 'secureConnect');
    const tolerated = connect({ rejectUnauthorized: false });
    await once(tolerated, 'secureConnect');
    return {
      log,
      trusted: [trusted.authorized, trusted.authorizationError],
      tolerated: [tolerated.authorized, tolerated.authorizationError],
    };
  },
);

const expired = authority.issue({ names: ['localhost'], notBefore: 1e12, notAfter: 1.1e12 });
scenario('an expired certificate', { cert: expired.chainPem, key: expired.keyPem }, async ({ connect }) => {
  const socket = connect();
  const log = watch(socket);
  await closed(socket);
  return { log };
});

scenario('another name', {}, async ({ connect }) => {
  const socket = connect({ servername: 'other.example' });
  const log = watch(socket);
  const [error] = (await once(socket, 'error')) as [Error & Record<string, unknown>];
  await closed(socket);
  return {
    log,
    message: error.message,
    reason: error['reason'],
    host: error['host'],
    keys: Object.keys(error),
  };
});

scenario('checkServerIdentity of the program', {}, async ({ connect }) => {
  const calls: unknown[] = [];
  const check = (result: Error | undefined) => (host: string, cert: nodeTls.PeerCertificate) => {
    calls.push([host, cert.subject.CN, 'issuerCertificate' in cert]);
    return result;
  };
  const accepting = connect({ servername: 'other.example', checkServerIdentity: check(undefined) });
  await once(accepting, 'secureConnect');
  const refusing = connect({ checkServerIdentity: check(Object.assign(new Error('no'), { code: 'ENOPE' })) });
  const log = watch(refusing);
  await closed(refusing);
  const tolerating = connect({ rejectUnauthorized: false, checkServerIdentity: check(new Error('no')) });
  await once(tolerating, 'secureConnect');
  return { calls, authorized: accepting.authorized, log, why: tolerating.authorizationError };
});

scenario('nobody listens', {}, async ({ face }) => {
  const socket = face.connect({ port: 1, host: '127.0.0.1' });
  const log = watch(socket);
  const [error] = (await once(socket, 'error')) as [Error];
  await closed(socket);
  return { log, error: { ...error } };
});

scenario('the peer closes during the handshake', {}, async ({ face }) => {
  const raw = net.createServer((socket) => socket.resume().end());
  const port = await listen(raw);
  const socket = face.connect({ port, host: '127.0.0.1' });
  const log = watch(socket);
  const [error] = (await once(socket, 'error')) as [Error];
  await closed(socket);
  await closeServer(raw);
  return { log, message: error.message, error: { ...error, port: 0 } };
});

scenario('the client goes away during the handshake', {}, async ({ listening, connect }) => {
  const error = clientError(listening);
  const socket = connect();
  socket.on('connect', () => socket.destroy());
  const log = watch(socket);
  await closed(socket);
  return { log, error: await error };
});

for (const [name, bytes] of [
  ['plain HTTP', 'GET / HTTP/1.1\r\n\r\n'],
  ['what is no TLS', '\xff'.repeat(40)],
] as const) {
  scenario(`a client that sends ${name}`, {}, async ({ listening, port }) => {
    const error = clientError(listening);
    const raw = net.connect(port, '127.0.0.1');
    raw.on('error', () => {});
    raw.resume();
    raw.write(Buffer.from(bytes, 'latin1'));
    await closed(raw);
    return { error: await error };
  });
}

scenario(
  'a client certificate that is missing',
  { requestCert: true, ca },
  async ({ listening, connect }) => {
    const error = clientError(listening);
    const socket = connect();
    socket.resume();
    const [why] = (await once(socket, 'error')) as [Error];
    return { error: await error, why: describeValue(why) };
  },
);

scenario('a client certificate that is good', { requestCert: true, ca }, async ({ listening, connect }) => {
  const coming = accepted(listening);
  const socket = connect(clientCert);
  const peer = await coming;
  const { raw } = peer.getPeerCertificate();
  return {
    authorized: [peer.authorized, peer.authorizationError, socket.authorized],
    same: raw.equals(client.certificate.raw),
    own: Object.keys(socket.getCertificate() ?? {}),
  };
});

scenario(
  'client certificates asked for and not insisted on',
  { requestCert: true, rejectUnauthorized: false, ca },
  async ({ listening, connect }) => {
    const result: unknown[] = [];
    for (const options of [{}, clientCert, { cert: selfSigned.certificatePem, key: selfSigned.keyPem }]) {
      const coming = accepted(listening);
      connect(options);
      const peer = await coming;
      result.push(peer.authorized, peer.authorizationError);
    }
    return { result };
  },
);

scenario('ALPN', { ALPNProtocols: ['h2', 'http/1.1'] }, async ({ listening, connect }) => {
  const result: unknown[] = [];
  for (const ALPNProtocols of [['http/1.1', 'h2'], ['x', 'http/1.1'], undefined]) {
    const coming = accepted(listening);
    const socket = connect(ALPNProtocols === undefined ? {} : { ALPNProtocols });
    await once(socket, 'secureConnect');
    result.push(socket.alpnProtocol, (await coming).alpnProtocol);
  }
  const error = clientError(listening);
  const [why] = (await once(connect({ ALPNProtocols: ['x'] }), 'error')) as [Error];
  return { result, error: await error, why: describeValue(why) };
});

scenario(
  'ALPNCallback',
  {
    ALPNCallback: ({ servername, protocols }: { servername: string; protocols: string[] }) =>
      servername === 'localhost' ? protocols[1] : protocols.includes('bad') ? 'zz' : undefined,
  },
  async ({ listening, connect }) => {
    const socket = connect({ ALPNProtocols: ['a', 'b'] });
    await once(socket, 'secureConnect');
    const none = clientError(listening);
    const [why] = (await once(connect({ ALPNProtocols: ['a'], servername: 'x.example' }), 'error')) as [
      Error,
    ];
    const results = [socket.alpnProtocol, await none, describeValue(why)];
    const invalid = clientError(listening);
    connect({ ALPNProtocols: ['bad'], servername: 'x.example' }).on('error', () => {});
    return { results, invalid: await invalid };
  },
);

const second = authority.issue({ names: ['second.example', '*.third.example'] });
scenario('addContext', {}, async ({ listening, connect }) => {
  listening.addContext('second.example', { cert: second.chainPem, key: second.keyPem });
  listening.addContext('*.third.example', { cert: second.chainPem, key: second.keyPem });
  const names: unknown[] = [];
  for (const servername of ['localhost', 'second.example', 'x.third.example', 'x.y.third.example']) {
    const coming = accepted(listening);
    const socket = connect({ servername, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    names.push([
      servername,
      socket.getPeerCertificate().subject.CN,
      ((await coming) as { servername?: unknown }).servername,
    ]);
  }
  return { names };
});

scenario('no name sent', {}, async ({ listening, connect }) => {
  const coming = accepted(listening);
  const socket = connect({ servername: '' });
  await once(socket, 'secureConnect');
  return {
    names: [
      ((await coming) as { servername?: unknown }).servername,
      (socket as { servername?: unknown }).servername,
    ],
  };
});

for (const allowHalfOpen of [false, true]) {
  scenario(
    `the other end of a half-close, allowHalfOpen ${allowHalfOpen}`,
    { allowHalfOpen },
    async ({ listening, connect }) => {
      const coming = accepted(listening);
      const socket = connect({ allowHalfOpen });
      const peer = await coming;
      const logs = [watch(socket), watch(peer)];
      socket.end('last');
      peer.resume();
      await once(peer, 'end');
      let text = '';
      socket.on('data', (part) => {
        text += String(part);
      });
      await delay(20);
      const writable = peer.writable;
      if (allowHalfOpen) peer.end('more');
      await Promise.all([closed(socket), closed(peer)]);
      return {
        logs: logs.map((log) => log.filter((line) => !/^(?:connect|ready|secureConnect)/.test(line))),
        text,
        writable,
      };
    },
  );
}

scenario('pauseOnConnect', { pauseOnConnect: true }, async ({ listening, connect }) => {
  const coming = accepted(listening);
  const socket = connect();
  socket.write('hello');
  const peer = await coming;
  const seen: unknown[] = [peer.isPaused(), peer.readableFlowing];
  peer.on('data', (part) => seen.push(String(part)));
  await delay(30);
  seen.push('resumed');
  peer.resume();
  await once(peer, 'data');
  return { seen };
});

scenario('the end of TCP without close_notify', {}, async ({ face, listening, port }) => {
  const coming = accepted(listening);
  const raw = net.connect(port, '127.0.0.1');
  const socket = face.connect({ socket: raw, ca, servername: 'localhost' });
  await once(socket, 'secureConnect');
  const peer = await coming;
  const log = watch(peer);
  peer.resume();
  raw.end();
  await closed(peer);
  return { log };
});

scenario('destroyed with an error', {}, async ({ listening, connect }) => {
  const coming = accepted(listening);
  const socket = connect();
  const log = watch(socket);
  await once(socket, 'secureConnect');
  const peer = await coming;
  const peerClosed = closed(peer);
  peer.on('error', () => {});
  peer.resume();
  socket.destroy(new Error('enough'));
  await Promise.all([closed(socket), peerClosed]);
  return { log, destroyed: [socket.destroyed, peer.destroyed] };
});

scenario('an abort signal', {}, async ({ connect }) => {
  const controller = new AbortController();
  const socket = connect({ signal: controller.signal } as ClientOptions);
  const log = watch(socket);
  socket.on('secureConnect', () => controller.abort());
  const [error] = (await once(socket, 'error')) as [Error];
  await closed(socket);
  return { log, error: [error.name, describeValue(error)] };
});

scenario('timeout', {}, async ({ connect }) => {
  const socket = connect({ timeout: 60 });
  const started = performance.now();
  await once(socket, 'timeout');
  const late = performance.now() - started > 40;
  const seen = [socket.timeout, socket.destroyed];
  socket.setTimeout(0);
  let fired = false;
  socket.on('timeout', () => {
    fired = true;
  });
  await delay(90);
  return { late, seen, fired, off: socket.timeout };
});

scenario('what TLS 1.3 cannot do', {}, async ({ connect }) => {
  const socket = connect();
  const early = await Promise.resolve()
    .then(() => socket.exportKeyingMaterial(32, 'label', Buffer.alloc(0)))
    .catch((error: NodeJS.ErrnoException) => error.code);
  await once(socket, 'secureConnect');
  const error = await new Promise<Error | null>((resolve) => {
    const returned = socket.renegotiate({}, resolve);
    assert.equal(returned, false);
  });
  const fragments = [100, 511, 512, 16384, 16385].map((size) => socket.setMaxSendFragment(size));
  return { early, error: describeValue(error), fragments };
});

scenario('arguments that are refused at once', {}, async ({ face, connect }) => {
  const codes: unknown[] = [];
  const attempt = (call: () => unknown): void => {
    try {
      call();
      codes.push('ok');
    } catch (error) {
      codes.push([(error as Error).name, (error as NodeJS.ErrnoException).code]);
    }
  };
  const socket = connect();
  await once(socket, 'secureConnect');
  attempt(() => socket.setTimeout(-1));
  attempt(() => socket.setTimeout('x' as never));
  attempt(() => socket.exportKeyingMaterial(0, 'x', Buffer.alloc(0)));
  attempt(() => socket.exportKeyingMaterial(1.5, 'x', Buffer.alloc(0)));
  attempt(() => socket.exportKeyingMaterial(32, 5 as never, Buffer.alloc(0)));
  attempt(() => socket.exportKeyingMaterial(32, 'x', 5 as never));
  attempt(() => socket.setMaxSendFragment('x' as never));
  attempt(() => (socket as unknown as { setServername(name: unknown): void }).setServername(5));
  attempt(() => socket.renegotiate(null as never, () => {}));
  attempt(() => socket.write(5 as never));
  attempt(() => face.createServer(5 as never));
  attempt(() => face.connect({ port: 70000 }));
  attempt(() => face.connect({} as never));
  attempt(() => face.createServer({ ALPNProtocols: ['a'], ALPNCallback: () => 'a' } as never));
  return { codes };
});

scenario('key log', {}, async ({ listening, connect }) => {
  const labels: string[] = [];
  const label = (line: Buffer): string =>
    line.toString('latin1').replace(/ [0-9a-f]{64} [0-9a-f]{64,96}\n$/, '');
  listening.on('keylog', (line) => labels.push(`server ${label(line)}`));
  const socket = connect();
  socket.on('keylog', (line) => labels.push(`client ${label(line)}`));
  await once(socket, 'secureConnect');
  await delay(20);
  return { labels: labels.filter((one) => !one.endsWith('EARLY_EXPORTER_SECRET')).sort() };
});
