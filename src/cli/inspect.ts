/** `puretls inspect FILE`: what is this file? A certificate, a key, TLS records, a handshake message. */
import { Command, Option } from 'commander';
import { fromHex } from '../bytes/encoding.ts';
import { decodePem, type PemBlock } from '../bytes/pem.ts';
import { annotateHandshake } from '../study/annotate.ts';
import { TRACE_FORMAT, type TraceDocument, type TraceEntry } from '../study/document.ts';
import { renderTraceText } from '../study/text.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { type ParsePrivateKeyOptions, parsePrivateKey } from '../x509/private-key.ts';
import { describePublicKey, parsePublicKey, publicKeyOf } from '../x509/public-key.ts';
import { type CertificateReport, certificateBlock, certificateReport } from './certificate-report.ts';
import { UsageError } from './exit.ts';
import { judged, readFile } from './files.ts';
import { looksLikeRecords, readRecords } from './inspect-records.ts';
import { type Io, type Paint, paintFor, writeLine } from './terminal.ts';

interface InspectFlags {
  readonly passphrase?: string;
  readonly json?: boolean;
}

type Finding =
  | { readonly kind: 'certificate'; readonly certificate: CertificateReport }
  | { readonly kind: 'private key' | 'public key'; readonly key: string }
  | { readonly kind: 'trace'; readonly trace: TraceDocument }
  | { readonly kind: 'other'; readonly label: string; readonly length: number };

/** Identifier octet of SEQUENCE. */
const SEQUENCE = 0x30;
const HEADER = 4;

export function inspectCommand(io: Io): Command {
  return new Command('inspect')
    .description('decode a certificate, key, TLS records or a handshake message; binary, PEM or hex')
    .argument('<file>')
    .addOption(new Option('--passphrase <text>', 'opens an encrypted private key'))
    .addOption(new Option('--json', 'machine-readable output'))
    .action(async (file: string, flags: InspectFlags) => {
      const bytes = readFile('inspect', file);
      const findings = judged('inspect', file, () => inspect(bytes, flags));
      if (flags.json === true) {
        await writeLine(io.stdout, JSON.stringify(findings, undefined, 2));
        return;
      }
      const paint = paintFor(io.stdout, io.env);
      await writeLine(io.stdout, findings.map((finding) => textOf(finding, paint)).join('\n\n'));
    });
}

function inspect(bytes: Uint8Array, flags: InspectFlags): Finding[] {
  const text = Buffer.from(bytes).toString('latin1');
  const options = flags.passphrase === undefined ? {} : { passphrase: flags.passphrase };
  if (text.includes('-----BEGIN ')) return decodePem(text).map((block) => inspectBlock(block, options));
  const compact = text.replaceAll(/\s/g, '');
  const isHex = compact.length >= 2 && /^(?:[0-9a-fA-F]{2})+$/.test(compact);
  return inspectBinary(isHex ? fromHex(compact) : bytes, options);
}

function inspectBlock(block: PemBlock, options: ParsePrivateKeyOptions): Finding {
  if (/^(?:X509 )?CERTIFICATE$/.test(block.label)) return certificateFinding(block.bytes);
  if (block.label.endsWith('PRIVATE KEY')) return privateKeyFinding(repem(block), options);
  if (block.label === 'PUBLIC KEY') {
    return { kind: 'public key', key: describePublicKey(parsePublicKey(block.bytes)) };
  }
  return { kind: 'other', label: block.label, length: block.bytes.length };
}

/** The block as text again, with its headers: an old encrypted key has its parameters there. */
function repem(block: PemBlock): string {
  const headers = [...block.headers].map(([name, value]) => `${name}: ${value}\n`).join('');
  const body = Buffer.from(block.bytes).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  const head = headers === '' ? '' : `${headers}\n`;
  return `-----BEGIN ${block.label}-----\n${head}${body}\n-----END ${block.label}-----\n`;
}

function certificateFinding(der: Uint8Array): Finding {
  return { kind: 'certificate', certificate: certificateReport(parseCertificate(der)) };
}

/** The public half: what is secret is not shown. */
function privateKeyFinding(input: string | Uint8Array, options: ParsePrivateKeyOptions): Finding {
  return { kind: 'private key', key: describePublicKey(publicKeyOf(parsePrivateKey(input, options))) };
}

function firstThatReads(readers: readonly (() => Finding)[]): Finding {
  let failure: unknown;
  for (const reader of readers) {
    try {
      return reader();
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function inspectBinary(bytes: Uint8Array, options: ParsePrivateKeyOptions): Finding[] {
  if (bytes[0] === SEQUENCE) {
    return [
      firstThatReads([
        () => certificateFinding(bytes),
        () => privateKeyFinding(bytes, options),
        () => ({ kind: 'public key', key: describePublicKey(parsePublicKey(bytes)) }),
      ]),
    ];
  }
  if (looksLikeRecords(bytes)) return inspectRecords(bytes);
  if (looksLikeHandshake(bytes)) return [{ kind: 'trace', trace: traceOf(messagesOf(bytes)) }];
  throw new UsageError('is neither a certificate, a key, TLS records nor a handshake message');
}

function inspectRecords(bytes: Uint8Array): Finding[] {
  const { entries, unfinishedMessage, unfinishedRecord } = readRecords(bytes);
  const rest: readonly Finding[] = [
    { kind: 'other', label: 'unfinished handshake message', length: unfinishedMessage },
    { kind: 'other', label: 'unfinished record', length: unfinishedRecord },
  ];
  return [
    { kind: 'trace', trace: traceOf(entries) },
    ...rest.filter((one) => one.kind === 'other' && one.length > 0),
  ];
}

function looksLikeHandshake(bytes: Uint8Array): boolean {
  const length = messageLength(bytes, 0);
  return length !== undefined && length <= bytes.length;
}

/** With the header; undefined where there is no room for one. */
function messageLength(bytes: Uint8Array, at: number): number | undefined {
  const [, high, middle, low] = bytes.subarray(at, at + HEADER);
  if (high === undefined || middle === undefined || low === undefined) return undefined;
  return HEADER + high * 65_536 + middle * 256 + low;
}

function messagesOf(bytes: Uint8Array): TraceEntry[] {
  const entries: TraceEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = messageLength(bytes, at) ?? bytes.length - at;
    const raw = bytes.subarray(at, at + length);
    entries.push({
      kind: 'message',
      index: entries.length,
      direction: 'received',
      protection: 'plaintext',
      ...annotateHandshake(raw),
    });
    at += length;
  }
  return entries;
}

function traceOf(entries: readonly TraceEntry[]): TraceDocument {
  return { format: TRACE_FORMAT, entries, keyLog: [], dropped: 0 };
}

function textOf(finding: Finding, paint: Paint): string {
  switch (finding.kind) {
    case 'certificate':
      return certificateBlock(finding.certificate, paint);
    case 'private key':
    case 'public key':
      return `${finding.kind}, ${finding.key}`;
    case 'trace':
      return renderTraceText(finding.trace).trimEnd();
    case 'other':
      return `${finding.label}, ${finding.length} bytes: not looked into by this version`;
    default:
      return finding satisfies never;
  }
}
