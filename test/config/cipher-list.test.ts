/** Cipher strings, judged by `openssl ciphers` where it is there: what it selects among the suites that we have. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { openSslName, parseCipherString } from '../../src/config/cipher-list.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { TLSError } from '../../src/wire/error.ts';

const provider = nobleProvider();
const known = [...provider.cipherSuites12, ...provider.optionalCipherSuites12];

function names(list: string): string[] {
  const codes = parseCipherString(list, provider).tls12 ?? [];
  return codes.map((code) =>
    openSslName(known.find((suite) => suite.code === code) ?? known[0] ?? assert.fail()),
  );
}

const version = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '';
const skip = /^OpenSSL 3/.test(version) ? false : 'OpenSSL 3 is not here';

function openssl(list: string): string[] {
  const { stdout } = spawnSync('openssl', ['ciphers', '-tls1_2', list], { encoding: 'utf8' });
  const ours = new Set(known.map(openSslName));
  return stdout
    .trim()
    .split(':')
    .filter((name) => ours.has(name));
}

// OpenSSL keeps an order of its own inside a keyword, and DEFAULT and ALL include CCM there; sets are what is compared.
const LISTS = [
  'ECDHE+AESGCM',
  'ECDHE+AESGCM:!AES128',
  'ECDHE+CHACHA20:ECDHE+AESGCM',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
  'AESGCM:!aRSA',
  'AESCCM',
  'AESCCM8',
  'HIGH:!aNULL:!MD5:!PSK:!AESCCM',
  'ECDHE+aRSA+AES256',
  'aECDSA:-AESGCM:!AESCCM',
  'AES256:-aRSA:AESGCM:!AESCCM',
  'kEECDH+AESGCM',
  'EECDH+AESGCM:RSA+AESGCM:AES128-SHA',
  'kECDHEPSK+CHACHA20',
  'ECDHE-PSK-CHACHA20-POLY1305',
  'AESGCM@STRENGTH',
  'ECDHE+AESGCM:@SECLEVEL=1',
];

for (const list of LISTS) {
  test(`${list} selects what OpenSSL selects`, { skip }, () => {
    const theirs = openssl(list);
    assert.ok(theirs.length > 0);
    assert.deepEqual(new Set(names(list)), new Set(theirs));
  });
}

test('named suites keep their order, and + moves to the end', () => {
  const [a, b] = ['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256'];
  assert.deepEqual(names(`${a}:${b}`), [a, b]);
  assert.deepEqual(names(`${a}:${b}:+aRSA`), [b, a]);
  assert.deepEqual(names(`${a}:${b}:-aRSA:${a}`), [b, a]);
  assert.deepEqual(names(`!aRSA:${a}:${b}`), [b]);
});

test('IANA names are names too', () => {
  assert.deepEqual(names('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'), ['ECDHE-RSA-AES128-GCM-SHA256']);
});

test('suites of TLS 1.3 stand in the same string and are kept apart', () => {
  const both = parseCipherString('TLS_AES_256_GCM_SHA384:ECDHE+AESGCM:TLS_AES_128_GCM_SHA256', provider);
  assert.deepEqual(both.tls13, [0x1302, 0x1301]);
  assert.equal(both.tls12?.length, 4);
  assert.equal(parseCipherString('TLS_AES_128_GCM_SHA256', provider).tls12, undefined);
  assert.equal(parseCipherString('ECDHE+AESGCM', provider).tls13, undefined);
  assert.deepEqual(parseCipherString('TLS_AES_128_CCM_SHA256', provider).tls13, [0x1304]);
});

test('suites of TLS 1.3 can be excluded, from the default too', () => {
  const left = parseCipherString('DEFAULT:!TLS_AES_128_GCM_SHA256', provider).tls13;
  assert.deepEqual(left, [0x1303, 0x1302]);
});

test('DEFAULT is our default, and no keyword means preshared keys unless it says so', () => {
  assert.deepEqual(names('DEFAULT'), provider.cipherSuites12.map(openSslName));
  assert.ok(!names('ALL').includes('ECDHE-PSK-CHACHA20-POLY1305'));
  assert.ok(names('CHACHA20:PSK').includes('ECDHE-PSK-CHACHA20-POLY1305'));
});

const NONSENSE = {
  'ECDHE+AESGMC': /"ECDHE\+AESGMC" is no cipher suite or keyword; there are ECDHE/,
  'ECDHE-RSA-AES128-GCM-SHA2567x': /is no cipher suite/,
  TLS_AES_512_GCM_SHA512: /no suite of TLS 1.3; there are TLS_/,
  'TLS_AES_128_GCM_SHA256:!TLS_AES_128_GCM_SHA256': /nothing that we have is left/,
  'AES128-SHA:DES-CBC3-SHA': /nothing that we have is left/,
  'ECDHE:!ECDHE': /nothing that we have is left/,
  'DEFAULT@SECLEVEL=5': /security level 5/,
  'DEFAULT:@NONSENSE': /is no command/,
  '!': undefined,
} as const;

for (const [list, message] of Object.entries(NONSENSE)) {
  test(`${list} ${message === undefined ? 'says nothing' : 'is refused'}`, () => {
    if (message === undefined) {
      assert.deepEqual(parseCipherString(list, provider), { tls13: undefined, tls12: undefined });
      return;
    }
    assert.throws(
      () => parseCipherString(list, provider),
      (error) => {
        assert.ok(error instanceof TLSError);
        assert.equal(error.reason, 'invalid_option');
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
