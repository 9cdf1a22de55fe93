/** A certificate chain and the private key that belongs to it, as a server or client presents them. */
import type { PrivateKey } from '../crypto/provider.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { X509Error } from './error.ts';
import { CERTIFICATE_LABELS, decodeBlocks } from './pem.ts';
import { type ParsePrivateKeyOptions, parsePrivateKey, pemText } from './private-key.ts';
import { describePublicKey, publicKeyOf, samePublicKey } from './public-key.ts';

export interface Credential {
  /** Leaf first, then whatever else stood in the input, to be sent as it is. */
  readonly chain: readonly Certificate[];
  readonly privateKey: PrivateKey;
}

/** PEM text or bytes with one or more certificates, one DER certificate, or several inputs in order. */
export type CertificateInput = string | Uint8Array | readonly (string | Uint8Array)[];

/**
 * Reads a chain and its key and checks that they belong together.
 *
 * Throws X509Error: NO_CERTIFICATE, MALFORMED (which certificate is said), KEY_MISMATCH, UNSUPPORTED_KEY and those of
 * {@link parsePrivateKey}.
 */
export function loadCredential(
  certificates: CertificateInput,
  key: string | Uint8Array | PrivateKey,
  options: ParsePrivateKeyOptions | string = {},
): Credential {
  const chain = parseCertificates(certificates);
  const parsed =
    typeof key === 'string' || key instanceof Uint8Array
      ? parsePrivateKey(key, typeof options === 'string' ? { passphrase: options } : options)
      : key;
  return credentialOf(chain, parsed);
}

/** {@link loadCredential} with both parts read already. */
export function credentialOf(chain: readonly Certificate[], privateKey: PrivateKey): Credential {
  const [leaf] = chain;
  if (leaf === undefined) throw noCertificate();
  const publicKey = publicKeyOf(privateKey);
  if (!samePublicKey(leaf.publicKey, publicKey)) {
    const other = chain.findIndex((one) => samePublicKey(one.publicKey, publicKey));
    const hint =
      other > 0
        ? `it fits certificate ${other + 1} of the input: the certificate of the key must come first`
        : `the certificate has ${describePublicKey(leaf.publicKey)}, the key is ${describePublicKey(publicKey)}`;
    throw new X509Error(
      'KEY_MISMATCH',
      `the private key does not belong to the certificate "${leaf.subject}"; ${hint}`,
      {
        certificate: leaf,
      },
    );
  }
  return { chain: [...chain], privateKey: asInCertificate(leaf, privateKey) };
}

/** The certificate decides whether an RSA key is bound to PSS (RFC 4055 1.2, RFC 8446 4.2.3). */
function asInCertificate(leaf: Certificate, key: PrivateKey): PrivateKey {
  if (key.kind !== 'rsa' && key.kind !== 'rsa-pss') return key;
  const { publicKey } = leaf;
  if (publicKey.kind === 'rsa') return { kind: 'rsa', numbers: key.numbers };
  if (publicKey.kind !== 'rsa-pss') return key;
  return { kind: 'rsa-pss', numbers: key.numbers, parameters: publicKey.parameters };
}

/**
 * Every certificate of PEM text or bytes, or one DER certificate, in order.
 * Throws X509Error NO_CERTIFICATE when there is none, MALFORMED or another with the number of the bad one.
 */
export function parseCertificates(input: CertificateInput): Certificate[] {
  const inputs = typeof input === 'string' || input instanceof Uint8Array ? [input] : input;
  const ders = inputs.flatMap(certificateBytes);
  if (ders.length === 0) throw noCertificate();
  return ders.map((der, index) => {
    try {
      return parseCertificate(der);
    } catch (error) {
      if (!(error instanceof X509Error)) throw error;
      const which = ders.length === 1 ? 'the certificate' : `certificate ${index + 1} of ${ders.length}`;
      throw new X509Error(error.code, `${which} cannot be read: ${error.message}`, {
        details: { ...error.details, index },
        cause: error,
      });
    }
  });
}

function certificateBytes(input: string | Uint8Array): Uint8Array[] {
  const text = typeof input === 'string' ? input : pemText(input);
  if (text === undefined) return typeof input === 'string' || input.length === 0 ? [] : [input];
  const blocks = decodeBlocks(text);
  const found = blocks.filter((block) => CERTIFICATE_LABELS.has(block.label)).map((block) => block.bytes);
  if (found.length === 0 && blocks.length > 0) {
    throw new X509Error(
      'NO_CERTIFICATE',
      `there is no CERTIFICATE among the PEM blocks (${blocks
        .map((block) => block.label)
        .slice(0, 5)
        .join(', ')})`,
    );
  }
  return found;
}

function noCertificate(): X509Error {
  return new X509Error(
    'NO_CERTIFICATE',
    'there is no certificate in the input; expected -----BEGIN CERTIFICATE-----',
  );
}
