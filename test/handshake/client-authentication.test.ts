/** How a server checks a client's certificate, and both ends of an empty one (RFC 8446 4.3.2, 4.4.2, 4.4.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerOptions } from '../../src/config/options.ts';
import {
  certificateVerify,
  clientHandshake,
  expectCertificateVerify,
  flipBit,
  resizeBody,
  serverHandshake,
  signTranscript,
} from '../../src/fuzz.ts';
import { SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { credentials, issue } from './credentials.ts';
import {
  againstClient,
  againstServer,
  assertRefused,
  assertSecure,
  type PlayOptions,
  serverRefuses,
} from './kit.ts';

const required: PlayOptions<ServerOptions> = { options: { clientAuth: 'require' } };
const requested: PlayOptions<ServerOptions> = { options: { clientAuth: 'request' } };
const own = clientHandshake({ certificate: 'own' });
const empty = clientHandshake({ certificate: 'empty' });

serverRefuses({
  'an empty Certificate where one is required': [
    empty,
    'certificate_required',
    'certificate_required',
    required,
  ],
  'no Certificate at all where one is required': [
    own.without('Certificate', 'CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
    required,
  ],
  'no Certificate at all where one is requested': [
    own.without('Certificate', 'CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
    requested,
  ],
  'Certificate without CertificateVerify': [
    own.without('CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
    required,
  ],
  'Certificate without CertificateVerify, where it is only requested': [
    own.without('CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
    requested,
  ],
  'CertificateVerify without Certificate': [
    own.without('Certificate'),
    'unexpected_message',
    'unexpected_message',
    required,
  ],
  'CertificateVerify after an empty Certificate': [
    empty.after('Certificate', certificateVerify),
    'unexpected_message',
    'unexpected_message',
    requested,
  ],
  'a Certificate that nobody asked for': [
    clientHandshake().before('Finished', certificateVerify),
    'unexpected_message',
    'unexpected_message',
  ],
  'Certificate twice': [own.repeat('Certificate'), 'unexpected_message', 'unexpected_message', required],
  'CertificateVerify twice': [
    own.repeat('CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
    required,
  ],
  'Finished before CertificateVerify': [
    own.swap('CertificateVerify', 'Finished'),
    'unexpected_message',
    'unexpected_message',
    required,
  ],
  'a certificate_request_context': [
    own.change('Certificate', (fields) => ({ ...fields, certificateRequestContext: Uint8Array.of(7) })),
    'bad_request_context',
    'illegal_parameter',
    required,
  ],
  "a signature in the server's context": [
    own.change('CertificateVerify', (_, peer) => signTranscript(peer, { role: 'server' })),
    'bad_signature',
    'decrypt_error',
    required,
  ],
  'a signature of another key': [
    own.change('CertificateVerify', (_, peer) =>
      signTranscript(peer, { credential: credentials.untrustedClient() }),
    ),
    'bad_signature',
    'decrypt_error',
    required,
  ],
  'a flipped bit in the signature': [
    own.change('CertificateVerify', (fields) => ({ ...fields, signature: flipBit(77)(fields.signature) })),
    'bad_signature',
    'decrypt_error',
    required,
  ],
  'an empty signature': [
    own.change('CertificateVerify', (fields) => ({ ...fields, signature: new Uint8Array(0) })),
    'bad_signature',
    'decrypt_error',
    required,
  ],
  'a scheme that was not in CertificateRequest': [
    own.change('CertificateVerify', (_, peer) => signTranscript(peer, { scheme: SignatureScheme.ed25519 })),
    'unoffered_signature_scheme',
    'illegal_parameter',
    {
      options: {
        ...required.options,
        credentials: [credentials.serverP256()],
        signatureSchemes: [SignatureScheme.ecdsa_secp256r1_sha256],
      },
    },
  ],
  'a scheme that does not fit the key': [
    own.change('CertificateVerify', (fields) => ({
      ...fields,
      algorithm: SignatureScheme.ecdsa_secp384r1_sha384,
    })),
    'unoffered_signature_scheme',
    'illegal_parameter',
    { ...required, peer: { credential: credentials.clientP256() } },
  ],
  'PKCS#1 v1.5': [
    own.change('CertificateVerify', (fields) => ({
      ...fields,
      algorithm: SignatureScheme.rsa_pkcs1_sha256,
    })),
    'unoffered_signature_scheme',
    'illegal_parameter',
    required,
  ],
  'a certificate that is none': [
    own.change('Certificate', (fields) => ({
      ...fields,
      certificateList: [{ certData: Uint8Array.of(0x30, 0), extensions: [] }],
    })),
    'certificate_refused',
    'bad_certificate',
    required,
  ],
  'a certificate of an unknown CA': [
    own,
    'certificate_refused',
    'unknown_ca',
    { ...required, peer: { credential: credentials.untrustedClient() } },
  ],
  'a certificate of an unknown CA, where it is only requested': [
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
  'a flipped Finished after a good certificate': [
    own.options('Finished', { bytes: resizeBody(flipBit(3)) }),
    'bad_finished',
    'decrypt_error',
    required,
  ],
  'a flipped Finished without certificate': [
    clientHandshake().options('Finished', { bytes: resizeBody(flipBit(-1)) }),
    'bad_finished',
    'decrypt_error',
  ],
  "the server's Finished sent back": [
    clientHandshake().change('Finished', (_, peer) => ({ verifyData: peer.finishedData('server') })),
    'bad_finished',
    'decrypt_error',
  ],
  'Finished twice': [clientHandshake().repeat('Finished'), 'bad_record_mac', 'bad_record_mac'],
  'no Finished, but data': [
    clientHandshake()
      .without('Finished')
      .append({
        name: 'data',
        run: (peer) => {
          peer.sendApplicationData(Uint8Array.of(1));
          return true;
        },
      }),
    'bad_record_mac',
    'bad_record_mac',
  ],
});

test('server: a good certificate is accepted, and known', () => {
  for (const options of [required, requested]) {
    const played = againstClient(own, options);
    assertSecure(played);
    const { info } = played.tested.connection;
    assert.equal(info.peerCertificates.length, 1);
    assert.equal(info.peerVerdict?.verified, true);
    assert.equal(info.peerSignatureScheme?.name, 'ed25519');
  }
});

test('server: an empty Certificate is fine where it is only requested', () => {
  const played = againstClient(empty, requested);
  assertSecure(played);
  assert.deepEqual(played.tested.connection.info.peerCertificates, []);
  assert.equal(played.tested.connection.info.peerVerdict, undefined);
});

test('server: dangerousAcceptUnverifiedPeer reports the refusal and goes on, but a bad signature ends it', () => {
  const options: Partial<ServerOptions> = { clientAuth: 'require', dangerousAcceptUnverifiedPeer: true };
  const peer = { credential: credentials.untrustedClient() };
  const played = againstClient(own, { options, peer });
  assertSecure(played);
  assert.equal(played.tested.connection.info.peerVerdict?.verified, false);
  const flipped = own.change('CertificateVerify', (fields) => ({
    ...fields,
    signature: flipBit(9)(fields.signature),
  }));
  assertRefused(againstClient(flipped, { options, peer }), 'bad_signature', 'decrypt_error');
});

test('client: asked for a certificate, it sends its own, or an empty one', () => {
  const asked = serverHandshake({ requestCertificate: 'expect own' });
  const played = againstServer(asked, { options: { credentials: [credentials.client()] } });
  assertSecure(played);
  assert.equal(played.peer.peerCertificate?.certificateList.length, 1);
  assert.equal(played.tested.connection.info.localSignatureScheme?.name, 'ed25519');

  const without = againstServer(serverHandshake({ requestCertificate: 'expect empty' }));
  assertSecure(without);
  assert.equal(without.peer.peerCertificate?.certificateList.length, 0);
});

test('client: a certificate whose key fits no scheme of the request is not sent', () => {
  const played = againstServer(serverHandshake({ requestCertificate: 'expect empty' }), {
    options: { credentials: [credentials.client()] },
    peer: { signatureSchemes: [SignatureScheme.ecdsa_secp256r1_sha256] },
  });
  assertSecure(played);
});

test('client: it never sends a CertificateVerify that nobody asked for', () => {
  const played = againstServer(serverHandshake().append(expectCertificateVerify), {
    options: { credentials: [credentials.client()] },
  });
  assert.equal(played.waitingFor, 'expect CertificateVerify');
  assert.equal(played.peer.received.filter((item) => item.kind === 'handshake').length, 2);
});
