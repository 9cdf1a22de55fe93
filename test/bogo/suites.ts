import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { Unimplemented } from './flags.ts';

const TLS13: readonly CipherSuite[] = [
  CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
  CipherSuite.TLS_AES_128_GCM_SHA256,
  CipherSuite.TLS_AES_256_GCM_SHA384,
];

/** OpenSSL's names of the suites of TLS 1.2 that the library has. */
const TLS12: ReadonlyMap<string, CipherSuite> = new Map(
  (
    [
      ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
      ['ECDHE-RSA-CHACHA20-POLY1305', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'],
      ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
      ['ECDHE-RSA-AES128-GCM-SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
      ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
      ['ECDHE-RSA-AES256-GCM-SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'],
    ] as const
  ).flatMap(([openssl, iana]) => [
    [openssl, CipherSuite[iana]],
    [iana, CipherSuite[iana]],
  ]),
);

/** A list of suites by name; keywords, and suites that the library lacks, are not implemented. TLS 1.3's are always on. */
export function suitesOf(list: string): CipherSuite[] {
  const named = list.split(':').map((name) => {
    const suite = TLS12.get(name);
    if (suite === undefined) throw new Unimplemented(`cipher ${name}`);
    return suite;
  });
  return [...TLS13, ...named];
}
