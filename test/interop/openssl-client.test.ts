import { clientSuite } from './support/client-suite.ts';
import { opensslPeer } from './support/openssl-peer.ts';
import { withPeer } from './support/start.ts';

await withPeer('our client with openssl', opensslPeer, clientSuite);
