/** Which groups a client sends shares for. */
import type { KeyExchangeGroup } from '../crypto/provider.ts';
import type { NamedGroup } from '../wire/registry-crypto.ts';
import { pickValues } from './pick.ts';

function defaultKeyShares(groups: readonly KeyExchangeGroup[]): readonly KeyExchangeGroup[] {
  const first = groups[0];
  if (first === undefined) return [];
  // A hybrid goes with a classical share beside it, so that a server without it needs no second round trip.
  const companion = first.postQuantum ? groups.find((group) => !group.postQuantum) : undefined;
  return companion === undefined ? [first] : [first, companion];
}

/** Throws TLSError `invalid_option` for a group that is not in use. */
export function chosenShares(
  groups: readonly KeyExchangeGroup[],
  codes: readonly NamedGroup[] | undefined,
): readonly KeyExchangeGroup[] {
  if (codes === undefined) return defaultKeyShares(groups);
  return pickValues(groups, codes, 'key share', { mayBeEmpty: true });
}
