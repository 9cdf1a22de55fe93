/**
 * Ciphers and key exchanges that were broken: there is no way to agree on one.
 *
 * - FREAK, CVE-2015-0204: a client took an export RSA key that it had not asked for. Here only ECDHE suites exist.
 * - Logjam, CVE-2015-4000, and Raccoon, CVE-2020-1968: weak or reused finite-field DH. Here no finite field exists.
 * - Bleichenbacher, ROBOT, Marvin (CVE-2017-13099, CVE-2022-4304, CVE-2023-46809): RSA key transport. Here it does not exist.
 * - Lucky Thirteen, CVE-2013-0169, CVE-2016-2107, Zombie POODLE: CBC padding told by alerts or time. Here every suite is an
 *   AEAD, and whatever does not open is one alert.
 * - BEAST, Sweet32, RC4: no CBC of TLS 1.0, no block of 64 bits, no stream cipher but ChaCha20.
 * - CRIME, CVE-2012-4929: compression next to secrets. Here only the null method is spoken.
 * - A ChaCha20 suite of TLS 1.2 that hangs (measured in a JavaScript stack): each suite we have is spoken.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import {
  append,
  chop,
  clientHandshake,
  clientHandshake12,
  flipBit,
  sendRecord,
  serverHandshake,
  serverHandshake12,
  setByte,
  type Tamper,
} from '../../src/fuzz.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { nameOf } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, now, provider } from '../handshake/credentials.ts';
import { againstClient, againstServer, assertRefused } from '../handshake/kit.ts';
import { againstClient12, againstServer12, ONLY12 } from '../tls12/kit.ts';

/** By what is wrong with them; the numbers are those of the registry. */
const WEAK: Readonly<Record<string, readonly number[]>> = {
  'no encryption': [0x0000, 0x0001, 0x0002, 0x003b, 0xc006, 0xc010, 0xc0b0, 0xc0b4],
  'export ciphers': [0x0003, 0x0006, 0x0008, 0x0011, 0x0014, 0x0017, 0x0019, 0x0062, 0x0064],
  'anonymous key exchange': [0x0018, 0x001b, 0x0034, 0x006c, 0x00a6, 0xc015, 0xc018],
  RC4: [0x0004, 0x0005, 0x0066, 0xc002, 0xc007, 0xc00c, 0xc011],
  'blocks of 64 bits': [0x0007, 0x0009, 0x000a, 0x0016, 0xc008, 0xc012],
  'RSA key transport': [0x002f, 0x0035, 0x003c, 0x003d, 0x009c, 0x009d, 0xc09c, 0xc09d],
  'finite-field DH, ephemeral': [0x0033, 0x0039, 0x0067, 0x006b, 0x009e, 0x009f, 0xccaa],
  'finite-field DH, static': [0x0030, 0x0031, 0x00a0, 0x00a4],
  'static ECDH': [0xc004, 0xc005, 0xc00e, 0xc00f, 0xc025, 0xc029, 0xc02d, 0xc031],
  CBC: [0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028],
  'plain PSK and SRP': [0x008c, 0x008d, 0x00a8, 0x00ae, 0xc01d, 0xc020],
};

describe('suites', () => {
  for (const [what, codes] of Object.entries(WEAK)) {
    test(`${what}: cannot be configured, offered, chosen or accepted`, () => {
      const common = { provider, now, groups: [NamedGroup.x25519] };
      for (const number of codes) {
        const code = codePoint<'CipherSuite'>(number);
        const name = nameOf(CipherSuite, code);
        assert.throws(
          () => createClientConfig({ ...common, serverName: 'a.example', cipherSuites: [code] }),
          { code: 'TLS_INVALID_OPTION' },
          name,
        );
        assert.throws(
          () => createServerConfig({ ...common, credentials: [credentials.server()], cipherSuites: [code] }),
          { code: 'TLS_INVALID_OPTION' },
          name,
        );
        const chosen = serverHandshake12().change('ServerHello', (fields) => ({
          ...fields,
          cipherSuite: code,
        }));
        assertRefused(againstServer12(chosen), 'unoffered_cipher_suite', 'illegal_parameter');
        const chosen13 = serverHandshake().change('ServerHello', (fields) => ({
          ...fields,
          cipherSuite: code,
        }));
        assertRefused(againstServer(chosen13), 'unoffered_cipher_suite', 'illegal_parameter');
      }
      const suites = codes.map((code) => codePoint<'CipherSuite'>(code));
      const offering = clientHandshake12().change('ClientHello', (fields) => ({
        ...fields,
        cipherSuites: suites,
      }));
      assertRefused(againstClient12(offering), 'no_common_cipher_suite', 'handshake_failure');
      const offering13 = clientHandshake().change('ClientHello', (fields) => ({
        ...fields,
        cipherSuites: suites,
      }));
      assertRefused(againstClient(offering13), 'no_common_cipher_suite', 'handshake_failure');
    });
  }

  test('one of ours that the client did not offer is no better', () => {
    const { TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256 } = CipherSuite;
    const script = serverHandshake().change('ServerHello', (fields) => ({
      ...fields,
      cipherSuite: TLS_CHACHA20_POLY1305_SHA256,
    }));
    const options = { cipherSuites: [TLS_AES_128_GCM_SHA256] };
    assertRefused(againstServer(script, { options }), 'unoffered_cipher_suite', 'illegal_parameter');
  });

  test('none of ours is of those', () => {
    const weak = new Set(Object.values(WEAK).flat());
    const { cipherSuites13, cipherSuites12, optionalCipherSuites12 } = provider;
    const ours = [...cipherSuites13, ...cipherSuites12, ...optionalCipherSuites12];
    assert.ok(ours.length >= 9);
    for (const { code, name } of ours) assert.ok(!weak.has(code), name);
  });

  test('each of TLS 1.2 that we have carries data both ways', () => {
    const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
    for (const { code, name, authentication } of provider.cipherSuites12) {
      if (authentication !== 'ecdsa') continue;
      const options = { ...ONLY12, groups, cipherSuites: [code] };
      const pair = new Pair(options, { ...options, credentials: [credentials.serverP256()] }).pump();
      pair.client.tested.connection.send(Uint8Array.of(1));
      pair.server.tested.connection.send(Uint8Array.of(2));
      pair.pump();
      assert.deepEqual([...pair.server.tested.data, ...pair.client.tested.data], [1, 2], name);
    }
  });
});

