/** Our client against a server of a foreign stack. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type StoredSession, TLSError } from '../../../src/engine.ts';
import { withDeadline } from '../support/channel.ts';
import type { EngineStream } from '../support/engine-side.ts';
import { AEAD_SUITES, BULK_BYTES, commonVersion, RANGES, rangeName, suiteCases, VERSIONS } from './cases.ts';
import { BOTH, CURVES, type GroupName, only, type Range, type Version } from './names.ts';
import {
  assertAgreed,
  commonNameOf,
  feature,
  openOurs,
  type Parties,
  usingServer,
  withoutBindings,
} from './parties.ts';
import type { CertKind } from './pki.ts';
import type { Feature, ServeWish, StackServer } from './stack.ts';

const PROTOCOL_VERSION = 70;
const NO_APPLICATION_PROTOCOL = 120;

function wish(parties: Parties, versions: Range, more: Partial<ServeWish> = {}): ServeWish {
  return { credential: parties.pki.credential('server', 'p256'), versions, ...more };
}

/** One server per certificate and, where it must be told, per group; kept to the end of the feature. */
function serversByKind(
  parties: Parties,
  version: Version,
): (kind: CertKind, groups: readonly GroupName[]) => Promise<StackServer> {
  const { stack, pki } = parties;
  const servers = new Map<string, Promise<StackServer>>();
  after(() => Promise.all([...servers.values()].map(async (server) => (await server).stop())));
  return (kind, groups) => {
    const told = stack.ownGroupOrder === true ? { groups } : {};
    const key = `${kind} ${stack.ownGroupOrder === true ? groups.join() : ''}`;
    const credential = pki.credential('server', kind);
    const known = servers.get(key) ?? stack.serve(wish(parties, only(version), { credential, ...told }));
    servers.set(key, known);
    return known;
  };
}

function suites(parties: Parties, version: Version): void {
  const { stack } = parties;
  feature(parties, 'server', 'suites, groups, certificates', version, () => {
    const server = serversByKind(parties, version);
    const { cases, missing } = suiteCases(stack, version, 'server', stack.kinds.own, stack.combines);
    for (const { suite, group, kind } of cases) {
      test(`${suite} over ${group}, ${kind} certificate`, async () => {
        // In TLS 1.2 the groups offered also limit the certificate's curve (RFC 8422 5.1).
        const curve = version === '1.2' ? CURVES.get(kind) : undefined;
        const groups = [...new Set([group, ...(curve === undefined ? [] : [curve])])];
        const theirs = await server(kind, groups);
        const stream = await openOurs(parties, theirs.port, { versions: only(version), suite, groups });
        await stack.greet(stream, theirs);
        assertAgreed(stream, await theirs.next(), { version, suite, group });
        assert.equal(stream.info.peerVerdict?.verified, true);
        assert.equal(commonNameOf(stream.info), `server-${kind}`);
        await stream.finish();
      });
    }
    for (const what of missing) test(what, { skip: `${stack.name} does not have it` }, () => undefined);
  });
}

function versions(parties: Parties): void {
  const { stack } = parties;
  const able = RANGES.filter(({ min, max }) => stack.versions.includes(min) && stack.versions.includes(max));
  for (const theirs of able) {
    for (const ours of RANGES) {
      const version = commonVersion(ours, theirs);
      feature(parties, 'server', 'versions', theirs.max, () => {
        test(`we ${rangeName(ours)}, it ${rangeName(theirs)}: ${version ?? 'refused'}`, async () => {
          await usingServer(stack.serve(wish(parties, theirs)), async (server) => {
            const opening = openOurs(parties, server.port, { versions: ours });
            if (version === undefined) {
              await assert.rejects(opening, (error) => {
                assert.ok(error instanceof TLSError);
                assert.equal(error.alert, stack.mismatchAlert ?? PROTOCOL_VERSION, error.message);
                return true;
              });
              return;
            }
            const stream = await opening;
            await stack.greet(stream, server);
            assertAgreed(stream, await server.next(), { version });
            await stream.finish();
          });
        });
      });
    }
  }
}

