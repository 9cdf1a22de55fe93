/** The bounds and values that each message of TLS 1.2 holds its sender to, and the alert for each breach. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyShare } from '../../../src/message/extension/key-share.ts';
import { preSharedKey } from '../../../src/message/extension/pre-shared-key.ts';
import { supportedVersions } from '../../../src/message/extension/supported-versions.ts';
import { checkSolicited } from '../../../src/message/extension/table.ts';
import { decodeHandshake, wrapHandshake } from '../../../src/message/handshake.ts';
import { HandshakeJoiner } from '../../../src/message/joiner.ts';
import { encodeCertificate12 } from '../../../src/message/tls12/certificate.ts';
import { encodeClientKeyExchange } from '../../../src/message/tls12/client-key-exchange.ts';
import { encodeServerEcdhParams } from '../../../src/message/tls12/server-key-exchange.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { MAX_CLIENT_KEY_EXCHANGE_LENGTH, MAX_SERVER_KEY_EXCHANGE_LENGTH } from '../../../src/wire/limits.ts';
import {
  AlertDescription,
  ExtensionType,
  HandshakeType,
  ProtocolVersion,
} from '../../../src/wire/registry.ts';
import { NamedGroup, SignatureScheme } from '../../../src/wire/registry-crypto.ts';
import { BUILD, EXTENSIONS, filler } from '../support.ts';

const { decode_error, illegal_parameter } = AlertDescription;

function errorOf(raw: Uint8Array): TLSError | undefined {
  try {
    decodeHandshake(raw, 'tls12');
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

const wrap =
  (type: HandshakeType, ...body: readonly (number | Uint8Array)[]): (() => Uint8Array) =>
  () =>
    wrapHandshake(
      type,
      new Uint8Array(Buffer.concat(body.map((part) => (typeof part === 'number' ? Buffer.of(part) : part)))),
    );

describe('ServerKeyExchange', () => {
  const type = HandshakeType.server_key_exchange;
  const signature = Uint8Array.of(4, 3, 0, 2, 0xaa, 0xbb);

  it('gives the signed parameters as they came', () => {
    const raw = wrap(type, 3, 0, 29, 2, 0x11, 0x22, signature)();
    const message = decodeHandshake(raw, 'tls12');
    assert.ok(message.kind === 'ServerKeyExchange');
    assert.equal(message.namedCurve, NamedGroup.x25519);
    assert.deepEqual(message.publicKey, Uint8Array.of(0x11, 0x22));
    assert.equal(message.algorithm, SignatureScheme.ecdsa_secp256r1_sha256);
    assert.deepEqual(message.signature, Uint8Array.of(0xaa, 0xbb));
    assert.deepEqual(message.signedParams, Uint8Array.of(3, 0, 29, 2, 0x11, 0x22));
    assert.deepEqual(encodeServerEcdhParams(message), message.signedParams);
    assert.equal(message.signedParams.buffer, raw.buffer, 'a view');
  });

  for (const curveType of [0, 1, 2, 4, 248, 255]) {
    refuses(`curve_type ${curveType}`, illegal_parameter, /^ServerKeyExchange\.curve_type is/, () =>
      wrap(type, curveType, 0, 29, 2, 0x11, 0x22, signature)(),
    );
  }
  refuses('an empty point', decode_error, /ServerKeyExchange\.public is 0 bytes/, () =>
    wrap(type, 3, 0, 29, 0, signature)(),
  );
  refuses('a point that is not all there', decode_error, /public claims 9 bytes/, () =>
    wrap(type, 3, 0, 29, 9, 1, 2, 3)(),
  );
  refuses('no signature', decode_error, /algorithm needs 2 bytes/, () => wrap(type, 3, 0, 29, 1, 7)());
  refuses('a signature of the old form, without its algorithm', decode_error, /signature/, () =>
    wrap(type, 3, 0, 29, 1, 7, 0, 2, 0xaa, 0xbb)(),
  );
  refuses('something behind the signature', decode_error, /1 bytes left over/, () =>
    wrap(type, 3, 0, 29, 1, 7, signature, 0)(),
  );
  refuses('parameters of DHE', illegal_parameter, /curve_type/, () =>
    wrap(type, 0, 2, 0x11, 0x22, 0, 1, 2, 0, 1, 5, signature)(),
  );
  refuses('nothing at all', decode_error, /curve_type needs 1 bytes/, wrap(type));
  takes('any group and scheme: what was offered is judged above', () =>
    wrap(type, 3, 0xff, 0xff, 1, 7, 0xff, 0xff, 0, 0)(),
  );
});

describe('ClientKeyExchange', () => {
  const type = HandshakeType.client_key_exchange;
  refuses('an empty point, as for a fixed key', decode_error, /ecdh_Yc is 0 bytes/, wrap(type, 0));
  refuses('nothing at all', decode_error, /ecdh_Yc_length needs 1/, wrap(type));
  refuses('an encrypted premaster secret of RSA', decode_error, /./, () => wrap(type, 1, 0, filler(256))());
  refuses('something behind the point', decode_error, /left over/, wrap(type, 1, 7, 7));
  takes('255 bytes', () => encodeClientKeyExchange({ publicKey: filler(255) }));
});

describe('CertificateRequest12', () => {
  const type = HandshakeType.certificate_request;
  refuses('no certificate types', decode_error, /certificate_types is 0/, wrap(type, 0, 0, 2, 4, 3, 0, 0));
  refuses('no signature algorithms', decode_error, /supported_signature_algorithms is 0/, () =>
    wrap(type, 1, 64, 0, 0, 0, 0)(),
  );
  refuses(
    'half a signature algorithm',
    decode_error,
    /multiple of 2/,
    wrap(type, 1, 64, 0, 3, 4, 3, 4, 0, 0),
  );
  refuses('an empty distinguished name', decode_error, /distinguished_name is 0/, () =>
    wrap(type, 1, 64, 0, 2, 4, 3, 0, 2, 0, 0)(),
  );
  refuses('a name that reaches past the list', decode_error, /distinguished_name claims/, () =>
    wrap(type, 1, 64, 0, 2, 4, 3, 0, 3, 0, 9, 1, 2)(),
  );
  refuses('the form of TLS 1.1, without algorithms', decode_error, /./, wrap(type, 1, 1, 0, 0));
  refuses('something behind the names', decode_error, /left over/, wrap(type, 1, 64, 0, 2, 4, 3, 0, 0, 0));
  takes('unknown types and schemes', wrap(type, 2, 0, 255, 0, 4, 0, 0, 255, 255, 0, 0));
});

describe('Certificate12', () => {
  const type = HandshakeType.certificate;
  refuses('an empty certificate', decode_error, /certificate is 0 bytes/, wrap(type, 0, 0, 3, 0, 0, 0));
  refuses('a list shorter than its entry', decode_error, /certificate claims/, () =>
    wrap(type, 0, 0, 4, 0, 0, 2, 1)(),
  );
  refuses('a list longer than the message', decode_error, /certificate_list claims/, () =>
    wrap(type, 0, 0, 9, 0, 0, 1, 1)(),
  );
  refuses('the form of TLS 1.3', decode_error, /./, () => BUILD.CT([]));
  refuses('more certificates than anyone has', decode_error, /has 101 entries/, () =>
    encodeCertificate12({ certificateList: Array.from({ length: 101 }, () => filler(1)) }),
  );
  takes('a hundred', () =>
    encodeCertificate12({ certificateList: Array.from({ length: 100 }, () => filler(1)) }),
  );
});

describe('CertificateStatus', () => {
  const type = HandshakeType.certificate_status;
  for (const statusType of [0, 2, 3, 255]) {
    refuses(`status_type ${statusType}`, illegal_parameter, /status_type is \d+, must be ocsp/, () =>
      wrap(type, statusType, 0, 0, 1, 7)(),
    );
  }
  refuses('an empty response', decode_error, /ocsp_response is 0/, wrap(type, 1, 0, 0, 0));
  refuses('something behind the response', decode_error, /left over/, wrap(type, 1, 0, 0, 1, 7, 7));
  refuses('nothing at all', decode_error, /status_type needs/, wrap(type));
});

describe('Finished12', () => {
  const type = HandshakeType.finished;
  for (const length of [0, 1, 11, 13, 32, 48, 64]) {
    refuses(`verify_data of ${length} bytes`, decode_error, /verify_data|left over/, () =>
      wrap(type, filler(length))(),
    );
  }
  takes('twelve', wrap(type, filler(12)));
});

describe('NewSessionTicket12', () => {
  const type = HandshakeType.new_session_ticket;
  refuses('no ticket field', decode_error, /ticket_length needs/, wrap(type, 0, 0, 0, 1));
  refuses('something behind the ticket', decode_error, /left over/, wrap(type, 0, 0, 0, 1, 0, 0, 0));
  refuses('the form of TLS 1.3', decode_error, /./, () => BUILD.NST([]));
  takes('an empty ticket', wrap(type, 0, 0, 0, 0, 0, 0));
});

describe('empty messages', () => {
  for (const type of [HandshakeType.hello_request, HandshakeType.server_hello_done]) {
    refuses(`a body in ${type}`, decode_error, /at most 0 are taken/, wrap(type, 0));
    takes(`none in ${type}`, wrap(type));
  }
});

describe('the joiner refuses at the header', () => {
  const limits: readonly (readonly [HandshakeType, number])[] = [
    [HandshakeType.hello_request, 0],
    [HandshakeType.server_hello_done, 0],
    [HandshakeType.server_key_exchange, MAX_SERVER_KEY_EXCHANGE_LENGTH],
    [HandshakeType.client_key_exchange, MAX_CLIENT_KEY_EXCHANGE_LENGTH],
  ];
  for (const [type, limit] of limits) {
    it(`type ${type} above ${limit} bytes`, () => {
      const header = (length: number): Uint8Array => Uint8Array.of(type, length >> 16, length >> 8, length);
      new HandshakeJoiner().push(header(limit));
      assert.throws(
        () => new HandshakeJoiner().push(header(limit + 1)),
        (error) => error instanceof TLSError && error.reason === 'message_too_long',
      );
    });
  }
});

describe('a ServerHello of TLS 1.2', () => {
  it('gives what its extensions say', () => {
    const hello = decodeHandshake(BUILD.SH12(EXTENSIONS.SH12), 'tls12');
    assert.ok(hello.kind === 'ServerHello');
    assert.deepEqual(Object.keys(hello.known).sort(), [
      'alpn',
      'clientCertificateType',
      'ecPointFormats',
      'extendedMasterSecret',
      'maxFragmentLength',
      'recordSizeLimit',
      'renegotiationInfo',
      'serverCertificateType',
      'serverName',
      'sessionTicket',
      'signedCertificateTimestamp',
      'statusRequest',
    ]);
    assert.deepEqual(hello.known.renegotiationInfo, filler(24));
    assert.equal(hello.known.extendedMasterSecret, true);
  });

  const share = keyShare.serverHello.encode({ group: NamedGroup.x25519, keyExchange: filler(32) });
  const psk = preSharedKey.serverHello.encode(0);
  for (const [name, extension] of [
    ['key_share', share],
    ['pre_shared_key', psk],
  ] as const) {
    refuses(`${name} smuggled in`, illegal_parameter, new RegExp(name), () => BUILD.SH12([extension]));
    refuses(`${name} among its own`, illegal_parameter, new RegExp(name), () =>
      BUILD.SH12([...EXTENSIONS.SH12, extension]),
    );
  }
  refuses('supported_versions among its own', illegal_parameter, /server_name must not stand in SH/, () =>
    BUILD.SH12([...EXTENSIONS.SH12, supportedVersions.serverHello.encode(ProtocolVersion.TLS12)]),
  );
  for (const extension of EXTENSIONS.SH12) {
    refuses(`a second one of type ${extension.type}`, decode_error, /repeats/, () =>
      BUILD.SH12([...EXTENSIONS.SH12, extension]),
    );
  }
  for (const type of [
    ExtensionType.early_data,
    ExtensionType.cookie,
    ExtensionType.signature_algorithms,
    ExtensionType.psk_key_exchange_modes,
    ExtensionType.post_handshake_auth,
    ExtensionType.signature_algorithms_cert,
    ExtensionType.compress_certificate,
    ExtensionType.encrypted_client_hello,
  ]) {
    refuses(`an extension that has no place there, ${type}`, illegal_parameter, /must not stand/, () =>
      BUILD.SH12([{ type, data: new Uint8Array(0) }]),
    );
  }
  refuses('something in extended_master_secret', decode_error, /left over/, () =>
    BUILD.SH12([{ type: ExtensionType.extended_master_secret, data: filler(1) }]),
  );
  refuses('a ticket in session_ticket', decode_error, /left over/, () =>
    BUILD.SH12([{ type: ExtensionType.session_ticket, data: filler(9) }]),
  );
  refuses('renegotiation_info without its length', decode_error, /renegotiated_connection/, () =>
    BUILD.SH12([{ type: ExtensionType.renegotiation_info, data: new Uint8Array(0) }]),
  );
  refuses('no point format at all', decode_error, /ec_point_format_list/, () =>
    BUILD.SH12([{ type: ExtensionType.ec_point_formats, data: Uint8Array.of(0) }]),
  );
  refuses('two protocols', decode_error, /./, () =>
    BUILD.SH12([
      {
        type: ExtensionType.application_layer_protocol_negotiation,
        data: Uint8Array.of(0, 4, 1, 97, 1, 98),
      },
    ]),
  );

  it('refuse: an answer to what was not offered', () => {
    const hello = decodeHandshake(BUILD.SH12(EXTENSIONS.SH12), 'tls12');
    assert.ok(hello.kind === 'ServerHello');
    const offered = new Set<number>(EXTENSIONS.SH12.map((each) => each.type));
    checkSolicited(hello.extensions, offered, 'SH12');
    for (const type of offered) {
      const less = new Set(offered);
      less.delete(type);
      assert.throws(
        () => checkSolicited(hello.extensions, less, 'SH12'),
        (error) => error instanceof TLSError && error.alert === AlertDescription.unsupported_extension,
      );
    }
  });
});
