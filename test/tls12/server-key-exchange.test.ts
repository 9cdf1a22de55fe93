/** ServerKeyExchange: the one message that binds the server's key to this handshake (RFC 8422 5.4, RFC 5246 7.4.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  append,
  chop,
  clientHandshake12,
  type KeyExchangeOptions,
  resizeBody,
  type Script,
  type ServerMessages12,
  serverHandshake12,
  setByte,
  setInteger,
  signKeyExchange,
} from '../../src/fuzz.ts';
import {
  encodeServerEcdhParams,
  type ServerEcdhParams,
} from '../../src/message/tls12/server-key-exchange.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { credentials, issue } from '../handshake/credentials.ts';
import { assertRefused, assertSecure } from '../handshake/kit.ts';
import { againstClient12, againstServer12, client12Refuses, server, server12Refuses } from './kit.ts';

type Fields = ServerMessages12['ServerKeyExchange'];
const exchange = (
  change: Parameters<typeof server.change<'ServerKeyExchange'>>[1],
): Script<ServerMessages12> => server.change('ServerKeyExchange', change);
const raw = (bytes: (raw: Uint8Array) => Uint8Array): Script<ServerMessages12> =>
  server.options('ServerKeyExchange', { bytes });
const signed = (options: KeyExchangeOptions): Script<ServerMessages12> =>
  exchange((fields, peer) => signKeyExchange(peer, fields, options));
const labelled = (algorithm: SignatureScheme): Script<ServerMessages12> =>
  exchange((fields) => ({ ...fields, algorithm }));
/** Other parameters, with a signature that fits them. */
const offering = (params: (old: Fields) => Partial<ServerEcdhParams>): Script<ServerMessages12> =>
  exchange((fields, peer) => signKeyExchange(peer, { ...fields, ...params(fields) }));
const ofGroup = (namedCurve: NamedGroup, length: number): Script<ServerMessages12> =>
  offering(() => ({ namedCurve, publicKey: new Uint8Array(length).fill(4) }));
/** Ends after the parameters: type, group, and the share with its length. */
const withoutSignature = (whole: Uint8Array): Uint8Array =>
  resizeBody((body) => body.slice(0, 4 + (whole[7] ?? 0)))(whole);

const UNEXPECTED = ['unexpected_message', 'unexpected_message'] as const;
const BAD_SIGNATURE = ['bad_signature', 'decrypt_error'] as const;
const UNOFFERED_SCHEME = ['unoffered_signature_scheme', 'illegal_parameter'] as const;
const UNOFFERED_GROUP = ['unoffered_group', 'illegal_parameter'] as const;
const BAD_SHARE = ['bad_key_share', 'illegal_parameter'] as const;
const p256 = {
  options: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
  peer: { credential: credentials.serverP256() },
};

