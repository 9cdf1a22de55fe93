/** What a peer with raw keys must not do, and the alert for each breach (RFC 7250 4, RFC 8446 4.4.2). */
import { describe, test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  type ClientMessages,
  type ClientMessages12,
  clientHandshake,
  clientHandshake12,
  type Script,
  type ServerMessages,
  type ServerMessages12,
  serverHandshake,
  signTranscript,
  withExtension,
} from '../../src/fuzz.ts';
import {
  clientCertificateType,
  serverCertificateType,
} from '../../src/message/extension/certificate-type.ts';
import type { RawExtension } from '../../src/message/extension/codec.ts';
import { encodeRawPublicKey12 } from '../../src/message/tls12/raw-public-key.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { CertificateType } from '../../src/wire/registry.ts';
import { encodePublicKey } from '../../src/x509/public-key.ts';
import { againstClient12, againstServer12, client12Refuses, server, server12Refuses } from '../tls12/kit.ts';
import { credentials } from './credentials.ts';
import {
  againstClient,
  againstServer,
  assertRefused,
  assertSecure,
  clientRefuses,
  type PlayOptions,
  serverRefuses,
} from './kit.ts';
import { rawKey } from './raw-keys.ts';

const { X509, RawPublicKey } = CertificateType;
const BOGUS: CertificateType = codePoint(77);
const theirs = credentials.server();
const KEY = theirs.chain[0].spkiRaw;
const ILLEGAL = ['illegal_parameter', 'illegal_parameter'] as const;
const UNOFFERED = ['unoffered_certificate_type', 'illegal_parameter'] as const;
const UNSOLICITED = ['unsolicited_extension', 'unsupported_extension'] as const;
const MALFORMED = ['malformed_public_key', 'decode_error'] as const;

const takes: PlayOptions<ClientOptions> = { options: { trustedPublicKeys: [KEY] } };
const takesBoth: PlayOptions<ClientOptions> = {
  options: { trustedPublicKeys: [KEY], peerCertificateTypes: [RawPublicKey, X509] },
};
const server13 = serverHandshake();
const answering = (...extensions: readonly RawExtension[]): Script<ServerMessages> =>
  server13.change('EncryptedExtensions', (fields) => ({
    extensions: withExtension(fields.extensions, ...extensions),
  }));
const serverType = (type: CertificateType): RawExtension =>
  serverCertificateType.encryptedExtensions.encode(type);
const clientType = (type: CertificateType): RawExtension =>
  clientCertificateType.encryptedExtensions.encode(type);
const chosen = answering(serverType(RawPublicKey));
const entries = (...list: readonly Uint8Array[]): Script<ServerMessages> =>
  chosen.change('Certificate', (fields) => ({
    ...fields,
    certificateList: list.map((certData) => ({ certData, extensions: [] })),
  }));
/** An RSA key of 1024 bits. */
const WEAK = encodePublicKey({
  kind: 'rsa',
  modulus: new Uint8Array(128).fill(0xff),
  exponent: Uint8Array.of(1, 0, 1),
});

test('a scripted server of TLS 1.3 that does it right is let in', () => {
  assertSecure(againstServer(entries(KEY), takes));
});

