/** The house rules over one source file. Each rule is a function that lists what it objects to, by line. */
import { type ImportReference, importsOf, lineOf, scan } from './scan.ts';

export interface SourceFile {
  /** Path under src/, with `/`. */
  readonly path: string;
  readonly source: string;
  readonly code: string;
  readonly comments: readonly { readonly text: string; readonly offset: number }[];
  readonly imports: readonly ImportReference[];
}

export interface Violation {
  readonly line: number;
  readonly message: string;
}

export type Rule = (file: SourceFile) => Violation[];

export function sourceFile(path: string, source: string): SourceFile {
  const { code, comments } = scan(source);
  return { path, source, code, comments, imports: importsOf(source, code) };
}

/** Folder -> layer. A file may import its own folder and folders of a strictly lower number. */
export const LAYERS: ReadonlyMap<string, number> = new Map([
  ['bytes', 0],
  ['wire', 1],
  ['message', 2],
  ['crypto', 2],
  ['record', 3],
  ['key-schedule', 3],
  ['x509', 3],
  ['session', 4],
  ['config', 4],
  ['handshake', 5],
  ['engine', 6],
  ['platform', 6.5],
  ['node', 7],
  ['ssl', 7],
  ['study', 7],
  ['fuzz', 7],
  ['cli', 8],
]);

/** Public entry points: which layers each may show. Only the command may import one. */
export const ENTRY_POINTS: ReadonlyMap<string, { readonly upTo: number; readonly leaf?: string }> = new Map([
  ['index.ts', { upTo: 6.5, leaf: 'node' }],
  ['engine.ts', { upTo: 6 }],
  ['x509.ts', { upTo: 3 }],
  ['study.ts', { upTo: 6, leaf: 'study' }],
  ['fuzz.ts', { upTo: 6, leaf: 'fuzz' }],
]);

/** Edges between folders of one layer, each with its reason; never both ways. */
const SIDEWAYS: ReadonlySet<string> = new Set([
  // A record half derives its own key and nonce from the traffic secret, so that neither lies about in the engine.
  'record>key-schedule',
  // A snapshot holds the caches and ticket keys that connections share; session/ knows only a digest of a snapshot.
  'config>session',
]);

const PURE_LEAVES: ReadonlySet<string> = new Set(['study', 'fuzz']);
const LINE_CAP = 400;

function folderOf(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
}

/** No operating system below: layers 0-6, study, fuzz and their entry points. */
function isPure(path: string): boolean {
  const folder = folderOf(path);
  if (folder === undefined) return path !== 'index.ts';
  return PURE_LEAVES.has(folder) || (LAYERS.get(folder) ?? 9) <= 6;
}

function resolveImport(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '.') continue;
    if (part === '..') {
      if (parts.length === 0) return `../${specifier}`;
      parts.pop();
    } else parts.push(part);
  }
  return parts.join('/');
}

function mayImport(from: string, target: string): string | undefined {
  const targetFolder = folderOf(target);
  const fromFolder = folderOf(from);
  if (targetFolder === undefined) {
    return fromFolder === 'cli'
      ? undefined
      : `imports the entry point ${target}; import what stands behind it`;
  }
  const targetLayer = LAYERS.get(targetFolder);
  if (targetLayer === undefined) return `imports ${target}, which is in no layer`;
  if (fromFolder === undefined) {
    const entry = ENTRY_POINTS.get(from);
    if (entry === undefined) return `${from} is no known entry point`;
    const allowed = targetLayer <= entry.upTo || targetFolder === entry.leaf;
    return allowed ? undefined : `entry point ${from} shows ${targetFolder}/`;
  }
  const fromLayer = LAYERS.get(fromFolder);
  if (fromLayer === undefined) return `${fromFolder}/ is in no layer`;
  if (
    targetFolder === fromFolder ||
    targetLayer < fromLayer ||
    SIDEWAYS.has(`${fromFolder}>${targetFolder}`)
  ) {
    const forbidden = fromFolder === 'fuzz' && targetFolder === 'handshake';
    return forbidden ? 'the scripted peer is not built from handshake/' : undefined;
  }
  return `${fromFolder}/ (${fromLayer}) imports ${targetFolder}/ (${targetLayer}): imports only go down`;
}

const isRelative = (specifier: string): boolean => specifier.startsWith('.');

export const layersGoDown: Rule = (file) =>
  file.imports.flatMap((reference) => {
    if (!isRelative(reference.specifier)) return [];
    const target = resolveImport(file.path, reference.specifier);
    const message = mayImport(file.path, target);
    return message === undefined ? [] : [{ line: lineOf(file.source, reference.offset), message }];
  });

const OPENSSL_MODULES: ReadonlySet<string> = new Set([
  'tls',
  'https',
  'crypto',
  'http2',
  '_tls_common',
  '_tls_wrap',
]);
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Which packages may be imported, and from where. */
const PACKAGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['@noble/ciphers', ['crypto/', 'x509/pbe.ts']],
  ['@noble/curves', ['crypto/']],
  ['@noble/hashes', ['crypto/', 'x509/pbe.ts']],
  ['@noble/post-quantum', ['crypto/']],
  ['commander', ['cli/']],
]);

function moduleObjection(path: string, specifier: string): string | undefined {
  const name = specifier.replace(/^node:/, '').split('/')[0] ?? '';
  if (OPENSSL_MODULES.has(name)) return `imports ${specifier}, which is OpenSSL`;
  if (specifier.startsWith('node:'))
    return isPure(path) ? `imports ${specifier} in a part that knows no system` : undefined;
  const homes = PACKAGES.get(packageOf(specifier));
  if (homes === undefined) return `imports ${specifier}, which is not a listed dependency (or lacks node:)`;
  return homes.some((home) => path.startsWith(home))
    ? undefined
    : `imports ${specifier} outside ${homes.join(', ')}`;
}

