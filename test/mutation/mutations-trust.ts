/** Checks of certificates, primitives and kept sessions left out. */
import type { Mutation } from './mutation.ts';

export const MUTATIONS_OF_TRUST: readonly Mutation[] = [
  {
    name: 'the signature of a certificate is not checked',
    edits: [
      {
        file: 'x509/signature.ts',
        find: 'return holds ? GOOD : BAD;',
        replace: 'return holds === undefined ? BAD : GOOD;',
      },
    ],
    tests: ['test/x509/verify'],
  },
  {
    name: 'critical extensions that nobody understands are passed over',
    edits: [
      {
        file: 'x509/checks.ts',
        find: 'if (!extension.critical || HANDLED.has(extension.oid)) continue;',
        replace: 'if (HANDLED.size > 0) continue;',
      },
    ],
    tests: ['test/x509/verify'],
  },
  {
    name: 'pathLenConstraint is not heeded',
    edits: [
      {
        file: 'x509/checks.ts',
        find: 'if (depth > 0 && limit !== undefined && intermediates > limit) {',
        replace: 'if (depth > 0 && limit !== undefined && intermediates > limit + 100) {',
      },
    ],
    tests: ['test/x509/verify'],
  },
  {
    name: 'the purpose of a certificate is not heeded',
    edits: [
      {
        file: 'x509/checks.ts',
        find: "if (purpose !== 'any' && extKeyUsage !== undefined && !extKeyUsage.includes(PURPOSE_OIDS[purpose])) {",
        replace: "if (purpose !== 'any' && extKeyUsage?.length === 0) {",
      },
    ],
    tests: ['test/x509/verify'],
  },
  {
    name: 'name constraints are not heeded',
    edits: [
      {
        file: 'x509/checks.ts',
        find: 'if (violation !== undefined)\n        report(depth, violation.code',
        replace: "if (violation?.message === '')\n        report(depth, violation.code",
      },
    ],
    tests: ['test/x509/name-constraints'],
  },
  {
    name: 'CBC-MAC of CCM is not compared',
    edits: [
      {
        file: 'crypto/ccm.ts',
        find: 'constantTimeEqual(this.#mac.subarray(0, this.#tagLength), given);',
        replace: 'constantTimeEqual(given, given);',
      },
    ],
    tests: ['test/crypto/ccm'],
  },
  {
    name: 'PKCS#1 v1.5: the padding is not compared',
    edits: [
      {
        file: 'crypto/rsa/pkcs1.ts',
        find: 'equalBytes(em, expected)',
        replace: 'equalBytes(em.subarray(-51), expected.subarray(-51))',
      },
    ],
    tests: ['test/crypto/rsa'],
  },
  {
    name: 'PSS: the byte in front of an encoded message is not looked at',
    edits: [
      {
        file: 'crypto/rsa/pss.ts',
        find: 'if (emLength < padded.length && padded[0] !== 0) return false;',
        replace: '',
      },
    ],
    tests: ['test/crypto/rsa-odd-sizes'],
  },
  {
    name: 'RSA kernel: a result that failed its check leaves',
    edits: [
      {
        file: 'crypto/wasm/rsa-kernel.ts',
        find: 'const fits = this.#privatePower(length, firstBits, secondBits, ...halves(publicExponent)) === 1;',
        replace:
          'const fits = this.#privatePower(length, firstBits, secondBits, ...halves(publicExponent)) >= 0;',
      },
    ],
    tests: ['test/crypto/wasm/rsa'],
  },
  {
    name: 'RSA kernel: blinding with zeros is taken',
    edits: [
      {
        file: 'crypto/wasm/rsa-kernel.ts',
        find: 'if (blinding.every((byte) => byte === 0))',
        replace: 'if (blinding.length === 0)',
      },
    ],
    tests: ['test/crypto/wasm/rsa'],
  },
  {
    name: 'a ticket is given out twice',
    edits: [
      {
        file: 'session/cache.ts',
        find: "if (session.version === 'tls12') return { ...session, secret: session.secret.clone() };",
        replace: 'if (session.version.length > 0) return { ...session, secret: session.secret.clone() };',
      },
    ],
    tests: ['test/session/cache'],
  },
];
