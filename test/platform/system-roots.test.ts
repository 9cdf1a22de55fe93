import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { extraRoots, rootPlaces, systemRoots } from '../../src/platform/system-roots.ts';
import { createAuthority } from '../../src/x509.ts';
import { NOW, random } from '../x509/kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'puretls-roots-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const authorities = ['one', 'two', 'three'].map((name) =>
  createAuthority({ random, now: NOW, subject: `CN=${name}` }),
);
const [one = '', two = '', three = ''] = authorities.map((ca) => ca.certificatePem);

let files = 0;
function file(text: string, name = `f${files++}.pem`, directory = folder): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const names = (env: Record<string, string>): string[] =>
  systemRoots(env)
    .certificates.map((certificate) => certificate.subject.toString())
    .sort();

describe("the system's roots", () => {
  test('SSL_CERT_FILE replaces the places of the system', () => {
    assert.deepEqual(names({ SSL_CERT_FILE: file(one + two) }), ['CN=one', 'CN=two']);
  });
  test('SSL_CERT_DIR may name several directories', () => {
    const first = join(folder, 'first');
    const second = join(folder, 'second');
    file(one, 'a.pem', first);
    file('no certificate', 'b.txt', first);
    file(two, 'b.crt', second);
    assert.deepEqual(names({ SSL_CERT_DIR: `${first}${delimiter}${second}` }), ['CN=one', 'CN=two']);
    assert.deepEqual(names({ SSL_CERT_DIR: first, SSL_CERT_FILE: file(three) }), ['CN=one', 'CN=three']);
  });
  test('of a hashed directory only the hashed names are read', () => {
    const hashed = join(folder, 'hashed');
    file(one, '0a1b2c3d.0', hashed);
    file(two, 'two.pem', hashed);
    assert.deepEqual(names({ SSL_CERT_DIR: hashed }), ['CN=one']);
  });
  test('a broken certificate hides no other', () => {
    assert.deepEqual(
      names({ SSL_CERT_FILE: file(`${one.replace('MII', 'AAA')}${two}-----BEGIN CERTIFICATE-----\n`) }),
      ['CN=two'],
    );
  });
  test('nothing found: an empty store that says where was looked', () => {
    const missing = join(folder, 'missing.pem');
    const store = systemRoots({ SSL_CERT_FILE: missing });
    assert.equal(store.size, 0);
    assert.match(store.origin ?? '', /missing\.pem; set SSL_CERT_FILE/);
    assert.equal(systemRoots({ SSL_CERT_DIR: missing }).size, 0);
    assert.equal(systemRoots({ SSL_CERT_FILE: folder }).size, 0);
    assert.equal(systemRoots({ SSL_CERT_FILE: file('') }).size, 0);
  });
  test('a device is not read for ever', () => {
    assert.equal(systemRoots({ SSL_CERT_FILE: '/dev/zero' }).size, 0);
  });
  test('a directory may hold more than one file could', () => {
    const large = join(folder, 'large');
    const filler = '#'.repeat(9 * 1024 * 1024);
    for (const pem of [one, two]) file(`${filler}\n${pem}`, undefined, large);
    file(filler, 'no-certificate.pem', large);
    assert.deepEqual(names({ SSL_CERT_DIR: large }), ['CN=one', 'CN=two']);
  });
  test('empty variables count as not set', () => {
    assert.deepEqual(rootPlaces({ SSL_CERT_FILE: '', SSL_CERT_DIR: '' }), rootPlaces({}));
    assert.ok(rootPlaces({}).files.length > 5);
  });
  test('are read once for the same places', () => {
    const path = file(one);
    const store = systemRoots({ SSL_CERT_FILE: path });
    assert.equal(store.size, 1);
    writeFileSync(path, two);
    assert.equal(systemRoots({ SSL_CERT_FILE: path }), store);
    assert.deepEqual(names({ SSL_CERT_FILE: path }), ['CN=one']);
  });
  test('nothing is read before the store is asked', () => {
    const path = join(folder, 'later.pem');
    const store = systemRoots({ SSL_CERT_FILE: path });
    writeFileSync(path, three);
    assert.equal(store.size, 1);
  });
});

describe('NODE_EXTRA_CA_CERTS', () => {
  test('gives its PEM', () => {
    const path = file(one);
    assert.deepEqual(extraRoots({ NODE_EXTRA_CA_CERTS: path }), { file: path, pem: one });
  });
  test('not set', () => {
    assert.equal(extraRoots({}), undefined);
    assert.equal(extraRoots({ NODE_EXTRA_CA_CERTS: '' }), undefined);
  });
  test('says what is wrong', () => {
    const missing = extraRoots({ NODE_EXTRA_CA_CERTS: join(folder, 'none.pem') });
    assert.match(missing !== undefined && 'problem' in missing ? missing.problem : '', /cannot be read/);
    const empty = extraRoots({ NODE_EXTRA_CA_CERTS: file('nothing') });
    assert.match(empty !== undefined && 'problem' in empty ? empty.problem : '', /no certificate/);
  });
});
