/** Checks of raw public keys left out (RFC 7250). */
import type { Mutation } from './mutation.ts';

const TESTS = ['test/handshake/raw-public-keys', 'test/handshake/raw-key-peers', 'test/session/raw-keys'];

export const MUTATIONS_OF_RAW_KEYS: readonly Mutation[] = [
  {
    name: 'raw keys: none is compared with those trusted',
    edits: [
      {
        file: 'handshake/shown.ts',
        find: 'if (isTrustedKey(config, key.raw)) return',
        replace: 'if (key.raw.length > 0) return',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'raw keys: a bad verdict is only kept (CVE-2024-12797)',
    edits: [
      {
        file: 'handshake/judged-peer.ts',
        find: 'if (!verdict.verified) throw verdict.error;',
        replace: '',
      },
      {
        file: 'engine/decide.ts',
        find: 'const lenient = config.acceptUnverifiedPeer && need.rawPublicKey === undefined;',
        replace: 'const lenient = config.acceptUnverifiedPeer;',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'raw keys: an application accepts what it did not verify',
    edits: [
      {
        file: 'handshake/judged-peer.ts',
        find: 'if (!verdict.verified) throw verdict.error;',
        replace: '',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'raw keys: a kind that was not offered is taken',
    edits: [
      {
        file: 'handshake/certificate-types.ts',
        find: 'if (offered.includes(chosen)) return chosen;',
        replace: 'if (offered.length > 0) return chosen;',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'raw keys: silence passes for consent',
    edits: [
      {
        file: 'handshake/certificate-types.ts',
        find: 'if (!config.peerCertificateTypes.includes(types.server)) {',
        replace: 'if (config.peerCertificateTypes.length === 0) {',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'raw keys: several are taken for one',
    edits: [
      { file: 'handshake/shown.ts', find: 'if (more.length > 0) {', replace: 'if (more.length > 9) {' },
    ],
    tests: TESTS,
  },
  {
    name: 'raw keys: weak ones are taken',
    edits: [
      {
        file: 'x509/raw-public-key.ts',
        find: 'if (problem !== undefined) {',
        replace: "if (problem?.message === '') {",
      },
    ],
    tests: ['test/x509/raw-public-key', 'test/handshake/raw-key-peers'],
  },
  {
    name: 'raw keys: a client with another kind than is taken goes on',
    edits: [
      {
        file: 'handshake/certificate-types.ts',
        find: 'const type = config.peerCertificateTypes.find((one) => offered.includes(one));',
        replace: 'const type = config.peerCertificateTypes.find((one) => offered.length + one >= 0);',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'raw keys: a server shows one to whoever did not ask',
    edits: [
      {
        file: 'handshake/select-credential.ts',
        find: 'if (!peer.takenTypes.includes(type)) {',
        replace: 'if (peer.takenTypes.length === 0) {',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'raw keys: a session is not bound to those trusted',
    edits: [
      {
        file: 'config/binding.ts',
        find: 'for (const digest of config.trustedPublicKeys) list.bytes(digest);',
        replace: '',
      },
      {
        file: 'handshake/resumption.ts',
        find: "return key === undefined || config.delegate.has('verify_peer') || isTrustedKey(config, key.raw);",
        replace: 'return key === undefined || config.provider.name.length >= 0;',
      },
    ],
    tests: ['test/session/raw-keys'],
  },
  {
    name: 'raw keys: an application is not asked about that of a session',
    edits: [
      {
        file: 'handshake/shown.ts',
        find: "if (peer.rawPublicKey !== undefined) return { kind: 'raw_key', key: peer.rawPublicKey };",
        replace: '',
      },
    ],
    tests: ['test/session/raw-keys'],
  },
];
