/** Our server against a foreign client: everything that goes well, in every combination. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type tls from 'node:tls';
import { BULK_BYTES, type Parties, RECEIVED_UPDATE, SENT_UPDATE, skipGroup } from './client-suite.ts';
import { alertOf, OurServer } from './ours.ts';
import { type ConnectOptions, GROUPS, SUITES } from './peer.ts';
import { CERT_KINDS, type CertKind } from './pki.ts';
import { sideIsOurs } from './side.ts';
import { openTap } from './tap.ts';

/** Node's own tls of today, in our place, lacks the hybrid. */
const OUR_GROUPS = GROUPS.filter((group) => sideIsOurs || group !== 'X25519MLKEM768');

type Start = (options?: tls.TlsOptions, kind?: CertKind, slow?: boolean) => Promise<OurServer>;

interface Case extends Parties {
  readonly start: Start;
  /** The client's usual options towards a port. */
  readonly to: (port: number) => ConnectOptions;
}

async function using(starting: Promise<OurServer>, use: (server: OurServer) => Promise<void>): Promise<void> {
  const server = await starting;
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

function matrix({ peer, start, to }: Case): void {
  for (const kind of CERT_KINDS) {
    describe(`our server, ${kind} certificate, ${peer.name} client`, () => {
      const servers = new Map<string, Promise<OurServer>>();
      // One server per suite: not every foreign client can choose the suite.
      const server = (suite: string): Promise<OurServer> => {
        const known = servers.get(suite) ?? start({ ciphers: suite, ecdhCurve: OUR_GROUPS.join(':') }, kind);
        servers.set(suite, known);
        return known;
      };
      after(() => Promise.all([...servers.values()].map(async (each) => (await each).stop())));
      for (const group of GROUPS) {
        const skip = skipGroup(peer, group);
        for (const suite of SUITES) {
          test(`${suite} over ${group}`, { skip }, async () => {
            const ours = await server(suite);
            const report = await peer.connect({ ...to(ours.port), suite, groups: [group] });
            assert.equal(report.kind, 'secure', JSON.stringify(report));
            const seen = await ours.next();
            assert.equal(seen.kind, 'secure');
            if (report.kind !== 'secure' || seen.kind !== 'secure') return;
            assert.equal(report.version, 'TLSv1.3');
            assert.equal(report.suite, suite);
            if (report.group !== undefined) assert.equal(report.group, group);
            if (report.peer !== undefined) assert.equal(report.peer, `server-${kind}`);
            assert.equal(seen.suite, suite);
            assert.equal(seen.version, 'TLSv1.3');
            assert.equal(seen.servername, 'localhost');
            if (sideIsOurs) assert.equal(seen.group, group);
          });
        }
      }
    });
  }
}

function helloRetry({ peer, start, to }: Case): void {
  for (const [first, second] of [
    ['X25519', 'P-256'],
    ['X25519', 'P-384'],
  ] as const) {
    test(`our server, ${peer.name} client: HelloRetryRequest from ${first} to ${second}`, async () => {
      await using(start({ ecdhCurve: second }), async (server) => {
        const tap = await openTap(server.port);
        const report = await peer.connect({ ...to(tap.port), groups: [first, second] });
        assert.equal(report.kind, 'secure', JSON.stringify(report));
        assert.ok(tap.sawHelloRetryRequest(), 'there was no HelloRetryRequest');
        await tap.close();
      });
    });
  }
  test(`our server, ${peer.name} client: no common group`, async () => {
    await using(start({ ecdhCurve: 'P-384' }), async (server) => {
      const report = await peer.connect({ ...to(server.port), groups: ['P-256'] });
      assert.equal(report.kind === 'error' && report.alert, 40, JSON.stringify(report));
      assert.equal((await server.next()).kind, 'error');
    });
  });
}

function clientCertificates({ peer, pki, start, to }: Case): void {
  const required = { requestCert: true, rejectUnauthorized: true, ca: pki.ca };
  for (const kind of CERT_KINDS) {
    test(`our server, ${peer.name} client: a required ${kind} certificate`, async () => {
      await using(start(required), async (server) => {
        const report = await peer.connect({ ...to(server.port), credential: pki.clients[kind] });
        assert.equal(report.kind, 'secure', JSON.stringify(report));
        const seen = await server.next();
        assert.ok(seen.kind === 'secure' && seen.authorized);
        assert.equal(seen.peer, `client-${kind}`);
      });
    });
  }
  test(`our server, ${peer.name} client: a required certificate is missing`, {
    skip: !sideIsOurs && 'ours alone',
  }, async () => {
    await using(start(required), async (server) => {
      const report = await peer.connect(to(server.port));
      assert.equal(report.kind === 'error' && report.alert, 116, JSON.stringify(report));
      assert.equal((await server.next()).kind, 'error');
    });
  });
  test(`our server, ${peer.name} client: a certificate of another root`, {
    skip: !sideIsOurs && 'ours alone',
  }, async () => {
    await using(start({ ...required, ca: pki.strangerCa }), async (server) => {
      const report = await peer.connect({ ...to(server.port), credential: pki.clients.p256 });
      assert.equal(report.kind === 'error' && report.alert, 48, JSON.stringify(report));
      assert.equal((await server.next()).kind, 'error');
    });
  });
  test(`our server, ${peer.name} client: a server certificate is no client certificate`, {
    skip: !sideIsOurs && 'ours alone',
  }, async () => {
    await using(start(required), async (server) => {
      const report = await peer.connect({ ...to(server.port), credential: pki.servers.p256 });
      assert.equal(report.kind, 'error', JSON.stringify(report));
      assert.equal((await server.next()).kind, 'error');
    });
  });
  test(`our server, ${peer.name} client: an optional certificate, not given`, async () => {
    await using(start({ ...required, rejectUnauthorized: false }), async (server) => {
      assert.equal((await peer.connect(to(server.port))).kind, 'secure');
      const seen = await server.next();
      assert.equal(seen.kind === 'secure' && seen.authorized, false);
    });
  });
  test(`our server, ${peer.name} client: an optional certificate of another root is told apart`, async () => {
    const options = { ...required, ca: pki.strangerCa, rejectUnauthorized: false };
    await using(start(options), async (server) => {
      assert.equal((await peer.connect({ ...to(server.port), credential: pki.clients.p256 })).kind, 'secure');
      const seen = await server.next();
      assert.equal(seen.kind === 'secure' && seen.authorized, false);
      assert.equal(seen.kind === 'secure' && seen.peer, 'client-p256');
    });
  });
}

function alpn({ peer, start, to }: Case): void {
  test(`our server, ${peer.name} client: a common application protocol, in our order`, async () => {
    await using(start({ ALPNProtocols: ['http/1.1', 'h2'] }), async (server) => {
      const report = await peer.connect({ ...to(server.port), alpn: ['h2', 'http/1.1'] });
      assert.equal(report.kind === 'secure' && report.alpn, 'http/1.1', JSON.stringify(report));
      const seen = await server.next();
      assert.equal(seen.kind === 'secure' && seen.alpn, 'http/1.1');
    });
  });
  test(`our server, ${peer.name} client: no common application protocol`, async () => {
    await using(start({ ALPNProtocols: ['h2'] }), async (server) => {
      const report = await peer.connect({ ...to(server.port), alpn: ['spdy'] });
      assert.equal(report.kind === 'error' && report.alert, 120, JSON.stringify(report));
    });
  });
}

function bulk({ peer, start, to }: Case): void {
  for (const suite of SUITES) {
    test(`our server, ${peer.name} client: 10 MB down to a slow reader, ${suite}`, async () => {
      await using(start({ ciphers: suite }), async (server) => {
        const report = await peer.connect({
          ...to(server.port),
          work: 'down',
          bytes: BULK_BYTES,
          slow: true,
        });
        assert.equal(report.kind, 'secure', JSON.stringify(report));
      });
    });
    test(`our server, ${peer.name} client: 10 MB up, we read slowly, ${suite}`, async () => {
      await using(start({ ciphers: suite }, 'p256', true), async (server) => {
        const report = await peer.connect({ ...to(server.port), work: 'up', bytes: BULK_BYTES });
        assert.equal(report.kind, 'secure', JSON.stringify(report));
      });
    });
  }
}

function refusals({ peer, pki, start, to }: Case): void {
  test(`our server is told why the ${peer.name} client refuses it`, async () => {
    await using(start(), async (server) => {
      const report = await peer.connect({ ...to(server.port), caFile: pki.strangerCaFile });
      assert.equal(report.kind, 'error', JSON.stringify(report));
      const seen = await server.next();
      assert.equal(seen.kind, 'error');
      const alert = seen.kind === 'error' ? alertOf(seen.error) : undefined;
      // unknown_ca, or bad_certificate in Go.
      if (sideIsOurs && peer.sendsRefusals) assert.ok(alert === 48 || alert === 42, `alert ${alert}`);
    });
  });
  test(`our server, ${peer.name} client of TLS 1.2 alone`, async () => {
    await using(start({ minVersion: 'TLSv1.3' }), async (server) => {
      const report = await peer.connect({ ...to(server.port), maxVersion: '1.2' });
      assert.equal(report.kind === 'error' && report.alert, 70, JSON.stringify(report));
      assert.equal((await server.next()).kind, 'error');
    });
  });
}

function credentials({ face, peer, pki, start, to }: Case): void {
  test(`our server shows the ${peer.name} client the certificate of the name it asked for`, async () => {
    await using(start({}, 'rsa'), async (server) => {
      const { cert, key } = pki.wrongName;
      server.tls.addContext('elsewhere.test', face.createSecureContext({ cert, key }));
      const elsewhere = await peer.connect({ ...to(server.port), serverName: 'elsewhere.test' });
      assert.equal(elsewhere.kind, 'secure', JSON.stringify(elsewhere));
      const here = await peer.connect(to(server.port));
      assert.equal(here.kind, 'secure', JSON.stringify(here));
      if (elsewhere.kind === 'secure' && elsewhere.peer !== undefined)
        assert.equal(elsewhere.peer, 'wrong-name');
      if (here.kind === 'secure' && here.peer !== undefined) assert.equal(here.peer, 'server-rsa');
    });
  });
}

function ourCertificates({ peer, pki, start, to }: Case): void {
  for (const kind of CERT_KINDS) {
    test(`our server with a ${kind} certificate of our making, ${peer.name} client`, async () => {
      const { cert, key } = pki.ours[kind];
      const options = { cert, key, requestCert: true, rejectUnauthorized: true, ca: pki.oursCa };
      await using(start(options), async (server) => {
        const report = await peer.connect({
          ...to(server.port),
          caFile: pki.oursCaFile,
          credential: pki.ours[kind],
        });
        assert.equal(report.kind, 'secure', JSON.stringify(report));
        const seen = await server.next();
        assert.equal(seen.kind === 'secure' && seen.peer, `ours-${kind}`);
      });
    });
  }
}

function keyUpdates({ peer, start, to }: Case): void {
  const { keyUpdate } = peer;
  test(`our server, ${peer.name} client updates its keys`, {
    skip: keyUpdate === undefined && `${peer.name} cannot`,
  }, async () => {
    if (keyUpdate === undefined) return;
    await using(start(), async (server) => {
      const client = keyUpdate.connect(to(server.port));
      try {
        await client.heard('Verify return code: 0 (ok)', 1);
        client.say('E');
        for (const [round, request] of [true, false, true].entries()) {
          client.say(`line before ${round}`);
          await client.heard(`\nline before ${round}`, 1);
          client.update(request);
          await client.heard(SENT_UPDATE, round + 1);
          client.say(`line after ${round}`);
          await client.heard(`\nline after ${round}`, 1);
        }
        await client.heard(RECEIVED_UPDATE, 2);
      } finally {
        await client.stop();
      }
    });
  });
}

export function serverSuite(parties: Parties): void {
  const { face, pki } = parties;
  const start: Start = (options = {}, kind = 'p256', slow = false) =>
    OurServer.start(face, { cert: pki.servers[kind].cert, key: pki.servers[kind].key, ...options }, slow);
  const to = (port: number): ConnectOptions => ({ port, caFile: pki.caFile, work: 'echo' });
  const all: Case = { ...parties, start, to };
  matrix(all);
  helloRetry(all);
  clientCertificates(all);
  alpn(all);
  bulk(all);
  refusals(all);
  credentials(all);
  ourCertificates(all);
  keyUpdates(all);
}