export const modulesAllowed: Rule = (file) =>
  file.imports.flatMap((reference) => {
    if (isRelative(reference.specifier)) return [];
    const message = moduleObjection(file.path, reference.specifier);
    return message === undefined ? [] : [{ line: lineOf(file.source, reference.offset), message }];
  });

/** A rule that is one pattern over the code alone. */
function forbidden(pattern: RegExp, message: string): Rule {
  return (file) =>
    [...file.code.matchAll(pattern)].map((match) => ({ line: lineOf(file.source, match.index), message }));
}

function forbiddenInComments(pattern: RegExp, message: string): Rule {
  return (file) =>
    file.comments.flatMap((comment) =>
      [...comment.text.matchAll(pattern)].map((match) => ({
        line: lineOf(file.source, comment.offset + match.index),
        message: `${message}: ${match[0].trim()}`,
      })),
    );
}

export const noDynamicModuleName: Rule = forbidden(
  /(?<![.\w$])(?:import|require)\s*\(\s*(?!['"])(?![^()]*\)\s*[:{])|\bcreateRequire\b|\bgetBuiltinModule\b|\bprocess\s*\.\s*binding\b/g,
  'loads a module whose name cannot be read here',
);
export const noWebCrypto: Rule = forbidden(/\bsubtle\b/g, 'uses WebCrypto');
export const noMathRandom: Rule = forbidden(
  /\bMath\s*(?:\.|\?\.)\s*random\b|\bMath\s*\[/g,
  'uses Math.random',
);
export const noEval: Rule = forbidden(/\beval\s*\(|\bnew\s+Function\b/g, 'builds code from text');
export const noAny: Rule = forbidden(/(?<![.\w$])any\b(?!\s*\()(?!\??:)/g, 'the type any');
export const noNonNull: Rule = forbidden(
  /(?<=[\w$\])])(?<!\b(?:return|typeof|case|in|of|else|void|throw|await|yield))!(?!=)/g,
  'a non-null assertion',
);
export const noDoubleAssertion: Rule = forbidden(
  /\bas\s+(?:unknown|never)\s+as\b/g,
  'an assertion through unknown',
);
export const noSuppression: Rule = forbiddenInComments(
  /@ts-(?:ignore|expect-error|nocheck)|biome-ignore[^\n]*noExplicitAny/g,
  'silences the compiler',
);
export const noDefaultExport: Rule = forbidden(/\bexport\s+default\b|\bas\s+default\b/g, 'a default export');
export const noEnum: Rule = forbidden(/\benum\s+[\w$]+\s*\{/g, 'an enum');
export const noNamespace: Rule = forbidden(
  /(?<![.\w$])(?:namespace|module)\s+[\w$.]+\s*\{|\bdeclare\s+(?:module|global)\b/g,
  'a namespace or a change of global types',
);

export const lineCap: Rule = (file) => {
  const lines = file.source.replace(/\n$/, '').split('\n').length;
  return lines > LINE_CAP ? [{ line: lines, message: `${lines} lines; the cap is ${LINE_CAP}` }] : [];
};

/** RFCs are cited as `RFC 8446 4.2.8`, so that a script can list them. */
export const citationForm: Rule = forbiddenInComments(
  /§|\bRFC-?\d+|\brfc-? ?\d{4}\b|\bRFC \d+(?:,|:| -)? ?(?:[Ss]ec(?:tion|t?\.)|[Aa]ppendix|chapter)[^\n]{0,12}|\b[Ss]ection \d+(?:\.\d+)*/g,
  'a citation that is not of the form RFC 8446 4.2.8',
);

export const barrelsOnlyAtEntries: Rule = (file) => {
  if (ENTRY_POINTS.has(file.path)) return [];
  const star = [...file.code.matchAll(/\bexport\s+(?:type\s+)?\*/g)].map((match) => ({
    line: lineOf(file.source, match.index),
    message: 'export * outside the entry points',
  }));
  const rest = file.code
    .replace(/\bexport\s+(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)\s*from\s*(['"])\s*\1;?/g, '')
    .replace(/\bimport\s[^;]*?(['"])\s*\1;?/g, '');
  const onlyReExports = file.imports.some((reference) => reference.reExport) && rest.trim() === '';
  return onlyReExports ? [...star, { line: 1, message: 'a barrel file' }] : star;
};

/** Names of files are kebab-case. */
export const fileNames: Rule = (file) =>
  /^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(file.path)
    ? []
    : [{ line: 1, message: 'the file name is not kebab-case' }];

export const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['imports only go down', layersGoDown],
  ['only listed modules, no OpenSSL', modulesAllowed],
  ['module names can be read', noDynamicModuleName],
  ['no WebCrypto', noWebCrypto],
  ['no Math.random', noMathRandom],
  ['no code from text', noEval],
  ['no any', noAny],
  ['no non-null assertion', noNonNull],
  ['no assertion through unknown', noDoubleAssertion],
  ['no silenced compiler', noSuppression],
  ['no default export', noDefaultExport],
  ['no enum', noEnum],
  ['no namespace', noNamespace],
  ['400 lines at most', lineCap],
  ['RFC citation form', citationForm],
  ['barrels only at the entry points', barrelsOnlyAtEntries],
  ['file names', fileNames],
]);
