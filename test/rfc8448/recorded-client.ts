/** Our client, made to say what a recorded one said. */
import assert from 'node:assert/strict';
import { createClientConfig } from '../../src/config/config.ts';
import { Connection } from '../../src/engine/connection.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import type { ClientHello, ClientHelloFields } from '../../src/message/client-hello.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { certificateOf, messagesOf, recordedProvider, type Trace } from './trace.ts';

/**
 * The recorded hello with everything that a client decides by itself left as ours: the key shares and the cookie. So
 * the recorded bytes come out only if ours are the same.
 */
function shapedLike(recorded: ClientHello, ours: ClientHelloFields): ClientHelloFields {
  const extensions = recorded.extensions.map((extension) => {
    const own = extension.type === ExtensionType.key_share || extension.type === ExtensionType.cookie;
    return (own ? ours.extensions.find(({ type }) => type === extension.type) : undefined) ?? extension;
  });
  return {
    random: recorded.random,
    legacySessionId: recorded.legacySessionId,
    cipherSuites: recorded.cipherSuites,
    extensions,
  };
}

/** `listener` sees all events but the need of a signature, which is answered with the recorded one. */
export function clientOf(trace: Trace, listener: (event: ConnectionEvent) => void = () => {}): Connection {
  const hellos = messagesOf(trace, 'ClientHello');
  const provider = recordedProvider(trace.keyShares.client, insecureSeededRandom(1));
  const chain = (messagesOf(trace, 'Certificate')[1]?.certificateList ?? []).map(({ certData }) =>
    certificateOf(certData),
  );
  const signature = messagesOf(trace, 'CertificateVerify')[1]?.signature ?? new Uint8Array(0);
  const config = createClientConfig({
    provider,
    now: () => Date.UTC(2020, 0, 1),
    serverName: 'server',
    dangerousAcceptUnverifiedPeer: true,
    keyShares: provider.groups.slice(0, 1).map((group) => group.code),
    credentials: chain.length > 0 ? [{ chain, privateKey: undefined }] : [],
    delegate: ['sign'],
    shapeClientHello: (fields) => {
      const recorded = hellos.shift();
      assert.ok(recorded, 'one ClientHello more than recorded');
      return shapedLike(recorded, fields);
    },
  });
  const connection: Connection = Connection.client(config, (event) => {
    if (event.kind === 'need') connection.answer(event.id, { kind: 'sign', signature });
    else listener(event);
  });
  connection.start();
  return connection;
}
