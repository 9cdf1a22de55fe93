/** Checks of TLS 1.3, its sessions and its records left out. */
import type { Mutation } from './mutation.ts';

export const MUTATIONS_13: readonly Mutation[] = [
  {
    name: 'a PSK binder is not checked',
    edits: [
      {
        file: 'handshake/resumption.ts',
        find: 'if (!constantTimeEqual(binder, expected)) {',
        replace: 'if (constantTimeEqual(binder, expected) === undefined) {',
      },
    ],
    tests: ['test/session/psk'],
  },
  {
    name: 'a session is taken up under other settings',
    edits: [
      {
        file: 'handshake/resumption.ts',
        find: 'equalBytes(session.binding, sessionBinding(config)) && session.serverName',
        replace: 'sessionBinding(config).length > 0 && session.serverName',
      },
    ],
    tests: ['test/session/binding'],
  },
  {
    name: 'a session is taken up for another name',
    edits: [
      {
        file: 'handshake/resumption.ts',
        find: 'session.serverName === hello.known.serverName &&',
        replace: "session.serverName !== '' &&",
      },
    ],
    tests: ['test/session/tickets'],
  },
  {
    name: 'a session is taken up past its end',
    edits: [
      {
        file: 'handshake/resumption.ts',
        find: '!isExpired(session, config.now()) && mayRestorePeer(config, session);',
        replace: 'mayRestorePeer(config, session);',
      },
    ],
    tests: ['test/session/tickets'],
  },
  {
    name: 'a HelloRetryRequest may ask for what it has',
    edits: [
      {
        file: 'handshake/client/server-hello.ts',
        find: 'if (offer.hello.known.keyShare?.some((share) => share.group === selected) === true) {',
        replace: 'if (offer.hello.known.keyShare?.some((share) => share.group === selected) === undefined) {',
      },
    ],
    tests: ['test/handshake/retry'],
  },
  {
    name: 'ServerHello may choose otherwise than HelloRetryRequest',
    edits: [
      {
        file: 'handshake/client/server-hello.ts',
        find: "if (state.name === 'ExpectServerHelloAfterRetry') checkAgainstRetry(state.retry, hello);",
        replace: '',
      },
    ],
    tests: ['test/handshake/retry'],
  },
  {
    name: 'the second ClientHello may be another one',
    edits: [
      {
        file: 'handshake/server/hello.ts',
        find: 'checkUnchanged(state.firstHello, hello, state.cookie);',
        replace: '',
      },
    ],
    tests: ['test/handshake/second-hello'],
  },
  {
    name: 'an application protocol that was not offered is accepted',
    edits: [
      {
        file: 'handshake/client/authenticate.ts',
        find: 'if (name === undefined || !config.alpnProtocols.includes(name)) {',
        replace: 'if (name === undefined) {',
      },
    ],
    tests: ['test/handshake/extensions'],
  },
  {
    name: 'a client without a certificate passes where one is required',
    edits: [{ file: 'handshake/server/finish.ts', find: 'refuseAnonymous(config);', replace: '' }],
    tests: ['test/handshake/client-authentication'],
  },
  {
    name: 'a certificate that was refused is accepted',
    edits: [
      {
        file: 'handshake/machine.ts',
        find: 'if (answer.accept) return;',
        replace: 'if (answer.kind.length > 0) return;',
      },
    ],
    tests: ['test/handshake/client-authentication'],
  },
  {
    name: 'a record may come between the fragments of a message',
    edits: [
      {
        file: 'engine/input.ts',
        find: 'if (this.#joiner.pending > 0) {',
        replace: 'if (this.#joiner.pending > 1e9) {',
      },
    ],
    tests: ['test/handshake/records'],
  },
  {
    name: 'data are taken before Finished',
    edits: [
      {
        file: 'engine/input.ts',
        find: "if (this.#protection !== 'application') {",
        replace: "if (this.#protection === 'plaintext') {",
      },
    ],
    tests: ['test/handshake/records'],
  },
  {
    name: 'a peer may get nowhere for ever',
    edits: [
      {
        file: 'engine/patience.ts',
        find: 'if (spent > limit) {',
        replace: 'if (spent > limit * 1000) {',
      },
    ],
    tests: ['test/handshake/records', 'test/handshake/alerts'],
  },
  {
    name: 'the same nonce may come twice',
    edits: [
      {
        file: 'record/nonce.ts',
        find: 'if (sequence >= MAX_SEQUENCE_NUMBER) {',
        replace: 'if (sequence > MAX_SEQUENCE_NUMBER * 2) {',
      },
    ],
    tests: ['test/record/nonce'],
  },
];
