/** Sessions as bytes: they come back as they went, and whatever else is read ends in a TLSError of decoding and no other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { insecureSeededRandom, pickBelow } from '../../src/fuzz.ts';
import {
  decodeSession,
  decodeStoredSession,
  encodeSession,
  encodeStoredSession,
} from '../../src/session/codec.ts';
import type { Session, StoredSession } from '../../src/session/session.ts';
import { TLSError } from '../../src/wire/error.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { rawPublicKeyOf } from '../../src/x509/raw-public-key.ts';
import { credentials, NOW } from '../handshake/credentials.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { assertConnected, connect, newest, ticketKeys } from './kit.ts';

const FULL: StoredSession = {
  version: 'tls13',
  cipherSuite: CipherSuite.TLS_AES_256_GCM_SHA384,
  secret: new Secret(Uint8Array.from({ length: 48 }, (_, i) => i)),
  extendedMasterSecret: true,
  createdAt: NOW + 0.75,
  authenticatedAt: NOW - 1000,
  lifetime: 604_800,
  ageAdd: 2 ** 32 - 1,
  maxEarlyDataSize: 16_384,
  replayStore: new Uint8Array(66).fill(8),
  serverName: 'server.test',
  alpnProtocol: 'h2',
  binding: new Uint8Array(32).fill(5),
  peerCertificates: [...credentials.server().chain, ...credentials.client().chain],
  peerRawPublicKey: rawPublicKeyOf(credentials.server().privateKey),
  peerValidity: { notBefore: 1_700_000_000_000, notAfter: 253_402_300_799_000 },
  verdict: { verified: false, code: 'CERT_HAS_EXPIRED' },
  externalPsk: { identity: Uint8Array.of(1), context: Uint8Array.of(2, 3) },
  ticket: new Uint8Array(300).fill(6),
  sessionId: new Uint8Array(32).fill(7),
};
const BARE: StoredSession = {
  ...FULL,
  version: 'tls12',
  cipherSuite: CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
  createdAt: 0,
  authenticatedAt: 0,
  peerValidity: { notBefore: 0, notAfter: 0 },
  lifetime: 0,
  ageAdd: 0,
  maxEarlyDataSize: 0,
  replayStore: new Uint8Array(0),
  serverName: undefined,
  alpnProtocol: undefined,
  extendedMasterSecret: false,
  binding: new Uint8Array(0),
  peerCertificates: [],
  verdict: undefined,
  externalPsk: undefined,
  ticket: new Uint8Array(0),
  sessionId: new Uint8Array(0),
};
const SAMPLES: Readonly<Record<string, StoredSession>> = {
  full: FULL,
  bare: BARE,
  verified: { ...FULL, verdict: { verified: true, code: undefined } },
  'by a key that is not imported': {
    ...FULL,
    externalPsk: { identity: Uint8Array.of(1), context: undefined },
  },
  'by an imported key without context': {
    ...FULL,
    externalPsk: { identity: Uint8Array.of(1), context: new Uint8Array(0) },
  },
};

/** With secrets and certificates as bytes, so that it can be compared. */
function flat(session: Session): unknown {
  const { secret, peerCertificates, createdAt, ...rest } = session;
  return {
    ...rest,
    createdAt: Math.floor(createdAt),
    secret: [...secret.reveal()],
    peerCertificates: peerCertificates.map(({ raw }) => [...raw]),
  };
}

const core = (session: StoredSession): Session => {
  const { ticket: _ticket, sessionId: _sessionId, ...rest } = session;
  return rest;
};

