/** OCSP responses and certificate timestamps, served and taken (RFC 6066 8, RFC 6962 3.3, RFC 8446 4.4.2.1). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, Credential, ServerOptions } from '../../src/config/options.ts';
import { clientHandshake, serverHandshake, serverHandshake12 } from '../../src/fuzz.ts';
import type { CertificateFields } from '../../src/message/certificate.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { signedCertificateTimestamp } from '../../src/message/extension/signed-certificate-timestamp.ts';
import { statusRequest } from '../../src/message/extension/status-request.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, CertificateStatusType, ExtensionType } from '../../src/wire/registry.ts';
import { Pair } from '../engine/pair.ts';
import { againstServer12, ONLY12, ONLY13 } from '../tls12/kit.ts';
import { credentials, now, provider } from './credentials.ts';
import { againstClient, againstServer, assertRefused, type Tested } from './kit.ts';

const RESPONSE = Uint8Array.of(0x30, 3, 0x0a, 1, 0);
const TIMESTAMPS = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
const ASKS = { requestOcsp: true, requestTimestamps: true } as const;

function stapled(credential: Credential): Credential {
  return { ...credential, ocspResponse: RESPONSE, signedCertificateTimestamps: TIMESTAMPS };
}

function open(pair: Pair): Pair {
  for (const { tested, error } of [pair.client, pair.server]) {
    if (error !== undefined) throw error;
    assert.equal(tested.connection.phase, 'open');
  }
  return pair;
}

function assertStaple(
  tested: Tested,
  response: Uint8Array | undefined,
  timestamps: readonly Uint8Array[],
): void {
  const { info } = tested.connection;
  assert.deepEqual(info.ocspResponse, response);
  assert.deepEqual(info.signedCertificateTimestamps, timestamps);
}

function pair(client: Partial<ClientOptions>, server: Partial<ServerOptions>): Pair {
  return open(new Pair(client, server).pump());
}

for (const [version, only] of [
  ['TLS 1.3', ONLY13],
  ['TLS 1.2', ONLY12],
] as const) {
  describe(version, () => {
    const server = { ...only, credentials: [stapled(credentials.server())] };

    test('a server staples what it has to a client that asks', () => {
      const at = pair({ ...only, ...ASKS }, server);
      assertStaple(at.client.tested, RESPONSE, TIMESTAMPS);
    });

    test('each is served alone', () => {
      const status = pair({ ...only, requestOcsp: true }, server);
      assertStaple(status.client.tested, RESPONSE, []);
      const timestamps = pair({ ...only, requestTimestamps: true }, server);
      assertStaple(timestamps.client.tested, undefined, TIMESTAMPS);
    });

    test('nothing is stapled for a client that does not ask, or by a server that has nothing', () => {
      assertStaple(pair(only, server).client.tested, undefined, []);
      assertStaple(pair({ ...only, ...ASKS }, only).client.tested, undefined, []);
    });

    test('a status of another type than OCSP is not answered', () => {
      const other = statusRequest.clientHello.encode({
        kind: 'other',
        statusType: (CertificateStatusType.ocsp + 1) as CertificateStatusType,
        request: Uint8Array.of(1),
      });
      const at = pair(
        { ...only, shapeClientHello: (fields) => ({ ...fields, extensions: [...fields.extensions, other] }) },
        server,
      );
      assertStaple(at.client.tested, undefined, []);
    });

    test('the application is asked once, with the credential that was chosen, and its answer is served', () => {
      const at = new Pair({ ...only, ...ASKS }, { ...server, delegate: ['staple'] });
      const asked: unknown[] = [];
      at.server.tested.react = (event, connection) => {
        if (event.kind !== 'need' || event.need.kind !== 'staple') return;
        asked.push(event.need.credential.chain[0]);
        connection.answer(event.id, { kind: 'staple', ocspResponse: Uint8Array.of(0x30, 0) });
      };
      open(at.pump());
      assert.deepEqual(asked, [server.credentials[0]?.chain[0]]);
      assertStaple(at.client.tested, Uint8Array.of(0x30, 0), TIMESTAMPS);
    });

    test('an application that declines leaves the response out, whatever the credential has', () => {
      const at = new Pair({ ...only, ...ASKS }, { ...server, delegate: ['staple'] });
      at.server.tested.react = (event, connection) => {
        if (event.kind === 'need') connection.answer(event.id, { kind: 'staple', ocspResponse: undefined });
      };
      assertStaple(open(at.pump()).client.tested, undefined, TIMESTAMPS);
    });

    test('an application that fails ends the handshake before anything is sent', () => {
      const at = new Pair({ ...only, ...ASKS }, { ...server, delegate: ['staple'] });
      at.server.tested.react = (event, connection) => {
        if (event.kind === 'need') connection.refuse(event.id, new Error('no responder'));
      };
      at.pump();
      assert.ok(at.server.error instanceof TLSError && at.client.error instanceof TLSError);
      assert.equal(at.server.error.reason, 'callback_failed');
      assert.equal(at.client.error.alert, AlertDescription.internal_error);
      assert.equal(at.server.sent[0], 21, 'an alert, and no ServerHello before it');
    });

    test('an application is not asked where the client does not', () => {
      const at = pair(only, { ...server, delegate: ['staple'] });
      assert.deepEqual(
        at.server.tested.kinds.filter((kind) => kind === 'need'),
        [],
      );
    });
  });
}

const STATUS = statusRequest.certificate.encode(RESPONSE);
const SCTS = signedCertificateTimestamp.certificate.encode(TIMESTAMPS);

function withLeaf(...extensions: RawExtension[]): (fields: CertificateFields) => CertificateFields {
  return (fields) => ({
    ...fields,
    certificateList: fields.certificateList.map((entry, i) => (i === 0 ? { ...entry, extensions } : entry)),
  });
}

function raw(type: ExtensionType, ...data: number[]): RawExtension {
  return { type, data: Uint8Array.from(data) };
}

describe('a client of TLS 1.3', () => {
  const { status_request: STATUS_TYPE, signed_certificate_timestamp: SCT_TYPE } = ExtensionType;

  for (const [name, extension] of [
    ['a status', STATUS],
    ['timestamps', SCTS],
  ] as const) {
    test(`refuses ${name} that it did not ask for`, () => {
      const played = againstServer(serverHandshake().change('Certificate', withLeaf(extension)));
      assertRefused(played, 'unsolicited_extension', 'unsupported_extension');
    });
  }

  for (const [name, extension, reason, alert] of [
    ['a status of another type', raw(STATUS_TYPE, 2, 0, 0, 1, 0), 'bad_value', 'illegal_parameter'],
    ['an empty status', raw(STATUS_TYPE, 1, 0, 0, 0), 'length_out_of_range', 'decode_error'],
    ['a status with bytes after it', raw(STATUS_TYPE, 1, 0, 0, 1, 0, 0), 'trailing_bytes', 'decode_error'],
    ['no status in the extension', raw(STATUS_TYPE), 'truncated', 'decode_error'],
    ['an empty list of timestamps', raw(SCT_TYPE, 0, 0), 'length_out_of_range', 'decode_error'],
    ['an empty timestamp', raw(SCT_TYPE, 0, 2, 0, 0), 'length_out_of_range', 'decode_error'],
    ['timestamps with bytes after them', raw(SCT_TYPE, 0, 3, 0, 1, 5, 0), 'trailing_bytes', 'decode_error'],
  ] as const) {
    test(`refuses ${name}`, () => {
      const script = serverHandshake().change('Certificate', withLeaf(extension));
      assertRefused(againstServer(script, { options: ASKS }), reason, alert);
    });
  }

  test('refuses the same twice', () => {
    const script = serverHandshake().change('Certificate', withLeaf(STATUS, STATUS));
    assertRefused(againstServer(script, { options: ASKS }), 'duplicate_extension', 'decode_error');
  });
});

describe('a client certificate of TLS 1.3', () => {
  const client = { ...ONLY13, credentials: [stapled(credentials.client())] };

  test('comes with its status and timestamps where the server asks for them', () => {
    const at = pair(client, { ...ONLY13, ...ASKS, clientAuth: 'require' });
    assertStaple(at.server.tested, RESPONSE, TIMESTAMPS);
  });

  test('comes without them where the server does not', () => {
    const at = pair(client, { ...ONLY13, clientAuth: 'require' });
    assertStaple(at.server.tested, undefined, []);
  });

  for (const [name, extension, options] of [
    ['a status', STATUS, { requestTimestamps: true }],
    ['timestamps', SCTS, { requestOcsp: true }],
  ] as const) {
    test(`with ${name} that the server did not ask for is refused`, () => {
      const script = clientHandshake({ certificate: 'own' }).change('Certificate', withLeaf(extension));
      const played = againstClient(script, { options: { ...options, clientAuth: 'require' } });
      assertRefused(played, 'unsolicited_extension', 'unsupported_extension');
    });
  }
});

describe('TLS 1.2', () => {
  test('a client refuses a CertificateStatus that ServerHello did not announce', () => {
    const script = serverHandshake12({ status: RESPONSE }).change('ServerHello', (hello) => ({
      ...hello,
      extensions: hello.extensions.filter(({ type }) => type !== ExtensionType.status_request),
    }));
    assertRefused(againstServer12(script, { options: ASKS }), 'unexpected_message', 'unexpected_message');
  });

  test('a server may announce a CertificateStatus and leave it out (RFC 6066 8)', () => {
    const script = serverHandshake12({ status: RESPONSE }).without('CertificateStatus');
    const { tested, targetError } = againstServer12(script, { options: ASKS });
    assert.equal(targetError, undefined);
    assertStaple(tested, undefined, []);
  });

  test('a client refuses timestamps that it did not ask for', () => {
    const script = serverHandshake12().change('ServerHello', (hello) => ({
      ...hello,
      extensions: [...hello.extensions, signedCertificateTimestamp.serverHello12.encode(TIMESTAMPS)],
    }));
    assertRefused(againstServer12(script), 'unsolicited_extension', 'unsupported_extension');
  });
});

test('a credential whose staple fits no message is refused beforehand', () => {
  const own = credentials.server();
  for (const wrong of [
    { ocspResponse: new Uint8Array(0) },
    { ocspResponse: new Uint8Array(2 ** 24) },
    { signedCertificateTimestamps: [] },
    { signedCertificateTimestamps: [new Uint8Array(0)] },
    { signedCertificateTimestamps: [new Uint8Array(0x8000), new Uint8Array(0x8000)] },
  ]) {
    assert.throws(
      () => createServerConfig({ provider, now, credentials: [{ ...own, ...wrong }] }),
      (error) =>
        error instanceof TLSError && error.reason === 'invalid_option' && /staple/.test(error.message),
    );
  }
});
