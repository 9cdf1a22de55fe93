/** A TCP relay that keeps what passes, so that a test can see what went over the wire. */
import { type AddressInfo, createServer, connect as tcpConnect } from 'node:net';

/** SHA-256 of "HelloRetryRequest", the random that marks one (RFC 8446 4.1.3). */
const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

export interface Tap {
  readonly port: number;
  readonly toServer: () => Buffer;
  readonly toClient: () => Buffer;
  sawHelloRetryRequest(): boolean;
  close(): Promise<void>;
}

export async function openTap(target: number): Promise<Tap> {
  const up: Buffer[] = [];
  const down: Buffer[] = [];
  const server = createServer((client) => {
    const onward = tcpConnect(target, '127.0.0.1');
    client.on('data', (bytes) => up.push(bytes));
    onward.on('data', (bytes) => down.push(bytes));
    client.pipe(onward);
    onward.pipe(client);
    client.on('error', () => onward.destroy());
    onward.on('error', () => client.destroy());
    client.on('close', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    toServer: () => Buffer.concat(up),
    toClient: () => Buffer.concat(down),
    sawHelloRetryRequest: () => Buffer.concat(down).includes(RETRY_RANDOM),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