function clientCertificates(parties: Parties, version: Version): void {
  const { stack, pki } = parties;
  feature(parties, 'server', 'client certificates', version, () => {
    let starting: Promise<StackServer> | undefined;
    after(async () => (await starting)?.stop());
    for (const kind of stack.kinds.ours) {
      test(`${kind} certificate`, async () => {
        starting ??= stack.serve(wish(parties, only(version), { clientCaFile: pki.caFile }));
        const server = await starting;
        const { loaded, name } = pki.credential('client', kind);
        const stream = await openOurs(
          parties,
          server.port,
          { versions: only(version) },
          { credentials: [loaded] },
        );
        await stack.greet(stream, server);
        const told = await server.next();
        assertAgreed(stream, told, { version });
        if (told.kind === 'secure' && told.peer !== undefined) assert.equal(told.peer, name);
        assert.equal(stream.info.clientCertificateRequested, true);
        await stream.finish();
      });
    }
    test('none, where one is required', async () => {
      starting ??= stack.serve(wish(parties, only(version), { clientCaFile: pki.caFile }));
      const server = await starting;
      const attempt = async (): Promise<void> => {
        const stream = await openOurs(parties, server.port, { versions: only(version) });
        // In TLS 1.3 the refusal comes after our handshake is complete.
        const ending = await withDeadline(stream.resume().ending, 'refusal');
        throw ending.error ?? new Error('ended without an alert');
      };
      await assert.rejects(attempt(), (error) => {
        assert.ok(error instanceof TLSError, String(error));
        assert.equal(error.alertOrigin, 'remote');
        return true;
      });
      assert.equal((await server.next()).kind, 'error');
    });
  });
}

function alpn(parties: Parties, version: Version): void {
  const { stack } = parties;
  feature(parties, 'server', 'ALPN', version, () => {
    const options = { versions: only(version) };
    const started = { alpn: ['h2', 'http/1.1'] };
    test('a common protocol', async () => {
      await usingServer(stack.serve(wish(parties, only(version), started)), async (server) => {
        const more = { alpnProtocols: ['spdy', 'http/1.1'] };
        const stream = await openOurs(parties, server.port, options, more);
        assert.equal(stream.info.alpnProtocol, 'http/1.1');
        await stack.greet(stream, server);
        assertAgreed(stream, await server.next(), { version });
        await stream.finish();
      });
    });
    const tolerant = stack.toleratesOtherProtocols === true;
    test(`no common protocol: ${tolerant ? 'none is chosen' : 'refused'}`, async () => {
      await usingServer(stack.serve(wish(parties, only(version), started)), async (server) => {
        const opening = openOurs(parties, server.port, options, { alpnProtocols: ['spdy'] });
        if (tolerant) {
          const stream = await opening;
          assert.equal(stream.info.alpnProtocol, undefined);
          await stream.finish();
          return;
        }
        await assert.rejects(opening, (error) => {
          assert.ok(error instanceof TLSError);
          assert.equal(error.alert, NO_APPLICATION_PROTOCOL, error.message);
          return true;
        });
      });
    });
  });
}

function bulk(parties: Parties, version: Version): void {
  const { stack } = parties;
  feature(parties, 'server', 'bulk', version, () => {
    let starting: Promise<StackServer> | undefined;
    after(async () => (await starting)?.stop());
    for (const suite of AEAD_SUITES[version]) {
      test(`1 MB both ways, ${suite}`, async () => {
        starting ??= stack.serve(wish(parties, only(version), { work: 'bulk' }));
        const server = await starting;
        const stream = await openOurs(parties, server.port, { versions: only(version), suite });
        await stack.bulk(stream, BULK_BYTES, server);
        await stream.finish();
      });
    }
  });
}

function bindings(parties: Parties, version: Version, name: 'exporter' | 'tls-unique'): void {
  const { stack } = parties;
  feature(parties, 'server', name, version, () => {
    test('both ends have the same', async () => {
      await usingServer(stack.serve(wish(parties, only(version))), async (server) => {
        const stream = await openOurs(parties, server.port, { versions: only(version) });
        await stack.greet(stream, server);
        const told = await server.next();
        assertAgreed(stream, told, { version });
        assert.ok(told.kind === 'secure');
        assert.ok((name === 'exporter' ? told.exported : told.tlsUnique) !== undefined, 'it does not tell');
        await stream.finish();
      });
    });
  });
}

