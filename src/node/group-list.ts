/** `ecdhCurve` and `sigalgs`: OpenSSL's colon lists of groups and signature algorithms -> code points. */
import type { KeyExchangeGroup, SignatureAlgorithm } from '../crypto/provider.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import { NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import { invalidType, invalidValue, nodeError } from './node-error.ts';

const GROUPS: ReadonlyMap<string, NamedGroup> = new Map([
  ['p-256', NamedGroup.secp256r1],
  ['prime256v1', NamedGroup.secp256r1],
  ['secp256r1', NamedGroup.secp256r1],
  ['p-384', NamedGroup.secp384r1],
  ['secp384r1', NamedGroup.secp384r1],
  ['p-521', NamedGroup.secp521r1],
  ['secp521r1', NamedGroup.secp521r1],
  ['x25519', NamedGroup.x25519],
  ['x448', NamedGroup.x448],
  ['ffdhe2048', NamedGroup.ffdhe2048],
  ['ffdhe3072', NamedGroup.ffdhe3072],
  ['ffdhe4096', NamedGroup.ffdhe4096],
  ['ffdhe6144', NamedGroup.ffdhe6144],
  ['ffdhe8192', NamedGroup.ffdhe8192],
  ['brainpoolp256r1tls13', NamedGroup.brainpoolP256r1tls13],
  ['brainpoolp384r1tls13', NamedGroup.brainpoolP384r1tls13],
  ['brainpoolp512r1tls13', NamedGroup.brainpoolP512r1tls13],
  ['mlkem512', NamedGroup.MLKEM512],
  ['mlkem768', NamedGroup.MLKEM768],
  ['mlkem1024', NamedGroup.MLKEM1024],
  ['x25519mlkem768', NamedGroup.X25519MLKEM768],
  ['secp256r1mlkem768', NamedGroup.SecP256r1MLKEM768],
  ['secp384r1mlkem1024', NamedGroup.SecP384r1MLKEM1024],
]);

/**
 * The groups of an `ecdhCurve` string by preference; undefined for `auto`. Groups that exist but that we do not have
 * are passed over as long as one is left. A leading `?` (ignore if unknown) and `*` (send a share) of OpenSSL 3.5 are
 * understood as far as they make sense here, and `/` separates as `:` does.
 * Throws `ERR_INVALID_ARG_TYPE`, or `ERR_CRYPTO_OPERATION_FAILED` as Node does.
 */
export function parseGroupList(
  curves: unknown,
  available: readonly KeyExchangeGroup[],
): readonly NamedGroup[] | undefined {
  if (curves === undefined || curves === null || curves === 'auto' || curves === '') return undefined;
  if (typeof curves !== 'string') throw invalidType('options.ecdhCurve', 'of type string', curves);
  const picked: NamedGroup[] = [];
  for (const term of curves.split(/[:/]/)) {
    const name = term.replace(/^[?*]+/, '');
    const code = GROUPS.get(name.toLowerCase());
    if (code === undefined) {
      if (term.startsWith('?') && name !== '') continue;
      throw failedToSetCurve(`${JSON.stringify(name)} is no group`);
    }
    if (available.some((group) => group.code === code) && !picked.includes(code)) picked.push(code);
  }
  if (picked.length > 0) return picked;
  const names = available.map((group) => group.name).join(', ');
  throw failedToSetCurve(`none of ${JSON.stringify(curves)} is available; there are ${names}`);
}

function failedToSetCurve(why: string): Error {
  return nodeError('ERR_CRYPTO_OPERATION_FAILED', `Failed to set ECDH curve: ${why}`);
}

const BY_PAIR: ReadonlyMap<string, SignatureScheme> = new Map([
  ['rsa+sha256', SignatureScheme.rsa_pkcs1_sha256],
  ['rsa+sha384', SignatureScheme.rsa_pkcs1_sha384],
  ['rsa+sha512', SignatureScheme.rsa_pkcs1_sha512],
  ['rsa-pss+sha256', SignatureScheme.rsa_pss_rsae_sha256],
  ['rsa-pss+sha384', SignatureScheme.rsa_pss_rsae_sha384],
  ['rsa-pss+sha512', SignatureScheme.rsa_pss_rsae_sha512],
  ['pss+sha256', SignatureScheme.rsa_pss_rsae_sha256],
  ['pss+sha384', SignatureScheme.rsa_pss_rsae_sha384],
  ['pss+sha512', SignatureScheme.rsa_pss_rsae_sha512],
  ['ecdsa+sha256', SignatureScheme.ecdsa_secp256r1_sha256],
  ['ecdsa+sha384', SignatureScheme.ecdsa_secp384r1_sha384],
  ['ecdsa+sha512', SignatureScheme.ecdsa_secp521r1_sha512],
]);

/** Signature algorithms that exist and that we leave out on purpose: too weak, or for keys we do not have. */
const PASSED_OVER =
  /^(?:(?:rsa|dsa|ecdsa)\+(?:sha1|sha224|md5)|dsa\+sha\d+|(?:rsa_pkcs1|ecdsa|dsa)_sha(?:1|224))$/;

/** By OpenSSL's name or RFC 8446's, in lower case. */
export function schemeByName(name: string): SignatureScheme | undefined {
  const pair = BY_PAIR.get(name);
  if (pair !== undefined) return pair;
  return Object.entries(SignatureScheme).find(([known]) => known.toLowerCase() === name)?.[1];
}

/**
 * The schemes of a `sigalgs` string by preference: `ECDSA+SHA256`, `RSA-PSS+SHA256`, `ed25519` or RFC 8446's own
 * names; undefined when none is given. Throws `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`. With TLS 1.3 as the
 * oldest version, one of them must be for its handshake: PKCS#1 v1.5 is not (RFC 8446 4.2.3).
 */
export function parseSignatureList(
  sigalgs: unknown,
  available: readonly SignatureAlgorithm[],
  minVersion: ProtocolVersion,
): readonly SignatureScheme[] | undefined {
  if (sigalgs === undefined || sigalgs === null) return undefined;
  if (typeof sigalgs !== 'string') throw invalidType('options.sigalgs', 'of type string', sigalgs);
  const picked: SignatureScheme[] = [];
  for (const term of sigalgs.split(':')) {
    const name = term.replace(/^\?/, '').toLowerCase();
    const code = schemeByName(name);
    if (code === undefined && !PASSED_OVER.test(name)) {
      if (term.startsWith('?') && name !== '') continue;
      throw invalidValue('options.sigalgs', `has the unknown signature algorithm ${JSON.stringify(term)}`);
    }
    const known = code !== undefined && available.some((scheme) => scheme.code === code);
    if (known && !picked.includes(code)) picked.push(code);
  }
  const only13 = minVersion === ProtocolVersion.TLS13;
  const usable = available.filter(
    (scheme) => picked.includes(scheme.code) && (scheme.handshake13 || !only13),
  );
  if (usable.length === 0) {
    const what = only13 ? 'signature algorithm of TLS 1.3' : 'signature algorithm that is available';
    throw invalidValue('options.sigalgs', `${JSON.stringify(sigalgs)} has no ${what}`);
  }
  return picked;
}
