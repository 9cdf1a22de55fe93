/** Handshake messages of TLS 1.2 in records of every shape that a peer may choose. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientMessages12,
  clientHandshake12,
  inPieces,
  type Script,
  type SendOptions,
  type ServerMessages12,
  sendData,
  serverHandshake12,
} from '../../src/fuzz.ts';
import { credentials } from '../handshake/credentials.ts';
import { assertSecure, type Played } from '../handshake/kit.ts';
import { againstClient12, againstServer12 } from './kit.ts';

const ping = Uint8Array.of(1, 2, 3, 4);
const CUTS = [inPieces(1 << 20), inPieces(1)];

/** Held messages share a record with the next; the last of a flight or before ChangeCipherSpec goes out. */
const FRAMINGS: Readonly<Record<string, (held: boolean) => SendOptions>> = {
  'a record each': () => ({}),
  'all in one record': (held) => ({ hold: held }),
  'one byte a record': () => ({ split: 1 }),
  'cut after the header': () => ({ split: [4] }),
  'cut inside the header': () => ({ split: [1, 2, 3] }),
  'pieces of 50': () => ({ split: 50 }),
  'the next message starting in the record of the last': (held) => ({ hold: held, split: 17 }),
};

const SERVER: Readonly<Partial<Record<keyof ServerMessages12, boolean>>> = {
  ServerHello: true,
  Certificate: true,
  ServerKeyExchange: true,
  CertificateRequest: true,
  NewSessionTicket: false,
  Finished: false,
};
const CLIENT: Readonly<Partial<Record<keyof ClientMessages12, boolean>>> = {
  ClientHello: false,
  Certificate: true,
  ClientKeyExchange: true,
  CertificateVerify: false,
  Finished: false,
};

function framed<M>(
  script: Script<M>,
  held: Readonly<Record<string, boolean>>,
  framing: (held: boolean) => SendOptions,
): Script<M> {
  const names = Object.keys(held) as (keyof M & string)[];
  return names.reduce((all, name) => all.options(name, framing(held[name] === true)), script);
}

function assertTalked(played: Played): void {
  assertSecure(played);
  assert.deepEqual([...played.tested.data], [...ping]);
}

for (const [name, framing] of Object.entries(FRAMINGS)) {
  test(`client: handshake messages with ${name}`, () => {
    const script = serverHandshake12({ requestCertificate: 'expect own', ticket: true });
    for (const cut of CUTS) {
      const options = { credentials: [credentials.client()] };
      assertTalked(againstServer12(framed(script, SERVER, framing).append(sendData(ping)), { options, cut }));
    }
  });

  test(`server: handshake messages with ${name}`, () => {
    const script = clientHandshake12({ certificate: 'own' });
    for (const cut of CUTS) {
      const options = { clientAuth: 'require' } as const;
      assertTalked(againstClient12(framed(script, CLIENT, framing).append(sendData(ping)), { options, cut }));
    }
  });
}
