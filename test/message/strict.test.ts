/** The bounds and values that each message and extension holds its sender to, and the alert for each breach. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MessageContext } from '../../src/message/extension/codec.ts';
import { decodeHandshake, wrapHandshake } from '../../src/message/handshake.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, ExtensionType, HandshakeType } from '../../src/wire/registry.ts';
import { Writer } from '../../src/wire/writer.ts';
import { BUILD, filler } from './support.ts';

const { decode_error, illegal_parameter } = AlertDescription;
const NONE = new Uint8Array(0);

function errorOf(raw: Uint8Array): TLSError | undefined {
  try {
    decodeHandshake(raw, 'tls13');
  } catch (error) {
    assert.ok(error instanceof TLSError, String(error));
    return error;
  }
  return undefined;
}

function refuses(name: string, alert: number, field: RegExp, raw: () => Uint8Array): void {
  it(`refuse: ${name}`, () => {
    const error = errorOf(raw());
    assert.ok(error !== undefined, 'it was taken');
    assert.match(error.message, field);
    assert.equal(error.alert, alert, error.message);
  });
}

function takes(name: string, raw: () => Uint8Array): void {
  it(`take: ${name}`, () => assert.equal(errorOf(raw())?.message, undefined));
}

const write = (build: (w: Writer) => unknown): Uint8Array => {
  const w = new Writer();
  build(w);
  return w.finish();
};

/** A message of this kind with one extension, its data written by hand. */
function carrying(
  context: MessageContext,
  type: ExtensionType,
  build: (w: Writer) => unknown,
): () => Uint8Array {
  return () => BUILD[context]([{ type, data: write(build) }]);
}

interface HelloParts {
  readonly sessionId?: number;
  readonly suites?: number;
  readonly compression?: number;
  readonly extensions?: number;
}

/** A ClientHello whose vectors have these lengths in bytes, all filled with zeros. */
function hello(parts: HelloParts): () => Uint8Array {
  return () =>
    wrapHandshake(
      HandshakeType.client_hello,
      write((w) => {
        w.u16(0x0303)
          .bytes(filler(32))
          .vector(1, new Uint8Array(parts.sessionId ?? 0));
        w.vector(2, new Uint8Array(parts.suites ?? 2)).vector(1, new Uint8Array(parts.compression ?? 1));
        if (parts.extensions !== undefined) w.vector(2, new Uint8Array(parts.extensions));
      }),
    );
}

describe('ClientHello', () => {
  takes('a session id of 32 bytes', hello({ sessionId: 32 }));
  refuses('a session id of 33 bytes', decode_error, /legacy_session_id is 33/, hello({ sessionId: 33 }));
  refuses('no cipher suites', decode_error, /cipher_suites is 0/, hello({ suites: 0 }));
  refuses('half a cipher suite', decode_error, /cipher_suites is 3/, hello({ suites: 3 }));
  refuses('one byte of cipher suites', decode_error, /cipher_suites is 1/, hello({ suites: 1 }));
  takes('many cipher suites', hello({ suites: 0xf000 }));
  refuses(
    'no compression methods',
    decode_error,
    /legacy_compression_methods is 0/,
    hello({ compression: 0 }),
  );
  takes('255 compression methods', hello({ compression: 255 }));
  takes('a block of no extensions', hello({ extensions: 0 }));
  refuses('less than one extension', decode_error, /extensions\[0\]/, hello({ extensions: 3 }));
});

