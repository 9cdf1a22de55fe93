import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { sha256, sha384 } from '../../src/crypto/noble/hash.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { prf } from '../../src/crypto/prf.ts';
import type { CipherSuite12, HashFunction } from '../../src/crypto/provider.ts';
import {
  extendedMasterSecret,
  finishedVerifyData12,
  keyBlock,
  masterSecret,
} from '../../src/key-schedule/tls12.ts';
import { hex, repeatable, vectors } from '../crypto/support/vectors.ts';

type Fields = Record<
  'hash' | 'premasterSecret' | 'clientRandom' | 'serverRandom' | 'masterSecret' | 'keyBlock',
  string
>;

interface Answers {
  readonly masterSecret: readonly (Fields & Record<'clientHelloRandom' | 'serverHelloRandom', string>)[];
  readonly extendedMasterSecret: readonly (Fields & { readonly sessionHash: string })[];
}

const answers = vectors<Answers>('tls12-kdf.json');
const { cipherSuites12, optionalCipherSuites12 } = nobleProvider(repeatable());
const SUITES = [...cipherSuites12, ...optionalCipherSuites12];
const hashOf = (name: string): HashFunction => (name === 'SHA-256' ? sha256 : sha384);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const secret = (value: string): Secret => new Secret(hex(value));

/** The key block of a suite, laid end to end as RFC 5246 6.3 has it. */
function laidOut(suite: CipherSuite12, master: Secret, client: string, server: string): string {
  const block = keyBlock(suite, master, hex(client), hex(server));
  return text(
    Buffer.concat([block.clientWriteKey, block.serverWriteKey, block.clientWriteIv, block.serverWriteIv]),
  );
}

describe('master secrets', () => {
  test('NIST CAVP: bound to the randoms', () => {
    assert.equal(answers.masterSecret.length, 1);
    for (const each of answers.masterSecret) {
      const premaster = secret(each.premasterSecret);
      const master = masterSecret(
        hashOf(each.hash),
        premaster,
        hex(each.clientHelloRandom),
        hex(each.serverHelloRandom),
      );
      assert.equal(text(master.reveal()), each.masterSecret);
      assert.equal(premaster.wiped, false);
      const swapped = masterSecret(
        hashOf(each.hash),
        premaster,
        hex(each.serverHelloRandom),
        hex(each.clientHelloRandom),
      );
      assert.notEqual(text(swapped.reveal()), each.masterSecret);
    }
  });

  test('NIST ACVP: bound to the session hash, with both hashes', () => {
    assert.equal(answers.extendedMasterSecret.length, 6);
    for (const each of answers.extendedMasterSecret) {
      const hash = hashOf(each.hash);
      const master = extendedMasterSecret(hash, secret(each.premasterSecret), hex(each.sessionHash));
      assert.equal(text(master.reveal()), each.masterSecret);
      assert.equal(master.length, 48);
      const other = hex(each.sessionHash);
      other[0] = (other[0] ?? 0) ^ 1;
      assert.notEqual(
        text(extendedMasterSecret(hash, secret(each.premasterSecret), other).reveal()),
        each.masterSecret,
      );
    }
  });

  test('the two derivations have nothing to do with each other', () => {
    const premaster = new Secret(new Uint8Array(32).fill(7));
    const [client, server] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const both = new Uint8Array(64).fill(1, 0, 32).fill(2, 32);
    assert.notEqual(
      text(masterSecret(sha256, premaster, client, server).reveal()),
      text(extendedMasterSecret(sha256, premaster, both).reveal()),
    );
  });

  test('nothing comes of a wiped premaster secret', () => {
    const premaster = new Secret(new Uint8Array(32));
    premaster.wipe();
    assert.throws(() => extendedMasterSecret(sha256, premaster, new Uint8Array(32)), /wiped/);
  });
});

describe('the key block', () => {
  for (const suite of SUITES) {
    test(`${suite.name}: is cut as the suite says`, () => {
      const all = [...answers.masterSecret, ...answers.extendedMasterSecret];
      const fitting = all.filter((each) => each.hash === suite.hash.name);
      assert.ok(fitting.length >= 3);
      for (const each of fitting) {
        const master = secret(each.masterSecret);
        const laid = laidOut(suite, master, each.clientRandom, each.serverRandom);
        const ivLength = suite.nonce === 'explicit' ? 4 : 12;
        assert.equal(laid.length, 4 * (suite.aead.keyLength + ivLength));
        assert.ok(each.keyBlock.startsWith(laid));
        // The other order of the randoms is the master secret's, and wrong here.
        assert.notEqual(laidOut(suite, master, each.serverRandom, each.clientRandom), laid);
      }
    });
  }

  test('the parts own their memory: wiping one leaves the others', () => {
    const [suite] = SUITES;
    assert.ok(suite);
    const master = new Secret(new Uint8Array(48).fill(9));
    const [client, server] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const block = keyBlock(suite, master, client, server);
    const again = keyBlock(suite, master, client, server);
    block.clientWriteKey.fill(0);
    block.serverWriteIv.fill(0);
    assert.deepEqual(block.serverWriteKey, again.serverWriteKey);
    assert.deepEqual(block.clientWriteIv, again.clientWriteIv);
    for (const part of Object.values(block)) assert.equal(part.byteLength, part.buffer.byteLength);
  });
});

describe('Finished', () => {
  const master = new Secret(new Uint8Array(48).fill(3));
  const transcript = new Uint8Array(32).fill(4);

  test('is twelve bytes of the PRF under the role’s label', () => {
    for (const role of ['client', 'server'] as const) {
      const data = finishedVerifyData12(sha256, master, role, transcript);
      assert.deepEqual(data, prf(sha256, master, `${role} finished`, transcript, 12));
      assert.equal(data.length, 12);
    }
    assert.equal(finishedVerifyData12(sha384, master, 'client', new Uint8Array(48)).length, 12);
  });

  test('one role’s cannot pass for the other’s, nor one transcript’s for another’s', () => {
    const mine = text(finishedVerifyData12(sha256, master, 'client', transcript));
    assert.notEqual(text(finishedVerifyData12(sha256, master, 'server', transcript)), mine);
    assert.notEqual(text(finishedVerifyData12(sha256, master, 'client', new Uint8Array(32))), mine);
    assert.notEqual(text(finishedVerifyData12(sha384, master, 'client', transcript)), mine);
    const other = new Secret(new Uint8Array(48).fill(5));
    assert.notEqual(text(finishedVerifyData12(sha256, other, 'client', transcript)), mine);
  });
});
