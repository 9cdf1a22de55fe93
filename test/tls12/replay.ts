/** Reads a captured TLS 1.2 connection with our records, messages and key schedule, as an observer who has the master secret. */
import assert from 'node:assert/strict';
import { Secret } from '../../src/bytes/secret.ts';
import type { CipherSuite12 } from '../../src/crypto/provider.ts';
import { type KeyBlock, keyBlock } from '../../src/key-schedule/tls12.ts';
import { decodeHandshake, type HandshakeMessage } from '../../src/message/handshake.ts';
import { HandshakeJoiner } from '../../src/message/joiner.ts';
import type { ServerHello } from '../../src/message/server-hello.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { ReadHalf } from '../../src/record/half.ts';
import { ContentType } from '../../src/wire/registry.ts';
import { checkFidelity } from '../message/fidelity.ts';
import { Tiles } from '../message/tiles.ts';
import type { Capture } from './capture.ts';

export interface Direction {
  readonly messages: readonly HandshakeMessage[];
  /** How many messages came before ChangeCipherSpec. */
  readonly inClear: number;
  readonly data: Buffer;
  readonly alerts: readonly string[];
}

function decode(raw: Uint8Array): HandshakeMessage {
  const tiles = new Tiles(raw);
  const message = decodeHandshake(raw, 'tls12', tiles);
  tiles.checkWhole();
  checkFidelity(message);
  return message;
}

/** One direction; `install` is called at its ChangeCipherSpec. */
function read(bytes: Uint8Array, install: (half: ReadHalf, joiner: HandshakeJoiner) => void): Direction {
  const [deframer, joiner, half] = [new Deframer(bytes.length + 1), new HandshakeJoiner(), new ReadHalf()];
  const messages: HandshakeMessage[] = [];
  const data: Uint8Array[] = [];
  const alerts: string[] = [];
  let inClear = 0;
  deframer.push(bytes);
  for (let view = deframer.next(half.maxPayload); view; view = deframer.next(half.maxPayload)) {
    const record = half.open(view);
    const content = record.content.slice();
    switch (record.type) {
      case ContentType.handshake:
        joiner.push(content);
        for (let raw = joiner.next(); raw; raw = joiner.next()) messages.push(decode(raw));
        break;
      case ContentType.change_cipher_spec:
        assert.deepEqual(content, Uint8Array.of(1));
        assert.equal(half.protected, false);
        inClear = messages.length;
        install(half, joiner);
        break;
      case ContentType.alert:
        alerts.push(Buffer.from(content).toString('hex'));
        break;
      default:
        data.push(content);
    }
  }
  assert.equal(deframer.buffered, 0);
  assert.equal(joiner.pending, 0);
  return { messages, inClear, data: Buffer.concat(data), alerts };
}

export interface Replay {
  readonly suite: CipherSuite12;
  readonly master: Secret;
  readonly serverRandom: Uint8Array;
  readonly serverHello: ServerHello;
  readonly client: Direction;
  readonly server: Direction;
  /** All handshake messages in the order of the transcript. */
  readonly transcript: readonly HandshakeMessage[];
}

function serverHelloOf(capture: Capture): ServerHello {
  const deframer = new Deframer(capture.fromServer.length + 1);
  deframer.push(capture.fromServer);
  const first = deframer.next(2 ** 14);
  assert.ok(first);
  const joiner = new HandshakeJoiner();
  joiner.push(first.content);
  const raw = joiner.next();
  assert.ok(raw);
  const hello = decode(raw);
  assert.ok(hello.kind === 'ServerHello');
  return hello;
}

export function replay(capture: Capture, suites: readonly CipherSuite12[]): Replay {
  const serverHello = serverHelloOf(capture);
  const suite = suites.find((each) => each.code === serverHello.cipherSuite);
  assert.ok(suite, 'a suite that we have');
  const master = new Secret(capture.master);
  const keys: KeyBlock = keyBlock(suite, master, capture.clientRandom, serverHello.random);
  const installer =
    (key: Uint8Array, iv: Uint8Array) =>
    (half: ReadHalf, joiner: HandshakeJoiner): void => {
      assert.ok(joiner.aligned);
      half.install12(suite, key, iv, joiner.aligned);
    };
  const client = read(capture.fromClient, installer(keys.clientWriteKey, keys.clientWriteIv));
  const server = read(capture.fromServer, installer(keys.serverWriteKey, keys.serverWriteIv));
  const [hello, ...later] = client.messages;
  assert.ok(hello);
  const done = server.messages.findIndex((message) => message.kind === 'ServerHelloDone');
  const turn = done < 0 ? server.messages.length : done + 1;
  const transcript = [hello, ...server.messages.slice(0, turn), ...later, ...server.messages.slice(turn)];
  return { suite, master, serverRandom: serverHello.random, serverHello, client, server, transcript };
}

/** The bytes of all messages before `end`. */
export function before(transcript: readonly HandshakeMessage[], end: HandshakeMessage): Uint8Array {
  const at = transcript.indexOf(end);
  assert.ok(at >= 0);
  return new Uint8Array(Buffer.concat(transcript.slice(0, at).map((message) => message.raw)));
}
