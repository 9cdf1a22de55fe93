/** A HelloRetryRequest that no one has to remember: its cookie holds what is needed to go on (RFC 8446 4.2.2). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import type { ClientHelloFields } from '../../src/message/client-hello.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { cookie } from '../../src/message/extension/cookie.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { TLSError } from '../../src/wire/error.ts';
import type { Reason } from '../../src/wire/reason.ts';
import { AlertDescription, ExtensionType } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { now, provider } from './credentials.ts';
import { type Tested, testedClient, testedServer } from './kit.ts';

const { x25519, secp256r1 } = NamedGroup;
const aead = provider.cipherSuites13[0]?.aead;
assert.ok(aead);
const keysAt = (time: () => number): TicketKeys =>
  new TicketKeys({ aead, random: provider.random, now: time });
const keys = keysAt(now);
const BOTH_GROUPS = { groups: [x25519, secp256r1], keyShares: [x25519] };
const SERVER = { groups: [secp256r1], retryCookieKeys: keys } satisfies Partial<ServerOptions>;

interface Retried {
  readonly client: Tested;
  /** The second hello, for a server that never saw the first. */
  readonly second: Uint8Array;
}

/** Up to the second ClientHello, with a server that is then forgotten. */
function retried(client: Partial<ClientOptions> = {}, server: Partial<ServerOptions> = {}): Retried {
  const ours = testedClient({ ...BOTH_GROUPS, ...client });
  const first = testedServer({ ...SERVER, ...server });
  first.receive(ours.takeOutput() ?? new Uint8Array(0));
  ours.receive(first.takeOutput() ?? new Uint8Array(0));
  return { client: ours, second: withoutDummy(ours.takeOutput() ?? new Uint8Array(0)) };
}

/** Without the change_cipher_spec that goes before it (RFC 8446 D.4). */
function withoutDummy(flight: Uint8Array): Uint8Array {
  return flight[0] === 20 ? flight.subarray(6) : flight;
}

function goOn({ client, second }: Retried, options: Partial<ServerOptions> = {}): Tested {
  const other = testedServer({ ...SERVER, ...options });
  other.receive(second);
  client.receive(other.takeOutput() ?? new Uint8Array(0));
  other.receive(client.takeOutput() ?? new Uint8Array(0));
  return other;
}

function assertRefuses(at: Retried, reason: Reason, options: Partial<ServerOptions> = {}): void {
  assert.throws(
    () => goOn(at, options),
    (error) => {
      assert.ok(error instanceof TLSError, String(error));
      assert.equal(error.reason, reason, error.message);
      assert.equal(error.alert, AlertDescription.illegal_parameter);
      return true;
    },
  );
}

/** Changes the second hello alone: the one with a cookie in it. */
function inSecond(change: (fields: ClientHelloFields) => ClientHelloFields): Partial<ClientOptions> {
  return {
    shapeClientHello: (fields) =>
      fields.extensions.some(({ type }) => type === ExtensionType.cookie) ? change(fields) : fields,
  };
}

const onExtensions =
  (edit: (list: readonly RawExtension[]) => readonly RawExtension[]) =>
  (fields: ClientHelloFields): ClientHelloFields => ({ ...fields, extensions: edit(fields.extensions) });

const putCookie = (edit: (value: Uint8Array) => Uint8Array): Partial<ClientOptions> =>
  inSecond(
    onExtensions((list) =>
      list.map((one) =>
        one.type === ExtensionType.cookie ? cookie.clientHello.encode(edit(one.data.slice(2))) : one,
      ),
    ),
  );

