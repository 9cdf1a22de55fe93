/** Checks left out of what is not on by default: external PSKs, cookies, records kept short, staples, policies. */
import type { Mutation } from './mutation.ts';

export const MUTATIONS_OF_OPTIONS: readonly Mutation[] = [
  {
    name: 'the binder of an external PSK is not checked',
    edits: [
      {
        file: 'handshake/external-psk.ts',
        find: 'if (binder.length === expected.length && constantTimeEqual(binder, expected))',
        replace: 'if (binder.length === expected.length)',
      },
    ],
    tests: ['test/session/external-psk'],
  },
  {
    name: 'an imported PSK is the same in every context',
    edits: [
      {
        file: 'handshake/external-psk.ts',
        find: 'w.vector(2, psk.identity).vector(2, context)',
        replace: 'w.vector(2, psk.identity).vector(2, context.subarray(0, 0))',
      },
    ],
    tests: ['test/session/external-psk'],
  },
  {
    name: 'an imported PSK is bound like any other',
    edits: [
      {
        file: 'handshake/external-psk.ts',
        find: "key.psk.context === undefined ? 'ext' : 'imp'",
        replace: "'ext'",
      },
    ],
    tests: ['test/session/external-psk'],
  },
  {
    name: 'a PSK is taken up under a suite of another hash',
    edits: [
      {
        file: 'handshake/client/server-hello.ts',
        find: 'if (hash?.name === suite.hash.name) return;',
        replace: 'if (suite.hash.name.length > 0) return;',
      },
    ],
    tests: ['test/session/external-psk', 'test/session/psk'],
  },
  {
    name: 'a cookie is good for ever',
    edits: [
      {
        file: 'handshake/server/retry-cookie.ts',
        find: 'if (!(age >= 0 && age <= COOKIE_LIFETIME))',
        replace: 'if (!(Math.abs(age) <= COOKIE_LIFETIME * 1e9))',
      },
    ],
    tests: ['test/handshake/retry-cookie'],
  },
  {
    name: 'a cookie goes with any ClientHello',
    edits: [
      {
        file: 'handshake/server/retry-cookie.ts',
        find: 'if (!equalBytes(suite.hash.digest(fixedParts(hello)), fixedHash)) {',
        replace: 'if (equalBytes(suite.hash.digest(fixedParts(hello)), fixedHash) === undefined) {',
      },
    ],
    tests: ['test/handshake/retry-cookie'],
  },
  {
    name: 'a cookie that was given need not come back',
    edits: [
      {
        file: 'handshake/server/hello.ts',
        find: "if (!equalBytes(second.known.cookie ?? EMPTY, cookie ?? EMPTY)) throw changed('cookie than was given');",
        replace: '',
      },
    ],
    tests: ['test/handshake/retry', 'test/handshake/second-hello'],
  },
  {
    name: 'records are longer than the peer takes',
    edits: [
      {
        file: 'record/half.ts',
        find: 'this.#maxFragment = Math.min(this.#maxFragment, length);',
        replace: 'this.#maxFragment = Math.min(this.#maxFragment, length + MAX_PLAINTEXT);',
      },
    ],
    tests: ['test/handshake/record-limits'],
  },
  {
    name: 'records are taken that are longer than we said',
    edits: [
      {
        file: 'record/half.ts',
        find: 'this.#maxContent = Math.min(length, MAX_PLAINTEXT);',
        replace: 'this.#maxContent = Math.max(length, MAX_PLAINTEXT);',
      },
    ],
    tests: ['test/handshake/record-limits'],
  },
  {
    name: 'a staple comes that nobody asked for',
    edits: [
      {
        file: 'handshake/client/authenticate.ts',
        find: "checkSolicited(entry.extensions, progress.offer.offeredExtensions, 'CT');",
        replace: 'if (entry.certData.length === 0) continue;',
      },
    ],
    tests: ['test/handshake/staple', 'test/handshake/extensions'],
  },
  {
    name: 'a policy without its groups',
    edits: [
      {
        file: 'config/policies.ts',
        find: 'cipherSuites: AES256, groups: [NamedGroup.secp384r1],',
        replace: 'cipherSuites: AES256, groups: [NamedGroup.secp384r1, NamedGroup.secp256r1],',
      },
    ],
    tests: ['test/config/policies'],
  },
  {
    name: 'a verdict lets in a key that may not sign',
    edits: [
      {
        file: 'handshake/judged-peer.ts',
        find: 'if (verdict.verified) checkMaySign(shown.leaf);',
        replace: 'if (verdict.verified && certificates.length === 0) checkMaySign(shown.leaf);',
      },
    ],
    tests: ['test/handshake/key-usage'],
  },
  {
    name: 'an alert in clear is believed after early data',
    edits: [
      {
        file: 'engine/input.ts',
        find: 'this.read.records === 0 && !this.#hasShownKeys;',
        replace: 'this.read.records === 0;',
      },
    ],
    tests: ['test/history/truncation'],
  },
  {
    name: 'tickets and old memory are left behind received data',
    edits: [{ file: 'record/open-room.ts', find: 'this.#bytes.fill(0, this.#at);', replace: '' }],
    tests: ['test/history/javascript-stacks'],
  },
  {
    name: 'a session that a retry made useless is kept',
    edits: [
      {
        file: 'handshake/client/hello.ts',
        find: 'session?.secret.wipe(); return undefined;',
        replace: 'return undefined;',
      },
    ],
    tests: ['test/history/wiped-secrets'],
  },
  {
    name: 'an application sends in the middle of a record',
    edits: [{ file: 'engine/output.ts', find: 'plainView(content), room', replace: 'content, room' }],
    tests: ['test/history/reentrancy'],
  },
];
