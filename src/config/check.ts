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

/** A misspelt scope must not check less than was meant, so both fields are looked at. The list of CRLs is copied. */
export function revocationOf(options: RevocationOptions | undefined): RevocationOptions | undefined {
  if (options === undefined) return undefined;
  const { crls, check } = options;
  if (!Array.isArray(crls)) invalid('revocation.crls must be an array of CRLs as parseCrl gives them');
  if (check !== 'leaf' && check !== 'chain') invalid("revocation.check must be 'leaf' or 'chain'");
  return Object.freeze({ crls: Object.freeze([...crls]), check });
}
