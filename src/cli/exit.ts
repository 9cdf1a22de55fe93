/** How the command ends: the exit code of each kind of failure, and the line that says what happened. */
import { CommanderError } from 'commander';
import { visible } from '../study/visible.ts';
import { TLSError } from '../wire/error.ts';
import { AlertDescription, nameOf } from '../wire/registry.ts';
import { X509Error } from '../x509/error.ts';
import { adviceFor } from './advice.ts';

export const EXIT = {
  done: 0,
  usage: 1,
  transport: 2,
  tls: 3,
  certificate: 4,
  internal: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The caller must change something before the command can work: an option, a file. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  /** That of the finding behind it. */
  readonly code: string | undefined;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = cause instanceof X509Error ? cause.code : undefined;
  }
}

/** The stream below TLS, or the protocol above it, was cut short. */
export class TransportError extends Error {
  override readonly name: string = 'TransportError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** This machine or this build computes what it should not. */
export class SelfTestFailure extends Error {
  override readonly name: string = 'SelfTestFailure';
}

/** A failure, and what it befell: `example.com:443`, a file. */
export class Attributed extends Error {
  override readonly name: string = 'Attributed';
  readonly subject: string;
  /** What else bears on it. */
  readonly note: string | undefined;

  constructor(subject: string, cause: unknown, note?: string) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.subject = subject;
    this.note = note;
  }
}

function isOwn(error: unknown): boolean {
  return [TLSError, X509Error, UsageError, TransportError, SelfTestFailure].some(
    (kind) => error instanceof kind,
  );
}

/** The failure proper: faces wrap errors, and the cause says more than the wrapping. */
function rootOf(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 8; depth++) {
    if (isOwn(current)) return current;
    if (!(current instanceof Error) || current.cause === undefined) break;
    current = current.cause;
  }
  return error instanceof Attributed ? error.cause : error;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function tlsExitCode(error: TLSError): ExitCode {
  switch (error.family) {
    case 'certificate':
      return EXIT.certificate;
    case 'decode':
    case 'misbehaved':
    case 'incompatible':
    case 'peer_alert':
      return EXIT.tls;
    case 'transport':
      return EXIT.transport;
    case 'misuse':
      return error.reason === 'invalid_option' ? EXIT.usage : EXIT.internal;
    case 'internal':
      return EXIT.internal;
    default:
      return error.family satisfies never;
  }
}

/** Of the Node face, for options that it cannot use. */
const OPTION_CODES: ReadonlySet<string> = new Set([
  'ERR_INVALID_ARG_VALUE',
  'ERR_SSL_NO_CIPHER_MATCH',
  'ERR_TLS_PROTOCOL_VERSION_CONFLICT',
]);

export function exitCodeOf(error: unknown): ExitCode {
  const root = rootOf(error);
  if (root instanceof CommanderError) return EXIT.usage;
  if (root instanceof UsageError) return EXIT.usage;
  if (root instanceof TransportError) return EXIT.transport;
  if (root instanceof TLSError) return tlsExitCode(root);
  if (root instanceof X509Error) return root.code === 'INVALID_REQUEST' ? EXIT.usage : EXIT.certificate;
  const code = codeOf(root);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return EXIT.certificate;
  if (code !== undefined && OPTION_CODES.has(code)) return EXIT.usage;
  const fromSystem = (root instanceof Error && 'syscall' in root) || root instanceof AggregateError;
  if (fromSystem || code === 'ECONNRESET') return EXIT.transport;
  return EXIT.internal;
}

export interface Failure {
  /** What failed, where it is not the command as a whole. */
  readonly subject?: string;
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly code?: string;
  readonly alert?: string;
  /** Which end sent the alert. */
  readonly alertOrigin?: 'local' | 'remote';
  readonly rfc?: string;
  readonly note?: string;
  readonly advice?: string;
}

const SYSTEM_MESSAGES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused: nothing listens there'],
  ['ENOTFOUND', 'no such host'],
  ['EAI_AGAIN', 'the name could not be resolved just now'],
  ['ETIMEDOUT', 'timed out'],
  ['ECONNRESET', 'the peer reset the connection'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'no route to the network'],
  ['EADDRINUSE', 'the address is already in use'],
  ['EACCES', 'permission denied'],
]);

function systemMessage(error: unknown): string | undefined {
  const inner = error instanceof AggregateError ? error.errors.at(0) : error;
  const code = codeOf(error) ?? codeOf(inner);
  return code === undefined ? undefined : SYSTEM_MESSAGES.get(code);
}

/** Everything worth saying of a failure, as plain data. */
export function failureOf(error: unknown): Failure {
  const root = rootOf(error);
  const exitCode = exitCodeOf(error);
  const code = root instanceof CommanderError ? undefined : codeOf(root);
  const own = root instanceof Error ? root.message.replace(/^error: /, '') : String(root);
  const message = exitCode === EXIT.transport ? (systemMessage(root) ?? own) : own;
  const tls = root instanceof TLSError ? root : undefined;
  const alert = tls?.alert === undefined ? undefined : nameOf(AlertDescription, tls.alert);
  const advice = adviceFor(code, tls?.alertOrigin === 'remote' ? alert : undefined);
  return {
    ...(error instanceof Attributed ? { subject: error.subject } : {}),
    exitCode,
    message: message === '' ? (code ?? 'failed without saying why') : message,
    ...(code === undefined ? {} : { code }),
    ...(alert === undefined || tls?.alertOrigin === undefined ? {} : { alert, alertOrigin: tls.alertOrigin }),
    ...(tls?.rfc === undefined ? {} : { rfc: tls.rfc }),
    ...(error instanceof Attributed && error.note !== undefined ? { note: error.note } : {}),
    ...(advice === undefined ? {} : { advice }),
  };
}

/** One line: what failed, its code, the alert, and what to do about it. */
export function failureLine(failure: Failure): string {
  const facts = [
    failure.code,
    failure.alert === undefined
      ? undefined
      : `alert ${failure.alert} ${failure.alertOrigin === 'remote' ? 'received' : 'sent'}`,
    failure.rfc,
  ].filter((fact) => fact !== undefined);
  const aside = facts.length === 0 ? '' : ` [${facts.join(', ')}]`;
  const note = failure.note === undefined ? '' : `; ${visible(failure.note)}`;
  const advice = failure.advice === undefined ? '' : `; ${failure.advice}`;
  const subject = failure.subject === undefined ? '' : `${failure.subject}: `;
  return `${subject}${visible(failure.message)}${aside}${note}${advice}`;
}
