/**
 * The entry points of the package as Node loads them: some three hundred small files become a handful, since finding and
 * linking files is most of what a start takes. What they have in common stands in shared files, so that a class is the
 * same class through every entry. noble's packages are in there too, but nothing of them runs before it is needed: with
 * kernels that run, most of it never is. Bundlers for browsers get the single files, of which they take what is used.
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

/**
 * Puts a getter before each export of noble's, which runs the module when it is first read. For esbuild it is a CommonJS
 * module, whose exports are read anew wherever our sources use them: an import alone runs nothing. With `probe` the
 * names of what was run are kept in a global, for the test that says so.
 */
function onFirstUse(probe: string | undefined): Plugin {
  const note = (path: string): string =>
    probe === undefined ? '' : `(globalThis[${JSON.stringify(probe)}] ??= []).push(${JSON.stringify(path)}),`;
  return {
    name: LAZY,
    setup(bundler) {
      bundler.onResolve({ filter: /^@noble\// }, ({ path, importer, namespace, resolveDir }) =>
        namespace === LAZY || importer.includes('node_modules')
          ? undefined
          : { path, namespace: LAZY, pluginData: resolveDir, sideEffects: false },
      );
      bundler.onLoad({ filter: /.*/, namespace: LAZY }, async ({ path, pluginData }) => {
        const names = Object.keys((await import(path)) as object);
        const getters = names.map((name) => `get ${name}() { return load().${name}; }`);
        return {
          contents: `let real;
            const load = () => (real ??= (${note(path)} require(${JSON.stringify(path)})));
            module.exports = { ${getters.join(', ')} };`,
          resolveDir: String(pluginData),
        };
      });
    },
  };
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
  return metafile;
}

/** Writes the command to `folder`: one file of its own, since it is a process of its own. */
export async function bundleCommand(folder: string): Promise<void> {
  await build({
    ...common(folder, undefined),
    entryPoints: [{ in: join(BUILT, 'cli', 'main.js'), out: 'cli' }],
    external: ['commander'],
  });
}
