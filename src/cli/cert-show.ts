/** `puretls cert show FILE`. */
import { Command, Option } from 'commander';
import { certificateBlock, certificateReport } from './certificate-report.ts';
import { readCertificates } from './material.ts';
import { type Io, paintFor, writeLine } from './terminal.ts';

export function showCommand(io: Io): Command {
  return new Command('show')
    .description('show the certificates of a file, PEM or DER')
    .argument('<file>')
    .addOption(new Option('--json', 'machine-readable output'))
    .action(async (file: string, flags: { readonly json?: boolean }) => {
      const reports = readCertificates('certificate', file).map(certificateReport);
      if (flags.json === true) {
        await writeLine(io.stdout, JSON.stringify(reports, undefined, 2));
        return;
      }
      const paint = paintFor(io.stdout, io.env);
      await writeLine(io.stdout, reports.map((report) => certificateBlock(report, paint)).join('\n\n'));
    });
}
