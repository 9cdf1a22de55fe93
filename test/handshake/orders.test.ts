/**
 * Flights with messages left out, repeated, swapped and shuffled: no order but the right one makes a connection
 * secure (the SMACK and SKIP-TLS kind of fault).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  clientHandshake,
  insecureSeededRandom,
  pickBelow,
  Script,
  type Step,
  serverHandshake,
} from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { againstClient, againstServer, assertSecure, type Played } from './kit.ts';

const SHUFFLES = 150;

interface Flight {
  readonly role: string;
  readonly steps: readonly Step[];
  /** Names of the steps that send a message. */
  readonly messages: readonly string[];
  readonly play: (steps: readonly Step[]) => Played;
}

const clientOptions: Partial<ClientOptions> = {};
const serverOptions: Partial<ServerOptions> = { clientAuth: 'require' };

const FLIGHTS: readonly Flight[] = [
  {
    role: 'client',
    steps: serverHandshake({ requestCertificate: 'expect empty' }).steps,
    messages: [
      'ServerHello',
      'EncryptedExtensions',
      'CertificateRequest',
      'Certificate',
      'CertificateVerify',
      'Finished',
    ],
    play: (steps) => againstServer(new Script(steps), { options: clientOptions }),
  },
  {
    role: 'server',
    steps: clientHandshake({ certificate: 'own' }).steps,
    messages: ['ClientHello', 'Certificate', 'CertificateVerify', 'Finished'],
    play: (steps) => againstClient(new Script(steps), { options: serverOptions }),
  },
];

/** Whatever happened, it was no secure connection, and nothing but a TLSError was thrown. */
function assertNotSecure(played: Played, what: string): void {
  assert.ok(!played.tested.kinds.includes('secure'), `${what} became secure`);
  assert.equal(played.tested.data.length, 0, what);
  assert.equal(played.tested.connection.canSend, false, what);
  const { targetError } = played;
  assert.ok(targetError === undefined || targetError instanceof TLSError, `${what}: ${String(targetError)}`);
}

for (const { role, steps, messages, play } of FLIGHTS) {
  const sends = steps.filter(({ name }) => messages.includes(name));
  const positions = steps.flatMap(({ name }, index) => (messages.includes(name) ? [index] : []));
  /** The script with other messages in the places of its messages; what lies between stays. */
  const withMessages = (order: readonly (Step | undefined)[]): Step[] =>
    steps.flatMap((each, index) => {
      const place = positions.indexOf(index);
      if (place < 0) return [each];
      const other = order[place];
      return other === undefined ? [] : [other];
    });

  test(`${role}: the right order is secure`, () => {
    assertSecure(play(withMessages(sends)));
  });

  for (const missing of messages) {
    // A CertificateRequest may be left out, and then the certificate that was promised does not come.
    if (missing === 'CertificateRequest') continue;
    test(`${role}: without ${missing}`, () => {
      assertNotSecure(
        play(withMessages(sends.map((each) => (each.name === missing ? undefined : each)))),
        missing,
      );
    });
  }

  test(`${role}: any two messages swapped`, () => {
    for (let a = 0; a < sends.length; a += 1) {
      for (let b = a + 1; b < sends.length; b += 1) {
        const order = sends.map((each, index) => (index === a ? sends[b] : index === b ? sends[a] : each));
        assertNotSecure(play(withMessages(order)), `${messages[a]} and ${messages[b]} swapped`);
      }
    }
  });

  test(`${role}: any message repeated`, () => {
    for (const position of positions) {
      const [repeated] = steps.slice(position, position + 1);
      assert.ok(repeated);
      const script = [...steps.slice(0, position), repeated, ...steps.slice(position)];
      const played = play(script);
      // The first Finished completes the handshake; the second comes under keys that are over.
      if (repeated.name === 'Finished') assert.ok(played.targetError instanceof TLSError);
      else assertNotSecure(played, `${repeated.name} twice`);
    }
  });

  test(`${role}: messages drawn at random`, () => {
    const random = insecureSeededRandom(role.length);
    const right = sends.map(({ name }) => name).join();
    for (let i = 0; i < SHUFFLES; i += 1) {
      const order = sends.map(() => sends[pickBelow(random, sends.length)]);
      const names = order.map((each) => each?.name).join();
      if (names !== right) assertNotSecure(play(withMessages(order)), names);
    }
  });
}
