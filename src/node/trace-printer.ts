/** `enableTrace`: the handshake in short lines on stderr. `puretls trace` shows every byte. */
import type { TraceEvent } from '../engine/event.ts';
import { AlertDescription, ContentType, HandshakeType, nameOf } from '../wire/registry.ts';

function lineOf(event: TraceEvent): string | undefined {
  switch (event.kind) {
    case 'message':
      return `${event.direction} ${nameOf(HandshakeType, event.raw[0] ?? 0)} ${event.raw.length} bytes, ${event.protection}`;
    case 'record':
      return `${event.direction} record ${nameOf(ContentType, event.type)} ${event.length} bytes, ${event.protection}`;
    case 'change_cipher_spec':
      return `${event.direction} change_cipher_spec`;
    case 'alert':
      return `${event.direction} alert ${nameOf(AlertDescription, event.description)}`;
    case 'state':
      return `state ${event.name}`;
    default:
      return undefined;
  }
}

/** Secrets and contents are never printed. */
export function printTrace(role: 'client' | 'server'): (event: TraceEvent) => void {
  return (event) => {
    const line = lineOf(event);
    if (line !== undefined) process.stderr.write(`TLS ${process.pid} ${role}: ${line}\n`);
  };
}
