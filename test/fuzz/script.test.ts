import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import {
  clientHandshake,
  insecureSeededRandom,
  Script,
  ScriptedPeer,
  serverHandshake,
  step,
} from '../../src/fuzz.ts';

const provider = nobleProvider(insecureSeededRandom(1));
const names = (script: { steps: readonly { name: string }[] }): string[] =>
  script.steps.map((each) => each.name);
const letters = new Script(['a', 'b', 'c', 'd'].map((name) => step(name, () => {})));
const x = step('x', () => {});

test('edits give new scripts and leave the old one', () => {
  assert.deepEqual(names(letters.without('b', 'd')), ['a', 'c']);
  assert.deepEqual(names(letters.before('b', x)), ['a', 'x', 'b', 'c', 'd']);
  assert.deepEqual(names(letters.after('b', x)), ['a', 'b', 'x', 'c', 'd']);
  assert.deepEqual(names(letters.replace('b', x, x)), ['a', 'x', 'x', 'c', 'd']);
  assert.deepEqual(names(letters.repeat('b')), ['a', 'b', 'b', 'c', 'd']);
  assert.deepEqual(names(letters.swap('b', 'd')), ['a', 'd', 'c', 'b']);
  assert.deepEqual(names(letters.until('c')), ['a', 'b']);
  assert.deepEqual(names(letters.through('c')), ['a', 'b', 'c']);
  assert.deepEqual(names(letters.append(x)), ['a', 'b', 'c', 'd', 'x']);
  assert.deepEqual(names(letters), ['a', 'b', 'c', 'd']);
});

test('a name that is not in the script is the mistake of the test, and throws', () => {
  const edits: (() => unknown)[] = [
    () => letters.without('a', 'z'),
    () => letters.before('z', x),
    () => letters.after('z', x),
    () => letters.replace('z', x),
    () => letters.repeat('z'),
    () => letters.swap('a', 'z'),
    () => letters.until('z'),
    () => letters.through('z'),
    () => serverHandshake().change('HelloRetryRequest', (fields) => fields),
    () => clientHandshake().options('second ClientHello', {}),
  ];
  for (const edit of edits) assert.throws(edit, /has no step/);
});

test('changes of one message add up, first to last, and reach the wire', () => {
  const peer = ScriptedPeer.client({ provider, random: insecureSeededRandom(2) });
  const script = clientHandshake()
    .change('ClientHello', (hello) => ({ ...hello, legacySessionId: Uint8Array.of(1) }))
    .change('ClientHello', (hello) => ({
      ...hello,
      legacySessionId: Uint8Array.of(...hello.legacySessionId, 2),
    }));
  peer.play(script.through('ClientHello'));
  const sent = peer.takeOutput() ?? new Uint8Array(0);
  assert.deepEqual([...sent.slice(5 + 4 + 2 + 32, 5 + 4 + 2 + 32 + 3)], [2, 1, 2]);
});

test('a step that waits is named, and is run again when bytes come', () => {
  const peer = ScriptedPeer.server({ provider });
  let runs = 0;
  peer.play(
    new Script([
      {
        name: 'the second byte',
        run: () => {
          runs += 1;
          return runs === 3;
        },
      },
      x,
    ]),
  );
  assert.equal(peer.waitingFor, 'the second byte');
  peer.receive(Uint8Array.of(1));
  assert.equal(peer.waitingFor, 'the second byte');
  peer.receive(Uint8Array.of(1));
  assert.equal(peer.waitingFor, undefined);
  assert.equal(runs, 3);
});
