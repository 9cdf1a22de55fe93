/** Checks of early data left out (RFC 8446 4.2.10, 8). */
import type { Mutation } from './mutation.ts';

const SERVER = 'handshake/server/early-data.ts';
const CLIENT = 'handshake/client/early-data.ts';

function mutation(name: string, file: string, find: string, replace: string, ...tests: string[]): Mutation {
  return { name, edits: [{ file, find, replace }], tests: tests.map((test) => `test/early-data/${test}`) };
}

export const MUTATIONS_OF_EARLY_DATA: readonly Mutation[] = [
  mutation(
    'a ticket is granted its early data again',
    'session/replay.ts',
    'if (this.#granted.has(key)) return false;',
    '',
    'replay',
  ),
  mutation(
    'a full register makes room',
    'session/replay.ts',
    'if (this.#granted.size >= this.#capacity || !(until >= now)) return false;',
    'if (this.#granted.size >= this.#capacity) this.#granted.clear();',
    'replay',
  ),
  mutation(
    'a grant is forgotten while its hello is fresh',
    SERVER,
    'return now + ticketAgeError(accepted.session, age, now) + early.ageTolerance;',
    'return early.ageTolerance < 0 ? ticketAgeError(accepted.session, age, now) : now;',
    'replay',
  ),
  mutation(
    'a clock that was set back is not noticed',
    'session/replay.ts',
    'if (!(now >= this.#latest)) return false;',
    '',
    'replay',
  ),
  mutation(
    'the age of a ticket with early data is not looked at',
    SERVER,
    "if (Math.abs(error) > earlyData.ageTolerance) return 'ticket_age';",
    '',
    'rejected',
  ),
  mutation(
    'tickets of another replay store are taken',
    SERVER,
    "return equalBytes(session.replayStore, earlyData.storeName) ? undefined : 'other_store';",
    'return equalBytes(session.replayStore, earlyData.storeName) ? undefined : undefined;',
    'rejected',
  ),
  mutation(
    'tickets of a shorter window are taken in a longer one',
    'session/replay.ts',
    'return concatBytes(name, Uint8Array.of(ageTolerance >>> 8, ageTolerance & 0xff));',
    'return concatBytes(name, Uint8Array.of(ageTolerance >>> 31, 0));',
    'replay',
  ),
  mutation(
    'a listener that ends the connection keeps a secret alive',
    'engine/driver.ts',
    "for (const effect of step.effects) if (effect.kind === 'wipe') effect.secret.wipe();",
    '',
    'wiped',
  ),
  mutation(
    'early data is taken with another application protocol',
    SERVER,
    "if (session.alpnProtocol !== alpnProtocol) return 'alpn_mismatch';",
    '',
    'rejected',
  ),
  mutation(
    'early data is taken with another suite',
    SERVER,
    "if (session.cipherSuite !== suite.code) return 'cipher_mismatch';",
    '',
    'rejected',
  ),
  mutation(
    'early data is taken with a second PSK',
    SERVER,
    "if (accepted.index !== 0) return 'session_not_resumed';",
    '',
    'rejected',
  ),
  mutation(
    'early data is taken without a limit',
    'engine/input.ts',
    'if (length > this.#earlyRoom) {',
    'if (length > this.#earlyRoom + 2 ** 20) {',
    'refused',
  ),
  mutation(
    'early data passes for data',
    'engine/input.ts',
    "return { kind: 'early_data', content };",
    "return { kind: 'data', content };",
    'accepted',
  ),
  mutation(
    'data under the handshake keys passes after EndOfEarlyData',
    SERVER,
    `secret: keys.clientHandshakeTrafficSecret,
        epoch: 'handshake',`,
    `secret: keys.clientHandshakeTrafficSecret,
        epoch: 'application',`,
    'refused',
  ),
  mutation(
    'a client does not compare the application protocol of its early data',
    CLIENT,
    "if (early.alpnProtocol !== alpnProtocol) throw unexpected('with another application protocol');",
    '',
    'refused',
  ),
  mutation(
    'a client does not compare the suite of its early data',
    CLIENT,
    "if (early.suite.code !== suite.code) throw unexpected('with another cipher suite');",
    '',
    'refused',
  ),
  mutation(
    'a client falls back to TLS 1.2 after early data',
    'handshake/client/server-hello.ts',
    'checkNotDowngraded(offer);',
    '',
    'refused',
  ),
  mutation(
    'a client offers early data for an application protocol that it does not offer',
    CLIENT,
    "if (alpnProtocol !== undefined && !config.alpnProtocols.includes(alpnProtocol)) return 'alpn_mismatch';",
    '',
    'rejected',
  ),
  mutation(
    'a client writes more early data than its ticket allows',
    'engine/connection.ts',
    'const length = Math.min(early.room, data.length);',
    'const length = early.room > 0 ? data.length : 0;',
    'accepted',
  ),
];
