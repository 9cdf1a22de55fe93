/** How a client checks that the server is who it says: Certificate, CertificateVerify, Finished (RFC 8446 4.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  append,
  chop,
  flipBit,
  resizeBody,
  type Script,
  ScriptedPeer,
  type ServerMessages,
  sendData,
  serverHandshake,
  signTranscript,
  step,
} from '../../src/fuzz.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { credentials } from './credentials.ts';
import { againstServer, assertRefused, assertSecure, clientRefuses } from './kit.ts';

const server = serverHandshake();
const certificate = (change: Parameters<typeof server.change<'Certificate'>>[1]): Script<ServerMessages> =>
  server.change('Certificate', change);
const verify = (change: Parameters<typeof server.change<'CertificateVerify'>>[1]): Script<ServerMessages> =>
  server.change('CertificateVerify', change);

/** Says another scheme than the one it was signed with. */
const labelled = (algorithm: SignatureScheme): Script<ServerMessages> =>
  verify((fields) => ({ ...fields, algorithm }));

const p256 = { peer: { credential: credentials.serverP256() } };

clientRefuses({
  'no Certificate': [server.without('Certificate'), 'unexpected_message', 'unexpected_message'],
  'no CertificateVerify': [server.without('CertificateVerify'), 'unexpected_message', 'unexpected_message'],
  'neither Certificate nor CertificateVerify': [
    server.without('Certificate', 'CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
  ],
  'no Finished, but data under the keys that come after it': [
    server.until('Finished').append(
      step('application keys', (peer) => peer.useApplicationKeys()),
      sendData(Uint8Array.of(1)),
    ),
    'bad_record_mac',
    'bad_record_mac',
  ],
  'no Finished, but data under the handshake keys': [
    server.until('Finished').append(sendData(Uint8Array.of(1))),
    'early_application_data',
    'unexpected_message',
  ],
  'Certificate twice': [server.repeat('Certificate'), 'unexpected_message', 'unexpected_message'],
  'CertificateVerify twice': [server.repeat('CertificateVerify'), 'unexpected_message', 'unexpected_message'],
  'CertificateVerify before Certificate': [
    server.swap('Certificate', 'CertificateVerify'),
    'unexpected_message',
    'unexpected_message',
  ],
  'Finished before CertificateVerify': [
    server.swap('CertificateVerify', 'Finished'),
    'unexpected_message',
    'unexpected_message',
  ],
  'an empty list of certificates': [
    certificate((fields) => ({ ...fields, certificateList: [] })).without('CertificateVerify'),
    'empty_certificate',
    'decode_error',
  ],
  'an empty certificate': [
    certificate((fields) => ({
      ...fields,
      certificateList: [{ certData: new Uint8Array(0), extensions: [] }],
    })),
    'length_out_of_range',
    'decode_error',
  ],
  'a certificate that is none': [
    certificate((fields) => ({
      ...fields,
      certificateList: [{ certData: Uint8Array.of(0x30, 3, 2, 1, 1), extensions: [] }],
    })),
    'certificate_refused',
    'bad_certificate',
  ],
  'bytes after the certificate': [
    certificate((fields) => ({
      ...fields,
      certificateList: fields.certificateList.map((entry) => ({
        ...entry,
        certData: append(0)(entry.certData),
      })),
    })),
    'certificate_refused',
    'bad_certificate',
  ],
  'a certificate_request_context in the handshake': [
    certificate((fields) => ({ ...fields, certificateRequestContext: Uint8Array.of(1) })),
    'bad_request_context',
    'illegal_parameter',
  ],
  "a certificate of another key than the signature's": [
    certificate((fields) => ({
      ...fields,
      certificateList: [{ certData: credentials.serverP256().chain[0].raw, extensions: [] }],
    })).change('CertificateVerify', (fields) => ({
      ...fields,
      algorithm: SignatureScheme.ecdsa_secp256r1_sha256,
    })),
    'bad_signature',
    'decrypt_error',
  ],
  "a signature in the client's context": [
    verify((_, peer) => signTranscript(peer, { role: 'client' })),
    'bad_signature',
    'decrypt_error',
  ],
  'a signature over another transcript': [
    verify((_, peer) => signTranscript(peer, { transcriptHash: new Uint8Array(32) })),
    'bad_signature',
    'decrypt_error',
  ],
  'a signature over the transcript without Certificate': [
    verify((_, peer) => {
      const { suite } = peer.handshakeSecrets();
      const shorter = ScriptedPeer.server(peer.options);
      shorter.transcript.messages = peer.transcript.messages.slice(0, -1);
      return signTranscript(peer, { transcriptHash: shorter.transcript.digest(suite.hash) });
    }),
    'bad_signature',
    'decrypt_error',
  ],
  'a scheme that was not offered, though it fits the key': [
    verify((_, peer) => signTranscript(peer, { scheme: SignatureScheme.ed25519 })),
    'unoffered_signature_scheme',
    'illegal_parameter',
    { options: { signatureSchemes: [SignatureScheme.ecdsa_secp256r1_sha256] } },
  ],
  'an offered scheme that fits another kind of key': [
    labelled(SignatureScheme.ecdsa_secp256r1_sha256),
    'unoffered_signature_scheme',
    'illegal_parameter',
  ],
  'an RSA scheme with an Ed25519 key': [
    labelled(SignatureScheme.rsa_pss_rsae_sha256),
    'unoffered_signature_scheme',
    'illegal_parameter',
  ],
  "a scheme that does not fit the key's curve": [
    server.change('CertificateVerify', (fields) => ({
      ...fields,
      algorithm: SignatureScheme.ecdsa_secp384r1_sha384,
    })),
    'unoffered_signature_scheme',
    'illegal_parameter',
    p256,
  ],
  'SHA-1': [labelled(SignatureScheme.ecdsa_sha1), 'unoffered_signature_scheme', 'illegal_parameter', p256],
  'PKCS#1 v1.5 with SHA-1': [
    labelled(SignatureScheme.rsa_pkcs1_sha1),
    'unoffered_signature_scheme',
    'illegal_parameter',
  ],
  'scheme zero': [
    labelled(codePoint<'SignatureScheme'>(0)),
    'unoffered_signature_scheme',
    'illegal_parameter',
  ],
  'an empty signature': [
    verify((fields) => ({ ...fields, signature: new Uint8Array(0) })),
    'bad_signature',
    'decrypt_error',
  ],
  'a signature one byte short': [
    verify((fields) => ({ ...fields, signature: chop(1)(fields.signature) })),
    'bad_signature',
    'decrypt_error',
  ],
  'a signature one byte long': [
    verify((fields) => ({ ...fields, signature: append(0)(fields.signature) })),
    'bad_signature',
    'decrypt_error',
  ],
  'bytes after the signature': [
    server.options('CertificateVerify', { bytes: resizeBody(append(0)) }),
    'trailing_bytes',
    'decode_error',
  ],
  'a flipped bit at the start of Finished': [
    server.options('Finished', { bytes: resizeBody(flipBit(0)) }),
    'bad_finished',
    'decrypt_error',
  ],
  'a flipped bit at the end of Finished': [
    server.options('Finished', { bytes: resizeBody(flipBit(-1)) }),
    'bad_finished',
    'decrypt_error',
  ],
  'a Finished one byte short': [
    server.options('Finished', { bytes: resizeBody(chop(1)) }),
    'malformed_message',
    'decode_error',
  ],
  'a Finished one byte long': [
    server.options('Finished', { bytes: resizeBody(append(0)) }),
    'malformed_message',
    'decode_error',
  ],
  'an empty Finished': [
    server.options('Finished', { bytes: resizeBody(() => new Uint8Array(0)) }),
    'malformed_message',
    'decode_error',
  ],
  "the client's Finished instead of the server's": [
    server.change('Finished', (_, peer) => ({ verifyData: peer.finishedData('client') })),
    'bad_finished',
    'decrypt_error',
  ],
  'a Finished of zeros': [
    server.change('Finished', (fields) => ({ verifyData: new Uint8Array(fields.verifyData.length) })),
    'bad_finished',
    'decrypt_error',
  ],
});

test('client: PKCS#1 v1.5 is offered for certificates, and refused in CertificateVerify', () => {
  const peer = { credential: credentials.serverRsa() };
  assertSecure(againstServer(server, { peer }));
  const pkcs1 = verify((_, scripted) =>
    signTranscript(scripted, { scheme: SignatureScheme.rsa_pkcs1_sha256 }),
  );
  assertRefused(againstServer(pkcs1, { peer }), 'unoffered_signature_scheme', 'illegal_parameter');
});

/** Both structures hold two numbers or points: every bit class of each must count. */
function assertEveryBitCounts(
  name: string,
  peer: { credential: ReturnType<typeof credentials.server> },
): void {
  const lengths: number[] = [];
  assertSecure(
    againstServer(
      verify((fields) => {
        lengths.push(fields.signature.length);
        return fields;
      }),
      { peer },
    ),
  );
  const [length] = lengths;
  assert.ok(length !== undefined && length > 0);
  for (let byte = 0; byte < length; byte += 1) {
    const bit = byte * 8 + ((byte * 5) % 8);
    const script = verify((fields) => ({ ...fields, signature: flipBit(bit)(fields.signature) }));
    const played = againstServer(script, { peer });
    assert.ok(played.targetError !== undefined, `${name}: accepted with bit ${bit} flipped`);
    assertRefused(played, 'bad_signature', 'decrypt_error');
  }
}

test('client: a flipped bit in any byte of an Ed25519 signature is noticed', () => {
  assertEveryBitCounts('ed25519', { credential: credentials.server() });
});

test('client: a flipped bit in any byte of an ECDSA signature is noticed, in r, s and their DER', () => {
  assertEveryBitCounts('ecdsa', { credential: credentials.serverP256() });
});

test('client: a flipped bit in any byte of the message CertificateVerify ends the handshake', () => {
  // Header, scheme, length, and the first bytes of the signature.
  for (let byte = 0; byte < 10; byte += 1) {
    const played = againstServer(server.options('CertificateVerify', { bytes: flipBit(byte * 8 + 7) }));
    // A length that claims more takes Finished for the rest of the message, and waits.
    assert.ok(!played.tested.kinds.includes('secure'), `byte ${byte}`);
    if (byte !== 1 && byte !== 2) assert.ok(played.targetError !== undefined, `byte ${byte}`);
  }
});

test('client: ECDSA over each curve is fine with its own scheme', () => {
  for (const credential of [credentials.serverP256(), credentials.serverP384()]) {
    assertSecure(againstServer(server, { peer: { credential } }));
  }
});
