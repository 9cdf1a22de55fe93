/** Our client and server of TLS 1.2 against scripted peers that do everything right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientHandshake12Options,
  clientHandshake12,
  expectData,
  type ServerHandshake12Options,
  sendData,
  serverHandshake12,
} from '../../src/fuzz.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { credentials } from '../handshake/credentials.ts';
import { assertSecure, type Tested } from '../handshake/kit.ts';
import { againstClient12, againstServer12 } from './kit.ts';

const ping = Uint8Array.from([1, 2, 3]);

const echoes = (tested: Tested): void => {
  tested.react = (event, connection) => {
    if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
  };
};

const SERVERS: Readonly<Record<string, ServerHandshake12Options>> = {
  plain: {},
  'with a ticket': { ticket: true },
  'with a session ID': { sessionId: true },
  'asking for a certificate': { requestCertificate: 'expect own' },
  'asking for a certificate, with a ticket': { requestCertificate: 'expect own', ticket: true },
};

for (const [name, options] of Object.entries(SERVERS)) {
  test(`our client against a scripted server, ${name}`, () => {
    const played = againstServer12(serverHandshake12(options).append(sendData(ping), expectData(ping)), {
      options: { credentials: [credentials.client()] },
      prepare: echoes,
    });
    assertSecure(played);
    assert.deepEqual([...played.tested.data], [...ping]);
    assert.equal(played.tested.connection.info.versionName, 'TLSv1.2');
  });
}

const CLIENTS: Readonly<Record<string, ClientHandshake12Options>> = {
  plain: {},
  'with its certificate': { certificate: 'own' },
  'with an empty certificate': { certificate: 'empty' },
};

for (const [name, options] of Object.entries(CLIENTS)) {
  test(`our server against a scripted client, ${name}`, () => {
    const played = againstClient12(clientHandshake12(options).append(sendData(ping), expectData(ping)), {
      options: { clientAuth: options.certificate === undefined ? 'none' : 'request' },
      prepare: echoes,
    });
    assertSecure(played);
    assert.equal(played.tested.connection.info.versionName, 'TLSv1.2');
  });
}

const SUITES = [
  CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
  CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
  CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
  CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8,
];

for (const suite of SUITES) {
  test(`suite 0x${suite.toString(16)}, either role`, () => {
    const options = { cipherSuites: [suite] };
    const served = againstServer12(serverHandshake12().append(sendData(ping), expectData(ping)), {
      options,
      peer: { cipherSuites: [suite] },
      prepare: echoes,
    });
    assertSecure(served);
    assert.equal(served.tested.connection.info.cipherSuite?.code, suite);
    const asked = againstClient12(clientHandshake12().append(sendData(ping), expectData(ping)), {
      options,
      peer: { cipherSuites: [suite] },
      prepare: echoes,
    });
    assertSecure(asked);
    assert.equal(asked.tested.connection.info.cipherSuite?.code, suite);
  });
}
