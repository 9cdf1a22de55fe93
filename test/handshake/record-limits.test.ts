/** Records kept short by agreement (RFC 6066 4, RFC 8449). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClientConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  clientHandshake,
  clientHandshake12,
  type Script,
  sendData,
  sendRecord,
  serverHandshake,
  serverHandshake12,
} from '../../src/fuzz.ts';
import type { ClientHelloFields } from '../../src/message/client-hello.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { maxFragmentLength } from '../../src/message/extension/max-fragment-length.ts';
import { recordSizeLimit } from '../../src/message/extension/record-size-limit.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { type End, Pair } from '../engine/pair.ts';
import { againstClient12, againstServer12, ONLY12, ONLY13 } from '../tls12/kit.ts';
import { now, provider, SERVER_NAME } from './credentials.ts';
import { againstClient, againstServer, assertRefused, assertSecure } from './kit.ts';

const DATA = 23;
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const size = (limit: number): RawExtension => recordSizeLimit.clientHello.encode(limit);
const fragment = (code: number): RawExtension =>
  maxFragmentLength.clientHello.encode(codePoint<'MaxFragmentLength'>(code));

/** Lengths of the records' bodies, in clear and protected alike. */
function lengths(sent: Uint8Array, type?: number): number[] {
  const found: number[] = [];
  for (let at = 0; at < sent.length; ) {
    const length = ((sent[at + 3] ?? 0) << 8) | (sent[at + 4] ?? 0);
    if (type === undefined || sent[at] === type) found.push(length);
    at += 5 + length;
  }
  return found;
}

function open(client: Partial<ClientOptions>, server: Partial<ServerOptions>): Pair {
  const pair = new Pair(client, server).pump();
  for (const { tested, error } of [pair.client, pair.server]) {
    if (error !== undefined) throw error;
    assert.equal(tested.connection.phase, 'open');
  }
  return pair;
}

/** The lengths of the records in which this end sends 1000 bytes; the other has them all. */
function sends(pair: Pair, from: End, to: End): number[] {
  const before = from.sent.length;
  from.tested.connection.send(zeros(1000).fill(5));
  pair.pump();
  if (to.error !== undefined) throw to.error;
  assert.equal(to.tested.data.length, 1000);
  return lengths(from.sent.subarray(before));
}

/** Tag, and in TLS 1.3 the type byte. */
const TAG = 16;

describe('TLS 1.3, record_size_limit', () => {
  test('each end keeps to the limit of the other, and type byte and padding count', () => {
    const pair = open(
      { ...ONLY13, recordSizeLimit: 100, recordPadding: () => 99999 },
      { ...ONLY13, recordSizeLimit: 257, recordPadding: () => 99999 },
    );
    assert.ok(sends(pair, pair.server, pair.client).every((length) => length === 100 + TAG));
    assert.ok(sends(pair, pair.client, pair.server).every((length) => length === 257 + TAG));
  });

  test('the flight of the server is within the limit too', () => {
    const pair = open({ ...ONLY13, recordSizeLimit: 64 }, ONLY13);
    const all = lengths(pair.server.sent, DATA);
    assert.ok(all.length > 5 && all.every((length) => length <= 64 + TAG));
  });

  test('a client that does not say is not answered, and not held to what the server takes', () => {
    const pair = open(ONLY13, { ...ONLY13, recordSizeLimit: 100 });
    assert.deepEqual(sends(pair, pair.client, pair.server), [1000 + 1 + TAG]);
  });

  test('a limit above our own changes nothing', () => {
    const pair = open({ ...ONLY13, recordSizeLimit: 16385 }, { ...ONLY13, maxFragmentLength: 600 });
    assert.deepEqual(sends(pair, pair.server, pair.client), [601 + TAG, 401 + TAG]);
  });
});

