/** Whole handshake messages of any type, as the joiner hands them out. */
import { decodeHostile } from '../message/fidelity.ts';

export function fuzz(data: Buffer): void {
  decodeHostile(new Uint8Array(data));
}
