import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, EMPTY } from '../../src/bytes/bytes.ts';
import { trafficKeys } from '../../src/key-schedule/traffic.ts';
import { HandshakeJoiner } from '../../src/message/joiner.ts';
import { openPlaintext, WriteHalf } from '../../src/record/half.ts';
import { MAX_CIPHERTEXT, MAX_PLAINTEXT } from '../../src/wire/limits.ts';
import { AlertDescription, ContentType } from '../../src/wire/registry.ts';
import {
  pair,
  pattern,
  proof,
  rawRecord,
  rejects,
  sealed,
  secretOf,
  suiteWith,
  TAG,
  toyAead,
  viewOf,
} from './support.ts';

const { alert, application_data, change_cipher_spec, handshake } = ContentType;

/** Seals any inner plaintext, also those that WriteHalf never makes. */
function sealedInner(inner: Uint8Array): Uint8Array {
  const suite = suiteWith(toyAead());
  const { key, iv } = trafficKeys(suite, secretOf(1));
  const record = rawRecord(23, new Uint8Array(inner.length + TAG));
  record.set(inner, 5);
  suite.aead.create(key).seal(iv, record.subarray(0, 5), record, 5, inner.length);
  return record;
}

const opensInner = (inner: Uint8Array) => pair().read.open(viewOf(sealedInner(inner)));

describe('opening what was sealed by a peer of another mind', () => {
  test('only zeros: no content type', () => {
    for (const length of [0, 1, 2, 100, MAX_PLAINTEXT + 1]) {
      const error = rejects(() => opensInner(new Uint8Array(length)), 'no_content_type');
      assert.equal(error.alert, AlertDescription.unexpected_message);
    }
  });

  test('empty handshake and alert are refused, empty application data is not', () => {
    for (const padding of [0, 1, 500]) {
      const inner = new Uint8Array(1 + padding);
      inner[0] = handshake;
      rejects(() => opensInner(inner), 'empty_record');
      inner[0] = alert;
      assert.equal(
        rejects(() => opensInner(inner), 'empty_record').alert,
        AlertDescription.unexpected_message,
      );
      inner[0] = application_data;
      const opened = opensInner(inner);
      assert.equal(opened.type, application_data);
      assert.equal(opened.content.length, 0);
    }
  });

  test('inner types: change_cipher_spec and all unknown ones are refused', () => {
    for (let type = 1; type < 256; type++) {
      const inner = Uint8Array.of(1, 1, type);
      if (type === change_cipher_spec) {
        assert.equal(
          rejects(() => opensInner(inner), 'bad_change_cipher_spec').alert,
          AlertDescription.unexpected_message,
        );
      } else if (type === alert || type === handshake || type === application_data) {
        assert.equal(opensInner(inner).type, type);
      } else rejects(() => opensInner(inner), 'bad_content_type');
    }
  });

  test('inner plaintext of 2^14 + 1 passes, padded or not; 2^14 + 2 and more do not', () => {
    const longest = concatBytes(pattern(MAX_PLAINTEXT), Uint8Array.of(23));
    assert.deepEqual(opensInner(longest).content, pattern(MAX_PLAINTEXT));
    const padded = new Uint8Array(MAX_PLAINTEXT + 1);
    padded.set([7, 23]);
    assert.deepEqual(opensInner(padded).content, Uint8Array.of(7));
    for (const length of [MAX_PLAINTEXT + 2, MAX_CIPHERTEXT - TAG - 1, MAX_CIPHERTEXT - TAG]) {
      const withContent = concatBytes(pattern(length - 1), Uint8Array.of(23));
      assert.equal(
        rejects(() => opensInner(withContent), 'record_overflow').alert,
        AlertDescription.record_overflow,
      );
      const withPadding = new Uint8Array(length);
      withPadding.set([7, 23]);
      rejects(() => opensInner(withPadding), 'record_overflow');
      rejects(() => opensInner(new Uint8Array(length)), 'record_overflow');
    }
    assert.equal(pair().read.maxPayload, MAX_CIPHERTEXT);
  });

  test('a lower limit that was agreed on is kept', () => {
    const { write, read } = pair();
    read.limitContent(64);
    assert.equal(read.open(viewOf(sealed(write, application_data, pattern(64)))).length, 64);
    rejects(() => read.open(viewOf(sealed(write, application_data, pattern(65)))), 'record_overflow');
  });

  test('once there are keys, other outer types are refused and can be read on purpose', () => {
    for (const [type, body] of [
      [20, Uint8Array.of(1)],
      [21, Uint8Array.of(2, 40)],
      [22, pattern(10)],
    ] as const) {
      const { read } = pair();
      const record = rawRecord(type, body);
      const error = rejects(() => read.open(viewOf(record)), 'plaintext_after_keys');
      assert.equal(error.alert, AlertDescription.unexpected_message);
      rejects(() => read.tryOpen(viewOf(record)), 'plaintext_after_keys');
      assert.deepEqual(openPlaintext(viewOf(record)).content, body);
      assert.equal(read.records, 0);
    }
    rejects(() => openPlaintext(viewOf(rawRecord(21, new Uint8Array(MAX_PLAINTEXT + 1)))), 'record_overflow');
    rejects(() => openPlaintext(viewOf(rawRecord(20, EMPTY))), 'empty_record');
    rejects(() => openPlaintext(viewOf(rawRecord(23, pattern(3)))), 'early_application_data');
  });
});

