/** Our server against a client of a foreign stack. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TLSError } from '../../../src/engine.ts';
import { ServerSessionCache } from '../../../src/session/cache.ts';
import { TicketKeys } from '../../../src/session/ticket-keys.ts';
import { TrustStore } from '../../../src/x509.ts';
import { withDeadline } from '../support/channel.ts';
import { EngineServer, provider, type ServerWish } from '../support/engine-side.ts';
import { AEAD_SUITES, BULK_BYTES, commonVersion, RANGES, rangeName, suiteCases, VERSIONS } from './cases.ts';
import { only, type Range, type Version } from './names.ts';
import {
  assertAgreed,
  commonNameOf,
  feature,
  type Ours,
  ourConfig,
  type Parties,
  withoutBindings,
} from './parties.ts';
import type { CertKind } from './pki.ts';
import type { ConnectWish, Feature, Told } from './stack.ts';
import { serveWork } from './work.ts';

const PROTOCOL_VERSION = 70;
const HANDSHAKE_FAILURE = 40;
const CERTIFICATE_REQUIRED = 116;
const NO_APPLICATION_PROTOCOL = 120;

/** A server of ours whose configuration each test sets. */
class Host {
  readonly #parties: Parties;
  #server: EngineServer | undefined;

  constructor(parties: Parties) {
    this.#parties = parties;
  }

