import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import nodeTls from 'node:tls';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import * as tls from '../../src/index.ts';
import { alpnProtocols } from '../../src/node/alpn.ts';
import { cipherSettings } from '../../src/node/cipher-list.ts';
import { normalizeConnectArguments } from '../../src/node/connect-arguments.ts';
import { parseGroupList, parseSignatureList } from '../../src/node/group-list.ts';
import { millisecondsOption, ownOptions } from '../../src/node/own-options.ts';
import { versionRange } from '../../src/node/protocol-version.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';

const provider = nobleProvider();
const range = versionRange(ownOptions({}));
const settings = (value: unknown) => cipherSettings(value, range, provider);
const suites = (value: unknown) => settings(value).cipherSuites;
const { TLS12, TLS13 } = ProtocolVersion;
const ALL_13 = provider.cipherSuites13.map((suite) => suite.code);
const groups = (value: unknown) => parseGroupList(value, provider.groups);
const schemes = (value: unknown, minVersion: ProtocolVersion = ProtocolVersion.TLS12) =>
  parseSignatureList(value, provider.signatureAlgorithms, minVersion);
const code = (wanted: string) => ({ code: wanted });

describe('ciphers', () => {
  test('TLS 1.3 names are taken in their order', () => {
    assert.deepEqual(suites('TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256'), [
      CipherSuite.TLS_AES_256_GCM_SHA384,
      CipherSuite.TLS_AES_128_GCM_SHA256,
    ]);
  });
  test('they alone turn TLS 1.2 off', () => {
    assert.equal(settings('TLS_AES_128_GCM_SHA256').minVersion, TLS13);
    assert.throws(
      () => cipherSettings('TLS_AES_128_GCM_SHA256', { minVersion: TLS12, maxVersion: TLS12 }, provider),
      code('ERR_SSL_NO_CIPHER_MATCH'),
    );
  });
  test('names of TLS 1.2 beside them are taken too', () => {
    assert.deepEqual(suites('ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256:!aNULL:@SECLEVEL=2'), [
      CipherSuite.TLS_AES_128_GCM_SHA256,
      CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ]);
  });
  test('a list for TLS 1.2 leaves TLS 1.3 as it is', () => {
    const { cipherSuites, minVersion, maxVersion } = settings('ECDHE-ECDSA-AES128-GCM-SHA256');
    assert.deepEqual(cipherSuites, [...ALL_13, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]);
    assert.deepEqual([minVersion, maxVersion], [TLS12, TLS13]);
  });
  test('nothing is the default', () => {
    for (const text of ['', undefined, null]) assert.equal(suites(text), undefined, String(text));
  });
  test("Node's own default list is understood", () => {
    assert.deepEqual(suites(nodeTls.DEFAULT_CIPHERS)?.slice(0, 3), [
      CipherSuite.TLS_AES_256_GCM_SHA384,
      CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
      CipherSuite.TLS_AES_128_GCM_SHA256,
    ]);
  });
  test('every name that OpenSSL lists is known', () => {
    for (const name of nodeTls.getCiphers()) {
      const upper = name.toUpperCase();
      assert.doesNotThrow(() => suites(`${upper}:TLS_AES_128_GCM_SHA256`), upper);
    }
  });
  test('an excluded suite is left out', () => {
    const left = suites('TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:!TLS_AES_256_GCM_SHA384');
    assert.deepEqual(left, [CipherSuite.TLS_AES_128_GCM_SHA256]);
  });
  test('only suites that we leave out on purpose: nothing is left', () => {
    assert.throws(() => suites('AES128-SHA:AES256-SHA'), {
      code: 'ERR_SSL_NO_CIPHER_MATCH',
      message: /nothing that we have is left/,
    });
  });
  test('unknown names are refused by name', () => {
    for (const text of ['FOO', 'TLS_FOO_SHA256', 'TLS_AES_128_GCM_SHA256:tls_aes_256', 'HIGH:BOGUS']) {
      assert.throws(() => suites(text), { code: 'ERR_SSL_NO_CIPHER_MATCH', message: /is no/ }, text);
    }
  });
  test('not a string', () => {
    assert.throws(() => suites(5), code('ERR_INVALID_ARG_TYPE'));
    assert.throws(() => suites(['TLS_AES_128_GCM_SHA256']), code('ERR_INVALID_ARG_TYPE'));
  });
  test('getCiphers names ours in lower case', () => {
    assert.ok(tls.getCiphers().includes('tls_aes_128_gcm_sha256'));
    assert.deepEqual(
      tls
        .getCiphers()
        .map((name) => name.toUpperCase())
        .join(':'),
      tls.DEFAULT_CIPHERS,
    );
  });
});