describe('forgery', () => {
  const genuine = sealed(pair().write, application_data, pattern(20));

  test('any byte changed after the type, any bit of it, is bad_record_mac', () => {
    for (let at = 1; at < genuine.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const forged = genuine.slice();
        forged[at] = (forged[at] ?? 0) ^ (1 << bit);
        const error = rejects(() => pair().read.open(viewOf(forged)), 'bad_record_mac');
        assert.equal(error.alert, AlertDescription.bad_record_mac);
      }
    }
  });

  test('cut or lengthened anywhere is bad_record_mac, shorter than a tag too', () => {
    for (let length = 0; length < genuine.length - 5; length++) {
      rejects(
        () => pair().read.open(viewOf(rawRecord(23, genuine.subarray(5, 5 + length)))),
        'bad_record_mac',
      );
    }
    rejects(
      () => pair().read.open(viewOf(rawRecord(23, concatBytes(genuine.subarray(5), Uint8Array.of(0))))),
      'bad_record_mac',
    );
  });

  test('every failure looks the same', () => {
    const messages = new Set<string>();
    const forgeries = [EMPTY, pattern(1), pattern(15), pattern(16), pattern(17), pattern(MAX_CIPHERTEXT)];
    for (const body of forgeries) {
      const error = rejects(() => pair().read.open(viewOf(rawRecord(23, body))), 'bad_record_mac');
      messages.add(`${error.code} ${error.message} ${error.rfc}`);
    }
    assert.equal(messages.size, 1);
  });

  test('replayed, dropped and swapped records fail', () => {
    const { write } = pair();
    const [first, second] = [0, 1].map((i) => sealed(write, application_data, pattern(9, i)));
    assert.ok(first && second);
    const replay = pair().read;
    replay.open(viewOf(first));
    rejects(() => replay.open(viewOf(first)), 'bad_record_mac');
    rejects(() => pair().read.open(viewOf(second)), 'bad_record_mac');
  });

  test('under another key', () => {
    const { read } = pair();
    read.install(suiteWith(toyAead()), secretOf(9), proof());
    rejects(() => read.open(viewOf(genuine)), 'bad_record_mac');
  });

  test('tryOpen says undefined, moves nothing, and goes on', () => {
    const { write, read } = pair();
    for (const body of [EMPTY, pattern(3), pattern(100), pattern(MAX_CIPHERTEXT)]) {
      const view = viewOf(rawRecord(23, body));
      assert.equal(read.tryOpen(view), undefined);
      assert.equal(view.length, body.length);
    }
    assert.equal(read.records, 0);
    assert.deepEqual(read.tryOpen(viewOf(sealed(write, handshake, pattern(4))))?.content, pattern(4));
    assert.equal(read.records, 1);
  });

  test('tryOpen forgives forgery only', () => {
    rejects(() => pair().read.tryOpen(viewOf(sealedInner(new Uint8Array(5)))), 'no_content_type');
    rejects(() => pair().read.tryOpen(viewOf(sealedInner(Uint8Array.of(22)))), 'empty_record');
  });
});

describe('read keys need a proof', () => {
  test('that nothing but a joiner makes (checked by the compiler)', () => {
    const { read } = pair();
    const suite = suiteWith(toyAead());
    const refused = [
      // @ts-expect-error no proof
      () => read.install(suite, secretOf(1)),
      // @ts-expect-error not a proof
      () => read.install(suite, secretOf(1), {}),
      // @ts-expect-error a look-alike
      () => read.install(suite, secretOf(1), { toString: () => 'aligned: true' }),
      // @ts-expect-error perhaps not aligned
      () => read.install(suite, secretOf(1), new HandshakeJoiner().aligned),
    ];
    assert.equal(refused.length, 4);
  });
});

