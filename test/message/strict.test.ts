/** The bounds and values that each message holds its sender to, and the alert for each breach. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeHandshake, wrapHandshake } from '../../src/message/handshake.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import type { Writer } from '../../src/wire/writer.ts';
import { decode_error, illegal_parameter, refuses, takes, write } from './strict.ts';
import { BUILD, filler } from './support.ts';

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
