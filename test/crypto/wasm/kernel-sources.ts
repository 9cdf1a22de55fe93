/** What each embedded kernel is made from, so that a stale one is noticed without compiling it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One module each, by the file that exports its functions; what they share they import. */
export const KERNELS: readonly string[] = [
  'aes-gcm',
  'chacha20-poly1305',
  'ed25519',
  'mlkem',
  'p256',
  'p384',
  'rsa',
  'sha2',
  'x25519',
];

/** The compiler's version and options are as much its input as the sources are. */
export const COMPILER_FLAGS: readonly string[] = [
  ...['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert'],
  // The sources are for wasm32 alone, and no vector passes between module and host.
  ...['--disableWarning', '201', '--disableWarning', '112'],
];

export function compilerVersion(root: string): string {
  const manifest: { readonly devDependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return manifest.devDependencies['assemblyscript'] ?? 'none';
}

/** SHA-256 over the compiler, its options, and the kernel's file with all that it imports. */
export function sourceDigest(root: string, kernel: string): string {
  const hash = createHash('sha256').update(`${compilerVersion(root)} ${COMPILER_FLAGS.join(' ')}`);
  const pending = [`${kernel}.ts`];
  const seen = new Set<string>();
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(join(root, 'src', 'crypto', 'wasm', 'assembly', file), 'utf8');
    hash.update(`\n${file}\n${text}`);
    for (const [, imported] of text.matchAll(/ from '\.\/([a-z0-9-]+\.ts)';/g)) pending.push(imported ?? '');
  }
  return hash.digest('hex');
}
