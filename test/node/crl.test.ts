/** The option `crl`: whom Node refuses and how it says so, from node:tls and from us over the same lists and certificates. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import type tls from 'node:tls';
import { encodePem } from '../../src/bytes/pem.ts';
import * as faces from '../../src/index.ts';
import { createAuthority } from '../../src/x509/authority.ts';
import { type CrlFields, createCrl } from '../../src/x509/issue-crl.ts';
import { closeServer, type Face, listen, node, puretls, random, within } from './support.ts';

const HOUR = 3_600_000;
const now = Date.now();
const root = createAuthority({ random, now, subject: 'CN=crl root' });
const middle = root.intermediate({ subject: 'CN=crl middle' });
const leaf = middle.issue({ names: ['localhost'] });
const client = middle.issue({ subject: 'CN=crl client', extKeyUsage: ['clientAuth'] });
const stranger = createAuthority({ random, now, subject: 'CN=crl middle' });

function list(
  issuer: typeof root,
  revoked: CrlFields['revoked'] = [],
  fields: Partial<CrlFields> = {},
): string {
  const made = createCrl({
    issuer: issuer.certificate,
    signingKey: issuer.key,
    random,
    thisUpdate: now - HOUR,
    nextUpdate: now + HOUR,
    revoked,
    ...fields,
  });
  return encodePem('X509 CRL', made);
}

const clean = [list(root), list(middle)];
const past = { thisUpdate: now - 2 * HOUR, nextUpdate: now - HOUR };
const future = { thisUpdate: now + HOUR, nextUpdate: now + 2 * HOUR };

/** What the option is, and what Node's `authorizationError` is then; null for a good connection. */
const CASES: Readonly<Record<string, readonly [crl: string[], code: string | null]>> = {
  'nobody is revoked': [clean, null],
  'the leaf is revoked': [[list(root), list(middle, [leaf, client])], 'CERT_REVOKED'],
  'the intermediate is revoked': [[list(root, [middle]), list(middle)], 'CERT_REVOKED'],
  'there is none of the intermediate': [[list(root)], 'UNABLE_TO_GET_CRL'],
  'there is none of the root': [[list(middle)], 'UNABLE_TO_GET_CRL'],
  'the list has expired': [[list(root), list(middle, [], past)], 'CRL_HAS_EXPIRED'],
  'the list is not valid yet': [[list(root), list(middle, [], future)], 'CRL_NOT_YET_VALID'],
  'a namesake signed it': [
    [list(root), list(middle, [], { signingKey: stranger.key })],
    'CRL_SIGNATURE_FAILURE',
  ],
};

const servers: tls.Server[] = [];
after(() => Promise.all(servers.map(closeServer)));

const identity = { cert: leaf.chainPem, key: leaf.keyPem };
const presented = { cert: client.chainPem, key: client.keyPem };

async function clientSees(face: Face, port: number, crl: string[]): Promise<string | null> {
  const socket = face.connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: root.certificatePem,
    crl,
  });
  const failed = once(socket, 'error').then(([error]: { code: string }[]) => error?.code ?? 'no code');
  const secure = once(socket, 'secureConnect').then(() => null);
  try {
    return await within(Promise.race([secure, failed]), 'the client’s verdict');
  } finally {
    socket.destroy();
  }
}

describe('a client with crl', async () => {
  const server = node.createServer(identity);
  server.on('tlsClientError', () => {});
  servers.push(server);
  const port = await listen(server);
  for (const [name, [crl, code]] of Object.entries(CASES)) {
    for (const [whose, face] of [
      ['node:tls', node],
      ['puretls', puretls],
    ] as const) {
      test(`${name}: ${whose}`, async () => assert.equal(await clientSees(face, port, crl), code));
    }
  }

  test('crlCheck leaf asks for no list of the root', async () => {
    const connect = (options: object) =>
      clientSees(
        {
          ...puretls,
          connect: (given: object) => puretls.connect({ ...given, ...options } as tls.ConnectionOptions),
        } as Face,
        port,
        [list(middle)],
      );
    assert.equal(await connect({ crlCheck: 'leaf' }), null);
    assert.equal(await connect({ crlCheck: 'chain' }), 'UNABLE_TO_GET_CRL');
    assert.throws(() => puretls.connect({ port, crlCheck: 'Leaf' } as object), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  });

  test('crlCheck without a list would check nothing, and is refused', () => {
    for (const crl of [undefined, null, false]) {
      assert.throws(() => puretls.createSecureContext({ crlCheck: 'leaf', crl } as object), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: /crlCheck.*needs options\.crl/,
      });
    }
  });

  test('a session made without is not taken up with', async () => {
    const options = { port, host: '127.0.0.1', servername: 'localhost', ca: root.certificatePem };
    const first = puretls.connect({ ...options, maxVersion: 'TLSv1.2' });
    await within(once(first, 'secureConnect'), 'the first connection');
    const session = first.getSession();
    first.destroy();
    assert.ok(session);
    const crl = [list(root), list(middle, [leaf])];
    const second = puretls.connect({ ...options, maxVersion: 'TLSv1.2', session, crl });
    const [error] = (await within(once(second, 'error'), 'the second connection')) as { code: string }[];
    assert.equal(error?.code, 'CERT_REVOKED');
  });
});

describe('a server with crl', () => {
  for (const [name, [crl, code]] of Object.entries(CASES)) {
    for (const [whose, face] of [
      ['node:tls', node],
      ['puretls', puretls],
    ] as const) {
      test(`${name}: ${whose}`, async () => {
        const server = face.createServer({
          ...identity,
          ca: root.certificatePem,
          crl,
          requestCert: true,
          rejectUnauthorized: false,
        });
        servers.push(server);
        const port = await listen(server);
        const arrived = once(server, 'secureConnection') as Promise<tls.TLSSocket[]>;
        const socket = node.connect({ port, ca: root.certificatePem, servername: 'localhost', ...presented });
        socket.on('error', () => {});
        const [accepted] = await within(arrived, 'the server’s verdict');
        const verdict = accepted?.authorizationError;
        accepted?.destroy();
        socket.destroy();
        assert.equal(verdict ?? null, code);
      });
    }
  }
});

test('what is no CRL is refused when it is given, as Node does', () => {
  for (const face of [node, puretls]) {
    assert.throws(() => face.createSecureContext({ crl: 'x' }), { code: 'ERR_CRYPTO_OPERATION_FAILED' });
  }
  assert.throws(() => faces.createSecureContext({ crl: [] }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => faces.createSecureContext({ crl: 5 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
});
