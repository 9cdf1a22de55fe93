/** Credentials as they are given: each must be able to sign and to be shown. */
import type { SignatureAlgorithm } from '../crypto/provider.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import { invalid } from './check.ts';
import type { CommonConfig } from './config.ts';
import type { Credential } from './options.ts';
import { pickValues } from './pick.ts';
import { checkRawKeyCredential } from './raw-public-key.ts';
import { isStaple } from './staple.ts';

/** Throws TLSError `invalid_option`; `where` is how the list is named in it. */
export function checkCredentials(
  credentials: readonly Credential[],
  common: CommonConfig,
  where: string,
): readonly Credential[] {
  credentials.forEach((credential, index) => {
    const publicKey = (credential.rawPublicKey ?? credential.chain[0])?.publicKey;
    if (publicKey === undefined) invalid(`${where}[${index}] has an empty certificate chain`);
    checkRawKeyCredential(credential, `${where}[${index}]`);
    if (credential.privateKey === undefined && !common.delegate.has('sign')) {
      invalid(`${where}[${index}] has no private key, and signing is not delegated`);
    }
    if (!isStaple(credential)) invalid(`${where}[${index}] has a staple that fits no Certificate message`);
    const key = credential.privateKey ?? publicKey;
    const { provider } = common;
    // PKCS#1 v1.5 signs handshakes of TLS 1.2 alone (RFC 8446 4.2.3).
    const has12 = common.versions.includes(ProtocolVersion.TLS12);
    const schemes =
      credential.signatureSchemes === undefined
        ? common.signatureAlgorithms
        : pickValues(provider.signatureAlgorithms, credential.signatureSchemes, 'signature scheme', {
            optional: provider.optionalSignatureAlgorithms,
          });
    // In TLS 1.2 a scheme of ECDSA fits a key on any curve.
    const fits = (scheme: SignatureAlgorithm): boolean =>
      scheme.fits(key) || (has12 && scheme.keyKind === 'ec' && key.kind === 'ec');
    // ML-DSA signs those of TLS 1.3 alone.
    const has13 = common.versions.includes(ProtocolVersion.TLS13);
    const signs = (scheme: SignatureAlgorithm): boolean =>
      (has13 && scheme.handshake13) || (has12 && scheme.keyKind !== 'ml-dsa');
    if (!schemes.some((scheme) => signs(scheme) && fits(scheme))) {
      invalid(`${where}[${index}] has a ${key.kind} key that fits none of the signature schemes in use`);
    }
  });
  return Object.freeze([...credentials]);
}
