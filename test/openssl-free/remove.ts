/** Takes globalThis.crypto away when asked to do so after the first import. */
export function removeLater(): void {
  if (process.env['PURETLS_WEBCRYPTO'] !== 'kept') return;
  if (!('crypto' in globalThis)) throw new Error('globalThis.crypto was gone before');
  Reflect.deleteProperty(globalThis, 'crypto');
  if ('crypto' in globalThis) throw new Error('globalThis.crypto cannot be removed');
}
