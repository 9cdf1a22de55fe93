/** The bounds and values of the extensions that name things and lists of things. */
import { describe } from 'node:test';
import type { MessageContext } from '../../src/message/extension/codec.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { carrying, decode_error, illegal_parameter, NONE, refuses, takes } from './strict.ts';
import { filler } from './support.ts';

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
      carrying(context, ExtensionType.compress_certificate, (w) =>
        w.vector(
          1,
          Uint8Array.from({ length }, (_, i) => i),
        ),
      );
    refuses(
      `an algorithm twice in ${context}`,
      illegal_parameter,
      /names one twice/,
      carrying(context, ExtensionType.compress_certificate, (w) => w.vector(1, Uint8Array.of(0, 2, 0, 2))),
    );
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

describe('certificate types', () => {
  for (const [type, field] of [
    [ExtensionType.client_certificate_type, /client_certificate_types/],
    [ExtensionType.server_certificate_type, /server_certificate_types/],
  ] as const) {
    const types = (...codes: readonly number[]): (() => Uint8Array) =>
      carrying('CH', type, (w) => w.vector(1, Uint8Array.from(codes)));
    takes(`255 of ${type}`, types(...Array.from({ length: 255 }, (_, i) => i)));
    takes(`a raw key alone of ${type}`, types(2));
    takes(`one that nobody knows of ${type}`, types(77));
    refuses(`none of ${type}`, decode_error, field, types());
    // RFC 7250 4.1.
    refuses(`X.509 alone of ${type}`, illegal_parameter, /must be left out/, types(0));
    refuses(`X.509 twice of ${type}`, illegal_parameter, /must be left out/, types(0, 0));
    for (const context of ['EE', 'SH12'] as const) {
      const chosen = (length: number): (() => Uint8Array) =>
        carrying(context, type, (w) => w.bytes(filler(length)));
      takes(`one byte of ${type} in ${context}`, chosen(1));
      refuses(`no byte of ${type} in ${context}`, decode_error, /certificate_type/, chosen(0));
      refuses(`two bytes of ${type} in ${context}`, decode_error, /left over/, chosen(2));
    }
    refuses(
      `${type} as one byte in CH`,
      decode_error,
      field,
      carrying('CH', type, (w) => w.u8(2)),
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
