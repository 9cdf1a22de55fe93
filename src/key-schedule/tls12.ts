/**
 * The keys of TLS 1.2 (RFC 5246 6.3, 7.4.9, 8.1; RFC 7627 4): one master secret, one key block for both directions.
 * All over the hash of the cipher suite, which serves the PRF and the transcript alike.
 */
import { concatBytes } from '../bytes/bytes.ts';
import { Secret } from '../bytes/secret.ts';
import { prf } from '../crypto/prf.ts';
import type { CipherSuite12, HashFunction } from '../crypto/provider.ts';

const MASTER_SECRET_LENGTH = 48;
/** RFC 5246 7.4.9: no suite that we have asks for another length. */
const VERIFY_DATA_LENGTH = 12;
/** RFC 5288 3 and RFC 6655 3: the part of the nonce that is never sent. */
const SALT_LENGTH = 4;

/** The old derivation, bound to the two randoms only (RFC 5246 8.1). `premaster` stays the caller's to wipe. */
export function masterSecret(
  hash: HashFunction,
  premaster: Secret,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): Secret {
  const seed = concatBytes(clientRandom, serverRandom);
  return new Secret(prf(hash, premaster, 'master secret', seed, MASTER_SECRET_LENGTH));
}

/**
 * With extended_master_secret (RFC 7627 4). `sessionHash` is over ClientHello..ClientKeyExchange, the latter included
 * and CertificateVerify not. `premaster` stays the caller's to wipe.
 */
export function extendedMasterSecret(hash: HashFunction, premaster: Secret, sessionHash: Uint8Array): Secret {
  return new Secret(prf(hash, premaster, 'extended master secret', sessionHash, MASTER_SECRET_LENGTH));
}

/** Each in memory of its own; the caller wipes them once both halves hold theirs. */
export interface KeyBlock {
  readonly clientWriteKey: Uint8Array;
  readonly serverWriteKey: Uint8Array;
  /** 4 bytes where the suite's nonces are explicit, else 12. */
  readonly clientWriteIv: Uint8Array;
  readonly serverWriteIv: Uint8Array;
}

/** RFC 5246 6.3, without MAC keys, which AEAD suites do not have. The seed is the randoms in the other order. */
export function keyBlock(
  suite: CipherSuite12,
  master: Secret,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): KeyBlock {
  const { aead, hash } = suite;
  const ivLength = suite.nonce === 'explicit' ? SALT_LENGTH : aead.nonceLength;
  const seed = concatBytes(serverRandom, clientRandom);
  const block = prf(hash, master, 'key expansion', seed, 2 * (aead.keyLength + ivLength));
  let at = 0;
  const take = (length: number): Uint8Array => {
    at += length;
    return block.slice(at - length, at);
  };
  const keys = {
    clientWriteKey: take(aead.keyLength),
    serverWriteKey: take(aead.keyLength),
    clientWriteIv: take(ivLength),
    serverWriteIv: take(ivLength),
  };
  block.fill(0);
  return keys;
}

/**
 * The verify_data of `role`'s Finished (RFC 5246 7.4.9): 12 bytes. `transcriptHash` is over all handshake messages
 * before it, so a server's includes the client's Finished in a full handshake.
 */
export function finishedVerifyData12(
  hash: HashFunction,
  master: Secret,
  role: 'client' | 'server',
  transcriptHash: Uint8Array,
): Uint8Array {
  return prf(hash, master, `${role} finished`, transcriptHash, VERIFY_DATA_LENGTH);
}

/** Premaster secret of ECDHE_PSK: the shared secret and the key, each with its length (RFC 5489 2). Both stay the caller's. */
export function pskPremaster(shared: Secret, psk: Secret): Secret {
  const w = new Uint8Array(4 + shared.length + psk.length);
  const view = new DataView(w.buffer);
  view.setUint16(0, shared.length);
  w.set(shared.reveal(), 2);
  view.setUint16(2 + shared.length, psk.length);
  w.set(psk.reveal(), 4 + shared.length);
  return new Secret(w);
}
