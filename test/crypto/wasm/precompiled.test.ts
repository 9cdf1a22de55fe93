/** Kernels compiled elsewhere, for hosts that run WebAssembly and forbid compiling it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  embeddedKernels,
  type KernelFile,
  useCompiledKernels,
} from '../../../src/crypto/wasm/precompiled.ts';
import { kernelStatus, namedProvider } from '../../../src/crypto/wasm/provider.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { Pair } from '../../engine/pair.ts';
import { issue } from '../../handshake/credentials.ts';

interface Host {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: unknown;
  readonly CompileError: new (message: string) => Error;
}

const real = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;
const binaries = embeddedKernels();
const compiled = Object.fromEntries(
  Object.entries(binaries).map(([name, text]) => [name, new real.Module(Buffer.from(text, 'base64'))]),
) as Record<KernelFile, object>;

function refused(reason: string, modules: object): void {
  assert.throws(
    () => useCompiledKernels(modules),
    (error: unknown) => error instanceof TLSError && error.reason === reason,
  );
}

/** As under `script-src 'self'`: modules may be run, but not made, and asking is forbidden too. */
class Forbidden {
  constructor() {
    throw new real.CompileError('Wasm code generation disallowed by embedder');
  }
}

describe('where compiling is forbidden', () => {
  before(() => {
    const validate = (): never => {
      throw new Error('disallowed');
    };
    Object.assign(globalThis, { WebAssembly: { Instance: real.Instance, Module: Forbidden, validate } });
  });
  after(() => {
    Object.assign(globalThis, { WebAssembly: real });
  });

  test('without modules there are no kernels', () => {
    assert.equal(namedProvider('auto').name, 'noble');
    assert.throws(() => namedProvider('wasm'), { message: /lacks/ });
  });

  test('what is no module, and what is no kernel, is refused, and nothing is taken of the rest', () => {
    refused('invalid_option', { ...compiled, p256: Buffer.from(binaries.p256, 'base64') });
    refused('invalid_option', { ...compiled, p256: undefined });
    refused('invalid_option', { ...compiled, p521: compiled.p256 });
    refused('invalid_option', { ...compiled, toString: compiled.p256 });
    assert.equal(namedProvider('auto').name, 'noble');
  });

  test('those that are given run; another one in their place is found out and left to noble', () => {
    useCompiledKernels({ ...compiled, p384: compiled.x25519 });
    assert.equal(namedProvider('auto').name, 'wasm');
    for (const { name, state } of kernelStatus(true)) {
      assert.equal(state, name === 'P-384' ? 'unusable' : 'running', name);
    }
  });

  test('a connection tells who computed what', () => {
    const provider = namedProvider('wasm');
    const open = (kind: 'ecdsa-p256' | 'ecdsa-p384', group: string): Pair => {
      const groups = provider.groups.filter(({ name }) => name === group).map(({ code }) => code);
      const pair = new Pair(
        { provider, groups },
        { provider, groups, credentials: [issue({ kind, usage: 'serverAuth' })] },
      ).pump();
      assert.equal(pair.client.error, undefined);
      return pair;
    };
    const all = open('ecdsa-p256', 'X25519MLKEM768');
    const { servedBy } = all.client.tested.connection.info;
    const kernels = { aead: 'wasm', hash: 'wasm', group: 'wasm' };
    assert.deepEqual(servedBy, { ...kernels, peerSignature: 'wasm', localSignature: undefined });
    assert.deepEqual(all.server.tested.connection.info.servedBy, {
      ...kernels,
      peerSignature: undefined,
      localSignature: 'wasm',
    });
    const some = open('ecdsa-p384', 'secp384r1').client.tested.connection.info;
    assert.equal(some.provider, 'wasm');
    assert.deepEqual(some.servedBy, {
      ...kernels,
      group: 'noble',
      peerSignature: 'noble',
      localSignature: undefined,
    });
  });

  test('too late is an error, not silence', () => {
    refused('invalid_state', { p256: compiled.p256 });
    refused('invalid_state', { p384: compiled.p384 });
  });
});

test('a provider of one piece computes all of it, and before the handshake there is nothing to tell', () => {
  const provider = { ...namedProvider('noble'), name: 'mine' };
  const pair = new Pair(
    { provider },
    { provider, credentials: [issue({ kind: 'ed25519', usage: 'serverAuth' })] },
  );
  assert.deepEqual(new Set(Object.values(pair.client.tested.connection.info.servedBy)), new Set([undefined]));
  assert.deepEqual(pair.pump().client.tested.connection.info.servedBy, {
    aead: 'mine',
    hash: 'mine',
    group: 'mine',
    peerSignature: 'mine',
    localSignature: undefined,
  });
});
