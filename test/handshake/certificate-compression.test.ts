/** Compressed certificates in both directions (RFC 8879), with zlib from Node given as the caller would. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import type { CertificateCompression } from '../../src/config/certificate-compression.ts';
import { createClientConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  type ClientMessages,
  clientHandshake,
  type Script,
  type ServerMessages,
  serverHandshake,
} from '../../src/fuzz.ts';
import {
  type CompressedCertificateFields,
  encodeCompressedCertificate,
} from '../../src/message/compressed-certificate.ts';
import { decodeHandshake, wrapHandshake } from '../../src/message/handshake.ts';
import { TLSError } from '../../src/wire/error.ts';
import { CertificateCompressionAlgorithm, ExtensionType, HandshakeType } from '../../src/wire/registry.ts';
import { Pair } from '../engine/pair.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { credentials, now, provider } from './credentials.ts';
import {
  againstClient,
  againstServer,
  assertSecure,
  clientRefuses,
  type PlayOptions,
  serverRefuses,
} from './kit.ts';
import { rawKey, spki } from './raw-keys.ts';

const { zlib, brotli } = CertificateCompressionAlgorithm;
const BAD = ['bad_compressed_certificate', 'bad_certificate'] as const;
const UNOFFERED = ['unoffered_compression_algorithm', 'illegal_parameter'] as const;

interface Counted {
  readonly with: readonly CertificateCompression[];
  readonly compressed: number[];
  readonly expanded: number[];
}

const deflate = (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateSync(bytes));
const inflate = (bytes: Uint8Array, length: number): Uint8Array =>
  new Uint8Array(inflateSync(bytes, { maxOutputLength: Math.max(1, length) }));

/** Notes the lengths it was given. */
function counted(): Counted {
  const compressed: number[] = [];
  const expanded: number[] = [];
  const one: CertificateCompression = {
    algorithm: zlib,
    compress: (bytes) => {
      compressed.push(bytes.length);
      return deflate(bytes);
    },
    decompress: (bytes, length) => {
      expanded.push(length);
      return inflate(bytes, length);
    },
  };
  return { with: [one], compressed, expanded };
}

function assertOpen({ client, server }: Pair): void {
  for (const { error, tested } of [client, server]) {
    if (error !== undefined) throw error;
    assert.equal(tested.connection.phase, 'open');
  }
}

function pair(client: Partial<ClientOptions>, server: Partial<ServerOptions>): Pair {
  const at = new Pair({ ...ONLY13, ...client }, { ...ONLY13, ...server }).pump();
  assertOpen(at);
  return at;
}

describe('two ends of ours', () => {
  test('each compresses for the other, once, and names the length', () => {
    const [one, two] = [counted(), counted()];
    pair(
      { certificateCompression: one.with, credentials: [credentials.client()] },
      { certificateCompression: two.with, clientAuth: 'require' },
    );
    assert.equal(one.compressed.length, 1);
    assert.deepEqual(one.compressed, two.expanded);
    assert.equal(two.compressed.length, 1);
    assert.deepEqual(two.compressed, one.expanded);
  });

  test('a raw key too', () => {
    const [one, two] = [counted(), counted()];
    pair(
      { certificateCompression: one.with, trustedPublicKeys: [spki('server')] },
      { certificateCompression: two.with, credentials: [rawKey('server')] },
    );
    assert.equal(one.expanded.length, 1);
  });

  for (const [name, client, server] of [
    ['the client does not ask for it', [], counted().with],
    ['the client can only compress', [{ algorithm: zlib, compress: deflate }], counted().with],
    ['the server cannot compress', counted().with, [{ algorithm: zlib, decompress: inflate }]],
    ['they have different algorithms', counted().with, [{ algorithm: brotli, compress: deflate }]],
  ] as const) {
    test(`nothing is compressed where ${name}`, () => {
      const watched = (list: readonly CertificateCompression[]): readonly CertificateCompression[] =>
        list.map((one) => ({
          ...one,
          ...(one.compress === undefined ? {} : { compress: () => assert.fail('compressed') }),
        }));
      pair({ certificateCompression: client }, { certificateCompression: watched(server) });
    });
  }

  test("the server's order decides", () => {
    const chosen: CertificateCompressionAlgorithm[] = [];
    const both = [zlib, brotli].map((algorithm) => ({
      algorithm,
      compress: deflate,
      decompress: (bytes: Uint8Array, length: number): Uint8Array => {
        chosen.push(algorithm);
        return inflate(bytes, length);
      },
    }));
    pair({ certificateCompression: both }, { certificateCompression: both });
    pair({ certificateCompression: both }, { certificateCompression: [...both].reverse() });
    assert.deepEqual(chosen, [zlib, brotli]);
  });

  test('TLS 1.2 knows nothing of it', () => {
    const [one, two] = [counted(), counted()];
    const at = new Pair(
      { ...ONLY12, certificateCompression: one.with },
      { ...ONLY12, certificateCompression: two.with },
    ).pump();
    assertOpen(at);
    assert.equal(two.compressed.length, 0);
  });

  test('a compressor that fails is our own fault', () => {
    const compress = (): never => {
      throw new Error('out of memory');
    };
    const at = new Pair(
      { ...ONLY13, certificateCompression: counted().with },
      { ...ONLY13, certificateCompression: [{ algorithm: zlib, compress }] },
    ).pump();
    assert.ok(at.server.error instanceof TLSError);
    assert.equal(at.server.error.reason, 'internal_error');
  });
});

