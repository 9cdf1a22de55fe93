/** A CA of the tests with an intermediate that may only speak for example.com, and leaves; the same in every run. */
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { createAuthority } from '../../src/x509/authority.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { createCrl } from '../../src/x509/issue-crl.ts';

export const NOW: number = Date.UTC(2026, 0, 1);

const root = createAuthority({ random: insecureSeededRandom(41), now: NOW });
const intermediate = root.intermediate({
  subject: 'CN=intermediate',
  nameConstraints: { permitted: ['example.com'] },
});
const named = intermediate.issue({ names: ['www.example.com'] });
const direct = root.issue({ names: ['www.example.org', '192.0.2.1'] });
const astray = intermediate.issue({ names: ['www.example.org'] });

export const ROOT: Certificate = root.certificate;
/** What may be trusted of all that the CA has signed: `astray` breaks its issuer's name constraints. */
export const TRUSTED: readonly Certificate[] = [root, intermediate, named, direct].map(
  ({ certificate }) => certificate,
);
/** Chains as a server might send them, right and wrong. */
export const CHAINS: readonly (readonly Certificate[])[] = [
  named.chain,
  direct.chain,
  astray.chain,
  [named.certificate, root.certificate, intermediate.certificate],
  [named.certificate],
];

/** A list of the root's, on which nobody of {@link TRUSTED} is. */
export const CRL: Uint8Array = createCrl({
  issuer: root.certificate,
  signingKey: root.key,
  random: insecureSeededRandom(42),
  thisUpdate: NOW - 3_600_000,
  nextUpdate: NOW + 3_600_000,
  revoked: [{ certificate: astray.certificate, reason: 'keyCompromise' }],
  scope: { only: 'user' },
});
