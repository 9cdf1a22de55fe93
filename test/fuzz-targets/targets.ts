/** The list of targets and where their seeds are. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../house/root.ts';

const root = projectRoot(import.meta.url);

/** Each is a file of this folder that exports `fuzz`, and a folder under corpus/. */
export const TARGETS: readonly string[] = [
  'alert',
  'certificate',
  'certificate-path',
  'certificate-request',
  'client-engine',
  'client-hello',
  'crl',
  'deframer',
  'encrypted-extensions',
  'handshake',
  'handshake-12',
  'joiner',
  'kernel-aead',
  'kernel-ed25519',
  'kernel-mlkem',
  'kernel-p256',
  'kernel-p384',
  'kernel-rsa',
  'kernel-sha2',
  'kernel-x25519',
  'new-session-ticket',
  'pem',
  'server-engine',
  'server-hello',
  'ticket',
  'x509-certificate',
  'x509-private-key',
];

export const CORPUS: string = join(root, 'test', 'fuzz-targets', 'corpus');

/** The seeds of a target, by file name. */
export function seedsOf(target: string): ReadonlyMap<string, Buffer> {
  const folder = join(CORPUS, target);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}
