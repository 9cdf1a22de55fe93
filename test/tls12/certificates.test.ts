/** Certificates of TLS 1.2 in both directions, CertificateRequest and CertificateStatus (RFC 5246 7.4.2, 7.4.4, 7.4.6, 7.4.8; RFC 6066 8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  append,
  type ClientMessages12,
  certificateStatus,
  certificateVerify12,
  chop,
  clientHandshake12,
  flipBit,
  resizeBody,
  type Script,
  type ServerMessages12,
  serverHandshake12,
  setByte,
  sign12,
} from '../../src/fuzz.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ClientCertificateType } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { credentials, issue } from '../handshake/credentials.ts';
import { assertRefused, assertSecure, type PlayOptions } from '../handshake/kit.ts';
import { againstClient12, againstServer12, client12Refuses, server, server12Refuses } from './kit.ts';

const UNEXPECTED = ['unexpected_message', 'unexpected_message'] as const;
const UNFIT = ['certificate_unfit', 'illegal_parameter'] as const;
const REFUSED = ['certificate_refused', 'bad_certificate'] as const;
const listing = (...certificateList: readonly Uint8Array[]): Script<ServerMessages12> =>
  server.change('Certificate', () => ({ certificateList }));
const ofSuite = (cipherSuite: CipherSuite): Script<ServerMessages12> =>
  server.change('ServerHello', (fields) => ({ ...fields, cipherSuite }));
const stapled = serverHandshake12({ status: Uint8Array.of(0x30, 3, 10, 1, 0) });
const OCSP: PlayOptions<ClientOptions> = { options: { requestOcsp: true } };

client12Refuses({
  'no Certificate': [server.without('Certificate'), ...UNEXPECTED],
  'Certificate twice': [server.repeat('Certificate'), ...UNEXPECTED],
  'an empty list of certificates': [listing(), 'empty_certificate', 'decode_error'],
  'an empty certificate': [listing(new Uint8Array(0)), 'length_out_of_range', 'decode_error'],
  'a certificate that is none': [listing(Uint8Array.of(0x30, 3, 2, 1, 1)), ...REFUSED],
  'bytes after the list': [
    server.options('Certificate', { bytes: resizeBody(append(0)) }),
    'trailing_bytes',
    'decode_error',
  ],
  'Certificate in the form of TLS 1.3': [
    server.options('Certificate', { bytes: resizeBody((body) => Uint8Array.of(0, ...body, 0, 0)) }),
    'truncated',
    'decode_error',
  ],
  'an Ed25519 certificate for a suite of RSA': [
    ofSuite(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ...UNFIT,
  ],
  'an RSA certificate for a suite of ECDSA': [
    ofSuite(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ...UNFIT,
    { peer: { credential: credentials.serverRsa() } },
  ],
  'a P-256 certificate where P-256 was not offered': [
    server,
    ...UNFIT,
    { peer: { credential: credentials.serverP256() } },
  ],
  'a P-384 certificate where P-256 alone was offered': [
    server,
    ...UNFIT,
    {
      options: { groups: [NamedGroup.secp256r1] },
      peer: { credential: credentials.serverP384(), groups: [NamedGroup.secp256r1] },
    },
  ],
  'a certificate of a stranger': [
    server,
    'certificate_refused',
    'unknown_ca',
    { peer: { credential: issue({ kind: 'ed25519', usage: 'serverAuth', trusted: false }) } },
  ],
  'a certificate that has expired': [
    server,
    'certificate_refused',
    'certificate_expired',
    { peer: { credential: issue({ kind: 'ed25519', usage: 'serverAuth', days: -1 }) } },
  ],
  'a certificate for another name': [
    server,
    ...REFUSED,
    { peer: { credential: issue({ kind: 'ed25519', usage: 'serverAuth', names: ['other.test'] }) } },
  ],
  "a client's certificate": [
    server,
    'certificate_refused',
    'unsupported_certificate',
    { peer: { credential: credentials.client() } },
  ],

  'CertificateStatus that was not promised': [server.after('Certificate', certificateStatus), ...UNEXPECTED],
  'CertificateStatus that was asked for and not promised': [
    server.after('Certificate', certificateStatus),
    ...UNEXPECTED,
    OCSP,
  ],
  'CertificateStatus twice': [stapled.repeat('CertificateStatus'), ...UNEXPECTED, OCSP],
  'CertificateStatus before Certificate': [
    stapled.swap('CertificateStatus', 'Certificate'),
    ...UNEXPECTED,
    OCSP,
  ],
  'CertificateStatus after ServerKeyExchange': [
    stapled.swap('CertificateStatus', 'ServerKeyExchange'),
    ...UNEXPECTED,
    OCSP,
  ],
  'CertificateStatus of another type': [
    stapled.options('CertificateStatus', { bytes: setByte(4, 2) }),
    'bad_value',
    'illegal_parameter',
    OCSP,
  ],
  'CertificateStatus without a response': [
    stapled.change('CertificateStatus', () => ({ ocspResponse: new Uint8Array(0) })),
    'length_out_of_range',
    'decode_error',
    OCSP,
  ],

  'CertificateRequest before ServerKeyExchange': [
    serverHandshake12({ requestCertificate: 'expect own' }).swap('CertificateRequest', 'ServerKeyExchange'),
    ...UNEXPECTED,
  ],
  'CertificateRequest twice': [
    serverHandshake12({ requestCertificate: 'expect own' }).repeat('CertificateRequest'),
    ...UNEXPECTED,
  ],
  'CertificateRequest without types': [
    serverHandshake12({ requestCertificate: 'expect own' }).change('CertificateRequest', (fields) => ({
      ...fields,
      certificateTypes: [],
    })),
    'length_out_of_range',
    'decode_error',
  ],
  'CertificateRequest without schemes, as of TLS 1.1': [
    serverHandshake12({ requestCertificate: 'expect own' }).change('CertificateRequest', (fields) => ({
      ...fields,
      signatureAlgorithms: [],
    })),
    'length_out_of_range',
    'decode_error',
  ],
});

test('client: a stapled response is handed on, and a promise of one need not be kept', () => {
  const played = againstServer12(stapled, OCSP);
  assertSecure(played);
  assert.deepEqual([...(played.tested.connection.info.ocspResponse ?? [])], [0x30, 3, 10, 1, 0]);
  const broken = againstServer12(stapled.without('CertificateStatus'), OCSP);
  assertSecure(broken);
  assert.equal(broken.tested.connection.info.ocspResponse, undefined);
});

const asking = serverHandshake12({ requestCertificate: 'expect own' });
const askingEmpty = serverHandshake12({ requestCertificate: 'expect empty' });
type Request = ServerMessages12['CertificateRequest'];
const requesting = (script: Script<ServerMessages12>, change: Partial<Request>): Script<ServerMessages12> =>
  script.change('CertificateRequest', (fields) => ({ ...fields, ...change }));
const having = (...kinds: readonly ('client' | 'clientP256')[]): PlayOptions<ClientOptions> => ({
  options: { credentials: kinds.map((kind) => credentials[kind]()) },
});

test('client: shows the certificate that fits types and schemes, else an empty one', () => {
  assertSecure(againstServer12(asking, having('client')));
  assertSecure(againstServer12(askingEmpty));
  const { rsa_sign, ecdsa_sign } = ClientCertificateType;
  assertSecure(againstServer12(requesting(askingEmpty, { certificateTypes: [rsa_sign] }), having('client')));
  assertSecure(againstServer12(requesting(asking, { certificateTypes: [ecdsa_sign] }), having('client')));
  const rsaOnly = requesting(askingEmpty, { signatureAlgorithms: [SignatureScheme.rsa_pkcs1_sha256] });
  assertSecure(againstServer12(rsaOnly, having('client', 'clientP256')));
  const ecdsa = requesting(asking, { signatureAlgorithms: [SignatureScheme.ecdsa_secp384r1_sha384] });
  const played = againstServer12(ecdsa, having('client', 'clientP256'));
  assertSecure(played);
  assert.equal(played.tested.connection.info.localCredential?.privateKey?.kind, 'ec');
  assert.equal(
    played.tested.connection.info.localSignatureScheme?.code,
    SignatureScheme.ecdsa_secp384r1_sha384,
    'in TLS 1.2 a scheme says nothing of the curve',
  );
});

test('client: an RSA key signs with PKCS#1 where the server takes nothing else', () => {
  const credential = issue({ kind: 'rsa-2048', usage: 'clientAuth' });
  const pkcs1 = requesting(asking, { signatureAlgorithms: [SignatureScheme.rsa_pkcs1_sha256] });
  const played = againstServer12(pkcs1, { options: { credentials: [credential] } });
  assertSecure(played);
  assert.equal(played.tested.connection.info.localSignatureScheme?.code, SignatureScheme.rsa_pkcs1_sha256);
});

test('client: a server of an anonymous mind is not asked for: without a request no certificate goes out', () => {
  const played = againstServer12(server, having('client'));
  assertSecure(played);
  assert.equal(played.tested.connection.info.clientCertificateRequested, false);
  assert.equal(played.tested.connection.info.localCredential, undefined);
});

const required: PlayOptions<ServerOptions> = { options: { clientAuth: 'require' } };
const requested: PlayOptions<ServerOptions> = { options: { clientAuth: 'request' } };
const own = clientHandshake12({ certificate: 'own' });
const empty = clientHandshake12({ certificate: 'empty' });
const verify = (change: Parameters<typeof own.change<'CertificateVerify'>>[1]): Script<ClientMessages12> =>
  own.change('CertificateVerify', change);
const BAD_SIGNATURE = ['bad_signature', 'decrypt_error'] as const;
const UNOFFERED = ['unoffered_signature_scheme', 'illegal_parameter'] as const;

server12Refuses({
  'an empty Certificate where one is required': [
    empty,
    'no_client_certificate',
    'handshake_failure',
    required,
  ],
  'no Certificate at all where one is required': [
    own.without('Certificate', 'CertificateVerify'),
    ...UNEXPECTED,
    required,
  ],
  'no Certificate at all where one is requested': [
    own.without('Certificate', 'CertificateVerify'),
    ...UNEXPECTED,
    requested,
  ],
  'Certificate without CertificateVerify': [own.without('CertificateVerify'), ...UNEXPECTED, required],
  'Certificate without CertificateVerify, where it is only requested': [
    own.without('CertificateVerify'),
    ...UNEXPECTED,
    requested,
  ],
  'CertificateVerify without Certificate': [own.without('Certificate'), ...UNEXPECTED, required],
  'CertificateVerify after an empty Certificate': [
    empty.after('ClientKeyExchange', certificateVerify12),
    ...UNEXPECTED,
    requested,
  ],
  'Certificate that nobody asked for': [own.without('expect CertificateRequest'), ...UNEXPECTED],
  'CertificateVerify that nobody asked for': [
    clientHandshake12().after('ClientKeyExchange', certificateVerify12),
    ...UNEXPECTED,
  ],
  'Certificate twice': [own.repeat('Certificate'), ...UNEXPECTED, required],
  'CertificateVerify twice': [own.repeat('CertificateVerify'), ...UNEXPECTED, required],
  'Certificate after ClientKeyExchange': [
    own.swap('Certificate', 'ClientKeyExchange'),
    ...UNEXPECTED,
    required,
  ],
  'CertificateVerify before ClientKeyExchange': [
    own.swap('CertificateVerify', 'ClientKeyExchange'),
    ...UNEXPECTED,
    required,
  ],
  'CertificateVerify after ChangeCipherSpec': [
    own.swap('CertificateVerify', 'ChangeCipherSpec').without('write keys'),
    ...UNEXPECTED,
    required,
  ],
  'a flipped bit in the signature': [
    verify((fields) => ({ ...fields, signature: flipBit(77)(fields.signature) })),
    ...BAD_SIGNATURE,
    required,
  ],
  'a signature of no bytes': [
    verify((fields) => ({ ...fields, signature: new Uint8Array(0) })),
    ...BAD_SIGNATURE,
    required,
  ],
  'a signature one byte short': [
    verify((fields) => ({ ...fields, signature: chop(1)(fields.signature) })),
    ...BAD_SIGNATURE,
    required,
  ],
  'a signature of another key': [
    verify((_, peer) =>
      sign12(peer, peer.tls12.handshakeMessages, { credential: credentials.untrustedClient() }),
    ),
    ...BAD_SIGNATURE,
    required,
  ],
  'a signature over the hash of the messages': [
    verify((_, peer) => sign12(peer, peer.transcript.digest(peer.tls12.usedSuite.hash))),
    ...BAD_SIGNATURE,
    required,
  ],
  'a signature over all but the last message': [
    verify((_, peer) => {
      const last = peer.transcript.messages.at(-1)?.length ?? 0;
      return sign12(peer, peer.tls12.handshakeMessages.slice(0, -last));
    }),
    ...BAD_SIGNATURE,
    required,
  ],
  'a signature over the messages of another handshake': [
    verify((_, peer) => sign12(peer, setByte(10, 0xee)(peer.tls12.handshakeMessages))),
    ...BAD_SIGNATURE,
    required,
  ],
  'a scheme that was not offered': [
    own,
    ...UNOFFERED,
    {
      options: { clientAuth: 'require', signatureSchemes: [SignatureScheme.ed25519] },
      peer: {
        credential: credentials.clientP256(),
      },
    },
  ],
  'a scheme of another kind of key': [
    verify((fields) => ({ ...fields, algorithm: SignatureScheme.ecdsa_secp256r1_sha256 })),
    ...UNOFFERED,
    required,
  ],
  'another hash than was signed with': [
    verify((fields) => ({ ...fields, algorithm: SignatureScheme.ecdsa_secp384r1_sha384 })),
    ...BAD_SIGNATURE,
    { ...required, peer: { credential: credentials.clientP256() } },
  ],
  'SHA-1': [
    verify((fields) => ({ ...fields, algorithm: SignatureScheme.ecdsa_sha1 })),
    ...UNOFFERED,
    { ...required, peer: { credential: credentials.clientP256() } },
  ],
  'scheme zero': [
    verify((fields) => ({ ...fields, algorithm: codePoint<'SignatureScheme'>(0) })),
    ...UNOFFERED,
    required,
  ],
  'a certificate of a stranger': [
    own,
    'certificate_refused',
    'unknown_ca',
    { ...required, peer: { credential: credentials.untrustedClient() } },
  ],
  'a certificate of a stranger, where it is only requested': [
    own,
    'certificate_refused',
    'unknown_ca',
    { ...requested, peer: { credential: credentials.untrustedClient() } },
  ],
  "a server's certificate": [
    own,
    'certificate_refused',
    'unsupported_certificate',
    { ...required, peer: { credential: credentials.server() } },
  ],
  'a certificate that has expired': [
    own,
    'certificate_refused',
    'certificate_expired',
    { ...required, peer: { credential: issue({ kind: 'ed25519', usage: 'clientAuth', days: -1 }) } },
  ],
  'a certificate that is none': [
    own.change('Certificate', () => ({ certificateList: [Uint8Array.of(0x30, 0)] })),
    'certificate_refused',
    'bad_certificate',
    required,
  ],
});

test('server: an empty Certificate where one is only requested, or anyone is accepted, is fine', () => {
  for (const options of [
    { clientAuth: 'request' },
    { clientAuth: 'require', dangerousAcceptUnverifiedPeer: true },
  ] as const) {
    const played = againstClient12(empty, { options });
    assertSecure(played);
    assert.equal(played.tested.connection.info.peerCertificates.length, 0);
    assert.equal(played.tested.connection.info.peerVerdict, undefined);
  }
});

test('server: a stranger that is accepted all the same is told from others by the verdict', () => {
  const played = againstClient12(own, {
    options: { clientAuth: 'require', dangerousAcceptUnverifiedPeer: true },
    peer: { credential: credentials.untrustedClient() },
  });
  assertSecure(played);
  assert.equal(played.tested.connection.info.peerVerdict?.verified, false);
  const forged = verify((fields) => ({ ...fields, signature: flipBit(1)(fields.signature) }));
  assertRefused(
    againstClient12(forged, { options: { clientAuth: 'require', dangerousAcceptUnverifiedPeer: true } }),
    ...BAD_SIGNATURE,
  );
});

test('server: each kind of key may sign, ECDSA under any hash', () => {
  const p256 = { ...required, peer: { credential: credentials.clientP256() } };
  for (const scheme of [SignatureScheme.ecdsa_secp256r1_sha256, SignatureScheme.ecdsa_secp521r1_sha512]) {
    const script = verify((_, peer) => sign12(peer, peer.tls12.handshakeMessages, { scheme }));
    assertSecure(againstClient12(script, p256));
  }
  const rsa = { ...required, peer: { credential: issue({ kind: 'rsa-2048', usage: 'clientAuth' }) } };
  for (const scheme of [SignatureScheme.rsa_pkcs1_sha384, SignatureScheme.rsa_pss_rsae_sha256]) {
    const script = verify((_, peer) => sign12(peer, peer.tls12.handshakeMessages, { scheme }));
    assertSecure(againstClient12(script, rsa));
  }
});
