import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHandshake, expectData, sendData, serverHandshake } from '../../src/fuzz.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { againstClient, againstServer, assertSecure } from './kit.ts';

const ping = Uint8Array.from([1, 2, 3]);

test('our client against an unaltered scripted server', () => {
  const played = againstServer(serverHandshake().append(sendData(ping)));
  assertSecure(played);
  assert.deepEqual([...played.tested.data], [...ping]);
  const retried = againstServer(serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 }), {
    options: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] },
  });
  assertSecure(retried);
});

test('our server against an unaltered scripted client', () => {
  const played = againstClient(clientHandshake().append(sendData(ping), expectData(ping)), {
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
      };
    },
  });
  assertSecure(played);
});
