/** Ways to break the library, each a check left out that an attacker would be glad of. */
import type { Mutation } from './mutation.ts';
import { MUTATIONS_12 } from './mutations-12.ts';
import { MUTATIONS_13 } from './mutations-13.ts';
import { MUTATIONS_OF_COMPRESSION } from './mutations-compression.ts';
import { MUTATIONS_OF_EARLY_DATA } from './mutations-early.ts';
import { MUTATIONS_OF_KERNELS } from './mutations-kernels.ts';
import { MUTATIONS_OF_OPTIONS } from './mutations-options.ts';
import { MUTATIONS_OF_RAW_KEYS } from './mutations-raw-keys.ts';
import { MUTATIONS_REVOCATION } from './mutations-revocation.ts';
import { MUTATIONS_OF_TRUST } from './mutations-trust.ts';

const FIRST: readonly Mutation[] = [
  {
    name: 'Finished is not compared',
    edits: [
      {
        file: 'handshake/keys13.ts',
        find: 'if (!constantTimeEqual(message.verifyData, expected)) {',
        replace: 'if (constantTimeEqual(message.verifyData, expected) === undefined) {',
      },
    ],
    tests: ['test/handshake/client-authentication', 'test/handshake/server-authentication'],
  },
  {
    name: 'EncryptedExtensions is accepted twice',
    edits: [
      {
        file: 'handshake/expect.ts',
        find: "ExpectCertificateOrRequest: client('Certificate', 'CompressedCertificate', 'CertificateRequest'),",
        replace:
          "ExpectCertificateOrRequest: client('Certificate', 'CertificateRequest', 'EncryptedExtensions'),",
      },
      {
        file: 'handshake/machine.ts',
        find: "case 'ExpectCertificateOrRequest':",
        replace:
          "case 'ExpectCertificateOrRequest': if (message.kind === 'EncryptedExtensions') { state.progress.keys.transcript.add(message.raw); return { state, effects: [] }; }",
      },
    ],
    tests: ['test/handshake/orders'],
  },
  {
    name: 'the signature in CertificateVerify is not checked',
    edits: [
      {
        file: 'handshake/authenticate.ts',
        find: 'if (!scheme.verify(key, signedContent(signer, transcript), message.signature)) {',
        replace: 'if (signedContent(signer, transcript).length === 0) {',
      },
    ],
    tests: ['test/handshake/server-authentication'],
  },
  {
    name: 'the name in the certificate is not checked',
    edits: [
      {
        file: 'x509/verify.ts',
        find: 'input.name === undefined ? undefined : checkHostname(leaf, input.name)',
        replace: 'input.name === undefined ? undefined : (checkHostname(leaf, input.name), undefined)',
      },
    ],
    tests: ['test/x509/verify'],
  },
  {
    name: 'an expired certificate is accepted',
    edits: [
      {
        file: 'x509/checks.ts',
        find: '} else if (!(second <= certificate.notAfter)) {',
        replace: '} else if (!(second <= Infinity)) {',
      },
    ],
    tests: ['test/x509/verify', 'test/x509/path', 'test/x509/node-'],
  },
  {
    name: 'a certificate that is no CA may issue others',
    edits: [
      {
        file: 'x509/checks.ts',
        find: 'certificate.version === 3 && known.basicConstraints?.isCA !== true',
        replace: 'certificate.raw.length === 0',
      },
    ],
    tests: ['test/x509/verify', 'test/x509/path', 'test/x509/node-'],
  },
  {
    name: 'a cipher suite that was not offered is accepted',
    edits: [
      {
        file: 'handshake/client/server-hello.ts',
        find: 'config.cipherSuites.find( (candidate) => candidate.code === hello.cipherSuite && offer.hello.cipherSuites.includes(candidate.code), )',
        replace: 'config.provider.cipherSuites13.find((candidate) => candidate.code === hello.cipherSuite)',
      },
    ],
    tests: ['test/handshake/server-hello'],
  },
  {
    name: 'the echo of legacy_session_id is not checked',
    edits: [
      {
        file: 'handshake/client/server-hello.ts',
        find: 'if (!equalBytes(hello.legacySessionIdEcho, offer.hello.legacySessionId)) {',
        replace: 'if (!equalBytes(hello.legacySessionIdEcho, hello.legacySessionIdEcho)) {',
      },
    ],
    tests: ['test/handshake/server-hello', 'test/handshake/retry'],
  },
  {
    name: 'a record of nothing but zeros is accepted',
    edits: [
      {
        file: 'record/protect13.ts',
        find: 'if (last < offset) {',
        replace: 'if (last < offset) { record.length = 0; return; }\n if (last < offset) {',
      },
    ],
    tests: ['test/record/protect13', 'test/handshake/records'],
  },
  {
    name: 'a share that leads to the all-zero secret is accepted',
    edits: [
      {
        file: 'crypto/noble/groups.ts',
        find: 'return shared === undefined ? undefined : new Secret(shared);',
        replace: 'return new Secret(shared ?? new Uint8Array(32));',
      },
    ],
    tests: ['test/crypto/groups'],
  },
  {
    name: 'the downgrade sentinel is ignored',
    edits: [
      {
        file: 'handshake/client/server-hello.ts',
        find: 'equalBytes(end, DOWNGRADE_TLS12) || equalBytes(end, DOWNGRADE_TLS11);',
        replace: 'equalBytes(end, DOWNGRADE_TLS12) && equalBytes(end, DOWNGRADE_TLS11);',
      },
    ],
    tests: ['test/handshake/server-hello'],
  },
  {
    name: 'handshake bytes may be left over where keys change',
    edits: [
      {
        file: 'message/joiner.ts',
        find: 'return this.#end === this.#start ? ALIGNED : undefined;',
        replace: 'return this.#end >= this.#start ? ALIGNED : undefined;',
      },
    ],
    tests: ['test/message/joiner', 'test/handshake/key-change'],
  },
  {
    name: 'an extension that answers nothing is accepted',
    edits: [
      {
        file: 'message/extension/table.ts',
        find: 'if (offeredTypes.has(type)) continue;',
        replace: 'if (offeredTypes.has(type) || type >= 0) continue;',
      },
    ],
    tests: ['test/message/placement', 'test/handshake/extensions'],
  },
  {
    name: 'a protected record may hold more than 2^14 bytes',
    edits: [
      {
        file: 'record/protect13.ts',
        find: 'if (record.length > maxContent + 1) {',
        replace: 'if (record.length > 2 * maxContent) {',
      },
    ],
    tests: ['test/record/half', 'test/handshake/records'],
  },
  {
    name: 'a cut connection passes for a clean end',
    edits: [
      {
        file: 'engine/connection.ts',
        find: "this.#listener({ kind: 'end', clean: this.#peerClosed });",
        replace: "this.#listener({ kind: 'end', clean: true });",
      },
    ],
    tests: ['test/handshake/truncation'],
  },
];

export const MUTATIONS: readonly Mutation[] = [
  ...FIRST,
  ...MUTATIONS_13,
  ...MUTATIONS_12,
  ...MUTATIONS_OF_TRUST,
  ...MUTATIONS_OF_EARLY_DATA,
  ...MUTATIONS_OF_OPTIONS,
  ...MUTATIONS_REVOCATION,
  ...MUTATIONS_OF_RAW_KEYS,
  ...MUTATIONS_OF_KERNELS,
  ...MUTATIONS_OF_COMPRESSION,
];
