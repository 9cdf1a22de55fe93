/** Puts the commands together, runs one, and turns whatever goes wrong into an exit code and one line. */
import { Command, CommanderError } from 'commander';
import { certCommand } from './cert.ts';
import { connectCommand } from './connect.ts';
import { EXIT, type ExitCode, failureLine, failureOf } from './exit.ts';
import { getCommand } from './get.ts';
import { inspectCommand } from './inspect.ts';
import { selftestCommand } from './selftest.ts';
import { serveCommand } from './serve.ts';
import { type Io, paintFor, writeLine } from './terminal.ts';
import { traceCommand } from './trace.ts';
import { VERSION } from './version.ts';

const EPILOGUE = `
Exit codes: 0 done, 1 usage, 2 transport, 3 TLS alert or protocol error, 4 the peer's certificate
was refused, 5 internal.

Start with:
  puretls get https://example.com/
  puretls trace example.com`;

function program(io: Io): Command {
  const root = new Command('puretls')
    .description('TLS 1.2 and 1.3 without OpenSSL: connect, serve, look inside')
    .version(VERSION, '-V, --version')
    .addHelpText('after', EPILOGUE);
  const commands = [
    connectCommand,
    getCommand,
    serveCommand,
    certCommand,
    traceCommand,
    inspectCommand,
    selftestCommand,
  ];
  for (const command of commands) root.addCommand(command(io));
  return settled(root, io);
}

/** Errors are thrown, not exited on, and written to our streams; so for every command below. */
function settled(command: Command, io: Io): Command {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    // Reported once, by `run`.
    outputError: () => {},
  });
  for (const child of command.commands) settled(child, io);
  return command;
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

async function report(error: unknown, args: readonly string[], io: Io): Promise<ExitCode> {
  const failure = failureOf(error);
  if (wantsJson(args)) {
    await writeLine(io.stderr, JSON.stringify({ error: failure }));
  } else {
    const paint = paintFor(io.stderr, io.env);
    await writeLine(io.stderr, `${paint('red', 'puretls:')} ${failureLine(failure)}`);
  }
  if (failure.exitCode === EXIT.internal && (io.env['PURETLS_DEBUG'] ?? '') !== '') {
    await writeLine(io.stderr, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return failure.exitCode;
}

/** `args` are those after the command's own name. Never throws. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await program(io).parseAsync([...args], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    // A command that needs a subcommand: its help is on stderr already.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    return await report(error, args, io);
  }
}