describe('key exchanges that nobody asked for', () => {
  const dhe = Uint8Array.of(0, 1, 23, 0, 1, 5, 0, 1, 8, 4, 3, 0, 0);
  const rsaExport = Uint8Array.of(0, 4, 1, 2, 3, 4, 0, 1, 3, 4, 3, 0, 0);
  const body =
    (bytes: Uint8Array): Tamper =>
    () =>
      Uint8Array.of(12, 0, 0, bytes.length, ...bytes);
  for (const [what, bytes] of Object.entries({ 'a DH prime': dhe, 'an export RSA key': rsaExport })) {
    test(`${what} in ServerKeyExchange, under an ECDHE suite`, () => {
      const script = serverHandshake12().options('ServerKeyExchange', { bytes: body(bytes) });
      const played = againstServer12(script);
      assert.equal(played.tested.connection.error?.family, 'decode');
      assert.ok(!played.tested.kinds.includes('secure'));
    });
  }
  test('explicit curve parameters', () => {
    for (const type of [1, 2]) {
      const script = serverHandshake12().options('ServerKeyExchange', { bytes: setByte(4, type) });
      assertRefused(againstServer12(script), 'bad_value', 'illegal_parameter');
    }
  });
  test('FFDHE groups are not ours', () => {
    assert.ok(provider.groups.every(({ code }) => code < 0x0100 || code > 0x01ff));
  });
});

describe('compression', () => {
  const DEFLATE = 1;
  test('a server that chooses it', () => {
    const script = serverHandshake12().change('ServerHello', (fields) => ({
      ...fields,
      legacyCompressionMethod: DEFLATE,
    }));
    assertRefused(againstServer12(script), 'bad_compression_method', 'illegal_parameter');
    const script13 = serverHandshake().change('ServerHello', (fields) => ({
      ...fields,
      legacyCompressionMethod: DEFLATE,
    }));
    assertRefused(againstServer(script13), 'bad_compression_method', 'illegal_parameter');
  });
  test('a client that offers nothing else, and in TLS 1.3 one that offers it at all', () => {
    const offering = (...methods: readonly number[]) => ({
      legacyCompressionMethods: Uint8Array.from(methods),
    });
    const only = clientHandshake12().change('ClientHello', (f) => ({ ...f, ...offering(DEFLATE) }));
    assertRefused(againstClient12(only), 'bad_compression_method', 'illegal_parameter');
    const both = clientHandshake().change('ClientHello', (f) => ({ ...f, ...offering(DEFLATE, 0) }));
    assertRefused(againstClient(both), 'bad_compression_method', 'illegal_parameter');
  });
});

describe('a record that does not open says one thing', () => {
  const WAYS: Readonly<Record<string, Tamper>> = {
    'the first bit': flipBit(0),
    'a bit of the text': flipBit(70),
    'the first bit of the tag': flipBit(-128),
    'the last bit': flipBit(-1),
    'one byte less': chop(1),
    'one byte more': append(0),
    'shorter than a tag': (sealed) => sealed.slice(0, 9),
    'a single byte': (sealed) => sealed.slice(0, 1),
  };
  const DATA = 23;
  const content = new Uint8Array(20);
  for (const [version, play] of [
    [
      'TLS 1.2',
      (sealed: Tamper) => againstClient12(clientHandshake12().append(sendRecord(DATA, content, { sealed }))),
    ],
    [
      'TLS 1.3',
      (sealed: Tamper) => againstClient(clientHandshake().append(sendRecord(DATA, content, { sealed }))),
    ],
  ] as const) {
    test(`${version}: the same alert, the same words, nothing given out`, () => {
      const told = Object.values(WAYS).map((sealed) => {
        const played = play(sealed);
        assert.equal(played.tested.data.length, 0);
        return assertRefused(played, 'bad_record_mac', 'bad_record_mac').message;
      });
      assert.equal(new Set(told).size, 1);
    });
  }
});
