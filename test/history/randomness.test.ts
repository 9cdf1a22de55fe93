/**
 * Randomness that was none, and nonces that came twice.
 *
 * - Debian, CVE-2008-0166; `Math.random` for hellos (measured in a JavaScript stack): here every random byte is asked of the
 *   source, nothing is drawn when modules load, and without a source nothing is sent.
 * - Forked and restored processes that go on with the same state: here no state is kept between two draws.
 * - GCM nonces drawn at random, or repeated, CVE-2016-0270: here a nonce is a record's number, and ends before it repeats.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RandomSource } from '../../src/crypto/provider.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import { clientHandshake12, splitRecords } from '../../src/fuzz.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { NonceSequence } from '../../src/record/nonce.ts';
import { TLSError } from '../../src/wire/error.ts';
import { MAX_SEQUENCE_NUMBER } from '../../src/wire/limits.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, provider } from '../handshake/credentials.ts';
import { testedClient } from '../handshake/kit.ts';
import { againstClient12, ONLY12, ONLY13 } from '../tls12/kit.ts';

const real = { ...provider, random: platformRandom };

describe('nothing random comes twice', () => {
  for (const [version, only] of [
    ['TLS 1.2', ONLY12],
    ['TLS 1.3', ONLY13],
  ] as const) {
    test(`${version}: hellos, session ids and shares of two connections of one process`, () => {
      const groups = [NamedGroup.x25519];
      const seen = new Set<string>();
      let pieces = 0;
      for (let i = 0; i < 4; i += 1) {
        const pair = new Pair(
          { ...only, provider: real, groups },
          { ...only, provider: real, groups },
        ).pump();
        assert.equal(pair.client.tested.connection.phase, 'open');
        for (const { sent } of [pair.client, pair.server]) {
          // Header of record and message, version; then 32 random bytes.
          for (const piece of [sent.slice(11, 43), sent.slice(sent.length - 40)]) {
            seen.add(Buffer.from(piece).toString('hex'));
            pieces += 1;
          }
        }
      }
      assert.equal(seen.size, pieces);
    });
  }
  test('keys of a share, and a share that was used, are never used again', () => {
    const shares = new Set<string>();
    for (const group of provider.groups) {
      for (let i = 0; i < 2; i += 1) {
        shares.add(Buffer.from(group.generate(platformRandom).share).toString('hex'));
      }
      const used = group.generate(platformRandom);
      used.wipe();
      const other = group.encapsulate(used.share, platformRandom);
      assert.ok(other !== undefined);
      assert.throws(() => used.agree(other.share), { code: 'TLS_INTERNAL_ERROR' });
    }
    assert.equal(shares.size, 2 * provider.groups.length);
  });
  test('a copy of a process begins with what the system gives then: nothing is kept between draws', () => {
    // A source that is rewound gives the same bytes; one that goes on does not: all that differs is the source.
    let next = 0;
    const counting: RandomSource = (out) => {
      for (let i = 0; i < out.length; i += 1) out[i] = next++ & 0xff;
    };
    const hello = (): string => {
      const output = testedClient({ provider: { ...provider, random: counting } }).takeOutput();
      assert.ok(output !== undefined);
      return Buffer.from(output).toString('hex');
    };
    const first = hello();
    assert.notEqual(hello(), first);
    next = 0;
    assert.equal(hello(), first);
  });
});

describe('without a source', () => {
  test('nothing is sent, and nothing weaker takes its place', () => {
    const failing: RandomSource = () => {
      throw new TLSError('no_random', 'none');
    };
    assert.throws(() => testedClient({ provider: { ...provider, random: failing } }), {
      code: 'TLS_NO_RANDOM',
    });
    const pair = new Pair(ONLY13, { ...ONLY13, provider: { ...provider, random: failing } }).pump();
    assert.equal(pair.server.tested.connection.error?.reason, 'no_random');
    assert.ok(!pair.client.tested.kinds.includes('secure'));
  });
  test('the library’s own source says so where the platform has none', () => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
    assert.ok(descriptor);
    Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true, writable: true });
    try {
      assert.throws(() => systemRandom()(new Uint8Array(1)), { code: 'TLS_NO_RANDOM' });
    } finally {
      Object.defineProperty(globalThis, 'crypto', descriptor);
    }
  });
  test('Math.random is not asked: it may say what it likes', () => {
    const { random } = Math;
    let asked = 0;
    Math.random = () => {
      asked += 1;
      return 0;
    };
    try {
      const pair = new Pair({ ...ONLY13, provider: real }, { ...ONLY13, provider: real }).pump();
      assert.equal(pair.client.tested.connection.phase, 'open');
      assert.equal(asked, 0);
    } finally {
      Math.random = random;
    }
  });
});

describe('nonces (CVE-2016-0270)', () => {
  test('TLS 1.2: the explicit part counts up from zero in every record, whatever the source gives', () => {
    const zeros = { ...provider, random: provider.random };
    const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
    const played = againstClient12(clientHandshake12(), {
      options: {
        provider: zeros,
        groups,
        cipherSuites: [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256],
        credentials: [credentials.serverP256()],
      },
      peer: { groups: [NamedGroup.secp256r1] },
    });
    const { connection } = played.tested;
    assert.equal(connection.phase, 'open');
    for (let i = 0; i < 5; i += 1) connection.send(new Uint8Array(1));
    const output = connection.takeOutput();
    assert.ok(output !== undefined);
    const explicit = splitRecords(output).map((record) => [...record.slice(5, 13)]);
    // The first was its Finished.
    assert.deepEqual(
      explicit,
      [1, 2, 3, 4, 5].map((number) => [0, 0, 0, 0, 0, 0, 0, number]),
    );
  });
  test('they all differ, and stop before they could come again', () => {
    const sequence = new NonceSequence(new Uint8Array(12), MAX_SEQUENCE_NUMBER - 3);
    const seen = new Set<string>();
    for (let i = 0; i < 3; i += 1) {
      seen.add(Buffer.from(sequence.current()).toString('hex'));
      sequence.advance();
    }
    assert.equal(seen.size, 3);
    assert.throws(() => sequence.current(), { code: 'TLS_KEY_EXHAUSTED' });
  });
  test('TLS 1.3: the key is changed before it is worn out, in TLS 1.2 the connection ends', () => {
    const worn = <T extends { readonly aead: object }>(suite: T): T => ({
      ...suite,
      aead: { ...suite.aead, confidentialityLimit: 6 },
    });
    const limited = {
      ...provider,
      cipherSuites13: provider.cipherSuites13.map(worn),
      cipherSuites12: provider.cipherSuites12.map(worn),
    };
    const groups = [NamedGroup.x25519];
    for (const [only, ends] of [
      [ONLY13, false],
      [ONLY12, true],
    ] as const) {
      const pair = new Pair({ ...only, groups, provider: limited }, { ...only, groups }).pump();
      const { connection } = pair.client.tested;
      let thrown: unknown;
      for (let i = 0; i < 20 && thrown === undefined; i += 1) {
        try {
          connection.send(Uint8Array.of(i));
        } catch (error) {
          thrown = error;
        }
      }
      pair.pump();
      if (ends) assert.equal(connection.error?.reason, 'key_exhausted');
      else assert.equal(pair.server.tested.data.length, 20);
      assert.equal(thrown !== undefined, ends);
    }
  });
});
