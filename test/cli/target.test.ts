import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UsageError } from '../../src/cli/exit.ts';
import { formatTarget, parseHttpsUrl, parsePort, parseTarget, urlTarget } from '../../src/cli/target.ts';

describe('parseTarget', () => {
  const good: readonly (readonly [string, string, number])[] = [
    ['example.com', 'example.com', 443],
    ['example.com:8443', 'example.com', 8443],
    ['192.0.2.1', '192.0.2.1', 443],
    ['192.0.2.1:1', '192.0.2.1', 1],
    ['[::1]', '::1', 443],
    ['[::1]:8443', '::1', 8443],
    ['::1', '::1', 443],
    ['2001:db8::7', '2001:db8::7', 443],
    ['[fe80::1%eth0]:443', 'fe80::1%eth0', 443],
    ['bücher.example', 'bücher.example', 443],
    ['under_score.example:65535', 'under_score.example', 65535],
  ];
  for (const [text, host, port] of good) {
    it(`takes ${text}`, () => assert.deepEqual(parseTarget(text), { host, port }));
  }

  const bad = [
    '',
    ':443',
    'example.com:',
    'example.com:0',
    'example.com:65536',
    'example.com:-1',
    'example.com:https',
    'example.com:4 43',
    'exa mple.com',
    'a:b:c',
    '[::1',
    '[::1]443',
    '[::1]:',
    '[example.com]:443',
    '[192.0.2.1]:443',
    'https://example.com',
    'user@example.com',
    'example.com/path',
    'a\u0000b',
  ];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseTarget(text), UsageError));
  }

  it('says that a URL is not wanted here', () => {
    assert.throws(() => parseTarget('https://example.com'), /not a URL/);
  });
});

describe('parsePort', () => {
  it('takes 0, for "pick one"', () => assert.equal(parsePort('0', '--port'), 0));
  for (const text of ['', 'x', '1e3', '0x1', '65536', '-1', ' 1', '1 ', '١']) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parsePort(text, '--port'), /^UsageError: --port/));
  }
});

describe('parseHttpsUrl', () => {
  it('adds the scheme', () => assert.equal(parseHttpsUrl('example.com/a?b').href, 'https://example.com/a?b'));
  it('takes IPv6', () =>
    assert.deepEqual(urlTarget(parseHttpsUrl('https://[::1]:8443/')), { host: '::1', port: 8443 }));
  it('turns international names into A-labels', () => {
    assert.equal(urlTarget(parseHttpsUrl('https://bücher.example/')).host, 'xn--bcher-kva.example');
  });
  for (const text of [
    '',
    'http://example.com',
    'ftp://example.com',
    'https://',
    'https://a:b@example.com/',
    'https://exa mple/',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseHttpsUrl(text), UsageError));
  }
});

describe('formatTarget', () => {
  it('brackets IPv6 only', () => {
    assert.equal(formatTarget({ host: '::1', port: 443 }), '[::1]:443');
    assert.equal(formatTarget({ host: 'a.example', port: 1 }), 'a.example:1');
  });
});
