/** Our client against a foreign server: everything that goes well, in every combination. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { withDeadline } from './channel.ts';
import { alertOf, commonNameOf, failureOf, finish, groupOf, open } from './ours.ts';
import { GROUPS, type GroupName, type Peer, type PeerServer, type ServeOptions, SUITES } from './peer.ts';
import { CERT_KINDS, type Pki } from './pki.ts';
import { sideIsOurs, type TlsFace } from './side.ts';
import { openTap } from './tap.ts';

/** What s_client and s_server print with -msg. */
export const SENT_UPDATE: string = '>>> TLS 1.3, Handshake [length 0005], KeyUpdate';
export const RECEIVED_UPDATE: string = '<<< TLS 1.3, Handshake [length 0005], KeyUpdate';

export const BULK_BYTES: number = 10 * 1024 * 1024;

export interface Parties {
  readonly face: TlsFace;
  readonly peer: Peer;
  readonly pki: Pki;
}

/** Node's own tls of today, in our place, lacks the hybrid. */
export function skipGroup(peer: Peer, group: GroupName): string | false {
  if (!sideIsOurs && group === 'X25519MLKEM768') return `Node's tls does not know ${group}`;
  return !peer.groups.includes(group) && `${peer.name} does not know ${group}`;
}

async function withServer(
  peer: Peer,
  options: ServeOptions,
  use: (server: PeerServer) => Promise<void>,
): Promise<void> {
  const server = await peer.serve(options);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

function matrix({ face, peer, pki }: Parties): void {
  for (const kind of CERT_KINDS) {
    describe(`our client, ${peer.name} server, ${kind} certificate`, () => {
      let starting: Promise<PeerServer> | undefined;
      const server = (): Promise<PeerServer> => {
        starting ??= peer.serve({ credential: pki.servers[kind], work: 'echo', groups: peer.groups });
        return starting;
      };
      after(async () => (await starting)?.stop());
      for (const group of GROUPS) {
        const skip = skipGroup(peer, group);
        for (const suite of SUITES) {
          test(`${suite} over ${group}`, { skip }, async () => {
            const { port } = await server();
            const socket = await open(face, { port, ca: pki.ca, ciphers: suite, ecdhCurve: group });
            assert.equal(socket.authorized, true);
            assert.equal(socket.getProtocol(), 'TLSv1.3');
            assert.equal(socket.getCipher().standardName, suite);
            assert.equal(groupOf(socket), group);
            assert.equal(commonNameOf(socket), `server-${kind}`);
            await peer.echo(socket);
            await finish(socket);
            const seen = await (await server()).next();
            assert.equal(seen.kind, 'secure');
            if (seen.kind === 'secure') assert.equal(seen.suite, suite);
          });
        }
      }
    });
  }
}

function helloRetry({ face, peer, pki }: Parties): void {
  for (const [first, second] of [
    ['X25519', 'P-256'],
    ['P-256', 'P-384'],
    ['P-384', 'X25519'],
  ] as const) {
    test(`our client, ${peer.name} server: HelloRetryRequest from ${first} to ${second}`, async () => {
      await withServer(
        peer,
        { credential: pki.servers.p256, work: 'echo', groups: [second] },
        async (server) => {
          const tap = await openTap(server.port);
          const socket = await open(face, { port: tap.port, ca: pki.ca, ecdhCurve: `${first}:${second}` });
          await peer.echo(socket);
          assert.equal(groupOf(socket), second);
          assert.ok(tap.sawHelloRetryRequest(), 'there was no HelloRetryRequest');
          await finish(socket);
          await tap.close();
        },
      );
    });
  }
}

function clientCertificates({ face, peer, pki }: Parties): void {
  const required = {
    credential: pki.servers.p256,
    work: 'echo',
    clientCaFile: pki.caFile,
    clientAuth: 'required',
  } as const;
  for (const kind of CERT_KINDS) {
    test(`our client, ${peer.name} server: shows its ${kind} certificate when one is required`, async () => {
      await withServer(peer, required, async (server) => {
        const { cert, key, name } = pki.clients[kind];
        const socket = await open(face, { port: server.port, ca: pki.ca, cert, key });
        await peer.echo(socket);
        const seen = await server.next();
        assert.equal(seen.kind === 'secure' && seen.peer, name);
        await finish(socket);
      });
    });
  }
  test(`our client, ${peer.name} server: has no certificate where one is required`, async () => {
    await withServer(peer, required, async (server) => {
      const failure = await failureOf(
        open(face, { port: server.port, ca: pki.ca }).then((socket) => endOf(socket)),
      );
      // OpenSSL's s_server and Node's tls refuse in their own ways; all tell the alert.
      if (sideIsOurs) assert.equal(alertOf(failure), 116, `certificate_required, not ${failure.message}`);
      assert.equal((await server.next()).kind, 'error');
    });
  });
  test(`our client, ${peer.name} server: has no certificate where one is optional`, async () => {
    await withServer(peer, { ...required, clientAuth: 'optional' }, async (server) => {
      const socket = await open(face, { port: server.port, ca: pki.ca });
      await peer.echo(socket);
      const seen = await server.next();
      assert.equal(seen.kind === 'secure' && seen.peer, undefined);
      await finish(socket);
    });
  });
}

/** Waits for the connection's end; rejects when that is an error, as a refused client certificate is in TLS 1.3. */
function endOf(socket: import('node:tls').TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.resume();
  });
}