describe('server_name', () => {
  const named = (...names: (readonly [number, Uint8Array])[]): (() => Uint8Array) =>
    carrying('CH', ExtensionType.server_name, (w) =>
      w.vector(2, (list) => {
        for (const [type, name] of names) list.u8(type).vector(2, name);
      }),
    );
  const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
  takes('a name of 255 bytes', named([0, new Uint8Array(255).fill(97)]));
  takes('a trailing dot and an IP literal: the receiver judges', named([0, ascii('192.0.2.1.')]));
  refuses('an empty list', decode_error, /server_name_list is 0/, named());
  refuses('an empty name', decode_error, /host_name is 0/, named([0, NONE]));
  refuses('a name of 256 bytes', decode_error, /host_name is 256/, named([0, new Uint8Array(256).fill(97)]));
  refuses('two names', decode_error, /more than one name/, named([0, ascii('a')], [0, ascii('b')]));
  refuses('another type of name', decode_error, /name_type is 1/, named([1, ascii('a')]));
  for (const text of ['a\0b', '\0', 'a b', 'a\n', '\x7f', 'b\xfccher', '\x80']) {
    refuses(
      `a name of ${JSON.stringify(text)}`,
      illegal_parameter,
      /host_name has a character/,
      named([0, ascii(text)]),
    );
  }
  refuses(
    'data in an answer',
    decode_error,
    /server_name/,
    carrying('EE', ExtensionType.server_name, (w) => w.u8(0)),
  );
});

describe('application_layer_protocol_negotiation', () => {
  const type = ExtensionType.application_layer_protocol_negotiation;
  const list = (context: MessageContext, ...names: Uint8Array[]): (() => Uint8Array) =>
    carrying(context, type, (w) =>
      w.vector(2, (inner) => {
        for (const name of names) inner.vector(1, name);
      }),
    );
  const many = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => Uint8Array.of(i));
  takes('a name of 255 bytes', list('CH', filler(255)));
  takes('128 names', list('CH', ...many(128)));
  refuses('129 names', decode_error, /has 129 names/, list('CH', ...many(129)));
  refuses('no names', decode_error, /protocol_name_list is 0/, list('CH'));
  refuses('an empty name', decode_error, /protocol_name_list/, list('CH', NONE));
  refuses(
    'an empty name among others',
    decode_error,
    /\[1\]\.protocol_name is 0/,
    list('CH', filler(2), NONE),
  );
  for (const context of ['EE', 'SH12'] as const) {
    takes(`one name in ${context}`, list(context, filler(2)));
    refuses(`two names in ${context}`, decode_error, /exactly one name/, list(context, filler(2), filler(3)));
    refuses(`no names in ${context}`, decode_error, /protocol_name_list is 0/, list(context));
  }
});

describe('supported_versions', () => {
  const type = ExtensionType.supported_versions;
  const versions = (length: number): (() => Uint8Array) =>
    carrying('CH', type, (w) => w.vector(1, new Uint8Array(length)));
  takes('127 versions', versions(254));
  for (const length of [0, 1, 3, 255])
    refuses(`${length} bytes of them`, decode_error, /\.versions is/, versions(length));
  for (const context of ['SH', 'HRR'] as const) {
    refuses(
      `a list in ${context}`,
      decode_error,
      /supported_versions/,
      carrying(context, type, (w) => w.u8(2).u16(0x0304)),
    );
  }
});

describe('lists of 16-bit code points', () => {
  for (const [context, type, field] of [
    ['CH', ExtensionType.supported_groups, /named_group_list is/],
    ['EE', ExtensionType.supported_groups, /named_group_list is/],
    ['CH', ExtensionType.signature_algorithms, /supported_signature_algorithms is/],
    ['CR', ExtensionType.signature_algorithms, /supported_signature_algorithms is/],
    ['CH', ExtensionType.signature_algorithms_cert, /supported_signature_algorithms is/],
    ['CR', ExtensionType.signature_algorithms_cert, /supported_signature_algorithms is/],
  ] as const) {
    const codes = (length: number): (() => Uint8Array) =>
      carrying(context, type, (w) => w.vector(2, new Uint8Array(length)));
    takes(`2 bytes of ${type} in ${context}`, codes(2));
    for (const length of [0, 1, 3])
      refuses(`${length} bytes of ${type} in ${context}`, decode_error, field, codes(length));
  }
  for (const context of ['CH', 'CR'] as const) {
    const algorithms = (length: number): (() => Uint8Array) =>
      carrying(context, ExtensionType.compress_certificate, (w) => w.vector(1, new Uint8Array(length)));
    takes(`127 algorithms in ${context}`, algorithms(254));
    for (const length of [0, 1, 3, 255])
      refuses(`${length} bytes of algorithms`, decode_error, /algorithms is/, algorithms(length));
  }
});

