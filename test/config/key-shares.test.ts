/** Which groups the first ClientHello has a share for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientConfig } from '../../src/config/config.ts';
import type { ClientOptions } from '../../src/config/options.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { TLSError } from '../../src/wire/error.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { now, provider } from '../handshake/credentials.ts';

const { X25519MLKEM768, MLKEM1024, x25519, secp256r1 } = NamedGroup;
const groups = [MLKEM1024, X25519MLKEM768, x25519];
const shares = (options: Partial<ClientOptions>): NamedGroup[] =>
  createClientConfig({ provider, now, serverName: 'a.test', groups, ...options }).keyShares.map(
    (group) => group.code,
  );

const CASES: Readonly<Record<string, readonly [Partial<ClientOptions>, readonly NamedGroup[]]>> = {
  'the first, and a classical one beside it': [{}, [MLKEM1024, x25519]],
  'those that are named': [{ keyShares: [X25519MLKEM768] }, [X25519MLKEM768]],
  'none, where none is named': [{ keyShares: [] }, []],
  'what the server is known to take, in our order': [
    { serverGroups: [x25519, X25519MLKEM768] },
    [X25519MLKEM768],
  ],
  'what the server is known to take, whatever is named': [
    { serverGroups: [x25519], keyShares: [MLKEM1024] },
    [x25519],
  ],
  'what the server is known to take, where none is named': [
    { serverGroups: [x25519], keyShares: [] },
    [x25519],
  ],
  'those that are named, where the server takes none of ours': [
    { serverGroups: [secp256r1], keyShares: [X25519MLKEM768] },
    [X25519MLKEM768],
  ],
  'the default, where the server takes what nobody knows': [
    { serverGroups: [codePoint<'NamedGroup'>(0x1234)] },
    [MLKEM1024, x25519],
  ],
};

for (const [name, [options, expected]] of Object.entries(CASES)) {
  test(name, () => {
    assert.deepEqual(shares(options), expected);
  });
}

test('a share for a group that is not offered is a mistake in the options', () => {
  assert.throws(
    () => shares({ keyShares: [secp256r1] }),
    (error) => error instanceof TLSError && error.reason === 'invalid_option',
  );
});
