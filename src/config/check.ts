/** Checks of single options; each throws TLSError `invalid_option`, which says what is at fault. */
import { asciiDecode, asciiEncode } from '../bytes/encoding.ts';
import { TLSError } from '../wire/error.ts';
import type { RevocationOptions } from '../x509/revocation.ts';

export function invalid(message: string): never {
  throw new TLSError('invalid_option', message);
}

export function alpnNames(protocols: readonly (string | Uint8Array)[] | undefined): readonly string[] {
  const names = (protocols ?? []).map((protocol) => {
    const bytes = typeof protocol === 'string' ? asciiEncode(protocol) : protocol;
    const name = asciiDecode(bytes);
    if (name === undefined || bytes.length === 0 || bytes.length > 255) {
      invalid('an ALPN protocol name must be 1 to 255 ASCII bytes (RFC 7301 3.1)');
    }
    return name;
  });
  if (new Set(names).size !== names.length) invalid('an ALPN protocol is named twice');
  return Object.freeze(names);
}

/** A list, or none, of what a parser made: bytes that nobody has read would be found out in the midst of a handshake. */
const isListOf = (value: unknown, field: 'lookUp' | 'responses'): boolean =>
  value === undefined ||
  (Array.isArray(value) &&
    value.every((one: unknown) => typeof one === 'object' && one !== null && 'raw' in one && field in one));

/** A misspelt word must not check less than was meant, so every field is looked at. The lists are copied. */
export function revocationOf(options: RevocationOptions | undefined): RevocationOptions | undefined {
  if (options === undefined) return undefined;
  const { crls, ocspResponses, check, ifMissing = 'refuse', mustStaple = false } = options;
  if (!isListOf(crls, 'lookUp')) invalid('revocation.crls must be an array of CRLs as parseCrl gives them');
  if (!isListOf(ocspResponses, 'responses'))
    invalid('revocation.ocspResponses must be an array of responses as parseOcspResponse gives them');
  if (check !== 'leaf' && check !== 'chain') invalid("revocation.check must be 'leaf' or 'chain'");
  if (ifMissing !== 'refuse' && ifMissing !== 'accept')
    invalid("revocation.ifMissing must be 'refuse' or 'accept'");
  if (typeof mustStaple !== 'boolean') invalid('revocation.mustStaple must be a boolean');
  return Object.freeze({
    crls: crls && Object.freeze([...crls]),
    ocspResponses: ocspResponses && Object.freeze([...ocspResponses]),
    check,
    ifMissing,
    mustStaple,
  });
}
