/** The engine's TLSError -> the error that a program written for Node expects, with the TLSError as its `cause`. */
import { TLSError } from '../wire/error.ts';
import { AlertDescription } from '../wire/registry.ts';
import type { Certificate } from '../x509/certificate.ts';
import { X509Error, type X509ErrorCode } from '../x509/error.ts';
import { altNameError, checkServerIdentity } from './check-server-identity.ts';
import { ALERT_REASONS, OPENSSL_REASONS, VERIFY_MESSAGES } from './error-names.ts';
import { type CodedError, coded, invalidValue, nodeError } from './node-error.ts';
import { peerCertificate } from './peer-certificate.ts';

export interface ErrorContext {
  readonly role: 'client' | 'server';
  /** The name that the peer's certificate had to be for. */
  readonly hostname: string | undefined;
  readonly peerCertificates: readonly Certificate[];
}

/** The last is what a Node server says of a client that left. */
const GONE: Readonly<Record<ErrorContext['role'], string>> = {
  client: 'Client network socket disconnected before secure TLS connection was established',
  server: 'socket hang up',
};

export function connectionReset(role: ErrorContext['role'], cause?: unknown): CodedError {
  return nodeError('ECONNRESET', GONE[role], cause);
}

function sslError(reason: string, cause: TLSError, detail: string = cause.message): CodedError {
  const code = `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
  return coded(new Error(`${reason}: ${detail}`, { cause }), code, { library: 'SSL routines', reason });
}

function alertError(error: TLSError): CodedError {
  const number: number = error.alert ?? -1;
  const reason = ALERT_REASONS.get(number) ?? `unknown alert ${number}`;
  return sslError(reason, error, `${error.message} (SSL alert number ${number})`);
}

function hostnameError(error: TLSError, context: ErrorContext): CodedError {
  const [leaf] = context.peerCertificates;
  const host = context.hostname ?? '';
  if (leaf === undefined) return nodeError('ERR_TLS_CERT_ALTNAME_INVALID', error.message, error);
  const cert = peerCertificate(leaf);
  const reason = checkServerIdentity(host, cert)?.reason ?? error.message;
  return altNameError(reason, host, cert, error);
}

/**
 * A refused certificate, by the verifier's code: the message begins with OpenSSL's words and ends with ours. What the
 * application's own check returned is passed on as it is.
 */
export function certificateRefusal(error: TLSError, context: ErrorContext): Error {
  const { cause } = error;
  if (cause instanceof Error && !(cause instanceof X509Error)) return cause;
  if (error.code === 'HOSTNAME_MISMATCH' || error.code === 'IP_ADDRESS_MISMATCH') {
    return hostnameError(error, context);
  }
  const known = VERIFY_MESSAGES[error.code as X509ErrorCode];
  return nodeError(error.code, known === undefined ? error.message : `${known}: ${error.message}`, error);
}

function callbackError(error: TLSError): Error {
  const { cause } = error;
  return cause instanceof Error && !(cause instanceof TLSError)
    ? cause
    : nodeError('ERR_TLS_CALLBACK_FAILED', error.message, error);
}

/** Whether the peer went away before the handshake was complete: without a word, or with close_notify instead of one. */
export function isEarlyEnd(error: unknown): boolean {
  if (!(error instanceof TLSError)) return false;
  const { reason, alert } = error;
  return (
    reason === 'unexpected_eof' || (reason === 'alert_received' && alert === AlertDescription.close_notify)
  );
}

/** Any failure of a connection as Node would report it. Errors that are no TLSError pass unchanged. */
export function toNodeError(error: unknown, context: ErrorContext): Error {
  if (!(error instanceof TLSError)) return error instanceof Error ? error : new Error(String(error));
  if (isEarlyEnd(error)) return connectionReset(context.role, error);
  switch (error.reason) {
    case 'alert_received':
      return alertError(error);
    case 'certificate_refused':
      return certificateRefusal(error, context);
    case 'untrusted_public_key':
      return nodeError('ERR_TLS_UNTRUSTED_PUBLIC_KEY', error.message, error);
    case 'callback_failed':
    case 'async_answer':
      return callbackError(error);
    case 'timeout':
      return nodeError('ERR_TLS_HANDSHAKE_TIMEOUT', 'TLS handshake timeout', error);
    case 'not_tls':
      return sslError(
        error.message.includes('HTTP request') ? 'http request' : 'wrong version number',
        error,
      );
    default:
      return sslError(OPENSSL_REASONS[error.reason] ?? error.reason.replaceAll('_', ' '), error);
  }
}

/** A mistake in an option that only shows when the engine is configured. */
export function asOptionError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TLSError)) throw error;
    throw invalidValue('options', `cannot be used: ${error.message}`, error);
  }
}
