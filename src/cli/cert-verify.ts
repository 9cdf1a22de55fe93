/** `puretls cert verify CHAIN`: the verifier of the handshake, without a handshake. */
import { Command, Option } from 'commander';
import { verifyChain } from '../x509/verify.ts';
import { certificateLine, certificateReport } from './certificate-report.ts';
import { Attributed, failureOf, UsageError } from './exit.ts';
import { readCertificates, readTrust } from './material.ts';
import { commandProvider } from './provider.ts';
import { addRevocationOptions, type RevocationFlags, readRevocation } from './revocation.ts';
import { type Io, paintFor, writeLine } from './terminal.ts';
import { trustNote, trustOf } from './trust.ts';

interface VerifyFlags extends RevocationFlags {
  readonly ca?: readonly string[];
  readonly name?: string;
  readonly purpose: string;
  readonly at?: string;
  readonly json?: boolean;
}

const several = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

const PURPOSES = { server: 'serverAuth', client: 'clientAuth', any: 'any' } as const;

export function verifyCommand(io: Io): Command {
  return addRevocationOptions(new Command('verify'))
    .description('verify a chain, its own certificate first; exit code 4 when it is refused')
    .argument('<file>')
    .addOption(
      new Option('--ca <file>', "trust these instead of the system's (repeatable)").argParser(several),
    )
    .addOption(new Option('--name <name>', 'DNS name or IP address it must be for'))
    .addOption(
      new Option('--purpose <purpose>', 'what it is used for')
        .choices(Object.keys(PURPOSES))
        .default('server'),
    )
    .addOption(new Option('--at <time>', 'as of this time, e.g. 2026-11-30T12:00:00Z; default: now'))
    .addOption(new Option('--json', 'machine-readable output'))
    .action((file: string, flags: VerifyFlags) => verify(file, flags, io));
}

function purposeOf(text: string): (typeof PURPOSES)[keyof typeof PURPOSES] {
  if (text === 'server' || text === 'client' || text === 'any') return PURPOSES[text];
  throw new UsageError(`--purpose: ${text} is not known`);
}

function timeOf(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new UsageError(`--at: ${JSON.stringify(text)} is not a time; write 2026-11-30T12:00:00Z`);
  return time;
}

async function verify(file: string, flags: VerifyFlags, io: Io): Promise<void> {
  const purpose = purposeOf(flags.purpose);
  const now = timeOf(flags.at);
  const chain = readCertificates('certificate', file);
  const given = flags.ca === undefined ? undefined : readTrust('--ca', flags.ca);
  const trust = trustOf({ trust: given, env: io.env });
  const verdict = verifyChain({
    chain,
    trust,
    now,
    purpose,
    schemes: commandProvider().signatureAlgorithms,
    revocation: readRevocation(flags),
    ...(flags.name === undefined ? {} : { name: flags.name }),
  });
  const path = verdict.path.map(certificateReport);
  if (flags.json === true) {
    const findings = verdict.ok
      ? []
      : verdict.errors.map(({ code, message, depth }) => ({ code, message, depth }));
    await writeLine(io.stdout, JSON.stringify({ verified: verdict.ok, findings, path }, undefined, 2));
  } else {
    const paint = paintFor(io.stdout, io.env);
    const head = verdict.ok ? paint('green', 'verified') : paint('red', 'NOT verified');
    const findings = verdict.ok
      ? []
      : verdict.errors.map((error) => `  ${failureOf(error).message} [${error.code}]`);
    const lines = path.map((report, depth) => `  ${depth} ${certificateLine(report, paint)}`);
    await writeLine(io.stdout, [head, ...findings, ...lines].join('\n'));
  }
  if (!verdict.ok)
    throw new Attributed(file, verdict.error, trustNote({ trust: given, env: io.env }, verdict.error));
}
