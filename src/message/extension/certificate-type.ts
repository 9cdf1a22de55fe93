/** client_certificate_type and server_certificate_type (RFC 7250 3): one form, for either direction. */
import type { Reader } from '../../wire/reader.ts';
import { CertificateType, ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

export interface CertificateTypeExtension extends ExtensionPlacement {
  /** In order of preference. */
  readonly clientHello: ExtensionCodec<readonly CertificateType[]>;
  /** The one that was chosen. */
  readonly encryptedExtensions: ExtensionCodec<CertificateType>;
  readonly serverHello12: ExtensionCodec<CertificateType>;
}

/** RFC 7250 4.1: who has nothing but X.509, which is what the absence means, leaves the extension out. */
function readOffer(r: Reader, name: string): readonly CertificateType[] {
  const types = r.codes(1, 1, 0xff, name, CertificateType, 1);
  if (types.every((type) => type === CertificateType.X509)) {
    r.fail('bad_value', name, 'offers X.509 alone: the extension must be left out', 'RFC 7250 4.1');
  }
  return types;
}

function extension(type: ExtensionType, name: string): CertificateTypeExtension {
  const chosen: ExtensionCodec<CertificateType> = codec(
    type,
    (r) => r.code(CertificateType, 1, name),
    (w, value) => w.u8(value),
  );
  const offer: ExtensionCodec<readonly CertificateType[]> = codec(
    type,
    (r) => readOffer(r, `${name}s`),
    (w, types) => w.vector(1, Uint8Array.from(types)),
  );
  return {
    type,
    allowedIn: ['CH', 'EE', 'SH12'],
    clientHello: offer,
    encryptedExtensions: chosen,
    serverHello12: chosen,
  };
}

export const clientCertificateType: CertificateTypeExtension = extension(
  ExtensionType.client_certificate_type,
  'client_certificate_type',
);
export const serverCertificateType: CertificateTypeExtension = extension(
  ExtensionType.server_certificate_type,
  'server_certificate_type',
);