describe('ecdhCurve', () => {
  test('names of all kinds, in order, once', () => {
    assert.deepEqual(groups('P-384:prime256v1:P-256:X25519:x25519mlkem768'), [
      NamedGroup.secp384r1,
      NamedGroup.secp256r1,
      NamedGroup.x25519,
      NamedGroup.X25519MLKEM768,
    ]);
  });
  test('auto and nothing are the default', () => {
    for (const value of ['auto', '', undefined, null]) assert.equal(groups(value), undefined);
  });
  test('groups that exist and that we lack are passed over', () => {
    assert.deepEqual(groups('brainpoolP256r1tls13:ffdhe2048:X25519'), [NamedGroup.x25519]);
    assert.deepEqual(groups('?NEW:*X25519/P-256'), [NamedGroup.x25519, NamedGroup.secp256r1]);
  });
  test('unknown, empty and unavailable', () => {
    for (const text of ['nope', 'X25519:', ':', 'X25519:nope', 'ffdhe2048', '?']) {
      assert.throws(
        () => groups(text),
        { code: 'ERR_CRYPTO_OPERATION_FAILED', message: /Failed to set ECDH curve/ },
        text,
      );
    }
    assert.throws(() => groups(5), code('ERR_INVALID_ARG_TYPE'));
  });
});

describe('sigalgs', () => {
  test("OpenSSL's and RFC 8446's names", () => {
    assert.deepEqual(schemes('ECDSA+SHA256:RSA-PSS+SHA384:ed25519:rsa_pss_pss_sha256:RSA+SHA256'), [
      SignatureScheme.ecdsa_secp256r1_sha256,
      SignatureScheme.rsa_pss_rsae_sha384,
      SignatureScheme.ed25519,
      SignatureScheme.rsa_pss_pss_sha256,
      SignatureScheme.rsa_pkcs1_sha256,
    ]);
  });
  test('weak ones are passed over', () => {
    assert.deepEqual(schemes('RSA+SHA1:ECDSA+SHA1:DSA+SHA256:ECDSA+SHA384'), [
      SignatureScheme.ecdsa_secp384r1_sha384,
    ]);
  });
  test('nothing is the default', () => {
    for (const value of [undefined, null]) assert.equal(schemes(value), undefined);
  });
  test('refused', () => {
    for (const text of ['', 'nope', 'RSA+SHA1', 'ECDSA+SHA256:', 'ECDSA+SHA256:foo']) {
      assert.throws(() => schemes(text), code('ERR_INVALID_ARG_VALUE'), text);
    }
    assert.throws(() => schemes(5), code('ERR_INVALID_ARG_TYPE'));
  });
  test('PKCS#1 v1.5 alone is enough for TLS 1.2, and not for TLS 1.3', () => {
    assert.deepEqual(schemes('RSA+SHA256'), [SignatureScheme.rsa_pkcs1_sha256]);
    assert.throws(() => schemes('RSA+SHA256', TLS13), code('ERR_INVALID_ARG_VALUE'));
    assert.deepEqual(schemes('ed448', TLS13), [SignatureScheme.ed448]);
  });
});

