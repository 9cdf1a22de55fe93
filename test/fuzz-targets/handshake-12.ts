/** Whole handshake messages of any type, read as TLS 1.2 has them. */
import { decodeHostile } from '../message/fidelity.ts';

export function fuzz(data: Buffer): void {
  decodeHostile(new Uint8Array(data), 'tls12');
}
