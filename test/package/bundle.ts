/**
 * The entry points of the package as Node loads them: some three hundred small files become a handful, since finding and
 * linking files is most of what a start takes. What they have in common stands in shared files, so that a class is the
 * same class through every entry. noble's packages stand in one more, which is read when something of it is needed: with
 * kernels that run, it never is. Bundlers get the single modules, of which they take what is used.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** The package's root, from dist/test/package. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const BUILT = join(ROOT, 'dist', 'src');
const ENTRIES: readonly string[] = ['index', 'engine', 'x509', 'study', 'fuzz'];

const LAZY = 'on-first-use';
const LOADER = 'noble-loader';
/** With the package's `type`, the extension makes it CommonJS. */
const NOBLE = 'noble.cjs';

/**
 * Puts a getter before each export of noble's, which fetches the module from a file of its own when it is first read. For
 * esbuild this is a CommonJS module, whose exports are read anew wherever our sources use them: an import alone reads
 * nothing. With `probe` the names of what was fetched are kept in a global, for the test that says so.
 */
function onFirstUse(probe: string | undefined): Plugin {
  const note = probe === undefined ? '' : `(globalThis[${JSON.stringify(probe)}] ??= []).push(path);`;
  return {
    name: LAZY,
    setup(bundler) {
      bundler.onResolve({ filter: /^@noble\// }, ({ path }) => ({
        path,
        namespace: LAZY,
        sideEffects: false,
      }));
      bundler.onLoad({ filter: /.*/, namespace: LAZY }, async ({ path }) => {
        const names = Object.keys((await import(path)) as object);
        const getters = names.map((name) => `get ${name}() { return load().${name}; }`);
        return {
          contents: `const { noble } = require('${LOADER}');
            let real;
            const load = () => (real ??= noble(${JSON.stringify(path)}));
            module.exports = { ${getters.join(', ')} };`,
        };
      });
      bundler.onResolve({ filter: new RegExp(`^${LOADER}$`) }, () => ({ path: LOADER, namespace: LOADER }));
      bundler.onLoad({ filter: /.*/, namespace: LOADER }, () => ({
        contents: `import { createRequire } from 'node:module';
          let all;
          export function noble(path) {
            ${note}
            all ??= createRequire(import.meta.url)('./${NOBLE}');
            return all[path];
          }`,
      }));
    },
  };
}

/** Every module of noble's that our sources name, in one file, each run when it is asked for. */
async function bundleNoble(folder: string, paths: readonly string[]): Promise<void> {
  const getters = paths.map(
    (path) => `get ${JSON.stringify(path)}() { return require(${JSON.stringify(path)}); }`,
  );
  const { plugins: _, outdir: __, ...options } = common(folder, undefined);
  await build({
    ...options,
    stdin: { contents: `module.exports = { ${getters.join(', ')} };`, resolveDir: ROOT },
    outfile: join(folder, NOBLE),
    format: 'cjs',
  });
}

/** The modules of noble's that a bundle may ask for. */
function nobleOf({ inputs }: Metafile): string[] {
  return Object.keys(inputs).flatMap((input) =>
    input.startsWith(`${LAZY}:`) ? [input.slice(LAZY.length + 1)] : [],
  );
}

function common(folder: string, probe: string | undefined): BuildOptions & { readonly metafile: true } {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return {
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minifyWhitespace: true,
    minifySyntax: true,
    // Names stay, as stack traces show them.
    minifyIdentifiers: false,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'inline',
    banner: {
      js: `/*! puretls ${version}, with parts of the noble packages; licences: LICENSE and below */`,
    },
    plugins: [onFirstUse(probe)],
    metafile: true,
    logLevel: 'warning',
  };
}

/** Writes the library to `folder`, and gives what went into which file. */
export async function bundleLibrary(folder: string, probe?: string): Promise<Metafile> {
  const { metafile } = await build({
    ...common(folder, probe),
    entryPoints: ENTRIES.map((name) => join(BUILT, `${name}.js`)),
    splitting: true,
    chunkNames: 'shared-[hash]',
  });
  await bundleNoble(folder, nobleOf(metafile));
  return metafile;
}

/** Writes the command to `folder`: one file of its own, since it is a process of its own; noble is the library's. */
export async function bundleCommand(folder: string): Promise<void> {
  await build({
    ...common(folder, undefined),
    entryPoints: [{ in: join(BUILT, 'cli', 'main.js'), out: 'cli' }],
    external: ['commander'],
  });
}
