/**
 * Says what a peer speaks when its first bytes are not TLS: a wrong port, a proxy that answered in clear, a protocol
 * that wants STARTTLS first. The text goes into the error message only; nothing is decided by it.
 */
const OPENINGS: readonly (readonly [opening: string, what: string])[] = [
  ['HTTP/', 'an HTTP response: this port speaks plain HTTP, or a proxy refused'],
  ['GET ', 'a plain HTTP request'],
  ['POST', 'a plain HTTP request'],
  ['HEAD ', 'a plain HTTP request'],
  ['PUT ', 'a plain HTTP request'],
  ['DELET', 'a plain HTTP request'],
  ['OPTIO', 'a plain HTTP request'],
  ['PATCH', 'a plain HTTP request'],
  ['CONNE', 'an HTTP proxy request'],
  ['PRI *', 'HTTP/2 without TLS'],
  ['PROXY', 'a PROXY protocol header'],
  ['SSH-', 'an SSH server'],
  ['220', 'an SMTP or FTP greeting: use STARTTLS, or the port that starts with TLS'],
  ['* OK', 'an IMAP greeting: use STARTTLS, or the port that starts with TLS'],
  ['+OK', 'a POP3 greeting: use STARTTLS, or the port that starts with TLS'],
  ['EHLO', 'a plain SMTP command'],
  ['<?xml', 'plain XMPP or XML'],
  ['<html', 'plain HTML'],
  ['<!DOC', 'plain HTML'],
  ['<stre', 'plain XMPP: use STARTTLS'],
];

function startsWith(bytes: Uint8Array, opening: string): boolean {
  if (bytes.length < opening.length) return false;
  for (let i = 0; i < opening.length; i += 1) if (bytes[i] !== opening.charCodeAt(i)) return false;
  return true;
}

/** SSLv2's CLIENT-HELLO: a two-byte length with the top bit set, then message type 1 (RFC 5246 E.2). */
function isSslv2Hello(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 0x80) !== 0 && bytes[2] === 1;
}

/** A phrase for an error message; never contains bytes of the peer. */
export function describeForeign(bytes: Uint8Array): string {
  for (const [opening, what] of OPENINGS) if (startsWith(bytes, opening)) return what;
  if (isSslv2Hello(bytes)) return 'an SSL 2.0 hello, which is not supported';
  return 'bytes that are not a TLS record';
}
