/** `--crl` and `--crl-check`, shared by the commands that judge a peer's certificates. */
import { type Command, Option } from 'commander';
import { type CertificateRevocationList, parseCrls } from '../x509/crl.ts';
import type { RevocationOptions } from '../x509/revocation.ts';
import { UsageError } from './exit.ts';
import { judged, readFile } from './files.ts';

export interface RevocationFlags {
  readonly crl?: readonly string[];
  readonly crlCheck?: string;
}

/** The lists as the engine takes them, and the files to hand on. */
export interface RevocationMaterial extends RevocationOptions {
  readonly files: readonly Uint8Array[];
}

const several = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

export function addRevocationOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--crl <file>',
        'hold the certificates against these CRLs, PEM or DER; without one of its issuer a certificate is refused (repeatable)',
      ).argParser(several),
    )
    .addOption(
      new Option(
        '--crl-check <what>',
        'leaf, or chain (default): which certificates must be on a CRL’s good side',
      ).choices(['leaf', 'chain']),
    );
}

/** Undefined without `--crl`. Throws UsageError. */
export function readRevocation(flags: RevocationFlags): RevocationMaterial | undefined {
  if (flags.crl === undefined) {
    if (flags.crlCheck !== undefined)
      throw new UsageError('--crl-check without --crl: give the CRLs to look at');
    return undefined;
  }
  const files: Uint8Array[] = [];
  const crls: CertificateRevocationList[] = [];
  for (const path of flags.crl) {
    const bytes = readFile('--crl', path);
    files.push(bytes);
    crls.push(...judged('--crl', path, () => parseCrls(bytes)));
  }
  return { crls, check: flags.crlCheck === 'leaf' ? 'leaf' : 'chain', files };
}