describe('lists of 8-bit code points', () => {
  for (const [type, field] of [
    [ExtensionType.psk_key_exchange_modes, /ke_modes is 0/],
    [ExtensionType.ec_point_formats, /ec_point_format_list is 0/],
  ] as const) {
    takes(
      `255 of ${type}`,
      carrying('CH', type, (w) => w.vector(1, new Uint8Array(255))),
    );
    refuses(
      `none of ${type}`,
      decode_error,
      field,
      carrying('CH', type, (w) => w.vector(1, NONE)),
    );
  }
});

describe('key_share', () => {
  const type = ExtensionType.key_share;
  const shares = (...entries: (readonly [number, number])[]): (() => Uint8Array) =>
    carrying('CH', type, (w) =>
      w.vector(2, (list) => {
        for (const [group, length] of entries) list.u16(group).vector(2, filler(length));
      }),
    );
  const many = (count: number): (readonly [number, number])[] =>
    Array.from({ length: count }, (_, i) => [i, 1]);
  takes('no shares', shares());
  takes('64 shares', shares(...many(64)));
  refuses('65 shares', decode_error, /client_shares has 65/, shares(...many(65)));
  refuses('an empty share', decode_error, /client_shares\[1\]\.key_exchange is 0/, shares([29, 32], [23, 0]));
  refuses(
    'a group twice',
    illegal_parameter,
    /two entries for one group/,
    shares([29, 32], [23, 65], [29, 32]),
  );
  refuses('GREASE twice', illegal_parameter, /two entries for one group/, shares([0x0a0a, 1], [0x0a0a, 1]));
  refuses(
    'a group alone in SH',
    decode_error,
    /key_share/,
    carrying('SH', type, (w) => w.u16(29)),
  );
  refuses(
    'an empty share in SH',
    decode_error,
    /key_exchange is 0/,
    carrying('SH', type, (w) => w.u16(29).u16(0)),
  );
  refuses(
    'a share in HRR',
    decode_error,
    /key_share/,
    carrying('HRR', type, (w) => w.u16(29).vector(2, filler(32))),
  );
});

describe('pre_shared_key', () => {
  const type = ExtensionType.pre_shared_key;
  const offer = (identities: readonly number[], binders: readonly number[]): (() => Uint8Array) =>
    carrying('CH', type, (w) => {
      w.vector(2, (list) => {
        for (const length of identities) list.vector(2, filler(length)).u32(0);
      });
      w.vector(2, (list) => {
        for (const length of binders) list.vector(1, filler(length));
      });
    });
  const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
  takes('the longest binder', offer([1], [255]));
  takes('64 identities', offer(many(64, 1), many(64, 32)));
  refuses('65 identities', decode_error, /identities has 65/, offer(many(65, 1), many(65, 32)));
  refuses('no identities', decode_error, /identities is 0/, offer([], [32]));
  refuses('an empty identity', decode_error, /identities is 6/, offer([0], [32]));
  refuses(
    'an empty identity among others',
    decode_error,
    /identities\[1\]\.identity is 0/,
    offer([1, 0], [32, 32]),
  );
  refuses('no binders', decode_error, /binders is 0/, offer([1], []));
  refuses('a binder of 31 bytes', decode_error, /binders is 32/, offer([1], [31]));
  refuses('a short binder among others', decode_error, /binders\[1\]\.binder is 31/, offer([1, 1], [32, 31]));
  refuses('fewer binders than identities', illegal_parameter, /1 entries for 2/, offer([1, 1], [32]));
  refuses('more binders than identities', illegal_parameter, /2 entries for 1/, offer([1], [32, 32]));
  refuses(
    'a byte alone in SH',
    decode_error,
    /selected_identity/,
    carrying('SH', type, (w) => w.u8(0)),
  );

  it('tell how many bytes the binders take at the end of the message', () => {
    const raw = offer([3, 4], [32, 48])();
    const message = decodeHandshake(raw, 'tls13');
    assert.ok(message.kind === 'ClientHello');
    assert.equal(message.known.preSharedKey?.bindersLength, 2 + 33 + 49);
    assert.deepEqual(raw.subarray(-84, -82), Uint8Array.of(0, 82));
  });
});

