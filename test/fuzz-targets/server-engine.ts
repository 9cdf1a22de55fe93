/** Our server through handshakes of TLS 1.3 and 1.2 with a client that does what the input says. */
import { bendClient } from './conversation.ts';

export function fuzz(data: Buffer): void {
  bendClient(new Uint8Array(data));
}