function alpn({ face, peer, pki }: Parties): void {
  const options = { credential: pki.servers.p256, work: 'echo', alpn: ['h2', 'http/1.1'] } as const;
  test(`our client, ${peer.name} server: a common application protocol`, async () => {
    await withServer(peer, options, async (server) => {
      const socket = await open(face, { port: server.port, ca: pki.ca, ALPNProtocols: ['spdy', 'http/1.1'] });
      assert.equal(socket.alpnProtocol, 'http/1.1');
      await peer.echo(socket);
      await finish(socket);
    });
  });
  test(`our client, ${peer.name} server: asks for no application protocol`, async () => {
    await withServer(peer, options, async (server) => {
      const socket = await open(face, { port: server.port, ca: pki.ca });
      assert.equal(socket.alpnProtocol, false);
      await peer.echo(socket);
      await finish(socket);
    });
  });
  test(`our client, ${peer.name} server: no common application protocol`, async () => {
    await withServer(peer, options, async (server) => {
      const failure = await failureOf(open(face, { port: server.port, ca: pki.ca, ALPNProtocols: ['spdy'] }));
      assert.equal(alertOf(failure), 120, `no_application_protocol, not ${failure.message}`);
    });
  });
}

function bulk({ face, peer, pki }: Parties): void {
  for (const suite of SUITES) {
    test(`our client, ${peer.name} server: 10 MB down, we read slowly, ${suite}`, async () => {
      const options = { credential: pki.servers.p256, work: 'down', bytes: BULK_BYTES } as const;
      await withServer(peer, options, async (server) => {
        const socket = await open(face, { port: server.port, ca: pki.ca, ciphers: suite });
        await peer.download(socket, BULK_BYTES, true);
        await finish(socket);
      });
    });
    test(`our client, ${peer.name} server: 10 MB up to a slow reader, ${suite}`, async () => {
      await withServer(peer, { credential: pki.servers.p256, work: 'up', slow: true }, async (server) => {
        const socket = await open(face, { port: server.port, ca: pki.ca, ciphers: suite });
        await peer.upload(socket, BULK_BYTES, server);
        await finish(socket);
      });
    });
  }
}

