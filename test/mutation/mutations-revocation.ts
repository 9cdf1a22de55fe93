/** Checks of CRLs left out. */
import type { Mutation } from './mutation.ts';

export const MUTATIONS_REVOCATION: readonly Mutation[] = [
  {
    name: 'a CRL need not be signed by the issuer',
    edits: [
      {
        file: 'x509/revocation.ts',
        find: 'return !isOther && isSignedBy(crl, issuer, context);',
        replace: 'return !isOther || isSignedBy(crl, issuer, context);',
      },
    ],
    tests: ['test/x509/revocation'],
  },
  {
    name: 'a newer CRL that the issuer has not signed pushes aside its own',
    edits: [
      {
        file: 'x509/revocation.ts',
        find: 'sameScope(newer, crl) && isGenuine(newer)',
        replace: 'sameScope(newer, crl)',
      },
    ],
    tests: ['test/x509/revocation'],
  },
  {
    name: 'mustStaple is dropped from the options',
    edits: [{ file: 'config/check.ts', find: '    mustStaple,\n  });', replace: '  });' }],
    tests: ['test/config/revocation'],
  },
  {
    name: 'a session outlives a change of the schemes taken in certificates',
    edits: [
      {
        file: 'config/binding.ts',
        find: 'const { certificateAlgorithms } = config;',
        replace:
          'const certificateAlgorithms = config.versions.length > 9 ? config.certificateAlgorithms : undefined;',
      },
    ],
    tests: ['test/session/binding'],
  },
  {
    name: 'a PKCS#12 file may have any number of encrypted parts',
    edits: [{ file: 'x509/pkcs12.ts', find: 'this.#encryptedParts += 1;', replace: '' }],
    tests: ['test/x509/pkcs12'],
  },
  {
    name: 'an overdue CRL counts',
    edits: [
      {
        file: 'x509/revocation.ts',
        find: 'if (crl.nextUpdate === undefined || !(now <= crl.nextUpdate)) {',
        replace: 'if (crl.nextUpdate === undefined) {',
      },
    ],
    tests: ['test/x509/revocation'],
  },
  {
    name: 'without a CRL nothing is refused',
    edits: [
      {
        file: 'x509/revocation.ts',
        find: 'if (own.length === 0) return missing(',
        replace: 'if (own.length === 0) return undefined;\n  if (own.length < 0) return missing(',
      },
    ],
    tests: ['test/x509/revocation'],
  },
  {
    name: 'intermediates are not looked up in CRLs',
    edits: [
      {
        file: 'x509/checks.ts',
        find: "if (depth > 0 && revocation.check === 'leaf') return;",
        replace: 'if (depth > 0) return;',
      },
    ],
    tests: ['test/x509/revocation'],
  },
  {
    name: 'a session outlives a change of CRLs',
    edits: [
      {
        file: 'config/binding.ts',
        find: 'if (judges) writeRevocation(w, hash, config);',
        replace: '',
      },
    ],
    tests: ['test/session/binding'],
  },
];
