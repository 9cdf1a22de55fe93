/** How the strictness tests say what is refused and what is taken. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { MessageContext } from '../../src/message/extension/codec.ts';
import { decodeHandshake } from '../../src/message/handshake.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, type ExtensionType } from '../../src/wire/registry.ts';
import { Writer } from '../../src/wire/writer.ts';
import { BUILD } from './support.ts';

export const decode_error: AlertDescription = AlertDescription.decode_error;
export const illegal_parameter: AlertDescription = AlertDescription.illegal_parameter;
export const NONE: Uint8Array = new Uint8Array(0);

export function errorOf(raw: Uint8Array): TLSError | undefined {
  try {
    decodeHandshake(raw, 'tls13');
  } catch (error) {
    assert.ok(error instanceof TLSError, String(error));
    return error;
  }
  return undefined;
}

export function refuses(name: string, alert: number, field: RegExp, raw: () => Uint8Array): void {
  it(`refuse: ${name}`, () => {
    const error = errorOf(raw());
    assert.ok(error !== undefined, 'it was taken');
    assert.match(error.message, field);
    assert.equal(error.alert, alert, error.message);
  });
}

export function takes(name: string, raw: () => Uint8Array): void {
  it(`take: ${name}`, () => assert.equal(errorOf(raw())?.message, undefined));
}

export const write = (build: (w: Writer) => unknown): Uint8Array => {
  const w = new Writer();
  build(w);
  return w.finish();
};

/** A message of this kind with one extension, its data written by hand. */
export function carrying(
  context: MessageContext,
  type: ExtensionType,
  build: (w: Writer) => unknown,
): () => Uint8Array {
  return () => BUILD[context]([{ type, data: write(build) }]);
}