describe('a cookie', () => {
  test('serves on the connection that it was sent on', () => {
    const pair = new Pair(BOTH_GROUPS, SERVER).pump();
    for (const { tested, error } of [pair.client, pair.server]) {
      if (error !== undefined) throw error;
      assert.equal(tested.connection.phase, 'open');
      assert.equal(tested.connection.info.helloRetryRequest, true);
    }
  });

  test('lets a server go on that never saw the first hello', () => {
    const at = retried();
    const other = goOn(at);
    for (const { connection } of [at.client, other]) {
      assert.equal(connection.phase, 'open');
      assert.equal(connection.info.helloRetryRequest, true);
      assert.equal(connection.info.group?.code, secp256r1);
    }
    other.connection.send(Uint8Array.of(1, 2, 3));
    at.client.receive(other.takeOutput() ?? new Uint8Array(0));
    assert.deepEqual(at.client.data, Uint8Array.of(1, 2, 3));
  });

  test('is neither sent nor looked at without keys for it', () => {
    const asked: boolean[] = [];
    const shapeClientHello = (fields: ClientHelloFields): ClientHelloFields => {
      asked.push(fields.extensions.some(({ type }) => type === ExtensionType.cookie));
      return fields;
    };
    const at = retried({ shapeClientHello }, { retryCookieKeys: undefined });
    assert.throws(() => goOn(at, { retryCookieKeys: undefined }), /authentication/);
    assert.deepEqual(asked, [false, false]);
  });
});

describe('a server refuses', () => {
  test('a cookie that was changed in any byte', () => {
    for (const at of [0, 15, 16, 28, 40, 60]) {
      const flip = (value: Uint8Array): Uint8Array => value.map((byte, i) => (i === at ? byte ^ 1 : byte));
      assertRefuses(retried(putCookie(flip)), 'bad_cookie');
    }
  });

  test('a cookie cut short, made longer, or of one byte', () => {
    for (const edit of [
      (value: Uint8Array): Uint8Array => value.subarray(0, value.length - 1),
      (value: Uint8Array): Uint8Array => Uint8Array.of(...value, 0),
      (): Uint8Array => Uint8Array.of(7),
    ]) {
      assertRefuses(retried(putCookie(edit)), 'bad_cookie');
    }
  });

  test('a cookie of other keys', () => {
    assertRefuses(retried(), 'bad_cookie', { retryCookieKeys: keysAt(now) });
  });

  test('something else that the same keys sealed, such as a session', () => {
    assertRefuses(retried(putCookie(() => keys.seal(new Uint8Array(90)))), 'bad_cookie');
  });

  test('a cookie older than a minute, or from the future', () => {
    goOn(retried(), { now: () => now() + 60_000 });
    assertRefuses(retried(), 'bad_cookie', { now: () => now() + 60_001 });
    assertRefuses(retried(), 'bad_cookie', { now: () => now() - 1 });
  });

  test('a cookie for a group that it no longer takes', () => {
    assertRefuses(retried(), 'bad_cookie', { groups: [x25519] });
  });

  for (const [name, change] of [
    ['random', (fields) => ({ ...fields, random: fields.random.map((byte) => byte ^ 1) })],
    ['session id', (fields) => ({ ...fields, legacySessionId: new Uint8Array(0) })],
    ['list of suites', (fields) => ({ ...fields, cipherSuites: fields.cipherSuites.slice(1) })],
    [
      'set of extensions',
      onExtensions((list) => list.filter(({ type }) => type !== ExtensionType.server_name)),
    ],
    ['order of extensions', onExtensions((list) => [...list].reverse())],
  ] as readonly (readonly [string, (fields: ClientHelloFields) => ClientHelloFields])[]) {
    test(`a hello with another ${name} than the cookie was made for`, () => {
      assertRefuses(retried(inSecond(change)), 'changed_after_hello_retry_request');
    });
  }

  test('a hello with a share for another group than the cookie says', () => {
    const first: RawExtension[] = [];
    const shapeClientHello = (fields: ClientHelloFields): ClientHelloFields => {
      const share = fields.extensions.find(({ type }) => type === ExtensionType.key_share);
      if (first.length === 0 && share !== undefined) first.push(share);
      const [kept] = first;
      const swap = (one: RawExtension): RawExtension => (one.type === kept?.type ? kept : one);
      return { ...fields, extensions: fields.extensions.map(swap) };
    };
    assertRefuses(retried({ shapeClientHello }), 'changed_after_hello_retry_request');
  });

  test('a hello with early_data', () => {
    const early: RawExtension = { type: ExtensionType.early_data, data: new Uint8Array(0) };
    const change = onExtensions((list) => [...list, early]);
    assertRefuses(retried(inSecond(change)), 'changed_after_hello_retry_request');
  });
});
