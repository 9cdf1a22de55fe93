/**
 * Messages left out, repeated or in another order.
 *
 * - SMACK and SKIP-TLS, CVE-2014-6593 (Java), CVE-2015-0204's kin: a server could leave out its key exchange, or all of the
 *   handshake but Finished. Here each state names what it accepts, in one table.
 * - CVE-2015-0205 (OpenSSL): a client certificate without CertificateVerify was taken for proven. Here the state after a
 *   certificate accepts nothing else.
 * - Measured in JavaScript stacks: TLS 1.3 Certificate without CertificateVerify, a server's Finished that is never checked,
 *   TLS 1.2 without ServerKeyExchange because a key_share was smuggled into ServerHello.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  clientHandshake,
  clientHandshake12,
  flipBit,
  generateShare,
  type Script,
  sendData,
  serverHandshake,
  serverHandshake12,
  withExtension,
} from '../../src/fuzz.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { credentials } from '../handshake/credentials.ts';
import {
  type AlertName,
  againstClient,
  againstServer,
  assertRefused,
  assertSecure,
  type Played,
} from '../handshake/kit.ts';
import { againstClient12, againstServer12 } from '../tls12/kit.ts';

interface Flight {
  readonly messages: readonly string[];
  /** Whose absence a peer is free to choose, and what it then is that lacks. */
  readonly optional: readonly string[];
  readonly without: (...names: readonly string[]) => Played;
  readonly repeated: (name: string) => Played;
  readonly swapped: (one: string, other: string) => Played;
}

function flight<M>(
  script: Script<M>,
  messages: readonly string[],
  play: (script: Script<M>) => Played,
  optional: readonly string[] = [],
): Flight {
  return {
    messages,
    optional,
    without: (...names) => play(script.without(...names)),
    repeated: (name) => play(script.repeat(name)),
    swapped: (one, other) => play(script.swap(one, other)),
  };
}

const required = { options: { clientAuth: 'require' } } as const;
const mutual = { options: { credentials: [credentials.client()] } };

const FLIGHTS: Readonly<Record<string, Flight>> = {
  'a server of TLS 1.3': flight(
    serverHandshake({ requestCertificate: 'expect own' }),
    [
      'ServerHello',
      'EncryptedExtensions',
      'CertificateRequest',
      'Certificate',
      'CertificateVerify',
      'Finished',
    ],
    (script) => againstServer(script, mutual),
    ['CertificateRequest'],
  ),
  'a client of TLS 1.3': flight(
    clientHandshake({ certificate: 'own' }),
    ['ClientHello', 'Certificate', 'CertificateVerify', 'Finished'],
    (script) => againstClient(script, required),
  ),
  'a server of TLS 1.2': flight(
    serverHandshake12({ requestCertificate: 'expect own' }),
    [
      'ServerHello',
      'Certificate',
      'ServerKeyExchange',
      'CertificateRequest',
      'ServerHelloDone',
      'ChangeCipherSpec',
      'Finished',
    ],
    (script) => againstServer12(script, mutual),
    ['CertificateRequest'],
  ),
  'a client of TLS 1.2': flight(
    clientHandshake12({ certificate: 'own' }),
    ['ClientHello', 'Certificate', 'ClientKeyExchange', 'CertificateVerify', 'ChangeCipherSpec', 'Finished'],
    (script) => againstClient12(script, required),
  ),
};

/** Well-formed messages out of place are unexpected; where keys differ by then, records or a Finished do not fit. */
const VERDICTS: ReadonlySet<string> = new Set([
  'unexpected_message',
  'key_change_in_record',
  'bad_record_mac',
  'early_application_data',
  'plaintext_after_keys',
  'bad_change_cipher_spec',
  'bad_finished',
  'bad_signature',
  // Ciphertext, where no ChangeCipherSpec has said that it is.
  'message_too_long',
]);

function assertNever(played: Played, what: string): void {
  const { connection, kinds, data } = played.tested;
  assert.ok(!kinds.includes('secure'), `${what}: secure`);
  assert.equal(data.length, 0, what);
  assert.equal(connection.canSend, false, what);
  const { error } = connection;
  if (error !== undefined) assert.ok(VERDICTS.has(error.reason), `${what}: ${error.reason}`);
}

