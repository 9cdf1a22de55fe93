/**
 * The same `ca` gives the same trust store: most programs name it again with each connection, and would read the same
 * certificates each time, remember the same peers and hold all of it once per connection.
 */
import { equalBytes } from '../bytes/bytes.ts';
import type { Certificate } from '../x509/certificate.ts';
import { TrustStore } from '../x509/trust-store.ts';
import { authoritiesOf } from './credentials.ts';
import { bytesOf } from './own-options.ts';

/** Lists of authorities that are remembered, the latest. */
const KEPT = 8;
/** Characters or bytes of one; longer ones are read anew. The roots of a system are a quarter of it. */
const MAX_LENGTH = 1 << 20;

export interface Trusted {
  readonly authorities: readonly Certificate[];
  readonly store: TrustStore;
}

type Content = string | Uint8Array;

interface Entry extends Trusted {
  readonly contents: readonly Content[];
}

const kept: Entry[] = [];

/** Undefined for what is too long to be kept, or no certificate at all. */
function contentsOf(ca: unknown): Content[] | undefined {
  const contents: Content[] = [];
  let length = 0;
  for (const one of Array.isArray(ca) ? ca : [ca]) {
    const content = typeof one === 'string' ? one : bytesOf(one);
    if (content === undefined) return undefined;
    length += content.length;
    if (length > MAX_LENGTH) return undefined;
    contents.push(content);
  }
  return contents;
}

function same(a: Content, b: Content | undefined): boolean {
  if (typeof a === 'string' || typeof b === 'string' || b === undefined) return a === b;
  return equalBytes(a, b);
}

/** Throws as {@link authoritiesOf}. */
export function trustedBy(ca: unknown): Trusted {
  const contents = contentsOf(ca);
  const at = kept.findIndex(
    (entry) =>
      entry.contents.length === contents?.length &&
      entry.contents.every((content, i) => same(content, contents[i])),
  );
  const [found] = at < 0 ? [] : kept.splice(at, 1);
  const entry = found ?? readEntry(ca, contents ?? []);
  if (contents === undefined) return entry;
  kept.push(entry);
  if (kept.length > KEPT) kept.shift();
  return entry;
}

function readEntry(ca: unknown, contents: readonly Content[]): Entry {
  const authorities = authoritiesOf(ca);
  return {
    authorities,
    store: TrustStore.fromCertificates(authorities, { origin: 'options.ca' }),
    // The program may write to its bytes.
    contents: contents.map((content) => (typeof content === 'string' ? content : content.slice())),
  };
}
