import { clientSuite } from './support/client-suite.ts';
import { nodePeer } from './support/node-peer.ts';
import { withPeer } from './support/start.ts';

await withPeer('our client with node', nodePeer, clientSuite);
