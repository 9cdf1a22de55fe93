import { clientSuite } from './support/client-suite.ts';
import { goPeer } from './support/go-peer.ts';
import { withPeer } from './support/start.ts';

await withPeer('our client with go', goPeer, clientSuite);
