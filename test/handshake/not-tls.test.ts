/** What comes to a port, or from one, that does not speak TLS: an error that says what it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/bytes/encoding.ts';
import { TLSError } from '../../src/wire/error.ts';
import { type Tested, testedClient, testedServer } from './kit.ts';

/** An SSLv2 CLIENT-HELLO that offers SSL 3.0 (RFC 5246 E.2). */
const SSLV2 = Uint8Array.of(0x80, 0x2e, 1, 3, 0, 0, 0x15, 0, 0, 0, 0x10, 7, 0, 0xc0);

function refusal(tested: Tested, bytes: Uint8Array): TLSError {
  tested.takeOutput();
  let caught: unknown;
  try {
    tested.receive(bytes);
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof TLSError, `accepted ${String.fromCharCode(...bytes.slice(0, 10))}`);
  assert.equal(caught.reason, 'not_tls');
  assert.deepEqual([...(tested.takeOutput() ?? [])].slice(-2), [2, 70], 'fatal protocol_version');
  assert.equal(tested.connection.error, caught);
  return caught;
}

test('server: plain HTTP, of every kind, is named', () => {
  for (const line of [
    'GET / HTTP/1.1\r\n',
    'POST /x HTTP/1.1\r\n',
    'HEAD / HTTP/1.0\r\n',
    'OPTIONS * HTTP/1.1\r\n',
  ]) {
    assert.match(refusal(testedServer(), utf8Encode(line)).message, /HTTP/);
  }
  assert.match(refusal(testedServer(), utf8Encode('CONNECT a:1 HTTP/1.1\r\n')).message, /proxy/);
  assert.match(refusal(testedServer(), utf8Encode('PRI * HTTP/2.0\r\n')).message, /HTTP\/2/);
});

test('client: what other servers say first is named', () => {
  const greetings: [string, RegExp][] = [
    ['HTTP/1.1 400 Bad Request\r\n', /HTTP/],
    ['SSH-2.0-OpenSSH_9.6\r\n', /SSH/],
    ['220 mail.example ESMTP\r\n', /STARTTLS/],
    ['* OK IMAP4rev1\r\n', /IMAP/],
    ['+OK POP3\r\n', /POP3/],
    ['<html><body>', /HTML/],
  ];
  for (const [greeting, expected] of greetings) {
    assert.match(refusal(testedClient(), utf8Encode(greeting)).message, expected);
  }
});

test('server: an SSL 2.0 hello is refused by its name', () => {
  assert.match(refusal(testedServer(), SSLV2).message, /SSL 2\.0/);
});

test('bytes of no known kind are refused, and never shown', () => {
  for (const make of [testedServer, testedClient]) {
    const secret = utf8Encode('hunter2-password');
    const error = refusal(make(), secret);
    assert.doesNotMatch(error.message, /hunter2/);
    refusal(make(), new Uint8Array(100));
    refusal(make(), new Uint8Array(100).fill(0xff));
  }
});

test('five bytes are enough to tell, and fewer are waited for', () => {
  const bytes = utf8Encode('GET /');
  const tested = testedServer();
  for (const byte of bytes.slice(0, 4)) tested.receive(Uint8Array.of(byte));
  assert.throws(() => tested.receive(bytes.slice(4)), { code: 'TLS_NOT_TLS' });
});

test('a client that is spoken to before it was started says its hello, then refuses', () => {
  const tested = testedClient();
  const hello = tested.takeOutput();
  assert.equal(hello?.[0], 22);
  refusal(tested, utf8Encode('HTTP/1.1 200 OK\r\n'));
});
