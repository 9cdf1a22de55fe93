#!/usr/bin/env node
/** The `puretls` command. */
import { run } from './program.ts';
import { endOnClosedPipe, type Io } from './terminal.ts';

const io: Io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env };

endOnClosedPipe(io);
// Sockets, and a terminal's stdin, may still hold the event loop: what had to be written has been.
process.exit(await run(process.argv.slice(2), io));