describe('early_data', () => {
  const type = ExtensionType.early_data;
  for (const context of ['CH', 'EE'] as const) {
    refuses(
      `data in ${context}`,
      decode_error,
      /early_data/,
      carrying(context, type, (w) => w.u32(1)),
    );
  }
  refuses(
    'no size in NST',
    decode_error,
    /max_early_data_size/,
    carrying('NST', type, () => {}),
  );
});

describe('cookie', () => {
  for (const context of ['CH', 'HRR'] as const) {
    takes(
      `one byte in ${context}`,
      carrying(context, ExtensionType.cookie, (w) => w.vector(2, filler(1))),
    );
    refuses(
      `none in ${context}`,
      decode_error,
      /\.cookie is 0/,
      carrying(context, ExtensionType.cookie, (w) => w.u16(0)),
    );
  }
});

describe('certificate_authorities', () => {
  const names = (context: MessageContext, ...lengths: number[]): (() => Uint8Array) =>
    carrying(context, ExtensionType.certificate_authorities, (w) =>
      w.vector(2, (list) => {
        for (const length of lengths) list.vector(2, filler(length));
      }),
    );
  for (const context of ['CH', 'CR'] as const) {
    takes(`one byte in ${context}`, names(context, 1));
    refuses(`no names in ${context}`, decode_error, /authorities is 0/, names(context));
    refuses(`an empty name in ${context}`, decode_error, /authorities is 2/, names(context, 0));
    refuses(
      `an empty name among others`,
      decode_error,
      /authorities\[1\]\.distinguished_name is 0/,
      names(context, 1, 0),
    );
  }
});

describe('status_request', () => {
  const type = ExtensionType.status_request;
  takes(
    'another type of request, kept raw',
    carrying('CH', type, (w) => w.u8(7).u16(1)),
  );
  refuses(
    'nothing in CH',
    decode_error,
    /status_type/,
    carrying('CH', type, () => {}),
  );
  refuses(
    'an empty responder id',
    decode_error,
    /responder_id is 0/,
    carrying('CH', type, (w) => w.u8(1).vector(2, Uint8Array.of(0, 0)).u16(0)),
  );
  refuses(
    'no extensions in a request',
    decode_error,
    /request_extensions/,
    carrying('CH', type, (w) => w.u8(1).u16(0)),
  );
  refuses(
    'an empty response',
    decode_error,
    /ocsp_response is 0/,
    carrying('CT', type, (w) => w.u8(1).u24(0)),
  );
  refuses(
    'another type of response',
    illegal_parameter,
    /status_type is 2/,
    carrying('CT', type, (w) => w.u8(2).vector(3, filler(1))),
  );
  refuses(
    'data in CR',
    decode_error,
    /status_request/,
    carrying('CR', type, (w) => w.u8(1)),
  );
});

describe('signed_certificate_timestamp', () => {
  const type = ExtensionType.signed_certificate_timestamp;
  refuses(
    'an empty list',
    decode_error,
    /sct_list is 0/,
    carrying('CT', type, (w) => w.u16(0)),
  );
  refuses(
    'an empty timestamp',
    decode_error,
    /serialized_sct is 0/,
    carrying('CT', type, (w) => w.vector(2, Uint8Array.of(0, 0))),
  );
  refuses(
    'data in CH',
    decode_error,
    /signed_certificate_timestamp/,
    carrying('CH', type, (w) => w.u16(0)),
  );
});

