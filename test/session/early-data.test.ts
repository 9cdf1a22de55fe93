/** Early data beside a PSK: we never accept it, so the server skips it, bounded, and resumes all the same (RFC 8446 4.2.10). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { Secret } from '../../src/bytes/secret.ts';
import {
  type ClientMessages,
  clientHandshake,
  clientResumption,
  expectData,
  type OfferedPsk,
  offerPsks,
  RecordKeys,
  type Script,
  type Step,
  sendData,
  step,
  withExtension,
} from '../../src/fuzz.ts';
import { EarlySchedule } from '../../src/key-schedule/tls13.ts';
import { earlyData } from '../../src/message/extension/early-data.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { provider } from '../handshake/credentials.ts';
import { againstClient, assertRefused, assertSecure, type Tested } from '../handshake/kit.ts';
import { connect, newest, pskOf, ticketKeys } from './kit.ts';

const options = { ticketKeys: ticketKeys() };
const psk = pskOf(newest(connect({}, options)));
const suite = provider.cipherSuites13.find(({ hash }) => hash.name === psk.hash.name);
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const ping = Uint8Array.of(4, 5, 6);
const echoes = (tested: Tested): void => {
  tested.react = (event, connection) => {
    if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
  };
};

/** Records under client_early_traffic_secret, as a client sends them that hopes for 0-RTT. */
function early(lengths: readonly number[], offered: OfferedPsk = psk): Step {
  return step('early data', (peer) => {
    assert.ok(suite);
    const schedule = EarlySchedule.start(suite.hash, new Secret(offered.secret.slice()));
    const hash = suite.hash.digest(concatBytes(...peer.transcript.messages));
    const secret = Uint8Array.from(schedule.clientEarlyTrafficSecret(hash).reveal());
    const keys = new RecordKeys('early', suite, secret);
    for (const length of lengths) peer.sendApplicationData(zeros(length), { keys });
  });
}

const hoping = (script: Script<ClientMessages>): Script<ClientMessages> =>
  script.change('ClientHello', (fields) => ({
    ...fields,
    extensions: withExtension(fields.extensions, earlyData.clientHello.encode(true)),
  }));
// The offer must be made after early_data is in, since it stands last.
const resuming = (...lengths: readonly number[]): Script<ClientMessages> =>
  offerPsks(hoping(clientResumption([psk])), [psk]).after('ClientHello', early(lengths));

test('what was sent early is skipped and given to no one, and the PSK is taken', () => {
  for (const lengths of [[], [10], [1, 2, 3], [8000, 8000], new Array<number>(100).fill(50)]) {
    const played = againstClient(resuming(...lengths).append(sendData(ping), expectData(ping)), {
      options,
      prepare: echoes,
    });
    assertSecure(played);
    assert.equal(played.tested.connection.info.resumed, true);
    assert.deepEqual([...played.tested.data], [...ping]);
    const sent = played.peer.received.flatMap((item) =>
      item.kind === 'handshake' && item.message.kind === 'EncryptedExtensions' ? [item.message] : [],
    );
    assert.deepEqual(sent[0]?.extensions, [], 'early_data is not accepted');
  }
});

test('more than there may be ends the connection', () => {
  const played = againstClient(resuming(16_000, 16_000), { options });
  assertRefused(played, 'too_much_early_data', 'unexpected_message');
  assert.equal(played.tested.data.length, 0);
});

test('EndOfEarlyData is not for who did not accept', () => {
  const end = step('EndOfEarlyData', (peer) =>
    peer.sendHandshake(Uint8Array.of(HandshakeType.end_of_early_data, 0, 0, 0), { unhashed: true }),
  );
  const played = againstClient(resuming(10).before('Finished', end), { options });
  assertRefused(played, 'unexpected_message', 'unexpected_message');
});

test('after HelloRetryRequest it is skipped by its type, and must not be offered again', () => {
  const retry = {
    options: { ...options, groups: [NamedGroup.secp256r1] },
    peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
  };
  const first = offerPsks(hoping(clientHandshake({ helloRetryRequest: true })), [psk]);
  const again = first.after('ClientHello', early([100, 3000]));
  // The second hello is made from the first: once as it was, and once without early_data and with the PSK.
  assertRefused(againstClient(again, retry), 'changed_after_hello_retry_request', 'illegal_parameter');
  const script = offerPsks(hoping(clientResumption([psk], { helloRetryRequest: true })), [psk])
    .after('ClientHello', early([100, 3000]))
    .change('second ClientHello', (fields) => ({
      ...fields,
      extensions: fields.extensions.filter(({ type }) => type !== earlyData.type),
    }));
  const played = againstClient(script, retry);
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, true);
});

test('early data with a ticket that is no good is skipped as well', () => {
  const unknown = { ...psk, identity: zeros(100).fill(3) };
  const script = offerPsks(hoping(clientHandshake()), [unknown]).after('ClientHello', early([500], unknown));
  const played = againstClient(script.append(sendData(ping)), { options });
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, false);
  assert.deepEqual([...played.tested.data], [...ping]);
});

test('data under early keys without early_data in the hello is a forgery', () => {
  const script = clientResumption([psk]).after('ClientHello', early([10]));
  const played = againstClient(script, { options });
  assertRefused(played, 'bad_record_mac', 'bad_record_mac');
});
