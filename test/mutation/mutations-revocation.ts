/** Checks of CRLs left out. */
import type { Mutation } from './mutation.ts';

export const MUTATIONS_REVOCATION: readonly Mutation[] = [
  {
    name: 'a CRL need not be signed by the issuer',
    edits: [
      {
        file: 'x509/revocation.ts',
        find: 'if (isOther || !isSignedBy(crl, issuer, context))',
        replace: 'if (isOther && !isSignedBy(crl, issuer, context))',
      },
    ],
    tests: ['test/x509/revocation'],
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