function closing(parties: Parties, version: Version): void {
  const { stack } = parties;
  feature(parties, 'server', 'closing', version, () => {
    const never = stack.hangsUpAlways === true && `${stack.name} always closes first`;
    test('we close first, it answers', { skip: never }, async () => {
      await usingServer(stack.serve(wish(parties, only(version))), async (server) => {
        const stream = await openOurs(parties, server.port, { versions: only(version) });
        await stack.greet(stream, server);
        const ending = await stream.finish();
        if (stack.answersClose('server', version))
          assert.deepEqual(ending, { clean: true, error: undefined });
        else assert.equal(ending.error, undefined);
      });
    });
    const { hangUp } = stack;
    test('it closes first', { skip: hangUp === undefined && `${stack.name} does not` }, async () => {
      if (hangUp === undefined) return;
      await usingServer(stack.serve(wish(parties, only(version), { work: 'hang up' })), async (server) => {
        const stream = await openOurs(parties, server.port, { versions: only(version) });
        await hangUp(stream, server);
        stream.resume();
        const ending = await withDeadline(stream.ending, 'its close');
        assert.deepEqual(ending, { clean: true, error: undefined });
        await stream.finish();
      });
    });
  });
}

/** A connection that leaves a session behind. */
async function earn(parties: Parties, server: StackServer, version: Version): Promise<StoredSession> {
  const stream = await openOurs(parties, server.port, { versions: only(version) });
  await parties.stack.greet(stream, server);
  assertAgreed(stream, await server.next(), { version });
  const session = await stream.session();
  await stream.finish();
  return session;
}

async function resume(
  parties: Parties,
  server: StackServer,
  version: Version,
  session: StoredSession,
  more: Parameters<typeof openOurs>[3] = {},
): Promise<EngineStream> {
  const stream = await openOurs(parties, server.port, { versions: BOTH }, { session, ...more });
  await parties.stack.greet(stream, server);
  assertAgreed(stream, await server.next(), { version, resumed: true });
  assert.equal(stream.info.peerVerdict?.verified, true);
  assert.equal(commonNameOf(stream.info), 'server-p256');
  await stream.finish();
  return stream;
}

function resumption(parties: Parties, name: Feature, version: Version, tickets: boolean): void {
  const { stack } = parties;
  feature(parties, 'server', name, version, () => {
    const using = (use: (server: StackServer) => Promise<void>): Promise<void> =>
      usingServer(stack.serve(wish(parties, only(version), { tickets })), use);
    test('a session is resumed', () =>
      using(async (server) => {
        const session = await earn(parties, server, version);
        assert.equal(session.ticket.length > 0, tickets, 'whether there is a ticket');
        if (!tickets) assert.ok(session.sessionId.length > 0);
        await resume(parties, server, version, session);
      }));
    if (version === '1.2') {
      test('and resumed once more', () =>
        using(async (server) => {
          const session = await earn(parties, server, version);
          await resume(parties, server, version, session);
          await resume(parties, server, version, session);
        }));
    } else {
      test('after HelloRetryRequest', () =>
        using(async (server) => {
          const session = await earn(parties, server, version);
          const stream = await resume(parties, server, version, session, { keyShares: [] });
          assert.equal(stream.info.helloRetryRequest, true);
        }));
    }
  });
}

function withoutEms(parties: Parties): void {
  const { stack } = parties;
  feature(parties, 'server', 'without EMS', '1.2', () => {
    const starting = (): Promise<StackServer> =>
      stack.serve(wish(parties, only('1.2'), { extendedMasterSecret: false }));
    test('a connection, without exporter and session', () =>
      usingServer(starting(), async (server) => {
        const stream = await openOurs(parties, server.port, { versions: BOTH });
        await stack.greet(stream, server);
        assertAgreed(stream, withoutBindings(await server.next()), { version: '1.2' });
        assert.equal(stream.exported, undefined);
        assert.equal(stream.tlsUnique, undefined);
        assert.equal(stream.sessions.length, 0);
        await stream.finish();
      }));
    test('refused where we require it', () =>
      usingServer(starting(), async (server) => {
        await assert.rejects(
          openOurs(parties, server.port, { versions: BOTH }, { requireExtendedMasterSecret: true }),
          (error) => error instanceof TLSError && error.alertOrigin === 'local',
        );
        assert.equal((await server.next()).kind, 'error');
      }));
  });
}

export function ourClient(parties: Parties): void {
  for (const version of VERSIONS) suites(parties, version);
  versions(parties);
  for (const version of VERSIONS) clientCertificates(parties, version);
  for (const version of VERSIONS) alpn(parties, version);
  for (const version of VERSIONS) bulk(parties, version);
  for (const version of VERSIONS) bindings(parties, version, 'exporter');
  bindings(parties, '1.2', 'tls-unique');
  for (const version of VERSIONS) closing(parties, version);
  resumption(parties, 'resumption by ID', '1.2', false);
  resumption(parties, 'resumption by ticket', '1.2', true);
  resumption(parties, 'resumption by PSK', '1.3', true);
  withoutEms(parties);
}
