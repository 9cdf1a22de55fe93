/** What package.json promises its users: exact dependencies, and nothing that runs while installing. */

const RUNTIME_DEPENDENCIES: ReadonlySet<string> = new Set([
  '@noble/ciphers',
  '@noble/curves',
  '@noble/hashes',
  '@noble/post-quantum',
  'commander',
]);
const INSTALL_SCRIPTS = [
  'preinstall',
  'install',
  'postinstall',
  'prepare',
  'preprepare',
  'postprepare',
  'prepublish',
];

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export function packageObjections(manifest: unknown): string[] {
  const fields = record(manifest);
  const objections: string[] = [];
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
    for (const [name, version] of Object.entries(record(fields[kind]))) {
      if (typeof version !== 'string' || !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) {
        objections.push(`${kind}: ${name} is not an exact version: ${String(version)}`);
      }
      if (kind !== 'devDependencies' && !RUNTIME_DEPENDENCIES.has(name))
        objections.push(`${kind}: ${name} is not listed`);
    }
  }
  for (const script of INSTALL_SCRIPTS) {
    if (script in record(fields['scripts'])) objections.push(`scripts: ${script} would run while installing`);
  }
  if (fields['type'] !== 'module') objections.push('type is not module');
  if ('gypfile' in fields) objections.push('gypfile would compile while installing');
  return objections;
}