  async start(): Promise<void> {
    this.#server = await EngineServer.start(ourConfig(this.#parties, 'p256', {}), serveWork);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  get server(): EngineServer {
    if (this.#server === undefined) throw new Error('not started');
    return this.#server;
  }

  set(ours: Ours, more: Partial<ServerWish> = {}, kind: CertKind = 'p256'): EngineServer {
    this.server.config = ourConfig(this.#parties, kind, ours, more);
    this.server.forget();
    return this.server;
  }

  /** Has the stack connect. */
  connect(versions: Range, more: Partial<ConnectWish> = {}): Promise<readonly Told[]> {
    const { stack, pki } = this.#parties;
    return stack.connect({ port: this.server.port, caFile: pki.caFile, versions, ...more });
  }
}

type Use = (host: Host) => void;

/** A feature's tests, with a host of their own. */
function hosted(parties: Parties, name: Feature, version: Version, use: Use): void {
  feature(parties, 'client', name, version, () => {
    const host = new Host(parties);
    before(() => host.start());
    after(() => host.stop());
    use(host);
  });
}

async function accepted(server: EngineServer): Promise<Parameters<typeof assertAgreed>[0]> {
  const outcome = await server.next();
  if (outcome.kind === 'error') throw outcome.error;
  return outcome.stream;
}

async function refused(server: EngineServer): Promise<TLSError> {
  const outcome = await server.next();
  assert.ok(outcome.kind === 'error' && outcome.error instanceof TLSError, 'our server did not refuse');
  return outcome.error;
}

function one(told: readonly Told[]): Told {
  const [first] = told;
  assert.ok(first !== undefined, 'it told nothing');
  return first;
}

/** That the stack failed, and for the alert that we sent, where it tells. */
function assertRefused(told: readonly Told[], alert: number): void {
  const outcome = one(told);
  assert.equal(outcome.kind, 'error', JSON.stringify(outcome));
  if (outcome.kind === 'error' && outcome.alert !== undefined) assert.equal(outcome.alert, alert);
}

function suites(parties: Parties, version: Version): void {
  const { stack } = parties;
  hosted(parties, 'suites, groups, certificates', version, (host) => {
    const { cases, missing } = suiteCases(stack, version, 'client', stack.kinds.ours);
    for (const { suite, group, kind } of cases) {
      test(`${suite} over ${group}, ${kind} certificate`, async () => {
        const server = host.set({ versions: only(version), suite, groups: [group] }, {}, kind);
        const told = one(await host.connect(only(version)));
        assert.equal(told.kind, 'secure', JSON.stringify(told));
        assertAgreed(await accepted(server), told, { version, suite, group });
      });
    }
    for (const what of missing) test(what, { skip: `${stack.name} does not have it` }, () => undefined);
  });
}

function versions(parties: Parties): void {
  const { stack } = parties;
  const able = RANGES.filter(({ min, max }) => stack.versions.includes(min) && stack.versions.includes(max));
  for (const theirs of able) {
    hosted(parties, 'versions', theirs.max, (host) => {
      for (const ours of RANGES) {
        const version = commonVersion(ours, theirs);
        test(`we ${rangeName(ours)}, it ${rangeName(theirs)}: ${version ?? 'refused'}`, async () => {
          const server = host.set({ versions: ours });
          const told = await host.connect(theirs);
          if (version !== undefined) {
            assertAgreed(await accepted(server), one(told), { version });
            return;
          }
          const error = await refused(server);
          assert.equal(error.alertOrigin, 'local');
          assert.equal(error.alert, PROTOCOL_VERSION, error.message);
          assertRefused(told, PROTOCOL_VERSION);
        });
      }
    });
  }
}

function clientCertificates(parties: Parties, version: Version): void {
  const { stack, pki } = parties;
  hosted(parties, 'client certificates', version, (host) => {
    const requiring = { clientAuth: 'require', trust: TrustStore.fromPem(pki.ca) } as const;
    for (const kind of stack.kinds.own) {
      test(`${kind} certificate`, async () => {
        const server = host.set({ versions: only(version) }, requiring);
        const credential = pki.credential('client', kind);
        const told = one(await host.connect(only(version), { credential }));
        assert.equal(told.kind, 'secure', JSON.stringify(told));
        const stream = await accepted(server);
        assertAgreed(stream, told, { version });
        assert.equal(commonNameOf(stream.info), credential.name);
        assert.equal(stream.info.peerVerdict?.verified, true);
      });
    }
    test('none, where one is required', async () => {
      const server = host.set({ versions: only(version) }, requiring);
      const told = await host.connect(only(version));
      const error = await refused(server);
      const alert = version === '1.3' ? CERTIFICATE_REQUIRED : HANDSHAKE_FAILURE;
      assert.equal(error.alert, alert, error.message);
      // A client of TLS 1.3 may be done before it hears of it.
      if (version === '1.2') assertRefused(told, alert);
    });
  });
}

function alpn(parties: Parties, version: Version): void {
  hosted(parties, 'ALPN', version, (host) => {
    const offering = { alpnProtocols: ['h2', 'http/1.1'] };
    test('a common protocol', async () => {
      const server = host.set({ versions: only(version) }, offering);
      const told = one(await host.connect(only(version), { alpn: ['spdy', 'http/1.1'] }));
      const stream = await accepted(server);
      assert.equal(stream.info.alpnProtocol, 'http/1.1');
      assertAgreed(stream, told, { version });
    });
    test('no common protocol: refused', async () => {
      const server = host.set({ versions: only(version) }, offering);
      const told = await host.connect(only(version), { alpn: ['spdy'] });
      const error = await refused(server);
      assert.equal(error.alert, NO_APPLICATION_PROTOCOL, error.message);
      assertRefused(told, NO_APPLICATION_PROTOCOL);
    });
    test('it asks for none', async () => {
      const server = host.set({ versions: only(version) }, offering);
      const told = one(await host.connect(only(version)));
      const stream = await accepted(server);
      assert.equal(stream.info.alpnProtocol, undefined);
      assertAgreed(stream, told, { version });
    });
  });
}

function bulk(parties: Parties, version: Version): void {
  hosted(parties, 'bulk', version, (host) => {
    for (const suite of AEAD_SUITES[version]) {
      test(`1 MB both ways, ${suite}`, async () => {
        const server = host.set({ versions: only(version), suite });
        const told = one(await host.connect(only(version), { bulk: BULK_BYTES }));
        assert.equal(told.kind, 'secure', JSON.stringify(told));
        assert.equal((await accepted(server)).info.cipherSuite?.name, suite);
      });
    }
  });
}

function bindings(parties: Parties, version: Version, name: 'exporter' | 'tls-unique'): void {
  hosted(parties, name, version, (host) => {
    test('both ends have the same', async () => {
      const server = host.set({ versions: only(version) });
      const told = one(await host.connect(only(version)));
      assertAgreed(await accepted(server), told, { version });
      assert.ok(told.kind === 'secure');
      assert.ok((name === 'exporter' ? told.exported : told.tlsUnique) !== undefined, 'it does not tell');
    });
  });
}

function closing(parties: Parties, version: Version): void {
  const { stack } = parties;
  hosted(parties, 'closing', version, (host) => {
    const never = stack.waitsForClose === true && `${stack.name} waits for us`;
    test('it closes first', { skip: never }, async () => {
      const server = host.set({ versions: only(version) });
      const told = one(await host.connect(only(version)));
      const stream = await accepted(server);
      assertAgreed(stream, told, { version });
      const ending = await withDeadline(stream.ending, 'its close');
      if (stack.answersClose('client', version)) assert.deepEqual(ending, { clean: true, error: undefined });
      else assert.equal(ending.error, undefined);
    });
    test('we close first', async () => {
      const server = host.set({ versions: only(version) });
      const told = one(await host.connect(only(version), { hangUp: true }));
      const stream = await accepted(server);
      assertAgreed(stream, told, { version });
      assert.equal((await withDeadline(stream.ending, 'its close')).error, undefined);
    });
  });
}

function resumption(parties: Parties, name: Feature, version: Version, tickets: boolean): void {
  const { stack } = parties;
  hosted(parties, name, version, (host) => {
    const keep = (): Partial<ServerWish> =>
      tickets ? { ticketKeys: freshTicketKeys() } : { sessionCache: new ServerSessionCache() };
    const twice = async (ours: Ours): Promise<Parameters<typeof assertAgreed>[0]> => {
      const server = host.set(ours, keep());
      const told = await host.connect(only(version), { again: true, tickets });
      assert.equal(told.length, 2, JSON.stringify(told));
      const [first, second] = told;
      const earned = await accepted(server);
      const resumed = await accepted(server);
      assert.ok(first !== undefined && second !== undefined);
      assertAgreed(earned, first, { version });
      assertAgreed(resumed, second, { version, resumed: true });
      return resumed;
    };
    test('a session is resumed', async () => {
      await twice({});
    });
    for (const suite of AEAD_SUITES[version]) {
      test(`a session of ${suite}`, async () => {
        await twice({ suite });
      });
    }
    if (version === '1.3') {
      const why = stack.sharesEveryGroup === true && `${stack.name} sends shares of all`;
      test('after HelloRetryRequest', { skip: why }, async () => {
        const resumed = await twice({ groups: [stack.retryGroup ?? 'P-384'] });
        assert.equal(resumed.info.helloRetryRequest, stack.remembersGroup !== true);
      });
    }
    test('not under other ticket keys or another cache', async () => {
      const server = host.set({}, keep());
      server.perConnection = () => ourConfig(parties, 'p256', {}, keep());
      const told = await host.connect(only(version), { again: true, tickets });
      server.perConnection = undefined;
      const [first, second] = told;
      assert.ok(first !== undefined && second !== undefined);
      assertAgreed(await accepted(server), first, { version });
      assertAgreed(await accepted(server), second, { version, resumed: false });
    });
  });
}

function freshTicketKeys(): TicketKeys {
  const aead = provider.cipherSuites13.find(({ name }) => name === 'TLS_AES_256_GCM_SHA384')?.aead;
  if (aead === undefined) throw new Error('the provider has no AES-256-GCM');
  return new TicketKeys({ aead, random: provider.random, now: () => Date.now() });
}

function withoutEms(parties: Parties): void {
  hosted(parties, 'without EMS', '1.2', (host) => {
    test('a connection, without exporter and session', async () => {
      const server = host.set({}, { ticketKeys: freshTicketKeys(), sessionCache: new ServerSessionCache() });
      const told = await host.connect(only('1.2'), { extendedMasterSecret: false, again: true });
      for (const each of told) {
        const stream = await accepted(server);
        assertAgreed(stream, withoutBindings(each), { version: '1.2', resumed: false });
        assert.equal(stream.exported, undefined);
        assert.equal(stream.tlsUnique, undefined);
      }
    });
    test('refused where we require it', async () => {
      const server = host.set({}, { requireExtendedMasterSecret: true });
      const told = await host.connect(only('1.2'), { extendedMasterSecret: false });
      const error = await refused(server);
      assertRefused(told, error.alert ?? -1);
    });
  });
}

export function ourServer(parties: Parties): void {
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
