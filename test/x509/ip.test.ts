import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/bytes/encoding.ts';
import { formatIp, parseIpLiteral } from '../../src/x509.ts';

describe('IP literals', () => {
  const rows: readonly [text: string, bytes: string | undefined][] = [
    ['0.0.0.0', '00000000'],
    ['255.255.255.255', 'ffffffff'],
    ['1.2.3', undefined],
    ['1.2.3.4.5', undefined],
    ['01.2.3.4', undefined],
    ['1.2.3.256', undefined],
    ['1.2.3.4 ', undefined],
    ['1.2.3.-4', undefined],
    ['1.2.3.+4', undefined],
    ['1.2.3.', undefined],
    ['1.2.3.0x4', undefined],
    ['١.2.3.4', undefined],
    ['[1.2.3.4]', undefined],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['1:2:3:4:5:6:7:8::', undefined],
    ['::1:2:3:4:5:6:7:8', undefined],
    ['1::2::3', undefined],
    [':::', undefined],
    [':1:2:3:4:5:6:7', undefined],
    ['1:2:3:4:5:6:7:', undefined],
    ['1:2:3:4:5:6:7', undefined],
    ['12345::', undefined],
    ['g::', undefined],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
    ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304'],
    ['1:2:3:4:5:6:7:1.2.3.4', undefined],
    ['::1.2.3.4:5', undefined],
    ['1.2.3.4::', undefined],
    ['::1.2.3', undefined],
    ['[::1]', '00000000000000000000000000000001'],
    ['[::1', undefined],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['fe80::1%', undefined],
    ['%eth0', undefined],
    ['', undefined],
    ['a.example', undefined],
  ];
  for (const [text, bytes] of rows) {
    test(`${JSON.stringify(text)} is ${bytes ?? 'no literal'}`, () => {
      const parsed = parseIpLiteral(text);
      assert.equal(parsed === undefined ? undefined : toHex(parsed), bytes);
    });
  }

  test('what is formatted reads back, and Node agrees', () => {
    const address = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 }).map((a) => Uint8Array.from(a)),
    );
    fc.assert(
      fc.property(address, (bytes) => {
        const text = formatIp(bytes);
        assert.equal(isIP(text), bytes.length === 4 ? 4 : 6, text);
        assert.deepEqual(parseIpLiteral(text), bytes);
      }),
    );
  });
  test('agrees with Node on random text', () => {
    const text = fc
      .array(fc.constantFrom('1', '0', 'f', ':', '::', '.', '255', '1.2.3.4'), { maxLength: 10 })
      .map((a) => a.join(''));
    fc.assert(
      fc.property(text, (one) => {
        assert.equal(parseIpLiteral(one) !== undefined, isIP(one) !== 0, one);
      }),
      { numRuns: 5000 },
    );
  });
  test('RFC 5952: the longest run of zeros, the first of equals', () => {
    assert.equal(formatIp(parseIpLiteral('2001:db8:0:0:1:0:0:1') ?? new Uint8Array()), '2001:db8::1:0:0:1');
    assert.equal(
      formatIp(parseIpLiteral('2001:db8:0:1:1:1:1:1') ?? new Uint8Array()),
      '2001:db8:0:1:1:1:1:1',
    );
    assert.equal(formatIp(parseIpLiteral('0:0:1::') ?? new Uint8Array()), '0:0:1::');
  });
});