test('TLS 1.2, record_size_limit: the content alone counts, and records in clear do not', () => {
  const pair = open({ ...ONLY12, recordSizeLimit: 100 }, { ...ONLY12, recordSizeLimit: 500 });
  const toClient = sends(pair, pair.server, pair.client);
  assert.equal(toClient.length, 10);
  const toServer = sends(pair, pair.client, pair.server);
  assert.equal(toServer.length, 2);
});

for (const [version, only] of [
  ['TLS 1.3', ONLY13],
  ['TLS 1.2', ONLY12],
] as const) {
  test(`${version}, max_fragment_length: both ends keep to it`, () => {
    const pair = open({ ...only, requestFragmentLength: 512 }, only);
    assert.equal(sends(pair, pair.server, pair.client).length, 2);
    assert.equal(sends(pair, pair.client, pair.server).length, 2);
    assert.ok(lengths(pair.server.sent, 22).every((length) => length <= 512));
  });
}

const offering =
  (...extensions: RawExtension[]) =>
  (hello: ClientHelloFields): ClientHelloFields => ({
    ...hello,
    extensions: [...hello.extensions, ...extensions],
  });

function answering<M extends { readonly extensions: readonly RawExtension[] }>(
  ...extensions: RawExtension[]
): (fields: M) => M {
  return (fields) => ({ ...fields, extensions: [...fields.extensions, ...extensions] });
}

const LIMIT = { options: { recordSizeLimit: 1000 } } as const;
const FRAGMENT = { options: { requestFragmentLength: 1024 } } as const;
const ee = (...extensions: RawExtension[]): ReturnType<typeof serverHandshake> =>
  serverHandshake().change('EncryptedExtensions', answering(...extensions));
const sh = (...extensions: RawExtension[]): ReturnType<typeof serverHandshake12> =>
  serverHandshake12().change('ServerHello', answering(...extensions));

describe('a client refuses', () => {
  test('content beyond its limit, in either version', () => {
    const script = ee(size(16385));
    assertSecure(againstServer(script.append(sendRecord(DATA, zeros(999))), LIMIT));
    assertRefused(
      againstServer(script.append(sendRecord(DATA, zeros(1000))), LIMIT),
      'record_overflow',
      'record_overflow',
    );
    const script12 = sh(size(16384));
    assertSecure(againstServer12(script12.append(sendData(zeros(1000))), LIMIT));
    assertRefused(
      againstServer12(script12.append(sendData(zeros(1001))), LIMIT),
      'record_overflow',
      'record_overflow',
    );
  });

  test('padding beyond its limit', () => {
    const fits = ee(size(16385)).append(sendRecord(DATA, zeros(500), { padding: 499 }));
    assertSecure(againstServer(fits, LIMIT));
    const padded = ee(size(16385)).append(sendRecord(DATA, zeros(500), { padding: 500 }));
    assertRefused(againstServer(padded, LIMIT), 'record_overflow', 'record_overflow');
  });

  test('content beyond max_fragment_length, in either version', () => {
    const script = ee(fragment(2));
    assertSecure(againstServer(script.append(sendData(zeros(1024))), FRAGMENT));
    assertRefused(
      againstServer(script.append(sendData(zeros(1025))), FRAGMENT),
      'record_overflow',
      'record_overflow',
    );
    const script12 = sh(fragment(2));
    assertRefused(
      againstServer12(script12.append(sendData(zeros(1025))), FRAGMENT),
      'record_overflow',
      'record_overflow',
    );
  });

  test('an answer to what it did not offer', () => {
    for (const extension of [size(1000), fragment(2)]) {
      assertRefused(againstServer(ee(extension)), 'unsolicited_extension', 'unsupported_extension');
      assertRefused(againstServer12(sh(extension)), 'unsolicited_extension', 'unsupported_extension');
    }
  });

  test('both answers at once', () => {
    const options = { options: { recordSizeLimit: 100, requestFragmentLength: 1024 } } as const;
    assertRefused(
      againstServer(ee(size(100), fragment(2)), options),
      'illegal_parameter',
      'illegal_parameter',
    );
    assertRefused(
      againstServer12(sh(size(100), fragment(2)), options),
      'illegal_parameter',
      'illegal_parameter',
    );
  });

  test('another fragment length than it asked for', () => {
    assertRefused(againstServer(ee(fragment(1)), FRAGMENT), 'illegal_parameter', 'illegal_parameter');
    assertRefused(againstServer12(sh(fragment(3)), FRAGMENT), 'illegal_parameter', 'illegal_parameter');
  });

  test('a limit below 64, or above what the version allows', () => {
    assertRefused(againstServer(ee(size(63)), LIMIT), 'bad_value', 'illegal_parameter');
    assertRefused(againstServer(ee(size(16386)), LIMIT), 'illegal_parameter', 'illegal_parameter');
    assertRefused(againstServer12(sh(size(16385)), LIMIT), 'illegal_parameter', 'illegal_parameter');
  });
});

