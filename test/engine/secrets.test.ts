/** What both ends and an independent key schedule must agree on, and what is wiped when a connection ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import type { CipherSuite13, CryptoProvider, KeyExchangeGroup } from '../../src/crypto/provider.ts';
import { Connection } from '../../src/engine/connection.ts';
import { clientHandshake, converse, insecureSeededRandom, serverHandshake } from '../../src/fuzz.ts';
import { exportKeyingMaterial } from '../../src/key-schedule/exporter.ts';
import { TLSError } from '../../src/wire/error.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { credentials, now, provider, SERVER_NAME, trust } from '../handshake/credentials.ts';
import {
  againstClient,
  againstServer,
  assertSecure,
  clientPeer,
  serverPeer,
  Tested,
} from '../handshake/kit.ts';
import { Pair } from './pair.ts';

const LABEL = 'EXPORTER-puretls-test';

test('exporter: both ends give the same, for each suite, and it is that of the key schedule', () => {
  for (const suite of provider.cipherSuites13) {
    const options = { cipherSuites: [suite.code] };
    const { client, server } = new Pair(options, options).pump();
    const ask = (tested: Tested, context: Uint8Array | undefined, length: number): string =>
      toHex(tested.connection.exportKeyingMaterial(LABEL, context, length));
    for (const context of [undefined, new Uint8Array(0), Uint8Array.of(1, 2)]) {
      for (const length of [1, 32, 100]) {
        assert.equal(ask(client.tested, context, length), ask(server.tested, context, length));
      }
    }
    assert.equal(ask(client.tested, undefined, 32), ask(client.tested, new Uint8Array(0), 32));
    assert.notEqual(ask(client.tested, undefined, 32), ask(client.tested, Uint8Array.of(0), 32));

    const played = againstServer(serverHandshake(), { options });
    assertSecure(played);
    const master = played.peer.secrets?.application?.exporter;
    assert.ok(master);
    const wanted = exportKeyingMaterial(suite.hash, new Secret(master), LABEL, Uint8Array.of(7), 48);
    assert.equal(ask(played.tested, Uint8Array.of(7), 48), toHex(wanted));
  }
});

test('exporter: not before the handshake is complete, not for odd lengths, not on a dead connection', () => {
  const early = againstServer(serverHandshake().until('Finished'));
  const ask = (connection: Connection, length: number, label = LABEL): unknown =>
    connection.exportKeyingMaterial(label, undefined, length);
  assert.throws(() => ask(early.tested.connection, 32), { code: 'TLS_INVALID_STATE' });
  const { client, server } = new Pair().pump();
  for (const length of [0, -1, 1.5, Number.NaN, 255 * 32 + 1]) {
    assert.throws(() => ask(client.tested.connection, length), { code: 'TLS_INVALID_OPTION' });
  }
  assert.throws(() => ask(client.tested.connection, 32, 'x'.repeat(250)), { code: 'TLS_INVALID_OPTION' });
  assert.equal(client.tested.connection.phase, 'open', 'a bad question ends nothing');
  const error = new TLSError('cancelled', 'enough');
  server.tested.connection.abort(error);
  assert.throws(
    () => ask(server.tested.connection, 32),
    (caught) => caught === error,
  );
});

interface KeyLine {
  readonly label: string;
  readonly random: string;
  readonly secret: string;
}

function keyLines(tested: Tested): KeyLine[] {
  return tested.events.flatMap((event) => {
    if (event.kind !== 'key_log') return [];
    assert.match(event.line, /^[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]+$/);
    const [label = '', random = '', secret = ''] = event.line.split(' ');
    return [{ label, random, secret }];
  });
}

/** The listener must look while the secret is there: the kit's events keep the getter, not the line. */
function eagerly(make: (listener: (event: { kind: string }) => void) => Connection): {
  tested: Tested;
  lines: string[];
} {
  const lines: string[] = [];
  const tested = new Tested((listener) =>
    make((event) => {
      const known = event as Parameters<typeof listener>[0];
      if (known.kind === 'key_log') {
        const { line } = known;
        lines.push(line);
        listener({ kind: 'key_log', line });
      } else listener(known);
    }),
  );
  return { tested, lines };
}

const LABELS = [
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
  'EXPORTER_SECRET',
];

test('key log: both roles tell the secrets that the scripted peer derived by itself', () => {
  const clientConfig = createClientConfig({ provider, now, serverName: SERVER_NAME, trust: trust() });
  const serverConfig = createServerConfig({ provider, now, credentials: [credentials.server()] });
  const ends = [
    {
      end: eagerly((listener) => Connection.client(clientConfig, listener)),
      peer: serverPeer(),
      script: serverHandshake(),
    },
    {
      end: eagerly((listener) => Connection.server(serverConfig, listener)),
      peer: clientPeer(),
      script: clientHandshake(),
    },
  ];
  for (const { end, peer, script } of ends) {
    end.tested.connection.start();
    peer.play<unknown>(script);
    assertSecure({ ...converse(peer, end.tested), tested: end.tested, peer });
    const lines = keyLines(end.tested);
    assert.deepEqual(
      lines.map(({ label }) => label),
      LABELS,
    );
    const secrets = peer.secrets;
    assert.ok(secrets?.application);
    const wanted = [
      secrets.handshake.client,
      secrets.handshake.server,
      secrets.application.client,
      secrets.application.server,
      secrets.application.exporter,
    ];
    assert.deepEqual(
      lines.map(({ secret }) => secret),
      wanted.map(toHex),
    );
    const random = toHex(end.tested.connection.info.clientRandom ?? new Uint8Array(0));
    assert.ok(lines.every((line) => line.random === random));
  }
});

