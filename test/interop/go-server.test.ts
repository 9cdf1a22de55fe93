import { goPeer } from './support/go-peer.ts';
import { serverSuite } from './support/server-suite.ts';
import { withPeer } from './support/start.ts';

await withPeer('our server with go', goPeer, serverSuite);
