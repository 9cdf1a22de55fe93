/** key_share (RFC 8446 4.2.8). */
import { MAX_KEY_SHARES } from '../../wire/limits.ts';
import type { Reader } from '../../wire/reader.ts';
import { ExtensionType } from '../../wire/registry.ts';
import { NamedGroup } from '../../wire/registry-crypto.ts';
import type { Writer } from '../../wire/writer.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

export interface KeyShareEntry {
  readonly group: NamedGroup;
  readonly keyExchange: Uint8Array;
}

function decodeEntry(r: Reader): KeyShareEntry {
  return { group: r.code(NamedGroup, 2, 'group'), keyExchange: r.vector(2, 1, 0xffff, 'key_exchange') };
}

function writeEntry(w: Writer, entry: KeyShareEntry): void {
  w.u16(entry.group).vector(2, entry.keyExchange);
}

/** May be empty: the client then asks for a HelloRetryRequest. */
function decodeShares(r: Reader): readonly KeyShareEntry[] {
  const shares = r.list(2, 0, 0xffff, 'client_shares', decodeEntry);
  if (shares.length > MAX_KEY_SHARES)
    r.fail('too_many_items', 'client_shares', `has ${shares.length} entries`);
  if (new Set(shares.map((share) => share.group)).size !== shares.length) {
    r.fail('bad_key_share', 'client_shares', 'has two entries for one group', 'RFC 8446 4.2.8');
  }
  return shares;
}

const type: ExtensionType = ExtensionType.key_share;

export const keyShare: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly KeyShareEntry[]>;
  readonly serverHello: ExtensionCodec<KeyShareEntry>;
  /** selected_group. */
  readonly helloRetryRequest: ExtensionCodec<NamedGroup>;
} = {
  type,
  allowedIn: ['CH', 'SH', 'HRR'],
  clientHello: codec(type, decodeShares, (w, shares) =>
    w.vector(2, (list) => {
      for (const share of shares) writeEntry(list, share);
    }),
  ),
  serverHello: codec(type, decodeEntry, writeEntry),
  helloRetryRequest: codec(
    type,
    (r) => r.code(NamedGroup, 2, 'selected_group'),
    (w, group) => w.u16(group),
  ),
};
