import { nodePeer } from './support/node-peer.ts';
import { serverSuite } from './support/server-suite.ts';
import { withPeer } from './support/start.ts';

await withPeer('our server with node', nodePeer, serverSuite);
