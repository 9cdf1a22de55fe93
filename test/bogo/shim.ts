/**
 * The shim that BoringSSL's runner starts once per case: `shim.js -port N -shim-id N [flags]`. The flags are read first and
 * the library is loaded only for cases that it can take part in.
 */
import { parseCommandLine, Unimplemented } from './flags.ts';

const EXIT_UNIMPLEMENTED = 89;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === '-is-handshaker-supported') {
    process.stdout.write('No\n');
    return 0;
  }
  try {
    const command = parseCommandLine(argv);
    const { runConnections } = await import('./connections.ts');
    await runConnections(command);
    return 0;
  } catch (error) {
    if (error instanceof Unimplemented) {
      process.stdout.write(`unimplemented: ${error.message}\n`);
      return EXIT_UNIMPLEMENTED;
    }
    const { errorText } = await import('./error-names.ts');
    process.stderr.write(`${errorText(error)}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
