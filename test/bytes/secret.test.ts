import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { format, inspect } from 'node:util';
import { Secret } from '../../src/bytes/secret.ts';

const make = (): Secret => new Secret(Uint8Array.of(0xde, 0xad, 0xbe, 0xef));

describe('Secret', () => {
  it('never prints its bytes', () => {
    const secret = make();
    const texts = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ box: { secret } }, { showHidden: true, depth: 9 }),
      format('%s %o %O %j', secret, secret, secret, secret),
      JSON.stringify(Object.entries(secret)),
    ];
    for (const text of texts) assert.doesNotMatch(text, /de|ad|be|ef|222|173|190|239/i, text);
    assert.equal(String(secret), '[Secret 4 bytes]');
  });

  it('owns the bytes it was given and wipes them', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const secret = new Secret(bytes);
    assert.equal(secret.reveal(), bytes);
    secret.wipe();
    assert.deepEqual(bytes, new Uint8Array(3));
    assert.equal(secret.wiped, true);
    assert.equal(secret.length, 3);
    secret.wipe();
  });

  it('refuses every use once wiped', () => {
    const secret = make();
    secret.wipe();
    assert.throws(() => secret.reveal(), Error);
    assert.throws(() => secret.clone(), Error);
    assert.throws(() => secret.equals(new Uint8Array(4)), Error, 'zeros must not pass for the key');
    assert.throws(() => make().equals(secret), Error);
  });

  it('clones into bytes of its own', () => {
    const secret = make();
    const clone = secret.clone();
    secret.wipe();
    assert.deepEqual(clone.reveal(), Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
  });

  it('compares by content', () => {
    assert.equal(make().equals(make()), true);
    assert.equal(make().equals(Uint8Array.of(0xde, 0xad, 0xbe, 0xef)), true);
    assert.equal(make().equals(Uint8Array.of(0xde, 0xad, 0xbe, 0xee)), false);
    assert.equal(make().equals(Uint8Array.of(0xde, 0xad, 0xbe)), false);
  });
});
