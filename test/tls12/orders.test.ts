/** Flights of TLS 1.2 with messages left out, repeated, swapped and shuffled: only the right order is secure (SMACK, CVE-2014-6593). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientHandshake12,
  clientResumption12,
  insecureSeededRandom,
  pickBelow,
  Script,
  type Step,
  serverHandshake12,
  serverResumption12,
} from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { credentials } from '../handshake/credentials.ts';
import { assertSecure, type Played } from '../handshake/kit.ts';
import { againstClient12, againstServer12 } from './kit.ts';
import { clientSession, serverSession } from './resumed.ts';

const SHUFFLES = 120;

interface Flight {
  readonly name: string;
  readonly steps: readonly Step[];
  /** May be left out, and then the other end does without. */
  readonly optional: readonly string[];
  readonly play: (script: Script) => Played;
}

const FLIGHTS: readonly Flight[] = [
  {
    name: 'client, full',
    steps: serverHandshake12({
      requestCertificate: 'expect own',
      ticket: true,
      status: Uint8Array.of(1),
    }).steps,
    optional: ['CertificateStatus', 'CertificateRequest'],
    play: (script) =>
      againstServer12(script, { options: { requestOcsp: true, credentials: [credentials.client()] } }),
  },
  {
    name: 'client, resumed',
    steps: serverResumption12({ ticket: true }).steps,
    optional: [],
    play: (script) => againstServer12(script, clientSession()),
  },
  {
    name: 'server, full',
    steps: clientHandshake12({ certificate: 'own' }).steps,
    optional: [],
    play: (script) => againstClient12(script, { options: { clientAuth: 'require' } }),
  },
  {
    name: 'server, resumed',
    steps: clientResumption12({ ticket: true }).steps,
    optional: [],
    play: (script) => againstClient12(script, serverSession()),
  },
];

const isMessage = ({ name }: Step): boolean =>
  !name.startsWith('expect') && name !== 'take up the session' && name !== 'write keys';

/** Whatever happened, it was no secure connection, and nothing but a TLSError was thrown. */
function assertNotSecure(played: Played, what: string): void {
  assert.ok(!played.tested.kinds.includes('secure'), `${what} became secure`);
  assert.equal(played.tested.data.length, 0, what);
  assert.equal(played.tested.connection.canSend, false, what);
  const { targetError } = played;
  assert.ok(targetError === undefined || targetError instanceof TLSError, `${what}: ${String(targetError)}`);
}

for (const { name, steps, optional, play } of FLIGHTS) {
  const sends = steps.filter(isMessage);
  const positions = steps.flatMap((step, index) => (isMessage(step) ? [index] : []));
  const withMessages = (order: readonly (Step | undefined)[]): Script =>
    new Script(
      steps.flatMap((each, index) => {
        const place = positions.indexOf(index);
        if (place < 0) return [each];
        const other = order[place];
        return other === undefined ? [] : [other];
      }),
    );

  test(`${name}: the right order is secure`, () => {
    assertSecure(play(withMessages(sends)));
  });

  test(`${name}: any message left out, and any two`, () => {
    for (const one of sends) {
      for (const other of sends) {
        if (optional.includes(one.name) && optional.includes(other.name)) continue;
        const kept = sends.map((each) => (each === one || each === other ? undefined : each));
        assertNotSecure(play(withMessages(kept)), `without ${one.name} and ${other.name}`);
      }
    }
  });

  test(`${name}: any two messages swapped`, () => {
    for (let a = 0; a < sends.length; a += 1) {
      for (let b = a + 1; b < sends.length; b += 1) {
        const order = sends.map((each, index) => (index === a ? sends[b] : index === b ? sends[a] : each));
        assertNotSecure(play(withMessages(order)), `${sends[a]?.name} and ${sends[b]?.name} swapped`);
      }
    }
  });

  test(`${name}: any message repeated, at once or at any later place`, () => {
    for (const repeated of sends) {
      for (const position of positions) {
        const script = new Script([...steps.slice(0, position + 1), repeated, ...steps.slice(position + 1)]);
        const played = play(script);
        // What comes after the last Finished meets an open connection, which it ends.
        if (position === positions.at(-1)) assert.ok(played.targetError !== undefined || isHello(repeated));
        else assertNotSecure(played, `${repeated.name} again at ${position}`);
      }
    }
  });

  test(`${name}: messages drawn at random`, () => {
    const random = insecureSeededRandom(name.length);
    const right = sends.map((each) => each.name).join();
    for (let i = 0; i < SHUFFLES; i += 1) {
      const order = sends.map(() => sends[pickBelow(random, sends.length)]);
      const names = order.map((each) => each?.name).join();
      if (names !== right) assertNotSecure(play(withMessages(order)), names);
    }
  });
}

/** A second ClientHello after the handshake is refused with a warning. */
function isHello(step: Step): boolean {
  return step.name === 'ClientHello';
}