clientRefuses({
  'a raw key although none was asked for': [answering(serverType(RawPublicKey)), ...UNSOLICITED],
  'a kind that was not asked for': [answering(serverType(X509)), ...UNOFFERED, takes],
  'a kind that nobody knows': [answering(serverType(BOGUS)), ...UNOFFERED, takesBoth],
  'a kind of its own for the client': [answering(clientType(RawPublicKey)), ...UNSOLICITED, takes],
  'a kind that the client did not announce': [
    answering(serverType(RawPublicKey), clientType(X509)),
    ...UNOFFERED,
    { options: { ...takes.options, credentials: [rawKey('client')] } },
  ],
  'silence, which means X.509': [server13, 'unsupported_certificate_type', 'unsupported_certificate', takes],
  'another key than is trusted': [
    entries(KEY),
    'untrusted_public_key',
    'certificate_unknown',
    { options: { trustedPublicKeys: [rawKey('other').rawPublicKey.raw] } },
  ],
  'a certificate where a raw key was agreed on': [chosen, ...MALFORMED, takes],
  'a raw key where certificates were agreed on': [
    answering(serverType(X509)).change('Certificate', (fields) => ({
      ...fields,
      certificateList: [{ certData: KEY, extensions: [] }],
    })),
    'certificate_refused',
    'bad_certificate',
    takesBoth,
  ],
  'two raw keys': [entries(KEY, KEY), ...ILLEGAL, takes],
  'a raw key and the certificate to it': [entries(KEY, theirs.chain[0].raw), ...ILLEGAL, takes],
  'no raw key': [entries().without('CertificateVerify'), 'empty_certificate', 'decode_error', takes],
  'an empty raw key': [entries(new Uint8Array(0)), 'length_out_of_range', 'decode_error', takes],
  'a byte after the raw key': [entries(Uint8Array.of(...KEY, 0)), ...MALFORMED, takes],
  'a raw key in a longer form than DER': [
    entries(Uint8Array.of(0x30, 0x81, ...KEY.subarray(1))),
    ...MALFORMED,
    takes,
  ],
  'a raw key that is too short to be sound': [entries(WEAK), 'certificate_refused', 'bad_certificate', takes],
  'a raw key without a proof': [
    entries(KEY).without('CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
    takes,
  ],
  'a proof by another key': [
    entries(KEY).change('CertificateVerify', (_, peer) =>
      signTranscript(peer, { credential: { ...theirs, privateKey: rawKey('other').privateKey } }),
    ),
    'bad_signature',
    'decrypt_error',
    takes,
  ],
});

const taking: PlayOptions<ServerOptions> = {
  options: { clientAuth: 'require', trustedPublicKeys: [credentials.client().chain[0].spkiRaw] },
};
const announcing = (
  script: Script<ClientMessages>,
  ...extensions: readonly RawExtension[]
): Script<ClientMessages> =>
  script.change('ClientHello', (fields) => ({
    ...fields,
    extensions: withExtension(fields.extensions, ...extensions),
  }));
const announced = clientCertificateType.clientHello.encode([RawPublicKey]);
const plain = clientHandshake({ certificate: 'own' });
const own = announcing(plain, announced);
const shows = (...list: readonly Uint8Array[]): Script<ClientMessages> =>
  own.change('Certificate', (fields) => ({
    ...fields,
    certificateList: list.map((certData) => ({ certData, extensions: [] })),
  }));
const OWN = credentials.client().chain[0].spkiRaw;

test('a scripted client of TLS 1.3 that does it right is let in', () => {
  assertSecure(againstClient(shows(OWN), taking));
});

serverRefuses({
  'X.509 alone in client_certificate_type': [
    announcing(plain, clientCertificateType.clientHello.encode([X509])),
    'bad_value',
    'illegal_parameter',
  ],
  'X.509 alone in server_certificate_type': [
    announcing(plain, serverCertificateType.clientHello.encode([X509])),
    'bad_value',
    'illegal_parameter',
  ],
  'nothing in client_certificate_type': [
    announcing(plain, clientCertificateType.clientHello.encode([])),
    'length_out_of_range',
    'decode_error',
  ],
  'no kind for the server that it has': [
    announcing(plain, serverCertificateType.clientHello.encode([BOGUS])),
    'unsupported_certificate_type',
    'unsupported_certificate',
  ],
  'no kind for the client that is taken': [
    announcing(plain, clientCertificateType.clientHello.encode([BOGUS])),
    'unsupported_certificate_type',
    'unsupported_certificate',
    taking,
  ],
  'another key than is trusted': [
    shows(OWN),
    'untrusted_public_key',
    'certificate_unknown',
    { options: { ...taking.options, trustedPublicKeys: [rawKey('other').rawPublicKey.raw] } },
  ],
  'a certificate where a raw key was agreed on': [own, ...MALFORMED, taking],
  'two raw keys': [shows(OWN, OWN), ...ILLEGAL, taking],
  'none, where one is required': [
    shows().without('CertificateVerify'),
    'certificate_required',
    'certificate_required',
    taking,
  ],
  'a raw key without a proof': [
    shows(OWN).without('CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
    taking,
  ],
  'a proof by another key': [
    shows(OWN).change('CertificateVerify', (_, peer) =>
      signTranscript(peer, { credential: { ...theirs, privateKey: rawKey('other').privateKey } }),
    ),
    'bad_signature',
    'decrypt_error',
    taking,
  ],
});

describe('TLS 1.2', () => {
  const answering12 = (...extensions: readonly RawExtension[]): Script<ServerMessages12> =>
    server.change('ServerHello', (fields) => ({
      ...fields,
      extensions: withExtension(fields.extensions, ...extensions),
    }));
  const chosen12 = answering12(serverType(RawPublicKey));
  const shows12 = (key: Uint8Array | undefined): Script<ServerMessages12> =>
    chosen12.options('Certificate', { bytes: () => encodeRawPublicKey12(key) });

  test('a scripted server that does it right is let in', () => {
    assertSecure(againstServer12(shows12(KEY), takes));
  });

  client12Refuses({
    'a raw key although none was asked for': [chosen12, ...UNSOLICITED],
    'a kind that was not asked for': [answering12(serverType(X509)), ...UNOFFERED, takes],
    'a kind that nobody knows': [answering12(serverType(BOGUS)), ...UNOFFERED, takesBoth],
    'silence, which means X.509': [server, 'unsupported_certificate_type', 'unsupported_certificate', takes],
    'another key than is trusted': [
      shows12(KEY),
      'untrusted_public_key',
      'certificate_unknown',
      { options: { trustedPublicKeys: [rawKey('other').rawPublicKey.raw] } },
    ],
    'a list of certificates where a raw key was agreed on': [chosen12, ...MALFORMED, takes],
    'a raw key where certificates were agreed on': [
      answering12(serverType(X509)).options('Certificate', { bytes: () => encodeRawPublicKey12(KEY) }),
      'truncated',
      'decode_error',
      takesBoth,
    ],
    'no raw key': [shows12(undefined), 'empty_certificate', 'decode_error', takes],
    'a byte after the raw key': [shows12(Uint8Array.of(...KEY, 0)), ...MALFORMED, takes],
    'a raw key that is too short to be sound': [
      shows12(WEAK),
      'certificate_refused',
      'bad_certificate',
      takes,
    ],
    'a raw key that has not signed the share': [
      shows12(rawKey('other').rawPublicKey.raw),
      'bad_signature',
      'decrypt_error',
      { options: { trustedPublicKeys: [rawKey('other').rawPublicKey.raw] } },
    ],
  });

  const own12 = clientHandshake12({ certificate: 'own' }).change('ClientHello', (fields) => ({
    ...fields,
    extensions: withExtension(fields.extensions, announced),
  }));
  const clientShows = (key: Uint8Array | undefined): Script<ClientMessages12> =>
    own12.options('Certificate', { bytes: () => encodeRawPublicKey12(key) });

  test('a scripted client that does it right is let in', () => {
    assertSecure(againstClient12(clientShows(OWN), taking));
  });

  server12Refuses({
    'another key than is trusted': [
      clientShows(OWN),
      'untrusted_public_key',
      'certificate_unknown',
      { options: { ...taking.options, trustedPublicKeys: [rawKey('other').rawPublicKey.raw] } },
    ],
    'a list of certificates where a raw key was agreed on': [own12, ...MALFORMED, taking],
    'none, where one is required': [
      clientShows(undefined),
      'no_client_certificate',
      'handshake_failure',
      taking,
    ],
    'a raw key without a proof': [
      clientShows(OWN).without('CertificateVerify'),
      'unexpected_message',
      'unexpected_message',
      taking,
    ],
  });
});

test('the list of a raw key is heeded before its proof is', () => {
  // The two breaches at once: what was shown is read first.
  const both = entries(KEY, KEY).change('CertificateVerify', (fields) => ({
    ...fields,
    signature: new Uint8Array(64),
  }));
  assertRefused(againstServer(both, takes), ...ILLEGAL);
});
