/**
 * A second handshake in a connection: never done.
 *
 * - CVE-2009-3555: an attacker's bytes and a victim's handshake were spliced into one connection. Here HelloRequest and a
 *   second ClientHello are refused with a warning, and renegotiation_info of a first handshake must be empty.
 * - CVE-2021-3449 (OpenSSL): a renegotiating ClientHello without an extension of the first one crashed the server.
 * - CVE-2011-1473: renegotiation without end as an attack on the processor. Here the fifth try ends the connection.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  clientHandshake,
  clientHandshake12,
  clientHello,
  clientHello12,
  expectAlert,
  expectData,
  helloRequest,
  type Step,
  sendData,
  serverHandshake,
  serverHandshake12,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import { renegotiationInfo } from '../../src/message/extension/renegotiation-info.ts';
import { AlertDescription, ExtensionType } from '../../src/wire/registry.ts';
import { againstClient, againstServer, assertRefused, assertSecure, type Tested } from '../handshake/kit.ts';
import { againstClient12, againstServer12, BOTH } from '../tls12/kit.ts';

const times = (count: number, each: Step): Step[] => new Array<Step>(count).fill(each);
const times4 = <T>(each: T): T[] => [each, each, each, each];
const refused = expectAlert('no_renegotiation');
const ping = Uint8Array.of(1, 2, 3);
const echo = (tested: Tested): void => {
  tested.react = (event, connection) => {
    if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
  };
};
const again = clientHello12.withOptions({ unhashed: true });
const bare = again.changed((fields) => ({
  ...fields,
  extensions: withoutExtension(
    fields.extensions,
    ExtensionType.signature_algorithms,
    ExtensionType.supported_groups,
  ),
}));

describe('TLS 1.2', () => {
  test('HelloRequest is answered with a warning, and the connection goes on', () => {
    const script = serverHandshake12().append(helloRequest, refused, sendData(ping), expectData(ping));
    assertSecure(againstServer12(script, { prepare: echo }));
  });
  test('a second ClientHello too, also one that lacks what the first had (CVE-2021-3449)', () => {
    for (const hello of [again, bare]) {
      const script = clientHandshake12().append(hello, refused, sendData(ping), expectData(ping));
      assertSecure(againstClient12(script, { prepare: echo }));
    }
  });
  test('the fifth in a row is one too many', () => {
    for (const played of [
      againstServer12(serverHandshake12().append(...times(5, helloRequest))),
      againstClient12(clientHandshake12().append(...times(5, again))),
    ]) {
      assert.equal(played.tested.connection.error?.reason, 'too_many_warnings');
      const alerts = played.peer.received.flatMap((item) => (item.kind === 'alert' ? [item] : []));
      assert.deepEqual(
        alerts.map(({ level, description }) => [level, description]),
        [...times4([1, AlertDescription.no_renegotiation]), [2, AlertDescription.unexpected_message]],
      );
    }
  });
  test('a first handshake that says it is a second', () => {
    const info = (length: number) => new Uint8Array(length).fill(1);
    for (const length of [1, 12, 24]) {
      const answered = serverHandshake12().change('ServerHello', (fields) => ({
        ...fields,
        extensions: withExtension(
          withoutExtension(fields.extensions, ExtensionType.renegotiation_info),
          renegotiationInfo.serverHello12.encode(info(length)),
        ),
      }));
      assertRefused(againstServer12(answered), 'bad_renegotiation_info', 'handshake_failure');
      assertRefused(
        againstServer12(answered, { options: BOTH }),
        'bad_renegotiation_info',
        'handshake_failure',
      );
      const offered = clientHandshake12().change('ClientHello', (fields) => ({
        ...fields,
        extensions: withExtension(
          withoutExtension(fields.extensions, ExtensionType.renegotiation_info),
          renegotiationInfo.clientHello.encode(info(length)),
        ),
      }));
      assertRefused(againstClient12(offered), 'bad_renegotiation_info', 'handshake_failure');
    }
  });
  test('a server without renegotiation_info is refused where it is told to be', () => {
    const silent = serverHandshake12().change('ServerHello', (fields) => ({
      ...fields,
      extensions: withoutExtension(fields.extensions, ExtensionType.renegotiation_info),
    }));
    assertSecure(againstServer12(silent));
    const options = { requireSecureRenegotiation: true };
    assertRefused(againstServer12(silent, { options }), 'bad_renegotiation_info', 'handshake_failure');
  });
});

describe('TLS 1.3 has none', () => {
  test('a second ClientHello', () => {
    const script = clientHandshake().append(clientHello.withOptions({ unhashed: true }));
    assertRefused(againstClient(script), 'unexpected_message', 'unexpected_message');
  });
  test('HelloRequest', () => {
    assertRefused(
      againstServer(serverHandshake().append(helloRequest)),
      'unexpected_message',
      'unexpected_message',
    );
  });
});
