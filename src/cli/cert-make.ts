/** `puretls cert ca|leaf|key|csr`. Keys are written for the owner's eyes only, and nothing is overwritten unasked. */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { Command, Option } from 'commander';
import { encodePem } from '../bytes/pem.ts';
import type { PrivateKey } from '../crypto/provider.ts';
import { Authority, createAuthority, createSelfSigned, type Issued } from '../x509/authority.ts';
import { loadCredential } from '../x509/credential.ts';
import { createSigningRequest, generateKey, type KeyKind } from '../x509/issue.ts';
import { exportPrivateKey } from '../x509/key-format.ts';
import { encryptPkcs8 } from '../x509/pbe.ts';
import { parsePrivateKey } from '../x509/private-key.ts';
import { certificateLine, certificateReport } from './certificate-report.ts';
import { UsageError } from './exit.ts';
import { judged, OWNER_ONLY, readFile, WORLD_READABLE, writeFile } from './files.ts';
import { commandProvider } from './provider.ts';
import { type Io, paintFor, writeLine } from './terminal.ts';

const KINDS: readonly KeyKind[] = [
  'ecdsa-p256',
  'ecdsa-p384',
  'ecdsa-p521',
  'ed25519',
  'ed448',
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
];

interface MakeFlags {
  readonly kind: string;
  readonly out?: string;
  readonly keyOut?: string;
  readonly subject?: string;
  readonly days?: string;
  readonly passphrase?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface IssueFlags extends MakeFlags {
  readonly ca?: string;
  readonly caKey?: string;
  readonly caPassphrase?: string;
  readonly name?: readonly string[];
  readonly purpose: string;
  readonly selfSigned?: boolean;
}

const several = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

const kindOption = (): Option =>
  new Option('--kind <kind>', 'kind of key').choices(KINDS).default('ecdsa-p256');
const nameOption = (): Option =>
  new Option('--name <name>', 'DNS name or IP address (repeatable)').argParser(several);
const purposeOption = (): Option =>
  new Option('--purpose <purpose>', 'what it may be used for')
    .choices(['server', 'client', 'both'])
    .default('both');

function addOutputOptions(command: Command, out: string, keyOut: string | undefined): Command {
  command.addOption(new Option('--out <file>', `where to write; default ${out}`));
  if (keyOut !== undefined)
    command.addOption(new Option('--key-out <file>', `where to write the key; default ${keyOut}`));
  return command
    .addOption(new Option('--passphrase <text>', 'encrypt the private key'))
    .addOption(new Option('--force', 'overwrite files'))
    .addOption(new Option('--json', 'say on stdout as JSON what was made'));
}

export function caCommand(io: Io): Command {
  const command = new Command('ca')
    .description('make a certificate authority: a root, or with --ca an intermediate below it')
    .addOption(kindOption())
    .addOption(new Option('--subject <name>', 'e.g. "O=Example, CN=Example Root"'))
    .addOption(new Option('--days <n>', 'validity').default('3650'))
    .addOption(new Option('--ca <file>', 'the authority above'))
    .addOption(new Option('--ca-key <file>', 'its private key'))
    .addOption(new Option('--ca-passphrase <text>', 'opens its private key'));
  return addOutputOptions(command, 'ca.pem', 'ca.key').action((flags: IssueFlags) => makeCa(flags, io));
}

export function leafCommand(io: Io): Command {
  const command = new Command('leaf')
    .description('make a certificate for a server or client')
    .addOption(nameOption())
    .addOption(purposeOption())
    .addOption(kindOption())
    .addOption(new Option('--subject <name>', 'default: the first name'))
    .addOption(new Option('--days <n>', 'validity').default('397'))
    .addOption(new Option('--ca <file>', 'the issuing authority, its own certificate first; default ca.pem'))
    .addOption(new Option('--ca-key <file>', 'its private key; default ca.key'))
    .addOption(new Option('--ca-passphrase <text>', 'opens its private key'))
    .addOption(new Option('--self-signed', 'no authority: it vouches for itself'));
  return addOutputOptions(command, 'NAME.pem', 'NAME.key').action((flags: IssueFlags) => makeLeaf(flags, io));
}

export function keyCommand(io: Io): Command {
  const command = new Command('key').description('make a private key').addOption(kindOption());
  return addOutputOptions(command, 'private.key', undefined).action((flags: MakeFlags) => makeKey(flags, io));
}

export function csrCommand(io: Io): Command {
  const command = new Command('csr')
    .description('make a signing request for a key')
    .requiredOption('--key <file>', 'the private key')
    .addOption(nameOption())
    .addOption(purposeOption())
    .addOption(new Option('--subject <name>', 'default: the first name'));
  return addOutputOptions(command, 'request.csr', undefined).action(
    (flags: IssueFlags & { readonly key: string }) => makeCsr(flags, io),
  );
}

function daysOf(text: string | undefined): number {
  const days = text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (days < 1) throw new UsageError(`--days: ${JSON.stringify(text)} is not a number of days, 1 or more`);
  return days;
}

function kindOf(text: string): KeyKind {
  const kind = KINDS.find((one) => one === text);
  if (kind === undefined) throw new UsageError(`--kind: ${text} is not known`);
  return kind;
}

function namesOf(flags: IssueFlags): string[] {
  return (flags.name ?? []).map((name) => {
    if (isIP(name) !== 0) return name;
    const [, wildcard = '', rest = ''] = /^(\*\.)?(.*)$/.exec(name) ?? [];
    const ascii = domainToASCII(rest);
    if (ascii === '')
      throw new UsageError(`--name: ${JSON.stringify(name)} is neither a DNS name nor an IP address`);
    return wildcard + ascii;
  });
}

function purposesOf(purpose: string): readonly string[] {
  if (purpose === 'server') return ['serverAuth'];
  return purpose === 'client' ? ['clientAuth'] : ['serverAuth', 'clientAuth'];
}

function keyPem(key: PrivateKey, passphrase: string | undefined): string {
  const der = exportPrivateKey(key);
  if (passphrase === undefined) return encodePem('PRIVATE KEY', der);
  return encodePem('ENCRYPTED PRIVATE KEY', encryptPkcs8(der, passphrase, commandProvider().random));
}

/** The authority that signs. Throws UsageError. */
function authorityOf(flags: IssueFlags): Authority {
  const caFile = flags.ca ?? 'ca.pem';
  const keyFile = flags.caKey ?? (flags.ca === undefined ? 'ca.key' : undefined);
  if (keyFile === undefined) throw new UsageError('--ca without --ca-key: its private key signs');
  if (flags.ca === undefined && !existsSync(caFile)) {
    throw new UsageError(
      `no --ca, and there is no ${caFile} here: make one with "puretls cert ca", or pass --self-signed`,
    );
  }
  const certificates = readFile('--ca', caFile);
  const keyBytes = readFile('--ca-key', keyFile);
  const { chain, privateKey } = judged('--ca-key', keyFile, () =>
    loadCredential(
      certificates,
      keyBytes,
      flags.caPassphrase === undefined ? {} : { passphrase: flags.caPassphrase },
    ),
  );
  const [certificate, ...issuers] = chain;
  if (certificate === undefined || certificate.known.basicConstraints?.isCA !== true) {
    throw new UsageError(`--ca ${caFile}: its first certificate is no authority (basicConstraints)`);
  }
  const { random } = commandProvider();
  return new Authority(certificate, privateKey, issuers, { random, now: Date.now() });
}

async function makeCa(flags: IssueFlags, io: Io): Promise<void> {
  const kind = kindOf(flags.kind);
  const days = daysOf(flags.days);
  const subject = flags.subject === undefined ? {} : { subject: flags.subject };
  const issued =
    flags.ca === undefined
      ? createAuthority({ kind, days, ...subject, random: commandProvider().random, now: Date.now() })
      : authorityOf(flags).intermediate({ kind, days, ...subject });
  await writePair(issued, flags.out ?? 'ca.pem', flags.keyOut ?? 'ca.key', flags, io);
}

async function makeLeaf(flags: IssueFlags, io: Io): Promise<void> {
  const names = namesOf(flags);
  const first = names[0];
  if (first === undefined && flags.subject === undefined) {
    throw new UsageError('pass --name localhost, or --subject "CN=..." for a client without one');
  }
  const options = {
    names,
    kind: kindOf(flags.kind),
    days: daysOf(flags.days),
    extKeyUsage: purposesOf(flags.purpose),
    ...(flags.subject === undefined ? {} : { subject: flags.subject }),
  };
  const issued =
    flags.selfSigned === true
      ? createSelfSigned({ ...options, random: commandProvider().random, now: Date.now() })
      : authorityOf(flags).issue(options);
  const base = (first ?? 'client').replace(/^\*\./, '_wildcard.').replace(/[^A-Za-z0-9_.-]/g, '_');
  await writePair(issued, flags.out ?? `${base}.pem`, flags.keyOut ?? `${base}.key`, flags, io);
}

async function writePair(
  issued: Issued,
  certFile: string,
  keyFile: string,
  flags: MakeFlags,
  io: Io,
): Promise<void> {
  if (certFile === keyFile) throw new UsageError(`--out and --key-out are both ${certFile}`);
  const force = flags.force === true;
  // Neither is written when the other could not be.
  if (!force && existsSync(certFile))
    throw new UsageError(`--out ${certFile}: exists already; pass --force to overwrite it`);
  writeFile('--key-out', keyFile, keyPem(issued.key, flags.passphrase), OWNER_ONLY, force);
  writeFile('--out', certFile, issued.chainPem, WORLD_READABLE, force);
  const report = certificateReport(issued.certificate);
  if (flags.json === true) {
    await writeLine(
      io.stdout,
      JSON.stringify({ certificateFile: certFile, keyFile, certificate: report }, undefined, 2),
    );
    return;
  }
  const paint = paintFor(io.stderr, io.env);
  await writeLine(
    io.stderr,
    `${certificateLine(report, paint)}\n  certificate  ${certFile}\n  private key  ${keyFile}`,
  );
}

async function makeKey(flags: MakeFlags, io: Io): Promise<void> {
  const key = generateKey(kindOf(flags.kind), commandProvider().random);
  const file = flags.out ?? 'private.key';
  writeFile('--out', file, keyPem(key, flags.passphrase), OWNER_ONLY, flags.force === true);
  await say({ keyFile: file, kind: flags.kind }, `${flags.kind} private key  ${file}`, flags, io);
}

async function makeCsr(flags: IssueFlags & { readonly key: string }, io: Io): Promise<void> {
  const names = namesOf(flags);
  const subject = flags.subject ?? (names[0] === undefined ? undefined : ([['CN', names[0]]] as const));
  if (subject === undefined) throw new UsageError('pass --name or --subject: a request must say for whom');
  const bytes = readFile('--key', flags.key);
  const key = judged('--key', flags.key, () =>
    parsePrivateKey(bytes, flags.passphrase === undefined ? {} : { passphrase: flags.passphrase }),
  );
  const request = createSigningRequest({
    subject,
    key,
    random: commandProvider().random,
    keyUsage: ['digitalSignature'],
    extKeyUsage: purposesOf(flags.purpose),
    ...(names.length === 0 ? {} : { subjectAltNames: names }),
  });
  const file = flags.out ?? 'request.csr';
  writeFile('--out', file, encodePem('CERTIFICATE REQUEST', request), WORLD_READABLE, flags.force === true);
  await say({ requestFile: file }, `signing request  ${file}`, flags, io);
}

async function say(made: object, line: string, flags: MakeFlags, io: Io): Promise<void> {
  if (flags.json === true) await writeLine(io.stdout, JSON.stringify(made, undefined, 2));
  else await writeLine(io.stderr, line);
}
