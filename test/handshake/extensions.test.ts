/** Extensions that nobody asked for, that stand twice, or in the wrong message, in every message (RFC 8446 4.2). */
import { test } from 'node:test';
import {
  clientHandshake,
  duplicateExtension,
  replaceExtension,
  serverHandshake,
  withExtension,
} from '../../src/fuzz.ts';
import { alpn } from '../../src/message/extension/alpn.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ExtensionType, nameOf } from '../../src/wire/registry.ts';
import {
  againstClient,
  againstServer,
  assertRefused,
  assertSecure,
  clientRefuses,
  serverRefuses,
} from './kit.ts';

type List = readonly RawExtension[];
type Edit = (list: List) => List;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const raw = (type: ExtensionType, ...data: number[]): RawExtension => ({ type, data: Uint8Array.from(data) });
const add =
  (...extensions: readonly RawExtension[]): Edit =>
  (list) =>
    withExtension(list, ...extensions);
const twice =
  (extension: RawExtension): Edit =>
  (list) => [...list, extension, extension];

const server = serverHandshake({ requestCertificate: 'expect empty' });
type Server = typeof server;

/** The places of extensions in a server's flight. */
const inServerHello = (edit: Edit): Server =>
  server.change('ServerHello', (fields) => ({ ...fields, extensions: edit(fields.extensions) }));
const inEncryptedExtensions = (edit: Edit): Server =>
  server.change('EncryptedExtensions', (fields) => ({ extensions: edit(fields.extensions) }));
const inCertificateRequest = (edit: Edit): Server =>
  server.change('CertificateRequest', (fields) => ({ ...fields, extensions: edit(fields.extensions) }));
const inCertificate = (edit: Edit): Server =>
  server.change('Certificate', (fields) => ({
    ...fields,
    certificateList: fields.certificateList.map((entry) => ({
      ...entry,
      extensions: edit(entry.extensions),
    })),
  }));

const UNKNOWN = codePoint<'ExtensionType'>(0xff77);
const GREASE = codePoint<'ExtensionType'>(0x2a2a);
const sct = raw(ExtensionType.signed_certificate_timestamp, 0, 3, 0, 1, 9);
const ocsp = raw(ExtensionType.status_request, 1, 0, 0, 1, 9);

