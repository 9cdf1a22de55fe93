/** As parity.test.ts: what options and methods do, with node:tls as the oracle. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createSelfSigned } from '../../src/x509/authority.ts';
import {
  accepted,
  type ClientOptions,
  clientError,
  closed,
  describeValue,
  scenario,
  watch,
} from './parity-stage.ts';
import { authority, ca, client, clientCert, random } from './support.ts';

const selfSigned = createSelfSigned({ random, now: Date.now(), names: ['localhost'] });
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