for (const [name, session] of Object.entries(SAMPLES)) {
  test(`${name}: comes back as it went, in both forms`, () => {
    assert.deepEqual(flat(decodeStoredSession(encodeStoredSession(session))), flat(session));
    assert.deepEqual(flat(decodeSession(encodeSession(session))), flat(core(session)));
  });

  test(`${name}: what is decoded shares no memory with the bytes`, () => {
    const bytes = encodeStoredSession(session);
    const decoded = decodeStoredSession(bytes);
    const before = flat(decoded);
    const { peerCertificates } = decoded;
    if (peerCertificates.length === 0) bytes.fill(0xff);
    else bytes.fill(0xff, 0, 60);
    assert.deepEqual(flat(decoded), before);
  });
}

/** Only a session or a TLSError of the decode family may come of any bytes. */
function assertTotal(bytes: Uint8Array, decode: (bytes: Uint8Array) => Session): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    assert.ok(error instanceof TLSError, `threw ${String(error)}`);
    assert.equal(error.family, 'decode', error.message);
    return false;
  }
}

const FORMS = [
  ['server form', encodeSession, decodeSession],
  ['client form', encodeStoredSession, decodeStoredSession],
] as const;

for (const [form, encode, decode] of FORMS) {
  const bytes = encode(FULL);

  test(`${form}: every truncation, and every byte too many, is refused`, () => {
    for (let length = 0; length < bytes.length; length += 1) {
      assert.equal(assertTotal(bytes.slice(0, length), decode), false, `${length} bytes`);
    }
    assert.equal(assertTotal(Uint8Array.of(...bytes, 0), decode), false);
  });

  test(`${form}: every byte changed is a session or an error of decoding`, () => {
    for (let at = 0; at < bytes.length; at += 1) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff, (bytes[at] ?? 0) ^ 1]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        assertTotal(changed, decode);
      }
    }
  });

  test(`${form}: bytes at random are an error of decoding`, () => {
    const random = insecureSeededRandom(form.length);
    for (let i = 0; i < 3000; i += 1) {
      const noise = new Uint8Array(pickBelow(random, 300));
      random(noise);
      if (i % 2 === 0) noise[0] = 1;
      assertTotal(noise, decode);
    }
  });

  test(`${form}: a form that is yet to come, or is over, is refused`, () => {
    for (const version of [0, 1, 2, 3, 4, 6, 255])
      assert.equal(assertTotal(Uint8Array.of(version, ...bytes.slice(1)), decode), false);
  });
}

test('the forms are not each other', () => {
  assert.equal(assertTotal(encodeSession(FULL), decodeStoredSession), false);
  assert.equal(assertTotal(encodeStoredSession(FULL), decodeSession), false);
});

test('a wiped secret cannot be written', () => {
  const gone = { ...FULL, secret: new Secret(new Uint8Array(32)) };
  gone.secret.wipe();
  assert.throws(() => encodeSession(gone));
});

test('a client keeps its sessions on disk: written and read, they resume', () => {
  for (const only of [ONLY12, ONLY13]) {
    const server = { ...only, ticketKeys: ticketKeys() };
    const kept = encodeStoredSession(newest(connect(only, server)));
    const session = decodeStoredSession(kept);
    const again = connect({ ...only, session }, server);
    assertConnected(again, true);
    const { peerVerdict, peerCertificates } = again.pair.client.tested.connection.info;
    assert.equal(peerVerdict?.verified, true);
    assert.equal(peerCertificates.length, 1);
  }
});

test('flags that say nothing, and times that no number holds, are refused: a session has one form', () => {
  const bytes = encodeSession(SAMPLES['bare'] ?? FULL);
  // Behind the form; verified without a verdict, imported without a key, a bit without meaning.
  for (const flags of [8, 32, 128]) {
    const changed = Uint8Array.from(bytes);
    changed[1] = (changed[1] ?? 0) | flags;
    assert.equal(assertTotal(changed, decodeSession), false, `flags ${flags}`);
  }
  const far = Uint8Array.from(bytes);
  far.fill(0xff, 2 + 2 + 1 + FULL.secret.reveal().length, 2 + 2 + 1 + FULL.secret.reveal().length + 8);
  assert.equal(assertTotal(far, decodeSession), false);
});
