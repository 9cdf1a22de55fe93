/** Memory that changes hands without a copy: data that a program keeps, and rooms that records are sealed in. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { dataRoom, ownData } from '../../src/node/own-data.ts';
import { returnRoom, takeRoom } from '../../src/node/sealing-room.ts';
import { connected, puretls, within } from './support.ts';

test('data shares the memory it was opened in, and is copied where it would keep too much of it', () => {
  const room = new Uint8Array(60_000).fill(7);
  assert.equal(ownData(room.subarray(5, 16389)).buffer, room.buffer);
  const small = ownData(room.subarray(5, 105));
  assert.ok(small.buffer !== room.buffer && small.equals(room.subarray(5, 105)));
  // From the pool it came, and in the pool it would be copied to.
  const pooled = dataRoom(100);
  assert.equal(ownData(pooled.subarray(0, 10)).buffer, pooled.buffer);
});

test('room for data is as long as it is asked for, alone or, where it is short, in a pool', () => {
  for (const length of [4096, 16_640, 60_000]) {
    assert.equal(dataRoom(length).length, length);
    assert.equal(dataRoom(length).buffer.byteLength, length);
  }
  assert.equal(dataRoom(100).buffer.byteLength, Buffer.poolSize);
  assert.ok(!(dataRoom(100) instanceof Buffer));
});

test('writes arrive apart, as in Node, however they were read', async () => {
  const pair = await connected(puretls, puretls);
  const chunks: string[] = [];
  pair.client.on('data', (data: Buffer) => chunks.push(data.toString('latin1')));
  for (const word of ['one', 'two', 'three', 'four']) pair.server.write(word);
  pair.server.end('end');
  await within(once(pair.client, 'end'), 'end');
  // The first goes at once, the others are one write of four: they share a record.
  assert.deepEqual(chunks, ['one', 'twothreefourend']);
  await pair.close();
});

test('a room is used again once it is returned, and never before', () => {
  const first = takeRoom(65_000);
  const second = takeRoom(65_000);
  assert.notEqual(first.buffer, second.buffer);
  returnRoom(first);
  const third = takeRoom(50_000);
  assert.equal(third.buffer, first.buffer);
  assert.equal(third.length, 50_000);
  returnRoom(second);
  returnRoom(third);
});

test('rooms are few, and what is no room is not taken for one', () => {
  for (const foreign of [new Uint8Array(100), new Uint8Array(70_000), takeRoom(100), takeRoom(70_000)]) {
    returnRoom(foreign);
    assert.notEqual(takeRoom(20_000).buffer, foreign.buffer);
  }
  const many = Array.from({ length: 40 }, () => takeRoom(65_000));
  for (const room of many) returnRoom(room);
  const again = new Set(Array.from({ length: 40 }, () => takeRoom(65_000).buffer));
  assert.ok(many.filter((room) => again.has(room.buffer)).length <= 8);
});

test('many sockets at once: what each sends arrives as it was, and what a program keeps stays as it came', async () => {
  const SOCKETS = 6;
  const LENGTH = 3 << 20;
  const sent = (n: number): Buffer => Buffer.alloc(LENGTH, `socket ${n} `);
  await Promise.all(
    Array.from({ length: SOCKETS }, async (_, n) => {
      const pair = await connected(puretls, puretls);
      const kept: Buffer[] = [];
      let length = 0;
      pair.client.on('data', (data: Buffer) => {
        kept.push(data);
        length += data.length;
        // A reader that stops now and then: writes are then under way for long.
        if (kept.length % 8 === 0) {
          pair.client.pause();
          setTimeout(() => pair.client.resume(), 1);
        }
      });
      const body = sent(n);
      for (let at = 0; at < LENGTH; at += 100_000) {
        if (!pair.server.write(body.subarray(at, at + 100_000))) await once(pair.server, 'drain');
      }
      pair.server.end();
      await within(once(pair.client, 'end'), 'end');
      assert.equal(length, LENGTH);
      assert.ok(Buffer.concat(kept).equals(body), `socket ${n}`);
      await pair.close();
    }),
  );
});
