/**
 * Lengths that were believed.
 *
 * - Heartbleed, CVE-2014-0160: a payload was copied by the length that the peer claimed, not by what had come. Here a vector
 *   is read by a cursor that ends where its container ends, and heartbeats are neither offered, answered nor a record type.
 * - BERserk's kin among parsers: bytes behind a vector were passed over. Here each cursor must end empty.
 *
 * Each length field of each message, in both versions and roles, says one more, one less, nothing, and all it can.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  addInteger,
  clientHandshake,
  clientHandshake12,
  type Script,
  sendRecord,
  serverHandshake,
  serverHandshake12,
  setInteger,
  type Tamper,
  withExtension,
} from '../../src/fuzz.ts';
import { decodeHandshake } from '../../src/message/handshake.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import { credentials } from '../handshake/credentials.ts';
import { againstClient, againstServer, assertRefused, assertSecure, type Played } from '../handshake/kit.ts';
import { againstClient12, againstServer12 } from '../tls12/kit.ts';

interface LengthField {
  readonly name: string;
  readonly at: number;
  readonly width: number;
  readonly value: number;
}

/** Where lengths stand in a message, its header's first. */
function lengthsIn(raw: Uint8Array, form: 'tls13' | 'tls12'): LengthField[] {
  const found: LengthField[] = [];
  decodeHandshake(raw, form, {
    enter: () => {},
    leave: () => {},
    field: (name, at, end, value) => {
      const isLength = name.endsWith('_length') || name === 'length';
      if (isLength && typeof value === 'number') found.push({ name, at, width: end - at, value });
    },
  });
  return found;
}

/** Values that are not the right one. */
function lies({ at, width, value }: LengthField): readonly (readonly [string, Tamper])[] {
  const most = 2 ** (8 * width) - 1;
  return [
    ['one more', addInteger(at, width, 1)],
    ...(value === 0 ? [] : ([['one less', addInteger(at, width, -1)]] as const)),
    ...(value < 2 ? [] : ([['nothing', setInteger(at, width, 0)]] as const)),
    ['all it can', setInteger(at, width, most)],
  ];
}

interface Sent {
  readonly message: string;
  readonly form: 'tls13' | 'tls12';
  /** A whole handshake in which this message is sent as `bytes` makes it. */
  readonly play: (bytes: Tamper) => Played;
}

function of<M>(
  form: Sent['form'],
  script: Script<M>,
  messages: readonly (keyof M & string)[],
  play: (script: Script<M>) => Played,
): Sent[] {
  return messages.map((message) => ({
    message,
    form,
    play: (bytes) => play(script.options(message, { bytes })),
  }));
}

const required = { options: { clientAuth: 'require' } } as const;
const mutual = { options: { credentials: [credentials.client()] } };

const SENT: Readonly<Record<string, readonly Sent[]>> = {
  'a server of TLS 1.3': of(
    'tls13',
    serverHandshake({ requestCertificate: 'expect own' }),
    [
      'ServerHello',
      'EncryptedExtensions',
      'CertificateRequest',
      'Certificate',
      'CertificateVerify',
      'Finished',
    ],
    (script) => againstServer(script, { ...mutual, peer: { alpnProtocols: ['a'] } }),
  ),
  'a client of TLS 1.3': of(
    'tls13',
    clientHandshake({ certificate: 'own' }),
    ['ClientHello', 'Certificate', 'CertificateVerify', 'Finished'],
    (script) => againstClient(script, { ...required, peer: { alpnProtocols: ['a', 'b'] } }),
  ),
  'a server of TLS 1.2': of(
    'tls12',
    serverHandshake12({ requestCertificate: 'expect own', ticket: true }),
    [
      'ServerHello',
      'Certificate',
      'ServerKeyExchange',
      'CertificateRequest',
      'ServerHelloDone',
      'NewSessionTicket',
      'Finished',
    ],
    (script) => againstServer12(script, mutual),
  ),
  'a client of TLS 1.2': of(
    'tls12',
    clientHandshake12({ certificate: 'own' }),
    ['ClientHello', 'Certificate', 'ClientKeyExchange', 'CertificateVerify', 'Finished'],
    (script) => againstClient12(script, required),
  ),
};

function fieldsOf({ play, form }: Sent): readonly LengthField[] {
  let fields: readonly LengthField[] = [];
  assertSecure(
    play((raw) => {
      fields = lengthsIn(raw, form);
      return raw;
    }),
  );
  return fields;
}

/** What a lie may be called, when the message can still be read as another one. */
const ALSO: ReadonlySet<string> = new Set(['misbehaved', 'certificate', 'incompatible']);

for (const [who, sent] of Object.entries(SENT)) {
  describe(who, () => {
    for (const each of sent) {
      test(`${each.message}: no length is believed`, () => {
        const fields = fieldsOf(each);
        assert.ok(fields.length > 0);
        let decodeErrors = 0;
        for (const field of fields) {
          for (const [what, tamper] of lies(field)) {
            const played = each.play(tamper);
            const { connection, kinds } = played.tested;
            const where = `${field.name} at ${field.at}: ${what}`;
            assert.ok(!kinds.includes('secure'), `${where}: secure`);
            const { error } = connection;
            // The header of a message that says more than comes: the rest is waited for.
            if (error === undefined) {
              assert.equal(field.at, 1, where);
              assert.equal(what, 'one more', where);
              continue;
            }
            assert.ok(error instanceof TLSError && error.alertOrigin === 'local', where);
            assert.ok(error.family === 'decode' || ALSO.has(error.family), `${where}: ${error.reason}`);
            if (what === 'all it can') assert.equal(error.alert, AlertDescription.decode_error, where);
            if (error.alert === AlertDescription.decode_error) decodeErrors += 1;
          }
        }
        assert.ok(decodeErrors > 0);
      });
    }
  });
}

describe('heartbeats', () => {
  const HEARTBEAT = codePoint<'ExtensionType'>(15);
  test('a server does not answer the extension', () => {
    const offering = clientHandshake().change('ClientHello', (fields) => ({
      ...fields,
      extensions: withExtension(fields.extensions, { type: HEARTBEAT, data: Uint8Array.of(1) }),
    }));
    const played = againstClient(offering);
    assertSecure(played);
    const answers = played.peer.received.flatMap((item) =>
      item.kind === 'handshake' && 'extensions' in item.message ? item.message.extensions : [],
    );
    assert.ok(answers.length > 0 && answers.every(({ type }) => type !== HEARTBEAT));
  });
  test('a client takes no answer to what it never offered', () => {
    const answering = serverHandshake().change('EncryptedExtensions', (fields) => ({
      extensions: withExtension(fields.extensions, { type: HEARTBEAT, data: Uint8Array.of(1) }),
    }));
    assertRefused(againstServer(answering), 'unsolicited_extension', 'unsupported_extension');
  });
  test('a heartbeat is no record: type 1, a payload of 16384, and nothing behind it', () => {
    const request = sendRecord(24, Uint8Array.of(1, 0x40, 0));
    const before = clientHandshake().before('ClientHello', request);
    assertRefused(againstClient(before), 'bad_content_type', 'unexpected_message');
    const after = clientHandshake12().append(request);
    assertRefused(againstClient12(after), 'bad_content_type', 'unexpected_message');
    assertRefused(againstClient(clientHandshake().append(request)), 'bad_content_type', 'unexpected_message');
  });
});
