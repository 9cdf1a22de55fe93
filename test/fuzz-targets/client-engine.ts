/** Our client through handshakes of TLS 1.3 and 1.2 with a server that does what the input says. */
import { bendServer } from './conversation.ts';

export function fuzz(data: Buffer): void {
  bendServer(new Uint8Array(data));
}
