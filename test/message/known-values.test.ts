/** That decoders say what the bytes mean: RFC 8448's messages, and the values behind our own samples. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fromHex } from '../../src/bytes/encoding.ts';
import {
  bindersListLength,
  preSharedKey,
  replaceBinders,
} from '../../src/message/extension/pre-shared-key.ts';
import { decodeHandshake, handshakeHeader, wrapHandshake } from '../../src/message/handshake.ts';
import {
  DOWNGRADE_TLS11,
  DOWNGRADE_TLS12,
  HELLO_RETRY_REQUEST_RANDOM,
} from '../../src/message/server-hello.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ExtensionType, HandshakeType } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { projectRoot } from '../house/root.ts';
import { decodeHostile } from './fidelity.ts';
import { BUILD, EXTENSIONS, filler, SAMPLES } from './support.ts';

interface Vectors {
  readonly traces: Readonly<
    Record<
      string,
      { readonly records: readonly { readonly messages?: readonly { name: string; raw: string }[] }[] }
    >
  >;
}

const file = join(projectRoot(import.meta.url), 'vectors', 'rfc8448.json');
const { traces } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const recorded = Object.entries(traces).flatMap(([trace, { records }]) =>
  records.flatMap(({ messages = [] }) =>
    messages.map(({ name, raw }) => ({ trace, name, raw: fromHex(raw) })),
  ),
);

describe('RFC 8448', () => {
  it('has messages to read', () => assert.ok(recorded.length > 30, String(recorded.length)));

  for (const { trace, name, raw } of recorded) {
    it(`${trace}: ${name}`, () => {
      const message = decodeHostile(raw);
      assert.equal(message?.kind, name);
    });
  }

  it('simple-1rtt: what the ClientHello offers', () => {
    const raw = recorded.find(({ trace, name }) => trace === 'simple-1rtt' && name === 'ClientHello')?.raw;
    assert.ok(raw);
    const hello = decodeHandshake(raw, 'tls13');
    assert.ok(hello.kind === 'ClientHello');
    assert.deepEqual(hello.cipherSuites, [0x1301, 0x1303, 0x1302]);
    assert.deepEqual(hello.legacySessionId, new Uint8Array(0));
    assert.deepEqual(Object.keys(hello.known).sort(), [
      'keyShare',
      'pskKeyExchangeModes',
      'recordSizeLimit',
      'renegotiationInfo',
      'serverName',
      'sessionTicket',
      'signatureAlgorithms',
      'supportedGroups',
      'supportedVersions',
    ]);
    const { known } = hello;
    assert.equal(known.serverName, 'server');
    assert.deepEqual(known.supportedVersions, [0x0304]);
    assert.deepEqual(
      known.keyShare?.map(({ group, keyExchange }) => [group, keyExchange.length]),
      [[NamedGroup.x25519, 32]],
    );
    assert.deepEqual(known.pskKeyExchangeModes, [1]);
    assert.equal(known.recordSizeLimit, 0x4001);
    assert.equal(known.signatureAlgorithms?.length, 15);
  });
});

describe('the samples', () => {
  it('ClientHello has every extension that is understood', () => {
    const hello = decodeHandshake(SAMPLES.get('ClientHello') ?? new Uint8Array(0), 'tls13');
    assert.ok(hello.kind === 'ClientHello');
    assert.equal(Object.keys(hello.known).length, 24);
    const { known } = hello;
    assert.equal(known.serverName, 'www.example.com');
    assert.deepEqual(
      known.alpn?.map((name) => Buffer.from(name).toString()),
      ['h2', 'http/1.1'],
    );
    assert.equal(known.preSharedKey?.identities[0]?.obfuscatedTicketAge, 0xfffffff0);
    assert.deepEqual(known.preSharedKey.binders, [filler(32, 3), filler(48, 4)]);
    assert.equal(known.maxFragmentLength, 4);
    assert.deepEqual(known.statusRequest, {
      kind: 'ocsp',
      responderIds: [filler(5)],
      requestExtensions: filler(3),
    });
    assert.deepEqual(hello.random, filler(32));
    assert.equal(hello.legacyVersion, 0x0303);
  });

  it('an absent extension is an absent property, not an undefined one', () => {
    const hello = decodeHandshake(SAMPLES.get('ClientHello without a block') ?? new Uint8Array(0), 'tls13');
    assert.ok(hello.kind === 'ClientHello');
    assert.deepEqual([hello.extensionsPresent, hello.extensions, Object.keys(hello.known)], [false, [], []]);
  });

  it('NewSessionTicket gives unsigned numbers', () => {
    const ticket = decodeHandshake(BUILD.NST(EXTENSIONS.NST), 'tls13');
    assert.ok(ticket.kind === 'NewSessionTicket');
    assert.deepEqual([ticket.ticketLifetime, ticket.ticketAgeAdd], [604800, 0x80000001]);
    assert.equal(ticket.known.maxEarlyDataSize, 0xffffffff);
  });

  it('HelloRetryRequest names the group and brings the cookie', () => {
    const retry = decodeHandshake(BUILD.HRR(EXTENSIONS.HRR), 'tls13');
    assert.ok(retry.kind === 'HelloRetryRequest');
    assert.deepEqual(retry.known, {
      supportedVersion: 0x0304,
      selectedGroup: NamedGroup.secp384r1,
      cookie: filler(10),
    });
  });

  it('Certificate gives each entry its own extensions', () => {
    const message = decodeHandshake(BUILD.CT(EXTENSIONS.CT), 'tls13');
    assert.ok(message.kind === 'Certificate');
    assert.deepEqual(
      message.certificateList.map((entry) => entry.known),
      [{ statusRequest: filler(12), signedCertificateTimestamp: [filler(7), filler(2)] }, {}],
    );
  });
});

describe('constants of ServerHello', () => {
  it('are the RFC 8446 4.1.3 values', () => {
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    assert.match(
      hex(HELLO_RETRY_REQUEST_RANDOM),
      /^cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c$/,
    );
    assert.equal(hex(DOWNGRADE_TLS12), `${Buffer.from('DOWNGRD').toString('hex')}01`);
    assert.equal(hex(DOWNGRADE_TLS11), `${Buffer.from('DOWNGRD').toString('hex')}00`);
  });
});

describe('binders', () => {
  const raw = BUILD.CH(EXTENSIONS.CH);

  it('are replaced at the end of a ClientHello and nowhere else', () => {
    const before = new Uint8Array(raw);
    const replaced = replaceBinders(raw, [filler(32, 90), filler(48, 91)]);
    assert.deepEqual(raw, before, 'the original stays as it was');
    const length = bindersListLength([32, 48]);
    assert.deepEqual(replaced.subarray(0, -length), raw.subarray(0, -length));
    const hello = decodeHandshake(replaced, 'tls13');
    assert.ok(hello.kind === 'ClientHello');
    assert.deepEqual(hello.known.preSharedKey?.binders, [filler(32, 90), filler(48, 91)]);
    assert.equal(hello.known.preSharedKey?.bindersLength, length);
  });

  it('are refused when their lengths do not fit', () => {
    for (const binders of [
      [filler(32)],
      [filler(32), filler(49)],
      [],
      [filler(255), filler(255), filler(255)],
    ]) {
      assert.throws(
        () => replaceBinders(raw, binders),
        (error) => error instanceof TLSError && error.reason === 'internal_error',
      );
    }
    assert.throws(() => replaceBinders(raw.subarray(0, 3), [filler(32)]), TLSError);
  });

  it('must be refused also when only their sum fits', () => {
    assert.throws(() => replaceBinders(raw, [filler(48), filler(32)]), TLSError);
  });
});

describe('encoders', () => {
  it('raise TLSError for what no length field can hold', () => {
    const overflow = (error: unknown): boolean =>
      error instanceof TLSError && error.reason === 'encode_overflow';
    const long = new Uint8Array(70_000);
    assert.throws(() => BUILD.EE([{ type: ExtensionType.cookie, data: long }]), overflow);
    assert.throws(() => BUILD.EE([{ type: ExtensionType.cookie, data: long.subarray(0, 65_535) }]), overflow);
    assert.throws(() => wrapHandshake(HandshakeType.finished, new Uint8Array(2 ** 24)), overflow);
    const identity = { identity: long, obfuscatedTicketAge: 0 };
    assert.throws(() => preSharedKey.clientHello.encode({ identities: [identity], binders: [] }), overflow);
  });

  it('write the header that RFC 8446 4 draws', () => {
    assert.deepEqual(handshakeHeader(HandshakeType.key_update, 0x010203), Uint8Array.of(24, 1, 2, 3));
    assert.deepEqual(
      wrapHandshake(HandshakeType.finished, filler(2)),
      Uint8Array.of(20, 0, 0, 2, ...filler(2)),
    );
  });
});
