/** Our end of the connections: the library's Node-shaped face. PURETLS_INTEROP_SIDE=node puts Node's tls there instead,
 * which is how the harness itself is checked: both foreign, the positive tests must pass. */
import type tls from 'node:tls';

export type TlsFace = Pick<typeof tls, 'connect' | 'createServer' | 'createSecureContext'>;

export const sideIsOurs: boolean = process.env['PURETLS_INTEROP_SIDE'] !== 'node';

export async function loadSide(): Promise<TlsFace> {
  if (!sideIsOurs) return (await import('node:tls')).default;
  const face: unknown = await import('../../../src/index.ts');
  return face as TlsFace;
}