for (const [who, { messages, optional, without, repeated, swapped }] of Object.entries(FLIGHTS)) {
  describe(who, () => {
    test('leaves out any message', () => {
      for (const name of messages)
        if (!optional.includes(name)) assertNever(without(name), `without ${name}`);
    });
    test('leaves out all between its first message and its Finished', () => {
      const middle = messages.slice(1, -1);
      assertNever(without(...middle), 'nothing but hello and Finished');
    });
    test('sends any message twice', () => {
      for (const name of messages) {
        const played = repeated(name);
        if (name === 'Finished') assert.ok(played.targetError !== undefined, 'Finished twice');
        else assertNever(played, `${name} twice`);
      }
    });
    test('swaps any message with the next', () => {
      for (const [i, name] of messages.slice(1).entries()) {
        const before = messages[i];
        assert.ok(before !== undefined);
        assertNever(swapped(before, name), `${name} before ${before}`);
      }
    });
  });
}

test('application data before Finished is no data, whatever protects it', () => {
  const data = sendData(Uint8Array.of(1, 2, 3));
  for (const played of [
    againstServer(serverHandshake().before('Finished', data)),
    againstClient(clientHandshake().before('Finished', data)),
    againstServer12(serverHandshake12().before('Finished', data)),
    againstClient12(clientHandshake12().before('Finished', data)),
  ]) {
    assert.equal(played.tested.data.length, 0);
    assertRefused(played, 'early_application_data', 'unexpected_message');
  }
});

type Case = readonly [() => Played, string, AlertName];
const UNEXPECTED = ['unexpected_message', 'unexpected_message'] as const;

const NAMED: Readonly<Record<string, Case>> = {
  'CVE-2015-0205, TLS 1.2: a client certificate without CertificateVerify': [
    () => againstClient12(clientHandshake12({ certificate: 'own' }).without('CertificateVerify'), required),
    ...UNEXPECTED,
  ],
  'CVE-2015-0205, TLS 1.3: a client certificate without CertificateVerify': [
    () => againstClient(clientHandshake({ certificate: 'own' }).without('CertificateVerify'), required),
    ...UNEXPECTED,
  ],
  'TLS 1.3: a server certificate without CertificateVerify': [
    () => againstServer(serverHandshake().without('CertificateVerify')),
    ...UNEXPECTED,
  ],
  'CVE-2014-6593: a server goes from its certificate to Finished': [
    () =>
      againstServer12(
        serverHandshake12().without(
          'ServerKeyExchange',
          'ServerHelloDone',
          'expect ClientKeyExchange',
          'expect ChangeCipherSpec',
          'expect Finished',
        ),
      ),
    ...UNEXPECTED,
  ],
  'a server that smuggles a key_share into ServerHello of TLS 1.2': [
    () =>
      againstServer12(
        serverHandshake12()
          .change('ServerHello', (fields, peer) => ({
            ...fields,
            extensions: withExtension(
              fields.extensions,
              keyShare.serverHello.encode(generateShare(peer, NamedGroup.x25519)),
            ),
          }))
          .without('ServerKeyExchange'),
      ),
    'misplaced_extension',
    'illegal_parameter',
  ],
};

for (const [name, [play, reason, alert]] of Object.entries(NAMED)) {
  test(name, () => {
    const played = play();
    assert.equal(played.tested.connection.error?.reason, reason);
    if (played.tested.connection.error !== undefined) {
      assertRefused(played, played.tested.connection.error.reason, alert);
    }
  });
}

describe('Finished is checked, by each end and in each version', () => {
  const flipped = (fields: { verifyData: Uint8Array }, bit: number): { verifyData: Uint8Array } => ({
    verifyData: flipBit(bit)(fields.verifyData),
  });
  const PLAYS: Readonly<Record<string, (bit: number) => Played>> = {
    'a server of TLS 1.3': (bit) =>
      againstServer(serverHandshake().change('Finished', (fields) => flipped(fields, bit))),
    'a client of TLS 1.3': (bit) =>
      againstClient(clientHandshake().change('Finished', (fields) => flipped(fields, bit))),
    'a server of TLS 1.2': (bit) =>
      againstServer12(serverHandshake12().change('Finished', (fields) => flipped(fields, bit))),
    'a client of TLS 1.2': (bit) =>
      againstClient12(clientHandshake12().change('Finished', (fields) => flipped(fields, bit))),
  };
  for (const [who, play] of Object.entries(PLAYS)) {
    test(who, () => {
      for (const bit of [0, 7, 40, -1]) assertRefused(play(bit), 'bad_finished', 'decrypt_error');
    });
  }
  test('right ones are taken', () => {
    assertSecure(againstServer(serverHandshake()));
    assertSecure(againstClient12(clientHandshake12()));
  });
});
