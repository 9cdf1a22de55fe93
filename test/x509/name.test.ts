import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import { Tag } from '../../src/x509/der.ts';
import { derElement, derNull, derOid, derSequence, derSetOf } from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import { buildName, parseName } from '../../src/x509.ts';
import { hex, thrown } from './kit.ts';

describe('names', () => {
  test('are written in the order given, and printed after RFC 4514', () => {
    const name = buildName('C=CH, O=Example\\, Inc., OU=a+CN=b, CN= x ');
    assert.equal(name.toString(), 'CN=x,CN=b+OU=a,O=Example\\, Inc.,C=CH');
    assert.equal(parseName(name.raw).toString(), name.toString());
    assert.equal(buildName([['CN', 'a, b=c']]).toString(), 'CN=a\\, b=c');
    assert.equal(buildName('').toString(), '');
    assert.equal(buildName(name), name);
  });
  test('escape what could mislead', () => {
    assert.equal(
      buildName([['CN', ' #a\u0000\u001b\u202e"+;<>\\ ']]).toString(),
      'CN=\\ #a\\00\\1b\\e2\\80\\ae\\"\\+\\;\\<\\>\\\\\\ ',
    );
    assert.equal(buildName([['CN', '#a']]).toString(), 'CN=\\#a');
    assert.equal(buildName([['1.2.3', 'a']]).toString(), '1.2.3=a');
  });
  test('compare after RFC 5280 7.1', () => {
    const equal = (a: string, b: string): boolean => buildName(a).equals(buildName(b));
    assert.ok(equal('CN=Example  CA', 'CN=example ca'));
    assert.ok(equal('C=CH, CN=É', 'C=ch, CN=é'));
    assert.ok(!equal('CN=a, O=b', 'O=b, CN=a'));
    assert.ok(!equal('CN=a', 'CN=a, CN=a'));
    assert.ok(!equal('CN=a', 'O=a'));
    assert.ok(!equal('CN=a+O=b', 'CN=a, O=b'));
    assert.ok(equal('CN=a+O=b', 'O=B+CN=A'));
    // No separator can be faked.
    assert.ok(
      !buildName([['CN', 'a\u0001b']]).equals(
        buildName([
          ['CN', 'a'],
          ['CN', 'b'],
        ]),
      ),
    );
    assert.ok(!buildName([['CN', 'a\u00012.5.4.3=:b']]).equals(buildName('CN=a, CN=b')));
  });
  test('keys are equal exactly when names are', () => {
    assert.equal(buildName('CN=A  b').key, buildName('CN=a B').key);
    assert.notEqual(buildName([['CN', 'a\u00012.5.4.3=:b']]).key, buildName('CN=a, CN=b').key);
    assert.notEqual(buildName([['CN', 'a\u00022.5.4.10=:b']]).key, buildName('CN=a+O=b').key);
    assert.notEqual(buildName('CN=a+O=b').key, buildName('CN=a, O=b').key);
  });
  test('a string of another type with the same text is the same name', () => {
    const printableString = parseName(
      Uint8Array.of(0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 0x13, 1, 0x61),
    );
    assert.ok(printableString.equals(buildName('CN=A')));
  });
});

describe('reading names', () => {
  const rdn = (value: Uint8Array, type = '2.5.4.3'): Uint8Array => derSetOf(derSequence(derOid(type), value));
  test('every string type shows its text', () => {
    const rows: readonly [tag: number, bytes: string][] = [
      [Tag.utf8String, 'c3a9'],
      [Tag.teletexString, 'e9'],
      [Tag.bmpString, '00e9'],
      [Tag.universalString, '000000e9'],
    ];
    const names = rows.map(([tag, bytes]) => parseName(derSequence(rdn(derElement(tag, hex(bytes))))));
    for (const name of names) {
      assert.equal(name.toString(), 'CN=é');
      assert.ok(name.equals(buildName('CN=É')));
    }
  });
  test('a value that is no string is shown as hex and compared by its bytes', () => {
    const bits = parseName(derSequence(rdn(hex('03020780'), '2.5.4.45')));
    assert.equal(bits.toString(), '2.5.4.45=#03020780');
    assert.ok(bits.equals(parseName(bits.raw)));
    assert.ok(!bits.equals(parseName(derSequence(rdn(hex('03020640'), '2.5.4.45')))));
    // Its hex as text is another value.
    assert.ok(
      !bits.equals(
        parseName(derSequence(rdn(derElement(Tag.utf8String, asciiEncode('#03020780')), '2.5.4.45'))),
      ),
    );
    assert.deepEqual(bits.values('2.5.4.45'), []);
  });
  test('values come in order', () => {
    const name = buildName('OU=a, OU=b+CN=c, OU=d');
    assert.deepEqual(name.values(OID.organizationalUnitName), ['a', 'b', 'd']);
    assert.deepEqual(name.values(OID.commonName), ['c']);
    assert.equal(name.rdns.length, 3);
    assert.equal(name.isEmpty, false);
    assert.equal(buildName('').isEmpty, true);
  });
  test('what is malformed is refused', () => {
    thrown('MALFORMED', () => parseName(hex('')));
    thrown('MALFORMED', () => parseName(hex('300000')));
    thrown('MALFORMED', () => parseName(derSequence(derNull())));
    thrown('MALFORMED', () => parseName(derSequence(derElement(Tag.set))));
    thrown('MALFORMED', () => parseName(derSequence(rdn(derElement(Tag.bmpString, hex('d800'))))));
    thrown('MALFORMED', () =>
      parseName(derSequence(...Array.from({ length: 4097 }, () => rdn(hex('0c0161'))))),
    );
  });
  test('a long name costs little to compare', () => {
    const long = parseName(derSequence(...Array.from({ length: 4096 }, () => rdn(hex('0c0161')))));
    const start = performance.now();
    for (let i = 0; i < 1000; i++) assert.ok(!long.equals(buildName('CN=a')));
    assert.ok(performance.now() - start < 3000);
  });
});
