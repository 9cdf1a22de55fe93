import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommanderError } from 'commander';
import {
  Attributed,
  EXIT,
  exitCodeOf,
  failureLine,
  failureOf,
  TransportError,
  UsageError,
} from '../../src/cli/exit.ts';
import { TLSError } from '../../src/wire/error.ts';
import { REASONS } from '../../src/wire/reason.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import { X509Error } from '../../src/x509/error.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:1`), { code, errno: -1, syscall: 'connect' });
}

describe('exit codes', () => {
  const FAMILIES = {
    decode: EXIT.tls,
    misbehaved: EXIT.tls,
    incompatible: EXIT.tls,
    certificate: EXIT.certificate,
    peer_alert: EXIT.tls,
    internal: EXIT.internal,
    transport: EXIT.transport,
  } as const;

  it('every reason has one', () => {
    for (const [reason, { family }] of Object.entries(REASONS)) {
      const code = exitCodeOf(new TLSError(reason as keyof typeof REASONS, 'x'));
      if (family === 'misuse')
        assert.equal(code, reason === 'invalid_option' ? EXIT.usage : EXIT.internal, reason);
      else assert.equal(code, FAMILIES[family], reason);
    }
  });

  const cases: readonly (readonly [string, unknown, number])[] = [
    ['a usage error', new UsageError('x'), 1],
    ["commander's errors", new CommanderError(1, 'commander.unknownOption', 'error: x'), 1],
    ['a refused connection', systemError('ECONNREFUSED'), 2],
    ['an unknown host', systemError('ENOTFOUND'), 2],
    [
      'all addresses refused',
      new AggregateError([systemError('ECONNREFUSED'), systemError('ECONNREFUSED')]),
      2,
    ],
    ['a body cut short', new TransportError('TRUNCATED', 'x'), 2],
    ['a chain refused', new X509Error('CERT_HAS_EXPIRED', 'x'), 4],
    [
      'a hostname refused by the face',
      Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      4,
    ],
    ['a bug', new RangeError('x'), 5],
    ['something thrown that is no error', 'x', 5],
    ['undefined', undefined, 5],
  ];
  for (const [name, error, code] of cases) {
    it(`${name}: ${code}`, () => {
      assert.equal(exitCodeOf(error), code);
      assert.equal(exitCodeOf(new Attributed('peer', error)), code);
    });
  }

  it('looks through what a face wraps around', () => {
    const inner = new TLSError('certificate_refused', 'x', { code: 'CERT_HAS_EXPIRED' });
    assert.equal(
      exitCodeOf(new Error('wrapped', { cause: new Error('again', { cause: inner }) })),
      EXIT.certificate,
    );
  });

  it('survives a cause that is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    assert.equal(exitCodeOf(error), EXIT.internal);
  });
});

describe('the line that says what failed', () => {
  const lineOf = (error: unknown): string => failureLine(failureOf(error));

  it('names the peer, the code, the alert and the way out', () => {
    const error = new TLSError('certificate_refused', 'the issuer was not found', {
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      alert: AlertDescription.unknown_ca,
    });
    const line = lineOf(new Attributed('example.com:443', error, 'nothing is trusted'));
    assert.match(
      line,
      /^example\.com:443: the issuer was not found \[UNABLE_TO_GET_ISSUER_CERT_LOCALLY, alert unknown_ca sent\]; nothing is trusted; pass --ca FILE/,
    );
  });

  it('tells an alert received from one sent', () => {
    const error = new TLSError('alert_received', 'the peer gave up', {
      alert: AlertDescription.certificate_required,
      alertOrigin: 'remote',
    });
    assert.match(
      lineOf(error),
      /alert certificate_required received.*; the server wants a client certificate: pass --cert/,
    );
  });

  it('translates what the system says', () => {
    assert.match(
      lineOf(systemError('ECONNREFUSED')),
      /^connection refused: nothing listens there \[ECONNREFUSED\]/,
    );
  });

  it('stays one line, whatever a peer puts in', () => {
    const line = lineOf(new Attributed('a', new Error('x\n\u001b[2J\u202e\u0085y')));
    assert.ok(!/[\p{Cc}\p{Bidi_Control}]/u.test(line), line);
  });

  it('says something even when the error says nothing', () => {
    assert.notEqual(lineOf(new Error('')).trim(), '');
  });
});
