/** The bounds and values of the remaining extensions: PSKs, early data, certificates, sizes, and the shortest of each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MessageContext } from '../../src/message/extension/codec.ts';
import { decodeHandshake } from '../../src/message/handshake.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { carrying, decode_error, illegal_parameter, refuses, takes } from './strict.ts';
import { filler } from './support.ts';

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
  takes('a binder of 12 bytes, which cannot be right but may be beside the point', offer([1], [12]));
  refuses('an empty binder among others', decode_error, /binders\[1\]\.binder is 0/, offer([1, 1], [32, 0]));
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