describe('versions', () => {
  const versions = (options: object) => {
    const { minVersion, maxVersion } = versionRange(ownOptions(options));
    return [minVersion, maxVersion];
  };
  const check = (options: object) => () => versions(options);
  test('what each option leaves', () => {
    assert.deepEqual(versions({}), [TLS12, TLS13]);
    assert.deepEqual(versions({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' }), [TLS12, TLS13]);
    assert.deepEqual(versions({ minVersion: 'TLSv1' }), [TLS12, TLS13]);
    assert.deepEqual(versions({ minVersion: 'TLSv1.3' }), [TLS13, TLS13]);
    assert.deepEqual(versions({ maxVersion: 'TLSv1.2' }), [TLS12, TLS12]);
    assert.deepEqual(versions({ secureProtocol: 'TLS_method' }), [TLS12, TLS13]);
    assert.deepEqual(versions({ secureProtocol: 'SSLv23_client_method' }), [TLS12, TLS13]);
    assert.deepEqual(versions({ secureProtocol: 'TLSv1_2_method' }), [TLS12, TLS12]);
    assert.deepEqual(versions({ secureOptions: 0x04000000 }), [TLS12, TLS13]);
    assert.deepEqual(versions({ secureOptions: 0x20000000 }), [TLS12, TLS12]);
    assert.deepEqual(versions({ secureOptions: 0x08000000 }), [TLS13, TLS13]);
  });
  test('what leaves nothing', () => {
    const refused = [
      { maxVersion: 'TLSv1' },
      { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' },
      { secureProtocol: 'TLSv1_1_method' },
      { secureOptions: 0x28000000 },
      { secureProtocol: 'TLS_method', minVersion: 'TLSv1.2' },
    ];
    for (const options of refused) assert.throws(check(options), code('ERR_TLS_PROTOCOL_VERSION_CONFLICT'));
  });
  test('what does not exist', () => {
    assert.throws(check({ minVersion: 'foo' }), {
      code: 'ERR_TLS_INVALID_PROTOCOL_VERSION',
      message: '"foo" is not a valid minimum TLS protocol version',
    });
    assert.throws(check({ maxVersion: 13 }), code('ERR_TLS_INVALID_PROTOCOL_VERSION'));
    assert.throws(check({ minVersion: '' }), code('ERR_TLS_INVALID_PROTOCOL_VERSION'));
    assert.throws(check({ secureProtocol: 'foo' }), code('ERR_TLS_INVALID_PROTOCOL_METHOD'));
    assert.throws(check({ secureProtocol: 5 }), code('ERR_INVALID_ARG_TYPE'));
    assert.throws(check({ secureOptions: 'x' }), code('ERR_INVALID_ARG_TYPE'));
  });
});

// Node has it, its types do not say so.
const { convertALPNProtocols: convertByNode } = nodeTls as typeof nodeTls &
  Pick<typeof tls, 'convertALPNProtocols'>;

describe('ALPN names', () => {
  const cases: readonly string[][] = [['h2', 'http/1.1'], [], ['a'.repeat(255)]];
  test("convertALPNProtocols is Node's", () => {
    for (const protocols of cases) {
      const a: { ALPNProtocols?: Buffer } = {};
      const b: { ALPNProtocols?: Buffer } = {};
      tls.convertALPNProtocols(protocols, a);
      convertByNode(protocols, b);
      assert.deepEqual(a, b);
    }
    const wire = Buffer.from('\x02h2');
    const out: { ALPNProtocols?: Buffer } = {};
    tls.convertALPNProtocols(wire, out);
    assert.deepEqual(out.ALPNProtocols, wire);
    assert.notEqual(out.ALPNProtocols, wire);
    const view: { ALPNProtocols?: Buffer } = {};
    tls.convertALPNProtocols(new DataView(new Uint8Array([1, 97]).buffer), view);
    assert.deepEqual(view.ALPNProtocols, Buffer.from([1, 97]));
  });
  test('too long', () => {
    assert.throws(() => tls.convertALPNProtocols(['a'.repeat(256)], {}), code('ERR_OUT_OF_RANGE'));
  });
  test('the option', () => {
    assert.deepEqual(alpnProtocols(['h2', 'http/1.1', 'h2']), ['h2', 'http/1.1']);
    assert.deepEqual(alpnProtocols(Buffer.from('\x02h2\x01x')), ['h2', 'x']);
    assert.deepEqual(alpnProtocols(undefined), []);
    assert.throws(() => alpnProtocols(['']), code('ERR_INVALID_ARG_VALUE'));
    assert.throws(() => alpnProtocols([5]), code('ERR_INVALID_ARG_TYPE'));
    assert.throws(() => alpnProtocols(Buffer.from('\x03h2')), code('ERR_INVALID_ARG_VALUE'));
    assert.throws(() => alpnProtocols(Buffer.from([0])), code('ERR_INVALID_ARG_VALUE'));
    assert.throws(() => alpnProtocols('h2'), code('ERR_INVALID_ARG_TYPE'));
  });
});

describe('reading options', () => {
  test('only own properties count', () => {
    const polluted = Object.create({ rejectUnauthorized: false, servername: 'evil' }) as Record<
      string,
      unknown
    >;
    polluted['port'] = 1;
    const own = ownOptions(polluted);
    assert.deepEqual(Object.keys(own), ['port']);
    assert.equal(own['rejectUnauthorized'], undefined);
    assert.equal(Object.getPrototypeOf(own), null);
  });
  test('a key named __proto__ changes no prototype', () => {
    const own = ownOptions(JSON.parse('{"__proto__":{"rejectUnauthorized":false}}'));
    assert.equal(own['rejectUnauthorized'], undefined);
    assert.equal(Object.getPrototypeOf(own), null);
  });
  test('a getter is called once', () => {
    let calls = 0;
    const options = {
      get ca() {
        calls += 1;
        return [];
      },
    };
    tls.createSecureContext(options);
    assert.equal(calls, 1);
  });
  test('no object', () => {
    assert.throws(() => ownOptions(5), code('ERR_INVALID_ARG_TYPE'));
    assert.deepEqual(Object.keys(ownOptions(undefined)), []);
    assert.deepEqual(Object.keys(ownOptions(null)), []);
  });
  test('milliseconds', () => {
    const read = (value: unknown) => millisecondsOption(ownOptions({ t: value }), 't');
    assert.equal(read(0), 0);
    assert.equal(read(1.5), 2);
    assert.equal(read(Number.POSITIVE_INFINITY), 0);
    for (const value of [-1, Number.NaN, 2 ** 31]) assert.throws(() => read(value), code('ERR_OUT_OF_RANGE'));
    assert.throws(() => read('5'), code('ERR_INVALID_ARG_TYPE'));
  });
  test('forms of connect', () => {
    const cb = (): void => {};
    const read = (...args: unknown[]) => {
      const { options, callback } = normalizeConnectArguments(args, true);
      return [{ ...options }, callback];
    };
    assert.deepEqual(read({ port: 1, host: 'a' }, cb), [{ port: 1, host: 'a' }, cb]);
    assert.deepEqual(read(1, cb), [{ port: 1 }, cb]);
    assert.deepEqual(read(1, 'a', cb), [{ port: 1, host: 'a' }, cb]);
    assert.deepEqual(read('443', 'a', { ca: [] }), [{ port: '443', host: 'a', ca: [] }, undefined]);
    assert.deepEqual(read(1, { host: 'b' }, cb), [{ port: 1, host: 'b' }, cb]);
    assert.deepEqual(read(1, 'a', { host: 'b' }, cb), [{ port: 1, host: 'b' }, cb]);
    assert.deepEqual(read('/tmp/x', { ca: [] }, cb), [{ path: '/tmp/x', ca: [] }, cb]);
    assert.throws(() => read(true), code('ERR_INVALID_ARG_TYPE'));
  });
});