const takes = (): PlayOptions<ClientOptions & ServerOptions> => ({
  options: { certificateCompression: counted().with },
});
type Change = (fields: CompressedCertificateFields) => CompressedCertificateFields;

/** The bytes of a Certificate message in their compressed form, changed. */
const packed =
  (change: Change = (fields) => fields) =>
  (raw: Uint8Array): Uint8Array => {
    const body = raw.subarray(4);
    return encodeCompressedCertificate(
      change({ algorithm: zlib, uncompressedLength: body.length, compressed: deflate(body) }),
    );
  };
const server = (change?: Change): Script<ServerMessages> =>
  serverHandshake().options('Certificate', { bytes: packed(change) });
const asked = clientHandshake({ certificate: 'own' });
const client = (change?: Change): Script<ClientMessages> =>
  asked.options('Certificate', { bytes: packed(change) });

const CHANGES: Readonly<
  Record<
    string,
    readonly [
      Change,
      readonly [(typeof BAD)[0] | (typeof UNOFFERED)[0], 'bad_certificate' | 'illegal_parameter'],
    ]
  >
> = {
  'an algorithm that was not offered': [(fields) => ({ ...fields, algorithm: brotli }), UNOFFERED],
  'a length that is one too small': [
    (fields) => ({ ...fields, uncompressedLength: fields.uncompressedLength - 1 }),
    BAD,
  ],
  'a length that is one too large': [
    (fields) => ({ ...fields, uncompressedLength: fields.uncompressedLength + 1 }),
    BAD,
  ],
  'a length of nothing': [(fields) => ({ ...fields, uncompressedLength: 0 }), BAD],
  'a length of 16 MiB': [(fields) => ({ ...fields, uncompressedLength: 0xffffff }), BAD],
  'bytes that are none of zlib': [(fields) => ({ ...fields, compressed: new Uint8Array(40).fill(7) }), BAD],
  'bytes that are cut off': [
    (fields) => ({ ...fields, compressed: fields.compressed.subarray(0, fields.compressed.length - 5) }),
    BAD,
  ],
  'much out of little': [
    () => ({
      algorithm: zlib,
      uncompressedLength: 60_000,
      compressed: deflate(new Uint8Array(60_000)),
    }),
    BAD,
  ],
};

test('a scripted server and a scripted client that do it right are let in', () => {
  assertSecure(againstServer(server(), takes()));
  assertSecure(againstClient(client(), { options: { ...takes().options, clientAuth: 'require' } }));
});

