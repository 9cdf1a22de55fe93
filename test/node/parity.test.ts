import { once } from 'node:events';
import net from 'node:net';
import type nodeTls from 'node:tls';
import { createSelfSigned } from '../../src/x509/authority.ts';
import { accepted, clientError, closed, scenario, watch } from './parity-stage.ts';
import { authority, closeServer, listen, random } from './support.ts';

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
