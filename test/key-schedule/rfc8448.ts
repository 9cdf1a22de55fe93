/** The shape of vectors/rfc8448.json (vectors/README.md). */
import { vectors } from '../crypto/support/vectors.ts';

export interface TraceRecord {
  readonly from: 'client' | 'server';
  readonly epoch: 'plaintext' | 'early' | 'handshake' | 'application';
  readonly type: 'handshake' | 'application_data' | 'alert' | 'change_cipher_spec';
  readonly record: string;
  readonly content: string;
  readonly padding?: number;
  readonly messages?: readonly { readonly name: string; readonly raw: string }[];
}

export interface TraceShare {
  readonly group: 'x25519' | 'secp256r1';
  readonly privateKey: string;
  readonly share: string;
}

export interface Trace {
  readonly section: number;
  readonly title: string;
  readonly cipherSuite: string;
  readonly keyShares: { readonly client: readonly TraceShare[]; readonly server: readonly TraceShare[] };
  readonly randoms: { readonly client: string; readonly server: string };
  readonly records: readonly TraceRecord[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly transcriptHashes: Readonly<Record<string, string>>;
  readonly trafficKeys: Readonly<Record<string, { readonly key: string; readonly iv: string }>>;
}

export type TraceName =
  | 'simple-1rtt'
  | 'resumed-0rtt'
  | 'hello-retry-request'
  | 'client-authentication'
  | 'compatibility-mode';

export interface Rfc8448 {
  readonly serverRsaKey: Readonly<
    Record<
      | 'modulus'
      | 'publicExponent'
      | 'privateExponent'
      | 'prime1'
      | 'prime2'
      | 'exponent1'
      | 'exponent2'
      | 'coefficient',
      string
    >
  >;
  readonly traces: Readonly<Record<TraceName, Trace>>;
}

export function rfc8448(): Rfc8448 {
  return vectors<Rfc8448>('rfc8448.json');
}