client12Refuses({
  'no ServerKeyExchange': [server.without('ServerKeyExchange'), ...UNEXPECTED],
  'neither Certificate nor ServerKeyExchange': [
    server.without('Certificate', 'ServerKeyExchange'),
    ...UNEXPECTED,
  ],
  'ServerKeyExchange twice': [server.repeat('ServerKeyExchange'), ...UNEXPECTED],
  'ServerKeyExchange before Certificate': [server.swap('ServerKeyExchange', 'Certificate'), ...UNEXPECTED],
  'ServerKeyExchange after ServerHelloDone': [
    server.swap('ServerKeyExchange', 'ServerHelloDone'),
    ...UNEXPECTED,
  ],
  'a signature of no bytes': [
    exchange((fields) => ({ ...fields, signature: new Uint8Array(0) })),
    ...BAD_SIGNATURE,
  ],
  'no signature, nor a place for it': [raw(withoutSignature), 'truncated', 'decode_error'],
  'a scheme and no signature': [
    raw((whole) => resizeBody((body) => body.slice(0, body.length - 66))(whole)),
    'truncated',
    'decode_error',
  ],
  'a signature of zeros': [
    exchange((fields) => ({ ...fields, signature: new Uint8Array(fields.signature.length) })),
    ...BAD_SIGNATURE,
  ],
  'a signature one byte short': [
    exchange((fields) => ({ ...fields, signature: chop(1)(fields.signature) })),
    ...BAD_SIGNATURE,
  ],
  'a signature one byte long': [
    exchange((fields) => ({ ...fields, signature: append(0)(fields.signature) })),
    ...BAD_SIGNATURE,
  ],
  'bytes after the signature': [raw(resizeBody(append(0))), 'trailing_bytes', 'decode_error'],
  'a signature of another key': [
    signed({ credential: issue({ kind: 'ed25519', usage: 'serverAuth' }) }),
    ...BAD_SIGNATURE,
  ],
  'a signature over another client random': [signed({ clientRandom: new Uint8Array(32) }), ...BAD_SIGNATURE],
  'a signature over another server random': [signed({ serverRandom: new Uint8Array(32) }), ...BAD_SIGNATURE],
  'a signature over the randoms the other way round': [
    exchange((fields, peer) =>
      signKeyExchange(peer, fields, {
        clientRandom: peer.tls12.serverRandom,
        serverRandom: peer.tls12.clientRandom,
      }),
    ),
    ...BAD_SIGNATURE,
  ],
  'a signature without randoms': [
    signed({ clientRandom: new Uint8Array(0), serverRandom: new Uint8Array(0) }),
    ...BAD_SIGNATURE,
  ],
  'a signature over another share': [
    exchange((fields, peer) =>
      signKeyExchange(peer, fields, {
        signed: encodeServerEcdhParams({ ...fields, publicKey: new Uint8Array(32).fill(9) }),
      }),
    ),
    ...BAD_SIGNATURE,
  ],
  'a signature over nothing': [signed({ signed: new Uint8Array(0) }), ...BAD_SIGNATURE],
  'another share than was signed': [
    exchange((fields) => ({ ...fields, publicKey: setByte(5, 1)(fields.publicKey) })),
    ...BAD_SIGNATURE,
  ],
  'the share of another handshake, with its signature': [
    exchange((fields, peer) => ({
      ...signKeyExchange(peer, fields, { clientRandom: new Uint8Array(32).fill(8) }),
    })),
    ...BAD_SIGNATURE,
  ],
  'a scheme that was not offered, though it fits the key': [
    server,
    ...UNOFFERED_SCHEME,
    { options: { signatureSchemes: [SignatureScheme.ecdsa_secp256r1_sha256] } },
  ],
  'an offered scheme for another kind of key': [
    labelled(SignatureScheme.ecdsa_secp256r1_sha256),
    ...UNOFFERED_SCHEME,
  ],
  'an RSA scheme with an Ed25519 key': [labelled(SignatureScheme.rsa_pss_rsae_sha256), ...UNOFFERED_SCHEME],
  'Ed25519 with a P-256 key': [labelled(SignatureScheme.ed25519), ...UNOFFERED_SCHEME, p256],
  'another hash than was signed with': [
    labelled(SignatureScheme.ecdsa_secp384r1_sha384),
    ...BAD_SIGNATURE,
    p256,
  ],
  'ECDSA with SHA-1': [labelled(SignatureScheme.ecdsa_sha1), ...UNOFFERED_SCHEME, p256],
  'PKCS#1 with SHA-1': [labelled(SignatureScheme.rsa_pkcs1_sha1), ...UNOFFERED_SCHEME],
  'scheme zero, "anonymous"': [labelled(codePoint<'SignatureScheme'>(0)), ...UNOFFERED_SCHEME],
  'an explicit curve': [raw(setByte(4, 1)), 'bad_value', 'illegal_parameter'],
  'an explicit curve over a binary field': [raw(setByte(4, 2)), 'bad_value', 'illegal_parameter'],
  'curve type zero': [raw(setByte(4, 0)), 'bad_value', 'illegal_parameter'],
  'a group that was not offered': [ofGroup(NamedGroup.secp384r1, 97), ...UNOFFERED_GROUP],
  'an export-grade curve': [ofGroup(NamedGroup.sect233k1, 61), ...UNOFFERED_GROUP],
  'a finite field group': [ofGroup(NamedGroup.ffdhe2048, 255), ...UNOFFERED_GROUP],
  'a hybrid group, though offered for TLS 1.3': [
    ofGroup(NamedGroup.X25519MLKEM768, 255),
    ...UNOFFERED_GROUP,
    { options: { groups: [NamedGroup.X25519MLKEM768, NamedGroup.x25519] } },
  ],
  'group zero': [ofGroup(codePoint<'NamedGroup'>(0), 32), ...UNOFFERED_GROUP],
  'an empty share': [raw(setInteger(7, 1, 0)), 'length_out_of_range', 'decode_error'],
  'a share one byte short, well signed': [
    offering((old) => ({ publicKey: chop(1)(old.publicKey) })),
    ...BAD_SHARE,
  ],
  'a share of X25519 of low order, well signed': [
    offering(() => ({ publicKey: new Uint8Array(32) })),
    ...BAD_SHARE,
  ],
  'a share of P-256 that is no point, well signed': [
    ofGroup(NamedGroup.secp256r1, 65),
    ...BAD_SHARE,
    { options: { groups: [NamedGroup.secp256r1] } },
  ],
  'a compressed point, well signed': [
    offering((old) => ({ publicKey: Uint8Array.of(2, ...old.publicKey.slice(1, 33)) })),
    ...BAD_SHARE,
    { options: { groups: [NamedGroup.secp256r1] }, peer: { groups: [NamedGroup.secp256r1] } },
  ],
  'the point at infinity, well signed': [
    offering(() => ({ publicKey: Uint8Array.of(0) })),
    ...BAD_SHARE,
    { options: { groups: [NamedGroup.secp256r1] }, peer: { groups: [NamedGroup.secp256r1] } },
  ],
  'a share that claims more than there is': [raw(setInteger(7, 1, 255)), 'truncated', 'decode_error'],
});

