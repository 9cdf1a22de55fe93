import { opensslPeer } from './support/openssl-peer.ts';
import { serverSuite } from './support/server-suite.ts';
import { withPeer } from './support/start.ts';

await withPeer('our server with openssl', opensslPeer, serverSuite);
