/** The body of a ClientHello; the header is put before it, so that no mutation is spent on it. */
import { wrapHandshake } from '../../src/message/handshake.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import { decodeHostile } from '../message/fidelity.ts';

export function fuzz(data: Buffer): void {
  decodeHostile(wrapHandshake(HandshakeType.client_hello, new Uint8Array(data)));
}