clientRefuses({
  ...Object.fromEntries(
    Object.entries(CHANGES).map(([name, [change, refusal]]) => [
      name,
      [server(change), ...refusal, takes()] as const,
    ]),
  ),
  'compressed certificates that were not asked for': [server(), ...UNOFFERED],
  'compressed certificates after the offer was taken out of the hello': [
    server(),
    ...UNOFFERED,
    {
      options: {
        ...takes().options,
        shapeClientHello: (fields) => ({
          ...fields,
          extensions: fields.extensions.filter(({ type }) => type !== ExtensionType.compress_certificate),
        }),
      },
    },
  ],
  'no compressed bytes': [
    server((fields) => ({ ...fields, compressed: new Uint8Array(0) })),
    'length_out_of_range',
    'decode_error',
    takes(),
  ],
  'a message within that is none': [
    server((fields) => ({
      ...fields,
      uncompressedLength: 4,
      compressed: deflate(Uint8Array.of(0, 0, 0, 9)),
    })),
    'truncated',
    'decode_error',
    takes(),
  ],
  'no certificates within': [
    server(() => ({
      algorithm: zlib,
      uncompressedLength: 4,
      compressed: deflate(new Uint8Array(4)),
    })).without('CertificateVerify'),
    'empty_certificate',
    'decode_error',
    takes(),
  ],
});

serverRefuses(
  Object.fromEntries(
    Object.entries(CHANGES).map(([name, [change, refusal]]) => [
      name,
      [
        client(change),
        ...refusal,
        { options: { certificateCompression: counted().with, clientAuth: 'require' } },
      ] as const,
    ]),
  ),
);

test('a length beyond the limit is refused before anything is decompressed', () => {
  const { expanded, with: list } = counted();
  for (const change of [CHANGES['a length of 16 MiB'], CHANGES['much out of little']]) {
    assert.ok(change);
    const played = againstServer(server(change[0]), { options: { certificateCompression: list } });
    assert.equal(played.targetError instanceof TLSError && played.targetError.reason, BAD[0]);
  }
  const thrice = server().change('Certificate', (fields) => ({
    ...fields,
    certificateList: [1, 2, 3].flatMap(() => fields.certificateList),
  }));
  const played = againstServer(thrice, {
    options: { certificateCompression: list, maxCertificateListLength: 800 },
  });
  assert.equal(played.targetError instanceof TLSError && played.targetError.reason, BAD[0]);
  assert.deepEqual(expanded, []);
});

test('a decompressor that gives something else is the caller’s fault', () => {
  const odd = { algorithm: zlib, decompress: (): Uint8Array => JSON.parse('"text"') };
  const played = againstServer(server(), { options: { certificateCompression: [odd] } });
  assert.equal(played.targetError instanceof TLSError && played.targetError.reason, 'callback_failed');
});

test('every truncation of the message is refused, and a byte too many', () => {
  const raw = encodeCompressedCertificate({
    algorithm: zlib,
    uncompressedLength: 1000,
    compressed: new Uint8Array(20),
  });
  const message = decodeHandshake(raw, 'tls13');
  assert.ok(message.kind === 'CompressedCertificate');
  assert.equal(message.uncompressedLength, 1000);
  const body = raw.subarray(4);
  const { compressed_certificate: type } = HandshakeType;
  for (let length = 0; length < body.length; length += 1) {
    const cut = wrapHandshake(type, body.slice(0, length));
    assert.throws(() => decodeHandshake(cut, 'tls13'), TLSError);
  }
  assert.throws(() => decodeHandshake(wrapHandshake(type, Uint8Array.of(...body, 0)), 'tls13'), {
    reason: 'trailing_bytes',
  });
});

describe('options', () => {
  const cases: Readonly<Record<string, readonly CertificateCompression[]>> = {
    'an algorithm twice': [...counted().with, ...counted().with],
    'neither function': [{ algorithm: zlib }],
    'no function': [{ algorithm: zlib, compress: JSON.parse('1') }],
    'no algorithm': [{ algorithm: JSON.parse('0'), compress: deflate }],
  };
  for (const [name, certificateCompression] of Object.entries(cases)) {
    test(`refused: ${name}`, () => {
      const options = { provider, now, serverName: 'a.test', certificateCompression };
      assert.throws(() => createClientConfig(options), { reason: 'invalid_option' });
    });
  }
});
