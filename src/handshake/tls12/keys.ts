/** Master secret, key block and Finished, as both roles take them (RFC 5246 6.3, 7.4.9, 8.1; RFC 7627 4). */
import { constantTimeEqual } from '../../bytes/constant-time.ts';
import { Secret } from '../../bytes/secret.ts';
import {
  extendedMasterSecret,
  finishedVerifyData12,
  keyBlock,
  masterSecret,
} from '../../key-schedule/tls12.ts';
import type { Aligned } from '../../message/joiner.ts';
import { encodeFinished12, type Finished12 } from '../../message/tls12/finished.ts';
import { TLSError } from '../../wire/error.ts';
import type { Effect } from '../effect.ts';
import type { Agreed12, Closing12, Keys12 } from './state.ts';

type Role = 'client' | 'server';

/** The keys of this end. Takes over `master`. */
export function connectionKeys(agreed: Agreed12, master: Secret, role: Role): Keys12 {
  const block = keyBlock(agreed.suite, master, agreed.clientRandom, agreed.serverRandom);
  const client = { key: new Secret(block.clientWriteKey), iv: block.clientWriteIv };
  const server = { key: new Secret(block.serverWriteKey), iv: block.serverWriteIv };
  const [write, read] = role === 'client' ? [client, server] : [server, client];
  return { master, writeKey: write.key, writeIv: write.iv, readKey: read.key, readIv: read.iv };
}

/** From a fresh key agreement; the log ends with ClientKeyExchange. Wipes `premaster`. */
export function freshKeys(agreed: Agreed12, premaster: Secret, role: Role): Keys12 {
  const { suite, log } = agreed;
  const master = agreed.extendedMasterSecret
    ? extendedMasterSecret(suite.hash, premaster, log.digest())
    : masterSecret(suite.hash, premaster, agreed.clientRandom, agreed.serverRandom);
  premaster.wipe();
  return connectionKeys(agreed, master, role);
}

export function masterSecretEffect(keys: Keys12): Effect {
  return { kind: 'secret', label: 'CLIENT_RANDOM', secret: keys.master };
}

/** ChangeCipherSpec, the write key, Finished. */
export function closeWriting(
  agreed: Agreed12,
  keys: Keys12,
  role: Role,
): { readonly verifyData: Uint8Array; readonly effects: readonly Effect[] } {
  const { suite, log } = agreed;
  const verifyData = finishedVerifyData12(suite.hash, keys.master, role, log.digest());
  const message = encodeFinished12({ verifyData });
  log.add(message);
  return {
    verifyData,
    effects: [
      { kind: 'send_change_cipher_spec' },
      { kind: 'install_write12', suite, key: keys.writeKey, iv: keys.writeIv },
      { kind: 'wipe', secret: keys.writeKey },
      { kind: 'send', message },
    ],
  };
}

/** The peer's ChangeCipherSpec: what follows is under its write key. */
export function openReading(closing: Closing12, aligned: Aligned): readonly Effect[] {
  const { agreed, keys } = closing;
  return [
    { kind: 'install_read12', suite: agreed.suite, key: keys.readKey, iv: keys.readIv, aligned },
    { kind: 'wipe', secret: keys.readKey },
  ];
}

/** Throws TLSError `bad_finished` unless the peer's Finished covers our log; then it is part of it. */
export function checkFinished12(message: Finished12, closing: Closing12, sender: Role): void {
  const { agreed, keys } = closing;
  const expected = finishedVerifyData12(agreed.suite.hash, keys.master, sender, agreed.log.digest());
  if (!constantTimeEqual(message.verifyData, expected)) {
    throw new TLSError('bad_finished', `the ${sender}'s Finished does not match the handshake`, {
      rfc: 'RFC 5246 7.4.9',
    });
  }
  agreed.log.add(message.raw);
}
