/** A server's 'OCSPRequest' and a client's 'OCSPResponse', beside Node's own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import {
  ca,
  closeServer,
  errorOf,
  type Face,
  leaf,
  listen,
  node,
  puretls,
  server,
  within,
} from './support.ts';

type Done = (error: Error | null, response?: unknown) => void;
type OnRequest = (certificate: Buffer, issuer: Buffer | null, done: Done) => void;

const RESPONSE = Buffer.from('300a0a0100a003', 'hex');

async function served(
  serverFace: Face,
  clientFace: Face,
  version: 'TLSv1.2' | 'TLSv1.3',
  onRequest: OnRequest | undefined,
  requestOCSP = true,
): Promise<{ response: unknown; asked: number }> {
  const listening = serverFace.createServer({ ...server, maxVersion: version });
  let asked = 0;
  listening.on('secureConnection', (socket) => socket.end());
  if (onRequest !== undefined) {
    listening.on('OCSPRequest', (certificate: Buffer, issuer: Buffer, done: Done) => {
      asked += 1;
      onRequest(certificate, issuer, done);
    });
  }
  const port = await listen(listening);
  const options = { port, host: 'localhost', ca, requestOCSP };
  const socket = clientFace.connect(options);
  let response: unknown = 'no event';
  socket.on('OCSPResponse', (given: Buffer | null) => {
    response = given;
  });
  await within(once(socket, 'secureConnect'), 'the handshake');
  socket.destroy();
  await closeServer(listening);
  return { response, asked };
}

const later: OnRequest = (_certificate, _issuer, done) => setTimeout(() => done(null, RESPONSE), 10);

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  describe(version, () => {
    for (const [name, serverFace, clientFace] of [
      ['ours', puretls, puretls],
      ["ours, Node's client", puretls, node],
      ["Node's, our client", node, puretls],
    ] as const) {
      test(`${name}: what the listener gives reaches the client`, async () => {
        const result = await served(serverFace, clientFace, version, later);
        assert.deepEqual(result, { response: RESPONSE, asked: 1 });
      });

      test(`${name}: null where the listener gives nothing, and where there is none`, async () => {
        const none = await served(serverFace, clientFace, version, (_c, _i, done) => done(null, null));
        assert.deepEqual(none, { response: null, asked: 1 });
        const silent = await served(serverFace, clientFace, version, undefined);
        assert.deepEqual(silent, { response: null, asked: 0 });
      });

      test(`${name}: no one is asked where the client does not ask`, async () => {
        const result = await served(serverFace, clientFace, version, later, false);
        assert.deepEqual(result, { response: 'no event', asked: 0 });
      });
    }
  });
}

test('the listener sees the certificate, and the issuer where the chain has it', async () => {
  const chains: unknown[] = [];
  await served(puretls, puretls, 'TLSv1.3', (certificate, issuer, done) => {
    chains.push(certificate.equals(Buffer.from(leaf.certificate.raw)), issuer);
    done(null, RESPONSE);
  });
  assert.equal(chains[0], true);
  const [, second] = leaf.chain;
  assert.deepEqual(chains[1], second === undefined ? null : Buffer.from(second.raw));
});

for (const [what, onRequest] of [
  ['calls back with an error', (_c, _i, done): void => done(new Error('no responder'))],
  [
    'throws',
    (): void => {
      throw new Error('boom');
    },
  ],
  ['gives text', (_c, _i, done): void => done(null, 'MAA=')],
] as readonly (readonly [string, OnRequest])[]) {
  test(`a listener that ${what} fails the handshake, and the client learns of it`, async () => {
    const listening = puretls.createServer(server);
    listening.on('OCSPRequest', onRequest);
    const port = await listen(listening);
    const atServer = errorOf(listening, 'tlsClientError');
    const options = { port, host: 'localhost', ca, requestOCSP: true };
    const socket = puretls.connect(options);
    const [error, clientError] = await Promise.all([atServer, errorOf(socket)]);
    assert.ok(error instanceof Error);
    assert.equal(clientError.code, 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR');
    await closeServer(listening);
  });
}
