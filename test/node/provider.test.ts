/** `options.provider`: who computes for a socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { namedProvider } from '../../src/crypto/wasm/provider.ts';
import { contextSettings, createSecureContext } from '../../src/node/secure-context.ts';
import { connected, puretls, readAll, within } from './support.ts';

const nameOf = (provider: unknown): string =>
  contextSettings(createSecureContext({ provider } as object)).provider.name;

test('by name, by object, and by default the kernels where they can run', () => {
  assert.equal(nameOf(undefined), 'wasm');
  assert.equal(nameOf(null), 'wasm');
  assert.equal(nameOf('auto'), 'wasm');
  assert.equal(nameOf('wasm'), 'wasm');
  assert.equal(nameOf('noble'), 'noble');
  assert.equal(nameOf({ ...namedProvider('noble'), name: 'mine' }), 'mine');
});

test('anything else is refused by the name of the option', () => {
  for (const provider of ['openssl', '', 1, true, {}, [], { cipherSuites13: [] }, () => {}]) {
    assert.throws(() => createSecureContext({ provider } as object), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /options\.provider/,
    });
  }
});

test('an inherited option is not one', () => {
  assert.equal(
    nameOf(undefined),
    contextSettings(createSecureContext(Object.create({ provider: 'noble' }))).provider.name,
  );
});

/** A provider that counts the keys its AEADs make. */
function counting(name: 'noble' | 'wasm'): {
  readonly provider: CryptoProvider;
  readonly made: () => number;
} {
  const base = namedProvider(name);
  let made = 0;
  const cipherSuites13 = base.cipherSuites13.map((suite) => ({
    ...suite,
    aead: {
      ...suite.aead,
      create: (key: Uint8Array) => {
        made += 1;
        return suite.aead.create(key);
      },
    },
  }));
  return { provider: { ...base, cipherSuites13 }, made: () => made };
}

test('each end computes with what it was given, and both understand each other', async () => {
  for (const [serverName, clientName] of [
    ['noble', 'wasm'],
    ['wasm', 'noble'],
  ] as const) {
    for (const ciphers of [
      'TLS_CHACHA20_POLY1305_SHA256',
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
    ]) {
      const [ofServer, ofClient] = [counting(serverName), counting(clientName)];
      const pair = await connected(
        puretls,
        puretls,
        { provider: ofServer.provider, ciphers },
        { provider: ofClient.provider, ciphers },
      );
      const data = Buffer.alloc(100_000, 'x');
      pair.client.end(data);
      try {
        const received = await within(readAll(pair.server), 'data');
        assert.ok(received.equals(data));
      } finally {
        await pair.close();
      }
      // Handshake and application keys, both ways, or early keys besides.
      assert.ok(ofServer.made() >= 4, `${ofServer.made()}`);
      assert.ok(ofClient.made() >= 4, `${ofClient.made()}`);
    }
  }
});