describe('a server', () => {
  const hello = <M extends { ClientHello: ClientHelloFields }>(
    script: Script<M>,
    ...more: RawExtension[]
  ): Script<M> => script.change('ClientHello', offering(...more));

  test('goes by record_size_limit where both are offered, and answers it alone', () => {
    const pair = open({ ...ONLY13, recordSizeLimit: 100, requestFragmentLength: 512 }, ONLY13);
    assert.equal(sends(pair, pair.server, pair.client).length, Math.ceil(1000 / 99));
    assert.equal(sends(pair, pair.client, pair.server).length, 1);
  });

  test('takes a limit that is above the maximum as none (RFC 8449 4)', () => {
    assertSecure(againstClient(hello(clientHandshake(), size(0xffff))));
    assertSecure(againstClient12(hello(clientHandshake12(), size(0xffff))));
  });

  test('refuses a limit below 64', () => {
    assertRefused(againstClient(hello(clientHandshake(), size(63))), 'bad_value', 'illegal_parameter');
    assertRefused(againstClient12(hello(clientHandshake12(), size(0))), 'bad_value', 'illegal_parameter');
  });

  test('refuses a fragment length that there is not', () => {
    for (const code of [0, 5]) {
      const raw = { type: ExtensionType.max_fragment_length, data: Uint8Array.of(code) };
      assertRefused(againstClient(hello(clientHandshake(), raw)), 'bad_value', 'illegal_parameter');
    }
  });

  test('refuses content beyond its own limit', () => {
    const play = { options: { recordSizeLimit: 200 } };
    const script = hello(clientHandshake(), size(16385));
    assertSecure(againstClient(script.append(sendRecord(DATA, zeros(199))), play));
    assertRefused(
      againstClient(script.append(sendRecord(DATA, zeros(200))), play),
      'record_overflow',
      'record_overflow',
    );
  });

  test('of TLS 1.2 refuses a handshake record in clear beyond max_fragment_length', () => {
    const long = hello(clientHandshake12(), fragment(1)).replace(
      'ClientKeyExchange',
      sendRecord(22, Uint8Array.of(16, 0, 4, 0, ...zeros(600))),
    );
    assertRefused(againstClient12(long), 'record_overflow', 'record_overflow');
  });
});

test('options out of range are refused beforehand', () => {
  const own = { provider, now, serverName: SERVER_NAME };
  for (const options of [{ recordSizeLimit: 63 }, { recordSizeLimit: 16386 }, { recordSizeLimit: 64.5 }]) {
    assert.throws(
      () => createClientConfig({ ...own, ...options }),
      (error) =>
        error instanceof TLSError &&
        error.reason === 'invalid_option' &&
        /recordSizeLimit/.test(error.message),
    );
  }
  const odd: unknown = 513;
  assert.throws(
    () => createClientConfig({ ...own, requestFragmentLength: odd as 512 }),
    (error) => error instanceof TLSError && error.reason === 'invalid_option',
  );
});
