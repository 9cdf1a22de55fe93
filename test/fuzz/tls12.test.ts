/** The scripted peers of TLS 1.2 and of PSKs: with each other, and their records against the library's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import {
  type ClientHandshake12Options,
  clientHandshake12,
  clientResumption,
  clientResumption12,
  converse,
  craftRecord,
  expectData,
  flipBit,
  insecureSeededRandom,
  type OfferedPsk,
  type PeerOptions,
  RecordKeys12,
  type Script,
  ScriptedPeer,
  ScriptFailure,
  type ServerHandshake12Options,
  sendData,
  serverHandshake12,
  serverResumption,
  serverResumption12,
  splitRecords,
} from '../../src/fuzz.ts';
import { HandshakeJoiner } from '../../src/message/joiner.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { ContentType } from '../../src/wire/registry.ts';
import { credentials } from '../handshake/credentials.ts';

const provider = nobleProvider(insecureSeededRandom(1));
const SUITES = [...provider.cipherSuites12, ...provider.optionalCipherSuites12];
const ping = Uint8Array.of(1, 2, 3);

function meet<A, B>(
  client: Script<A>,
  server: Script<B>,
  options: { client?: Partial<PeerOptions>; server?: Partial<PeerOptions> } = {},
): { readonly client: ScriptedPeer; readonly server: ScriptedPeer; readonly failure: unknown } {
  const ends = {
    client: ScriptedPeer.client({
      provider,
      random: insecureSeededRandom(2),
      credential: credentials.client(),
      ...options.client,
    }),
    server: ScriptedPeer.server({
      provider,
      random: insecureSeededRandom(3),
      credential: credentials.server(),
      ...options.server,
    }),
  };
  ends.server.play(server.append(expectData(ping)));
  ends.client.play(client.append(sendData(ping)));
  const { targetError, scriptError } = converse(ends.client, ends.server);
  return { ...ends, failure: targetError ?? scriptError };
}

const PAIRS: Readonly<Record<string, readonly [ClientHandshake12Options, ServerHandshake12Options]>> = {
  plain: [{}, {}],
  'a ticket': [{ ticket: true }, { ticket: true }],
  'a session ID': [{}, { sessionId: true }],
  'a client certificate': [{ certificate: 'own' }, { requestCertificate: 'expect own' }],
  'an empty certificate': [{ certificate: 'empty' }, { requestCertificate: 'expect empty' }],
};

for (const [name, [client, server]] of Object.entries(PAIRS)) {
  for (const extendedMasterSecret of [true, false]) {
    test(`two scripted peers: ${name}, extended_master_secret ${extendedMasterSecret}`, () => {
      const met = meet(clientHandshake12(client), serverHandshake12(server), {
        client: { extendedMasterSecret },
      });
      assert.equal(met.failure, undefined);
      assert.equal(met.server.waitingFor, undefined);
      assert.deepEqual(met.client.tls12.session, { ...met.server.tls12.session });
      if (extendedMasterSecret && (server.ticket === true || server.sessionId === true)) {
        const session12 = met.server.tls12.session;
        const again = meet(clientResumption12(), serverResumption12(), {
          client: { session12 },
          server: { session12 },
        });
        assert.equal(again.failure, undefined);
        assert.equal(again.server.waitingFor, undefined);
      }
    });
  }
}

test('scripts notice what is wrong at the other end', () => {
  const faults: readonly (readonly [Script<never>, RegExp])[] = [
    [
      serverHandshake12().change('ServerKeyExchange', (fields) => ({
        ...fields,
        signature: flipBit(3)(fields.signature),
      })) as Script<never>,
      /signature of ServerKeyExchange/,
    ],
    [
      serverHandshake12().change('Finished', () => ({ verifyData: new Uint8Array(12) })) as Script<never>,
      /server's Finished is wrong/,
    ],
    [serverHandshake12().without('ServerKeyExchange') as Script<never>, /expected ServerKeyExchange/],
    [serverHandshake12({ ticket: true }) as Script<never>, /expected (ChangeCipherSpec|Finished)/],
  ];
  for (const [server, wanted] of faults) {
    const { failure } = meet(clientHandshake12(), server);
    assert.ok(failure instanceof ScriptFailure && wanted.test(failure.message), String(failure));
  }
  const { failure } = meet(
    clientHandshake12({ certificate: 'own' }).change('CertificateVerify', (fields) => ({
      ...fields,
      signature: flipBit(3)(fields.signature),
    })),
    serverHandshake12({ requestCertificate: 'expect own' }),
  );
  assert.ok(failure instanceof ScriptFailure && /signature of CertificateVerify/.test(failure.message));
});

test('two scripted peers: a PSK of TLS 1.3, and one that they do not share', () => {
  const hash = provider.cipherSuites13[0]?.hash;
  assert.ok(hash);
  const psk: OfferedPsk = {
    identity: Uint8Array.of(9),
    obfuscatedTicketAge: 5,
    secret: new Uint8Array(hash.outputLength).fill(4),
    hash,
  };
  assert.equal(meet(clientResumption([psk]), serverResumption(psk)).failure, undefined);
  const other = { ...psk, secret: new Uint8Array(hash.outputLength) };
  const { failure } = meet(clientResumption([psk]), serverResumption(other));
  assert.ok(failure instanceof ScriptFailure && /binder is wrong/.test(failure.message));
});

for (const suite of SUITES) {
  test(`${suite.name}: what the peer seals the library opens, and the other way round`, () => {
    const key = new Uint8Array(suite.aead.keyLength).fill(1);
    const iv = new Uint8Array(suite.nonce === 'explicit' ? 4 : 12).fill(2);
    const fresh = (): RecordKeys12 => new RecordKeys12(suite, key, iv);
    const aligned = new HandshakeJoiner().aligned;
    assert.ok(aligned);
    const [reader, sealer] = [new ReadHalf(), fresh()];
    reader.install12(suite, key, iv, aligned);
    const deframer = new Deframer();
    for (let i = 0; i < 3; i += 1) {
      deframer.push(craftRecord(ContentType.application_data, Uint8Array.of(i, i), sealer));
      const record = deframer.next(reader.maxPayload);
      assert.ok(record);
      assert.deepEqual([...reader.open(record).content], [i, i]);
    }
    const [writer, opener] = [new WriteHalf(), fresh()];
    writer.install12(suite, key, iv);
    const out = new Uint8Array(200);
    let end = 0;
    for (let i = 0; i < 3; i += 1) {
      end = writer.seal(ContentType.application_data, Uint8Array.of(i, 7), 0, 2, out, end);
    }
    splitRecords(out.slice(0, end)).forEach((record, i) => {
      const raw = { type: 23, version: 0x0303, header: record.slice(0, 5), body: record.slice(5) };
      assert.deepEqual([...(opener.openRecord(raw)?.content ?? [])], [i, 7]);
      assert.equal(fresh().openRecord({ ...raw, body: raw.body.slice(1) }), undefined);
    });
    assert.throws(() => opener.next(), RangeError);
  });
}
