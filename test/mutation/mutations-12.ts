/** Checks of TLS 1.2 left out. */
import type { Mutation } from './mutation.ts';

export const MUTATIONS_12: readonly Mutation[] = [
  {
    name: 'the signature in ServerKeyExchange is not checked',
    edits: [
      {
        file: 'handshake/tls12/authenticate.ts',
        find: 'if (!scheme.verify(key, content, signature)) {',
        replace: 'if (content.length === 0) {',
      },
    ],
    tests: ['test/tls12/server-key-exchange'],
  },
  {
    name: 'TLS 1.2: a scheme need not fit the key',
    edits: [
      {
        file: 'handshake/tls12/authenticate.ts',
        find: 'if (scheme === undefined || !fits12(scheme, key)) {',
        replace: 'if (scheme === undefined) {',
      },
    ],
    tests: ['test/tls12/server-key-exchange'],
  },
  {
    name: 'TLS 1.2: Finished is not compared',
    edits: [
      {
        file: 'handshake/tls12/keys.ts',
        find: 'if (!constantTimeEqual(message.verifyData, expected)) {',
        replace: 'if (constantTimeEqual(message.verifyData, expected) === undefined) {',
      },
    ],
    tests: ['test/tls12/finished'],
  },
  {
    name: 'TLS 1.2: the certificate need not fit the suite',
    edits: [
      {
        file: 'handshake/client/tls12.ts',
        find: 'if (!suiteFitsKey(agreed.suite, key)) {',
        replace: 'if (suiteFitsKey(agreed.suite, key) === undefined) {',
      },
    ],
    tests: ['test/tls12/certificates'],
  },
  {
    name: 'a session is resumed without extended_master_secret',
    edits: [
      {
        file: 'handshake/client/tls12.ts',
        find: 'if (!agreed.extendedMasterSecret) {',
        replace: 'if (agreed.extendedMasterSecret === undefined) {',
      },
    ],
    tests: ['test/tls12/resumption'],
  },
  {
    name: 'a session is resumed with another suite',
    edits: [
      {
        file: 'handshake/client/tls12.ts',
        find: 'if (session.cipherSuite !== agreed.suite.code) {',
        replace: 'if (session.cipherSuite === undefined) {',
      },
    ],
    tests: ['test/tls12/resumption'],
  },
  {
    name: 'renegotiation_info may say anything',
    edits: [
      {
        file: 'handshake/client/tls12.ts',
        find: 'if ((hello.known.renegotiationInfo?.length ?? 0) > 0) {',
        replace: 'if ((hello.known.renegotiationInfo?.length ?? 0) > 255) {',
      },
    ],
    tests: ['test/tls12/server-hello'],
  },
  {
    name: 'TLS_FALLBACK_SCSV is passed over',
    edits: [
      {
        file: 'handshake/server/tls12.ts',
        find: '&& newest !== ProtocolVersion.TLS12) {',
        replace: '&& newest === undefined) {',
      },
    ],
    tests: ['test/tls12/versions'],
  },
  {
    name: 'ChangeCipherSpec may come at any length',
    edits: [
      {
        file: 'engine/input.ts',
        find: 'return content.length === 1 && content[0] === 1;',
        replace: 'return content[0] === 1;',
      },
    ],
    tests: ['test/tls12/change-cipher-spec', 'test/handshake/change-cipher-spec'],
  },
  {
    name: 'TLS 1.2: a record may hold more than 2^14 bytes',
    edits: [
      {
        file: 'record/protect12.ts',
        find: 'if (record.length > Math.min(maxContent, MAX_PLAINTEXT)) {',
        replace: 'if (record.length > maxContent + MAX_PLAINTEXT) {',
      },
    ],
    tests: ['test/record/refusals12', 'test/tls12/records'],
  },
];
