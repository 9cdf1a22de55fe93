import assert from 'node:assert/strict';
import tls from 'node:tls';
import { encodePem } from '../../src/bytes/pem.ts';
import { type Certificate, exportPrivateKey, type PrivateKey } from '../../src/x509.ts';

export const pemOf = (certificates: readonly Certificate[]): string =>
  certificates.map((one) => encodePem('CERTIFICATE', one.raw)).join('');

/** `authorizationError` of a Node client that goes on regardless; undefined when it found nothing wrong. */
export async function nodeVerdict(
  chain: readonly Certificate[],
  key: PrivateKey,
  trusted: readonly Certificate[],
): Promise<string | undefined> {
  const server = tls.createServer({
    key: encodePem('PRIVATE KEY', exportPrivateKey(key)),
    cert: pemOf(chain),
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return await new Promise((resolve, reject) => {
      const socket = tls.connect({
        port: address.port,
        host: '127.0.0.1',
        ca: pemOf(trusted),
        servername: 'a.example',
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      });
      socket.on('secureConnect', () => {
        // Declared as Error, but Node sets the code's text.
        const found: unknown = socket.authorizationError;
        socket.destroy();
        resolve(socket.authorized || found === null ? undefined : String(found));
      });
      socket.on('error', reject);
    });
  } finally {
    server.close();
  }
}