function refusals({ face, peer, pki }: Parties): void {
  const cases = [
    {
      what: 'an untrusted root',
      credential: pki.stranger,
      code: /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT/,
      alert: 48,
    },
    { what: 'another name', credential: pki.wrongName, code: /ERR_TLS_CERT_ALTNAME_INVALID/, alert: 42 },
    { what: 'an expired certificate', credential: pki.expired, code: /CERT_HAS_EXPIRED/, alert: 45 },
  ];
  for (const { what, credential, code, alert } of cases) {
    test(`our client refuses ${what}, and the ${peer.name} server is told why`, async () => {
      await withServer(peer, { credential, work: 'echo' }, async (server) => {
        const failure = await failureOf(open(face, { port: server.port, ca: pki.ca }));
        assert.match(failure.code ?? '', code);
        if (!sideIsOurs) return;
        const seen = await server.next();
        assert.equal(seen.kind === 'error' && seen.alert, alert, JSON.stringify(seen));
      });
    });
    test(`our client accepts ${what} from the ${peer.name} server where told to`, async () => {
      await withServer(peer, { credential, work: 'echo' }, async (server) => {
        const socket = await open(face, { port: server.port, ca: pki.ca, rejectUnauthorized: false });
        assert.equal(socket.authorized, false);
        assert.match(String(socket.authorizationError), code);
        await peer.echo(socket);
        await finish(socket);
      });
    });
  }
}

function ourCertificates({ face, peer, pki }: Parties): void {
  for (const kind of CERT_KINDS) {
    test(`our client, ${peer.name} server with a ${kind} certificate of our making`, async () => {
      const options = {
        credential: pki.ours[kind],
        work: 'echo',
        clientCaFile: pki.oursCaFile,
        clientAuth: 'required',
      } as const;
      await withServer(peer, options, async (server) => {
        const { cert, key } = pki.ours[kind];
        const socket = await open(face, { port: server.port, ca: pki.oursCa, cert, key });
        await peer.echo(socket);
        assert.equal(commonNameOf(socket), `ours-${kind}`);
        const seen = await server.next();
        assert.equal(seen.kind === 'secure' && seen.peer, `ours-${kind}`);
        await finish(socket);
      });
    });
  }
}

function keyUpdates({ face, peer, pki }: Parties): void {
  const { keyUpdate } = peer;
  test(`our client, ${peer.name} server updates its keys`, {
    skip: keyUpdate === undefined && `${peer.name} cannot`,
  }, async () => {
    if (keyUpdate === undefined) return;
    const server = await keyUpdate.serve({ credential: pki.servers.p256, work: 'echo' });
    try {
      const socket = await open(face, { port: server.port, ca: pki.ca });
      let heard = '';
      socket.setEncoding('latin1').on('data', (text: string) => {
        heard += text;
      });
      for (const [round, request] of [true, false, true].entries()) {
        server.update(request);
        await server.heard(SENT_UPDATE, round + 1);
        server.say(`server line ${round}`);
        for (let wait = 0; !heard.includes(`server line ${round}`); wait += 1) {
          assert.ok(wait < 500, `round ${round}: the line did not arrive`);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        socket.write(`client line ${round}\n`);
        await server.heard(`client line ${round}`, 1);
      }
      await server.heard(RECEIVED_UPDATE, 2);
      await finish(socket);
    } finally {
      await server.stop();
    }
  });
}

function cut({ face, peer, pki }: Parties): void {
  test(`our client, ${peer.name} server: a cut connection is no clean end`, async () => {
    await withServer(peer, { credential: pki.servers.p256, work: 'echo' }, async (server) => {
      const socket = await open(face, { port: server.port, ca: pki.ca });
      await peer.echo(socket);
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());
      await server.stop();
      await withDeadline(closed, 'close');
      if (sideIsOurs) assert.equal((socket as typeof socket & { truncated?: boolean }).truncated, true);
    });
  });
}

export function clientSuite(parties: Parties): void {
  matrix(parties);
  helloRetry(parties);
  clientCertificates(parties);
  alpn(parties);
  bulk(parties);
  refusals(parties);
  ourCertificates(parties);
  keyUpdates(parties);
  cut(parties);
}