test('replay: the same seeds give the same bytes, other seeds give others', () => {
  const bytes = (seed: number): string => {
    const seeded: CryptoProvider = { ...provider, random: insecureSeededRandom(seed) };
    const pair = new Pair({ provider: seeded }).pump();
    pair.client.tested.connection.send(Uint8Array.of(1));
    pair.pump();
    return `${toHex(pair.client.sent)} ${toHex(pair.server.sent)}`;
  };
  assert.equal(bytes(1), bytes(1));
  assert.notEqual(bytes(1), bytes(2));
});

/** A provider that keeps every secret that its groups give out, and every AEAD key it made. */
function watched(): {
  provider: CryptoProvider;
  secrets: Secret[];
  wipes: () => { made: number; wiped: number };
} {
  const secrets: Secret[] = [];
  let made = 0;
  let wiped = 0;
  const keep = (secret: Secret | undefined): Secret | undefined => {
    if (secret !== undefined) secrets.push(secret);
    return secret;
  };
  const groups = provider.groups.map(
    (group): KeyExchangeGroup => ({
      ...group,
      generate: (random) => {
        const share = group.generate(random);
        return { ...share, agree: (peer) => keep(share.agree(peer)) };
      },
      encapsulate: (peer, random) => {
        const answer = group.encapsulate(peer, random);
        if (answer !== undefined) keep(answer.secret);
        return answer;
      },
    }),
  );
  const cipherSuites13 = provider.cipherSuites13.map(
    (suite): CipherSuite13 => ({
      ...suite,
      aead: {
        ...suite.aead,
        create: (bytes) => {
          const key = suite.aead.create(bytes);
          made += 1;
          let gone = false;
          return {
            seal: (...args) => key.seal(...args),
            open: (...args) => key.open(...args),
            wipe: () => {
              if (!gone) wiped += 1;
              gone = true;
              key.wipe();
            },
          };
        },
      },
    }),
  );
  return { provider: { ...provider, groups, cipherSuites13 }, secrets, wipes: () => ({ made, wiped }) };
}

test('secrets: the shared secret is wiped when the keys are made, record keys when they are replaced or over', () => {
  const endings: ((pair: Pair) => void)[] = [
    (pair) => {
      pair.client.tested.connection.close();
      pair.pump();
      pair.server.tested.connection.close();
      pair.pump();
    },
    (pair) => {
      // user_canceled and close_notify: the server may still send, so it closes too.
      pair.client.tested.connection.abort(new TLSError('cancelled', 'enough'));
      pair.pump();
      pair.server.tested.connection.close();
    },
    (pair) => {
      pair.client.tested.connection.requestKeyUpdate(true);
      pair.pump();
      pair.server.tested.connection.abort(new TLSError('internal_error', 'oops'));
      pair.pump();
    },
  ];
  for (const ending of endings) {
    const client = watched();
    const server = watched();
    const pair = new Pair({ provider: client.provider }, { provider: server.provider }).pump();
    for (const side of [client, server]) {
      assert.equal(side.secrets.length, 1);
      assert.ok(side.secrets[0]?.wiped, 'the shared secret');
      // Two directions live; the two of the handshake are gone.
      assert.deepEqual(side.wipes(), { made: 4, wiped: 2 });
    }
    ending(pair);
    for (const side of [client, server]) {
      const { made, wiped } = side.wipes();
      assert.equal(wiped, made, 'all keys are wiped at the end');
    }
  }
});

test('secrets: a handshake that fails at any step leaves no record key behind', () => {
  const names = ['EncryptedExtensions', 'Certificate', 'CertificateVerify', 'Finished'] as const;
  for (const name of names) {
    const side = watched();
    const played = againstServer(
      serverHandshake().options(name, { bytes: () => Uint8Array.of(99, 0, 0, 0) }),
      { options: { provider: side.provider } },
    );
    assert.equal(played.tested.connection.phase, 'failed');
    const { made, wiped } = side.wipes();
    assert.equal(wiped, made, name);
    assert.ok(side.secrets.every((secret) => secret.wiped));
  }
  const side = watched();
  const failed = againstClient(
    clientHandshake().change('Finished', () => ({ verifyData: new Uint8Array(32) })),
    { options: { provider: side.provider } },
  );
  assert.equal(failed.tested.connection.error?.reason, 'bad_finished');
  assert.deepEqual(side.wipes(), { made: 3, wiped: 3 });
});

test('key log lines read after their event are no leak of a wiped secret', () => {
  const played = againstServer(serverHandshake(), {
    options: { cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256] },
  });
  assertSecure(played);
  played.tested.connection.abort(new TLSError('cancelled', 'enough'));
  const late = played.tested.events.filter((event) => event.kind === 'key_log');
  assert.equal(late.length, LABELS.length);
  for (const event of late) {
    let line = '';
    try {
      line = event.line;
    } catch (error) {
      assert.ok(error instanceof Error);
    }
    assert.ok(line === '' || fromHex(line.split(' ')[2] ?? '').some((byte) => byte !== 0));
  }
});
