/** `puretls cert ...`: authorities, certificates, keys and requests to develop with; show and verify any. */
import { Command } from 'commander';
import { caCommand, csrCommand, keyCommand, leafCommand } from './cert-make.ts';
import { showCommand } from './cert-show.ts';
import { verifyCommand } from './cert-verify.ts';
import type { Io } from './terminal.ts';

const EXAMPLE = `
For a server on this machine:
  puretls cert ca
  puretls cert leaf --name localhost --name 127.0.0.1
  puretls serve --cert localhost.pem --key localhost.key
  puretls get --ca ca.pem https://localhost:4433/`;

export function certCommand(io: Io): Command {
  return new Command('cert')
    .description('make certificates and keys to develop with; show and verify any')
    .addCommand(caCommand(io))
    .addCommand(leafCommand(io))
    .addCommand(keyCommand(io))
    .addCommand(csrCommand(io))
    .addCommand(showCommand(io))
    .addCommand(verifyCommand(io))
    .addHelpText('after', EXAMPLE);
}