test('every bit class of the message counts: no flip of it makes a connection', () => {
  const lengths: number[] = [];
  assertSecure(
    againstServer12(
      raw((whole) => {
        lengths.push(whole.length);
        return whole;
      }),
    ),
  );
  const [length] = lengths;
  assert.ok(length);
  for (let at = 4; at < length; at += 1) {
    const bit = 1 << (at % 8);
    const played = againstServer12(raw((whole) => setByte(at, (whole[at] ?? 0) ^ bit)(whole)));
    assert.ok(played.targetError !== undefined, `byte ${at} may be changed`);
    assert.ok(!played.tested.kinds.includes('secure'));
  }
});

test('what is right: each kind of key, and a scheme whose curve is not that of the key', () => {
  for (const credential of [credentials.serverP256(), credentials.serverP384(), credentials.serverRsa()]) {
    const groups = [NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];
    const played = againstServer12(serverHandshake12(), { options: { groups }, peer: { credential } });
    assertSecure(played);
    assert.equal(played.tested.connection.info.group?.code, NamedGroup.x25519);
  }
  const crossed = signed({ scheme: SignatureScheme.ecdsa_secp384r1_sha384 });
  const played = againstServer12(crossed, p256);
  assertSecure(played);
  assert.equal(
    played.tested.connection.info.peerSignatureScheme?.code,
    SignatureScheme.ecdsa_secp384r1_sha384,
  );
  const rsa = { peer: { credential: credentials.serverRsa() } };
  for (const scheme of [SignatureScheme.rsa_pkcs1_sha256, SignatureScheme.rsa_pss_rsae_sha512]) {
    assertSecure(againstServer12(signed({ scheme }), rsa));
  }
});

const SHARE = ['bad_key_share', 'illegal_parameter'] as const;
const keyed = (publicKey: (old: Uint8Array) => Uint8Array): ReturnType<typeof clientHandshake12> =>
  clientHandshake12().change('ClientKeyExchange', (fields) => ({ publicKey: publicKey(fields.publicKey) }));
const overP256 = { options: { groups: [NamedGroup.secp256r1] }, peer: { groups: [NamedGroup.secp256r1] } };

server12Refuses({
  'no ClientKeyExchange': [clientHandshake12().without('ClientKeyExchange'), ...UNEXPECTED],
  'ClientKeyExchange twice': [clientHandshake12().repeat('ClientKeyExchange'), ...UNEXPECTED],
  'an empty ClientKeyExchange': [
    clientHandshake12().options('ClientKeyExchange', { bytes: resizeBody(() => new Uint8Array(0)) }),
    'truncated',
    'decode_error',
  ],
  'a share of no bytes': [keyed(() => new Uint8Array(0)), 'length_out_of_range', 'decode_error'],
  'a share and a byte more': [
    clientHandshake12().options('ClientKeyExchange', { bytes: resizeBody(append(0)) }),
    'trailing_bytes',
    'decode_error',
  ],
  'a share of low order': [keyed(() => new Uint8Array(32)), ...SHARE],
  'a share too short': [keyed(chop(1)), ...SHARE],
  'a share too long': [keyed(append(0)), ...SHARE],
  'a share of P-256 off the curve': [keyed(setByte(-1, 0)), ...SHARE, overP256],
  'a compressed share': [keyed((old) => Uint8Array.of(3, ...old.slice(1, 33))), ...SHARE, overP256],
  'an RSA premaster of the old kind': [keyed(() => new Uint8Array(255)), ...SHARE],
});

test('server: another share than the one that the keys come of shows at Finished', () => {
  const script = clientHandshake12().options('ClientKeyExchange', {
    bytes: (whole) => setByte(10, (whole[10] ?? 0) ^ 1)(whole),
  });
  assertRefused(againstClient12(script), 'bad_record_mac', 'bad_record_mac');
});