describe('oid_filters', () => {
  const type = ExtensionType.oid_filters;
  takes(
    'an OID of one byte',
    carrying('CR', type, (w) => w.vector(2, (list) => list.vector(1, filler(1)).u16(0))),
  );
  takes(
    'no filters',
    carrying('CR', type, (w) => w.u16(0)),
  );
  refuses(
    'an empty OID',
    decode_error,
    /certificate_extension_oid is 0/,
    carrying('CR', type, (w) => w.vector(2, new Uint8Array(3))),
  );
});

describe('sizes', () => {
  for (const context of ['CH', 'EE'] as const) {
    const limit = (size: number): (() => Uint8Array) =>
      carrying(context, ExtensionType.record_size_limit, (w) => w.u16(size));
    takes(`record_size_limit 64 in ${context}`, limit(64));
    refuses(`record_size_limit 63 in ${context}`, illegal_parameter, /record_size_limit is 63/, limit(63));
    for (const code of [0, 5, 255]) {
      const fragment = carrying(context, ExtensionType.max_fragment_length, (w) => w.u8(code));
      refuses(
        `max_fragment_length ${code} in ${context}`,
        illegal_parameter,
        /max_fragment_length is/,
        fragment,
      );
    }
  }
});

describe('empty extensions', () => {
  for (const [context, type] of [
    ['CH', ExtensionType.extended_master_secret],
    ['CH', ExtensionType.post_handshake_auth],
    ['SH12', ExtensionType.extended_master_secret],
    ['SH12', ExtensionType.session_ticket],
    ['SH12', ExtensionType.status_request],
    ['SH12', ExtensionType.server_name],
  ] as const) {
    takes(
      `${type} in ${context} without data`,
      carrying(context, type, () => {}),
    );
    refuses(
      `${type} in ${context} with data`,
      decode_error,
      /left over/,
      carrying(context, type, (w) => w.u8(0)),
    );
  }
  refuses(
    'renegotiation_info without its length',
    decode_error,
    /renegotiated_connection/,
    carrying('CH', ExtensionType.renegotiation_info, () => {}),
  );
});

describe('ServerHello and HelloRetryRequest', () => {
  const withSessionId = (raw: Uint8Array): Uint8Array => {
    const out = new Uint8Array(raw);
    out[4 + 2 + 32] = 33;
    return out;
  };
  refuses('a session id of 33 bytes', decode_error, /legacy_session_id_echo is 33/, () =>
    withSessionId(BUILD.SH([])),
  );
  refuses('a HelloRetryRequest with an empty block', decode_error, /HelloRetryRequest|extensions is 0/, () =>
    BUILD.HRR([]),
  );
  takes('any legacy version and compression: they are judged above', () => {
    const out = new Uint8Array(BUILD.SH([]));
    out[4] = 9;
    return out;
  });
  it('tell a HelloRetryRequest by all 32 bytes of its random', () => {
    const raw = BUILD.HRR([{ type: codePoint(0x1234), data: filler(2) }]);
    assert.equal(decodeHandshake(raw, 'tls13').kind, 'HelloRetryRequest');
    for (let i = 0; i < 32; i++) {
      const other = new Uint8Array(raw);
      other[6 + i] = (other[6 + i] ?? 0) ^ 1;
      assert.equal(decodeHandshake(other, 'tls13').kind, 'ServerHello');
    }
  });
});