clientRefuses({
  'ServerHello: an unknown extension': [
    inServerHello(add(raw(UNKNOWN))),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'ServerHello: a cookie': [
    inServerHello(add(raw(ExtensionType.cookie, 0, 1, 1))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'ServerHello: supported_versions twice': [
    inServerHello((list) => duplicateExtension(list, ExtensionType.supported_versions)),
    'duplicate_extension',
    'decode_error',
  ],
  'ServerHello: key_share twice': [
    inServerHello((list) => duplicateExtension(list, ExtensionType.key_share)),
    'duplicate_extension',
    'decode_error',
  ],
  'ServerHello: ALPN, which belongs into EncryptedExtensions': [
    inServerHello(add(alpn.encryptedExtensions.encode(bytes('h2')))),
    'misplaced_extension',
    'illegal_parameter',
    { options: { alpnProtocols: ['h2'] } },
  ],
  'ServerHello: server_name': [
    inServerHello(add(raw(ExtensionType.server_name))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'ServerHello: signature_algorithms': [
    inServerHello(add(raw(ExtensionType.signature_algorithms, 0, 2, 8, 7))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'ServerHello: extended_master_secret, of TLS 1.2': [
    inServerHello(add(raw(ExtensionType.extended_master_secret))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'EncryptedExtensions: ALPN that was not offered': [
    inEncryptedExtensions(add(alpn.encryptedExtensions.encode(bytes('h2')))),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'EncryptedExtensions: a protocol that was not offered': [
    inEncryptedExtensions(add(alpn.encryptedExtensions.encode(bytes('http/1.1')))),
    'unoffered_alpn',
    'illegal_parameter',
    { options: { alpnProtocols: ['h2'] } },
  ],
  'EncryptedExtensions: two protocols': [
    inEncryptedExtensions(add(alpn.clientHello.encode([bytes('h2'), bytes('http/1.1')]))),
    'malformed_message',
    'decode_error',
    { options: { alpnProtocols: ['h2', 'http/1.1'] } },
  ],
  'EncryptedExtensions: no protocol in ALPN': [
    inEncryptedExtensions(add(raw(ExtensionType.application_layer_protocol_negotiation, 0, 0))),
    'length_out_of_range',
    'decode_error',
    { options: { alpnProtocols: ['h2'] } },
  ],
  'EncryptedExtensions: an empty protocol': [
    inEncryptedExtensions(add(raw(ExtensionType.application_layer_protocol_negotiation, 0, 1, 0))),
    'length_out_of_range',
    'decode_error',
    { options: { alpnProtocols: ['h2'] } },
  ],
  'EncryptedExtensions: a name in server_name': [
    inEncryptedExtensions(add(raw(ExtensionType.server_name, 0, 4, 0, 0, 1, 97))),
    'trailing_bytes',
    'decode_error',
  ],
  'EncryptedExtensions: server_name when none was sent': [
    inEncryptedExtensions(add(raw(ExtensionType.server_name))),
    'unsolicited_extension',
    'unsupported_extension',
    { options: { sendServerName: false } },
  ],
  'EncryptedExtensions: server_name twice': [
    inEncryptedExtensions(twice(raw(ExtensionType.server_name))),
    'duplicate_extension',
    'decode_error',
  ],
  'EncryptedExtensions: early_data when none was offered': [
    inEncryptedExtensions(add(raw(ExtensionType.early_data))),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'EncryptedExtensions: key_share': [
    inEncryptedExtensions(add(raw(ExtensionType.key_share, 0, 29, 0, 1, 1))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'EncryptedExtensions: supported_versions': [
    inEncryptedExtensions(add(raw(ExtensionType.supported_versions, 3, 4))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'EncryptedExtensions: renegotiation_info': [
    inEncryptedExtensions(add(raw(ExtensionType.renegotiation_info, 0))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'EncryptedExtensions: an unknown one': [
    inEncryptedExtensions(add(raw(UNKNOWN))),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'EncryptedExtensions: GREASE': [
    inEncryptedExtensions(add(raw(GREASE))),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'EncryptedExtensions: an unknown one twice': [
    inEncryptedExtensions(twice(raw(UNKNOWN))),
    'duplicate_extension',
    'decode_error',
  ],
  'CertificateRequest: no signature_algorithms': [
    inCertificateRequest(() => [raw(ExtensionType.certificate_authorities, 0, 3, 0, 1, 0x30)]),
    'missing_extension',
    'missing_extension',
  ],
  'CertificateRequest: no extension at all': [
    inCertificateRequest(() => []),
    'length_out_of_range',
    'decode_error',
  ],
  'CertificateRequest: an empty signature_algorithms': [
    inCertificateRequest((list) =>
      replaceExtension(list, ExtensionType.signature_algorithms, Uint8Array.of(0, 0)),
    ),
    'length_out_of_range',
    'decode_error',
  ],
  'CertificateRequest: signature_algorithms twice': [
    inCertificateRequest((list) => duplicateExtension(list, ExtensionType.signature_algorithms)),
    'duplicate_extension',
    'decode_error',
  ],
  'CertificateRequest: key_share': [
    inCertificateRequest(add(raw(ExtensionType.key_share))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'CertificateRequest: a context in the handshake': [
    server.change('CertificateRequest', (fields) => ({
      ...fields,
      certificateRequestContext: Uint8Array.of(1),
    })),
    'bad_request_context',
    'illegal_parameter',
  ],
  'Certificate: an OCSP response that was not asked for': [
    inCertificate(add(ocsp)),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'Certificate: an SCT list that was not asked for': [
    inCertificate(add(sct)),
    'unsolicited_extension',
    'unsupported_extension',
  ],
  'Certificate: an OCSP response twice': [
    inCertificate(twice(ocsp)),
    'duplicate_extension',
    'decode_error',
    { options: { requestOcsp: true } },
  ],
  'Certificate: an OCSP response of another type': [
    inCertificate(add(raw(ExtensionType.status_request, 2, 0, 0, 1, 9))),
    'bad_value',
    'illegal_parameter',
    { options: { requestOcsp: true } },
  ],
  'Certificate: server_name': [
    inCertificate(add(raw(ExtensionType.server_name))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'Certificate: an unknown one': [
    inCertificate(add(raw(UNKNOWN))),
    'unsolicited_extension',
    'unsupported_extension',
  ],
});

const client = clientHandshake();
const inClientHello = (edit: Edit): typeof client =>
  client.change('ClientHello', (fields) => ({ ...fields, extensions: edit(fields.extensions) }));
const withCertificate = clientHandshake({ certificate: 'own' });
const inClientCertificate = (edit: Edit): typeof client =>
  withCertificate.change('Certificate', (fields) => ({
    ...fields,
    certificateList: fields.certificateList.map((entry) => ({
      ...entry,
      extensions: edit(entry.extensions),
    })),
  }));

for (const type of [
  ExtensionType.server_name,
  ExtensionType.supported_groups,
  ExtensionType.signature_algorithms,
  ExtensionType.supported_versions,
  ExtensionType.key_share,
]) {
  serverRefuses({
    [`ClientHello: ${nameOf(ExtensionType, type)} twice`]: [
      inClientHello((list) => duplicateExtension(list, type)),
      'duplicate_extension',
      'decode_error',
    ],
  });
}

serverRefuses({
  'ClientHello: an unknown extension twice': [
    inClientHello(twice(raw(UNKNOWN))),
    'duplicate_extension',
    'decode_error',
  ],
  'ClientHello: oid_filters, which belongs into CertificateRequest': [
    inClientHello(add(raw(ExtensionType.oid_filters, 0, 0))),
    'misplaced_extension',
    'illegal_parameter',
  ],
  'client Certificate: an OCSP response that was not asked for': [
    inClientCertificate(add(ocsp)),
    'unsolicited_extension',
    'unsupported_extension',
    { options: { clientAuth: 'require' } },
  ],
  'client Certificate: an unknown extension': [
    inClientCertificate(add(raw(UNKNOWN))),
    'unsolicited_extension',
    'unsupported_extension',
    { options: { clientAuth: 'require' } },
  ],
  'client Certificate: key_share': [
    inClientCertificate(add(raw(ExtensionType.key_share))),
    'misplaced_extension',
    'illegal_parameter',
    { options: { clientAuth: 'require' } },
  ],
});

test('client: what it may answer is accepted', () => {
  assertSecure(againstServer(inEncryptedExtensions(add(raw(ExtensionType.server_name)))));
  assertSecure(againstServer(inEncryptedExtensions(add(raw(ExtensionType.supported_groups, 0, 2, 0, 23)))));
  assertSecure(againstServer(inCertificateRequest(add(raw(UNKNOWN, 1, 2), raw(GREASE)))));
  const stapled = againstServer(inCertificate(add(ocsp)), { options: { requestOcsp: true } });
  assertSecure(stapled);
});

test('server: GREASE and unknown extensions of a client are passed over', () => {
  assertSecure(againstClient(inClientHello((list) => [raw(GREASE), ...list, raw(UNKNOWN, 1, 2, 3)])));
});

test('client: a ClientHello with GREASE in it makes no GREASE acceptable in return', () => {
  const played = againstServer(inEncryptedExtensions(add(raw(GREASE))), {
    options: {
      shapeClientHello: (fields) => ({ ...fields, extensions: [raw(GREASE), ...fields.extensions] }),
    },
  });
  assertRefused(played, 'unsolicited_extension', 'unsupported_extension');
});
