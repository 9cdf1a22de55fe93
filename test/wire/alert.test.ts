import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeAlert, encodeAlert } from '../../src/wire/alert.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, AlertLevel } from '../../src/wire/registry.ts';

describe('Alert', () => {
  it('round-trips every description, known or not', () => {
    for (const level of [AlertLevel.warning, AlertLevel.fatal]) {
      for (let code = 0; code < 256; code++) {
        const bytes = Uint8Array.of(level, code);
        assert.deepEqual(encodeAlert(decodeAlert(bytes)), bytes);
      }
    }
    assert.deepEqual(decodeAlert(Uint8Array.of(2, 40)), {
      level: AlertLevel.fatal,
      description: AlertDescription.handshake_failure,
    });
  });

  for (const length of [0, 1, 3, 4]) {
    it(`refuses ${length} bytes with decode_error: alerts are neither split nor joined`, () => {
      assert.throws(
        () => decodeAlert(new Uint8Array(length).fill(1)),
        (error) => error instanceof TLSError && error.reason === 'malformed_alert' && error.alert === 50,
      );
    });
  }

  it('refuses every other level with illegal_parameter', () => {
    for (let level = 0; level < 256; level++) {
      if (level === 1 || level === 2) continue;
      assert.throws(
        () => decodeAlert(Uint8Array.of(level, 0)),
        (error) => error instanceof TLSError && error.reason === 'bad_alert' && error.alert === 47,
      );
    }
  });
});
