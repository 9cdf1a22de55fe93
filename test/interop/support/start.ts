/** Sets a test file up: certificates, our face, the peer; or one skipped test that says what is missing. */
import { after, test } from 'node:test';
import type { Parties } from './client-suite.ts';
import type { Peer } from './peer.ts';
import { makePki, opensslMissing } from './pki.ts';
import { loadSide } from './side.ts';

export async function withPeer(
  name: string,
  make: (folder: string) => Peer | string,
  suite: (parties: Parties) => void,
): Promise<void> {
  const missing = opensslMissing();
  if (missing !== undefined) {
    test(name, { skip: missing }, () => undefined);
    return;
  }
  const pki = makePki();
  after(() => pki.remove());
  const peer = make(pki.folder);
  if (typeof peer === 'string') {
    test(name, { skip: peer }, () => undefined);
    return;
  }
  suite({ face: await loadSide(), peer, pki });
}
