/** `options.provider`: who computes for a socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { namedProvider } from '../../src/crypto/wasm/provider.ts';
import { contextSettings, createSecureContext } from '../../src/node/secure-context.ts';
import { TicketVault } from '../../src/node/ticket-vault.ts';
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

test("a server's tickets are the work of its provider too", async () => {
  const { provider, made } = counting('noble');
  const drawn: number[] = [];
  const random = (out: Uint8Array): void => {
    drawn.push(out.length);
    out.fill(7);
  };
  const mine = { ...provider, random };
  const server = puretls.createServer({ provider: mine } as object);
  assert.deepEqual([...server.getTicketKeys()], new Array(48).fill(7));
  assert.deepEqual(drawn, [48]);

  const context = createSecureContext({ provider: mine } as object);
  const over = puretls.createServer({ secureContext: context, provider: 'auto' } as object);
  assert.deepEqual([...over.getTicketKeys()], new Array(48).fill(7));
  const vault = new TicketVault({}, mine);
  const before = made();
  vault.keys.seal(new Uint8Array(10));
  assert.equal(made(), before + 1);
});

test('servers that share ticket keys need not share a provider', () => {
  const ticketKeys = new Uint8Array(48).fill(9);
  const noble = new TicketVault({ ticketKeys }, namedProvider('noble'));
  const auto = namedProvider('auto');
  const reversed = { ...auto, cipherSuites13: [...auto.cipherSuites13].reverse() };
  const other = new TicketVault({ ticketKeys }, reversed);
  const session = Uint8Array.of(1, 2, 3);
  assert.deepEqual(other.keys.open(noble.keys.seal(session)), session);
});
