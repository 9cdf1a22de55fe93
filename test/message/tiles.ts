import assert from 'node:assert/strict';
import type { FieldObserver } from '../../src/wire/reader.ts';

export interface Tile {
  readonly path: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly value: number | bigint | Uint8Array;
  readonly label: string | undefined;
}

/** An observer that insists that leaf fields follow each other without gap or overlap and that groups nest around them. */
export class Tiles implements FieldObserver {
  readonly tiles: Tile[] = [];
  readonly #raw: Uint8Array;
  readonly #open: { name: string; start: number }[] = [];
  #at = 0;

  constructor(raw: Uint8Array) {
    this.#raw = raw;
  }

  enter(name: string, start: number): void {
    assert.equal(start, this.#at, `${name} begins elsewhere than where the last field ended`);
    assert.notEqual(name, '');
    this.#open.push({ name, start });
  }

  leave(end: number): void {
    const group = this.#open.pop();
    assert.ok(group, 'left a group that was never entered');
    assert.equal(end, this.#at, `${group.name} ends elsewhere than its last field`);
  }

  field(name: string, start: number, end: number, value: number | bigint | Uint8Array, label?: string): void {
    assert.notEqual(name, '');
    assert.equal(start, this.#at, `${name} leaves a gap or overlaps`);
    assert.ok(end > start && end <= this.#raw.length, `${name} has no bytes, or bytes that are not there`);
    const bytes = this.#raw.subarray(start, end);
    if (value instanceof Uint8Array)
      assert.deepEqual(Buffer.compare(value, bytes), 0, `${name} is not its bytes`);
    else
      assert.equal(
        BigInt(value),
        BigInt(`0x${Buffer.from(bytes).toString('hex')}`),
        `${name} is not its bytes`,
      );
    this.#at = end;
    const path = [...this.#open.map((group) => group.name), name].join('.');
    this.tiles.push({ path, name, start, end, value, label });
  }

  /** After a success: all bytes were told of, and all groups left. */
  checkWhole(): void {
    assert.equal(this.#at, this.#raw.length, 'the end of the message was not told of');
    assert.deepEqual(this.#open, []);
  }
}
