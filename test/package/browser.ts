/** The client and X.509 as a page would load them, and a context that has no more than a page has. */
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { Connection, createServerConfig, nobleProvider, systemRandom } from '../../src/engine.ts';
import { createAuthority } from '../../src/x509.ts';

export type ProviderExport = 'namedProvider' | 'nobleProvider';

export interface BrowserBundle {
  /** A script that sets the global `puretls`. */
  readonly code: string;
  /** Those of our embedded kernels that are part of it, each as the base64 that stands in the code. */
  readonly kernels: readonly string[];
  /** Modules of Node's that it would import. */
  readonly foreign: readonly string[];
  /** Every file that something was taken from. */
  readonly inputs: readonly string[];
}

/** `sources` is dist/src, the modules that bundlers for browsers get. */
export async function bundleForBrowsers(sources: string, provider: ProviderExport): Promise<BrowserBundle> {
  const contents = `
    export { Connection, createClientConfig, ${provider}, systemRandom, TLSError } from './engine.js';
    export { checkHostname, parseCertificate, TrustStore, verifyChain } from './x509.js';`;
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: sources },
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'puretls',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'eof',
    metafile: true,
    write: false,
    // What is left of Node's modules would fail here; it is told instead.
    external: ['node:*'],
  });
  const code = outputFiles[0]?.text ?? '';
  const output = Object.values(metafile.outputs)[0];
  const inputs = Object.entries(output?.inputs ?? {})
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
  const kernels = inputs
    .filter((path) => path.includes('wasm/binary/'))
    .flatMap((path) => /["'`]([A-Za-z0-9+/=]{200,})["'`]/.exec(readFileSync(path, 'utf8'))?.[1] ?? []);
  return { code, kernels, foreign: (output?.imports ?? []).map(({ path }) => path), inputs };
}

/** What runs in the page: a client that speaks to whoever `page.exchange` hands its bytes to. */
const PROGRAM = `
  const { Connection, TrustStore, createClientConfig, systemRandom } = puretls;
  const provider = puretls[page.provider](...(page.provider === 'namedProvider' ? ['auto'] : []));
  const trust = TrustStore.fromPem(page.ca);
  const now = () => page.now;
  const config = createClientConfig({ provider, now, serverName: 'localhost', trust });
  const client = Connection.client(config, () => undefined);
  client.start();
  for (let up = client.takeOutput(); up !== undefined; up = client.takeOutput()) {
    const down = page.exchange(up);
    if (down !== undefined) client.receive(Uint8Array.from(down));
  }
  client.info.peerVerdict?.verified === true ? client.info.provider + ' ' + client.info.versionName : 'refused';
`;

/**
 * A full handshake of the bundle's client with our server, the client in a realm of its own that has the language,
 * WebAssembly and `crypto.getRandomValues` and nothing else. Gives provider and version, or throws what went wrong.
 */
export function runsAlone(code: string, provider: ProviderExport): string {
  const random = systemRandom();
  const root = createAuthority({ random, now: Date.now() });
  const { credential } = root.issue({ kind: 'ecdsa-p256', names: ['localhost'] });
  const server = Connection.server(
    createServerConfig({ provider: nobleProvider(random), now: () => Date.now(), credentials: [credential] }),
    () => undefined,
  );
  const page = {
    provider,
    ca: root.certificatePem,
    now: Date.now(),
    exchange: (up: Uint8Array): number[] | undefined => {
      server.receive(Uint8Array.from(up));
      const down = server.takeOutput();
      return down && [...down];
    },
  };
  const getRandomValues = (out: Uint8Array): void => random(out);
  const context = createContext({ crypto: { getRandomValues }, page });
  runInContext(code, context, { filename: 'bundle.js' });
  const result: unknown = runInContext(PROGRAM, context, { timeout: 60_000 });
  if (server.phase !== 'open') throw new Error('the server is not content');
  return String(result);
}