describe('other messages', () => {
  const message =
    (type: HandshakeType, build: (w: Writer) => unknown): (() => Uint8Array) =>
    () =>
      wrapHandshake(type, write(build));
  for (let value = 2; value < 256; value += 23) {
    refuses(
      `KeyUpdate ${value}`,
      illegal_parameter,
      /request_update is/,
      message(HandshakeType.key_update, (w) => w.u8(value)),
    );
  }
  refuses(
    'an empty KeyUpdate',
    decode_error,
    /request_update/,
    message(HandshakeType.key_update, () => {}),
  );
  refuses(
    'EndOfEarlyData with content',
    decode_error,
    /EndOfEarlyData/,
    message(HandshakeType.end_of_early_data, (w) => w.u8(0)),
  );
  refuses(
    'a Finished longer than any hash',
    decode_error,
    /Finished is 65/,
    message(HandshakeType.finished, (w) => w.bytes(filler(65))),
  );
  takes(
    'a Finished of any other length: it is compared above',
    message(HandshakeType.finished, (w) => w.bytes(filler(31))),
  );

  const certificates = (...lengths: number[]): (() => Uint8Array) =>
    message(HandshakeType.certificate, (w) =>
      w.u8(0).vector(3, (list) => {
        for (const length of lengths) list.vector(3, filler(length)).u16(0);
      }),
    );
  takes('100 certificates', certificates(...Array.from({ length: 100 }, () => 1)));
  refuses(
    '101 certificates',
    decode_error,
    /certificate_list has 101/,
    certificates(...Array.from({ length: 101 }, () => 1)),
  );
  refuses('an empty certificate', decode_error, /certificate_list\[1\]\.cert_data is 0/, certificates(1, 0));
  refuses(
    'a Certificate of TLS 1.2',
    decode_error,
    /Certificate/,
    message(HandshakeType.certificate, (w) => w.vector(3, (l) => l.vector(3, filler(9)))),
  );

  const request = (context: number, extensions: number): (() => Uint8Array) =>
    message(HandshakeType.certificate_request, (w) =>
      w.vector(1, filler(context)).vector(2, new Uint8Array(extensions)),
    );
  takes('a CertificateRequest context of 255 bytes', () =>
    wrapHandshake(
      HandshakeType.certificate_request,
      write((w) => w.vector(1, filler(255)).vector(2, Uint8Array.of(0x12, 0x34, 0, 0))),
    ),
  );
  refuses('a CertificateRequest without extensions', decode_error, /extensions is 0/, request(0, 0));

  const ticket = (nonce: number, length: number): (() => Uint8Array) =>
    message(HandshakeType.new_session_ticket, (w) =>
      w.u32(0xffffffff).u32(0).vector(1, filler(nonce)).vector(2, filler(length)).u16(0),
    );
  takes('an empty ticket nonce', ticket(0, 1));
  takes('a ticket nonce of 255 bytes and any lifetime: it is cut above', ticket(255, 1));
  refuses('an empty ticket', decode_error, /\.ticket is 0/, ticket(8, 0));
  takes(
    'an empty signature: it is verified above',
    message(HandshakeType.certificate_verify, (w) => w.u16(0).u16(0)),
  );
});

describe('the shortest of each', () => {
  const one = filler(1);
  takes(
    'an ALPN name of one byte, alone',
    carrying('CH', ExtensionType.application_layer_protocol_negotiation, (w) =>
      w.vector(2, (list) => list.vector(1, one)),
    ),
  );
  takes(
    'a responder id of one byte, and no request extensions',
    carrying('CH', ExtensionType.status_request, (w) =>
      w
        .u8(1)
        .vector(2, (list) => list.vector(2, one))
        .u16(0),
    ),
  );
  takes(
    'no responder ids',
    carrying('CH', ExtensionType.status_request, (w) => w.u8(1).u16(0).u16(0)),
  );
  takes(
    'an OCSP response of one byte',
    carrying('CT', ExtensionType.status_request, (w) => w.u8(1).vector(3, one)),
  );
  takes(
    'a timestamp of one byte',
    carrying('CT', ExtensionType.signed_certificate_timestamp, (w) =>
      w.vector(2, (list) => list.vector(2, one)),
    ),
  );
  takes(
    'a host name of one byte',
    carrying('CH', ExtensionType.server_name, (w) =>
      w.vector(2, (list) => list.u8(0).vector(2, Uint8Array.of(97))),
    ),
  );
  for (const type of [ExtensionType.psk_key_exchange_modes, ExtensionType.ec_point_formats]) {
    takes(
      `one code point of ${type}`,
      carrying('CH', type, (w) => w.vector(1, one)),
    );
  }
  takes(
    'one version',
    carrying('CH', ExtensionType.supported_versions, (w) => w.vector(1, filler(2))),
  );
});
