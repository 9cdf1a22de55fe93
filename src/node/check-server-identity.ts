/**
 * The check of a host name against a certificate in Node's object form, for programs that call it themselves. The
 * handshake does not use it: there x509/ compares parsed names. Both follow the same rules, so that neither accepts
 * what the other refuses (RFC 9525 6: whole-label wildcards, and never the common name).
 */
import { equalBytes } from '../bytes/bytes.ts';
import { X509Error } from '../x509/error.ts';
import { matchDnsName, parseReferenceName } from '../x509/hostname.ts';
import { formatIp, parseIpLiteral } from '../x509/ip.ts';
import { type CodedError, coded, nodeError } from './node-error.ts';

/** What is looked at of a certificate; the shape of `getPeerCertificate()` fits. */
export interface NamedCertificate {
  readonly subjectaltname?: string | undefined;
}

export type AltNameError = CodedError & {
  readonly reason: string;
  readonly host: string;
  readonly cert: object;
};

/** As Node's: `reason`, `host` and `cert` are properties. */
export function altNameError(reason: string, host: string, cert: object, cause?: unknown): AltNameError {
  const message = `Hostname/IP does not match certificate's altnames: ${reason}`;
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return coded(error, 'ERR_TLS_CERT_ALTNAME_INVALID', { reason, host, cert });
}

/** A JSON string literal, nothing else: how unusual values are quoted in `subjectaltname`. */
const QUOTED = /^"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/u;

/**
 * The names of a `subjectaltname` text, quotes resolved, so that a comma inside a value separates nothing
 * (CVE-2021-44532). Throws `ERR_TLS_CERT_ALTNAME_FORMAT` when a quote is not closed.
 */
export function splitAltNames(text: string): string[] {
  const names: string[] = [];
  let name = '';
  for (let at = 0; at < text.length; ) {
    if (text.startsWith(', ', at)) {
      names.push(name);
      name = '';
      at += 2;
    } else if (text[at] === '"') {
      const quoted = QUOTED.exec(text.slice(at))?.[0];
      if (quoted === undefined) {
        throw nodeError('ERR_TLS_CERT_ALTNAME_FORMAT', 'Invalid subject alternative name string');
      }
      name += String(JSON.parse(quoted));
      at += quoted.length;
    } else {
      const next = text.slice(at).search(/, |"/);
      const end = next === -1 ? text.length : Math.max(at + next, at + 1);
      name += text.slice(at, end);
      at = end;
    }
  }
  names.push(name);
  return names;
}

function valuesOf(names: readonly string[], prefix: string): string[] {
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

function addresses(names: readonly string[]): Uint8Array[] {
  return valuesOf(names, 'IP Address:').flatMap((text) => parseIpLiteral(text) ?? []);
}

/** Why `hostname` is none of the certificate's names; undefined when it is one. */
function mismatch(hostname: string, altNames: string | undefined): string | undefined {
  const names = altNames === undefined ? [] : splitAltNames(altNames);
  const dnsNames = valuesOf(names, 'DNS:');
  let reference: ReturnType<typeof parseReferenceName>;
  try {
    reference = parseReferenceName(hostname);
  } catch (error) {
    if (error instanceof X509Error) return error.message;
    throw error;
  }
  if (reference.kind === 'ip') {
    const { bytes } = reference;
    const ips = addresses(names);
    if (ips.some((ip) => equalBytes(ip, bytes))) return undefined;
    return `IP: ${hostname} is not in the cert's list: ${ips.map(formatIp).join(', ')}`;
  }
  const { name } = reference;
  if (dnsNames.some((presented) => matchDnsName(presented, name))) return undefined;
  if (dnsNames.length === 0) return 'Cert does not contain a DNS name';
  return `Host: ${hostname}. is not in the cert's altnames: ${altNames ?? ''}`;
}

/**
 * Whether the certificate is for `hostname`, a DNS name or an IP address: undefined when it is, else an Error with
 * code `ERR_TLS_CERT_ALTNAME_INVALID`. Unlike Node, the subject's common name counts for nothing.
 */
export function checkServerIdentity(hostname: string, cert: NamedCertificate): AltNameError | undefined {
  const host = String(hostname).replace(/\.$/, '');
  const reason = mismatch(host, cert.subjectaltname);
  return reason === undefined ? undefined : altNameError(reason, host, cert);
}
