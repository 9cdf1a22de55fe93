/**
 * A handshake taken apart: who said what, and the fields of one message with their bytes.
 *
 *     npm run build && node dist/examples/trace.js
 */
import { Connection, createClientConfig, createServerConfig, nobleProvider } from '../src/engine.ts';
import { leavesOf, renderTraceLadder, TraceRecorder } from '../src/study.ts';
import { createAuthority } from '../src/x509.ts';

const provider = nobleProvider();
const now = (): number => Date.now();
const authority = createAuthority({ random: provider.random, now: now() });
const credentials = [authority.issue({ names: ['server.test'] }).credential];
const ignore = (): void => {};

const recorder = new TraceRecorder();
const clientConfig = createClientConfig({ provider, now, trust: authority.trust, serverName: 'server.test' });
const client = Connection.client(clientConfig, ignore, recorder.listener);
const server = Connection.server(createServerConfig({ provider, now, credentials }), ignore);
client.start();
server.start();
while (client.outputLength + server.outputLength > 0) {
  server.receive(client.takeOutput() ?? new Uint8Array(0));
  client.receive(server.takeOutput() ?? new Uint8Array(0));
}

const document = recorder.document();
console.log(renderTraceLadder(document));
for (const entry of document.entries) {
  if (entry.kind !== 'message' || entry.message !== 'ServerHello') continue;
  for (const leaf of leavesOf(entry.fields))
    console.log(leaf.path.padEnd(60), leaf.hex.slice(0, 32), leaf.label ?? '');
}
for (const line of document.keyLog) console.log(line);