describe('limits of a key', () => {
  test('sealing: asks for an update at half, refuses at the end, whatever the type', () => {
    const { write } = pair(suiteWith(toyAead({ confidentiality: 10 })));
    for (let i = 0; i < 10; i++) {
      assert.equal(write.needsKeyUpdate, i >= 5, `after ${i} records`);
      sealed(write, application_data, pattern(1));
    }
    for (const type of [application_data, handshake, alert]) {
      const error = rejects(() => sealed(write, type, pattern(2)), 'key_exhausted');
      assert.equal(error.alert, AlertDescription.internal_error);
    }
    assert.equal(write.records, 10);
    write.install(suiteWith(toyAead()), secretOf(2));
    assert.equal(write.needsKeyUpdate, false);
    sealed(write, application_data, pattern(1));
  });

  test('an odd limit asks early enough', () => {
    const { write } = pair(suiteWith(toyAead({ confidentiality: 3 })));
    sealed(write, application_data, pattern(1));
    assert.equal(write.needsKeyUpdate, false);
    sealed(write, application_data, pattern(1));
    assert.equal(write.needsKeyUpdate, true);
    sealed(write, handshake, pattern(5));
  });

  test('opening: after too many forgeries the key is dead, for genuine records too', () => {
    const { write, read } = pair(suiteWith(toyAead({ integrity: 4 })));
    for (let i = 0; i < 4; i++) assert.equal(read.tryOpen(viewOf(rawRecord(23, pattern(i * 10)))), undefined);
    rejects(() => read.tryOpen(viewOf(sealed(write, application_data, pattern(1)))), 'key_exhausted');
  });
});

describe('wiping', () => {
  test('wiped halves refuse everything, also a second life', () => {
    const aead = toyAead();
    const suite = suiteWith(aead);
    const { write, read } = pair(suite);
    const record = sealed(write, application_data, pattern(4));
    write.wipe();
    read.wipe();
    assert.deepEqual(aead.wipedKeys, [0, 1]);
    assert.equal(write.protected, false);
    rejects(() => write.seal(application_data, pattern(4), 0, 4, new Uint8Array(99), 0), 'invalid_state');
    rejects(() => write.seal(handshake, pattern(4), 0, 4, new Uint8Array(99), 0), 'invalid_state');
    rejects(() => read.open(viewOf(record)), 'invalid_state');
    rejects(() => read.tryOpen(viewOf(record)), 'invalid_state');
    rejects(() => read.open(viewOf(rawRecord(22, pattern(4)))), 'invalid_state');
    rejects(() => write.install(suite, secretOf(1)), 'invalid_state');
    rejects(() => read.install(suite, secretOf(1), proof()), 'invalid_state');
    write.wipe();
    read.wipe();
    assert.deepEqual(aead.wipedKeys, [0, 1]);
  });

  test('a plaintext half can be wiped', () => {
    const half = new WriteHalf();
    half.wipe();
    rejects(() => half.seal(alert, Uint8Array.of(1, 0), 0, 2, new Uint8Array(9), 0), 'invalid_state');
  });

  test('a new key wipes the old one, and the secret stays', () => {
    const aead = toyAead();
    const suite = suiteWith(aead);
    const { write, read } = pair(suite);
    const secret = secretOf(5);
    write.install(suite, secret);
    read.install(suite, secret, proof());
    assert.deepEqual(aead.wipedKeys, [0, 1]);
    assert.deepEqual(secret.reveal(), new Uint8Array(32).fill(5));
  });

  test('the key bytes derived on the way are wiped', () => {
    const keys: Uint8Array[] = [];
    const aead = toyAead();
    const suite = suiteWith({
      ...aead,
      create: (key) => {
        keys.push(key);
        return aead.create(key);
      },
    });
    pair(suite);
    assert.equal(keys.length, 2);
    assert.ok(keys.every((key) => key.every((byte) => byte === 0)));
  });

  test('a failed install leaves the old key working', () => {
    const { write, read } = pair();
    const wiped = secretOf(3);
    wiped.wipe();
    const suite = suiteWith(toyAead());
    assert.throws(() => write.install(suite, wiped));
    assert.throws(() => read.install(suite, wiped, proof()));
    assert.deepEqual(read.open(viewOf(sealed(write, application_data, pattern(4)))).content, pattern(4));
  });
});
