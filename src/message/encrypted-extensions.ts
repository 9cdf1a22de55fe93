/** EncryptedExtensions (RFC 8446 4.3.1). */
import type { Reader } from '../wire/reader.ts';
import { type CertificateType, HandshakeType, type MaxFragmentLength } from '../wire/registry.ts';
import type { NamedGroup } from '../wire/registry-crypto.ts';
import { alpn } from './extension/alpn.ts';
import { extensionBlock, writeExtensions } from './extension/block.ts';
import { clientCertificateType, serverCertificateType } from './extension/certificate-type.ts';
import type { RawExtension } from './extension/codec.ts';
import { earlyData } from './extension/early-data.ts';
import { maxFragmentLength } from './extension/max-fragment-length.ts';
import { recordSizeLimit } from './extension/record-size-limit.ts';
import { serverName } from './extension/server-name.ts';
import { supportedGroups } from './extension/supported-groups.ts';
import { encodeMessage } from './framing.ts';

export interface EncryptedExtensionsKnown {
  readonly serverName?: true;
  readonly maxFragmentLength?: MaxFragmentLength;
  readonly supportedGroups?: readonly NamedGroup[];
  /** The one protocol that was chosen. */
  readonly alpn?: Uint8Array;
  readonly clientCertificateType?: CertificateType;
  readonly serverCertificateType?: CertificateType;
  readonly recordSizeLimit?: number;
  readonly earlyData?: true;
}

export interface EncryptedExtensionsFields {
  readonly extensions: readonly RawExtension[];
}

export interface EncryptedExtensions extends EncryptedExtensionsFields {
  readonly kind: 'EncryptedExtensions';
  readonly raw: Uint8Array;
  readonly known: EncryptedExtensionsKnown;
}

const decodeExtensions = extensionBlock<EncryptedExtensionsKnown>(['EE'], {
  serverName: serverName.encryptedExtensions,
  maxFragmentLength: maxFragmentLength.encryptedExtensions,
  supportedGroups: supportedGroups.encryptedExtensions,
  alpn: alpn.encryptedExtensions,
  clientCertificateType: clientCertificateType.encryptedExtensions,
  serverCertificateType: serverCertificateType.encryptedExtensions,
  recordSizeLimit: recordSizeLimit.encryptedExtensions,
  earlyData: earlyData.encryptedExtensions,
});

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeEncryptedExtensions(r: Reader, raw: Uint8Array): EncryptedExtensions {
  const block = decodeExtensions(r, 0, 0xffff);
  r.end();
  return { kind: 'EncryptedExtensions', raw, ...block };
}

export function encodeEncryptedExtensions(fields: EncryptedExtensionsFields): Uint8Array {
  return encodeMessage(HandshakeType.encrypted_extensions, (w) => writeExtensions(w, fields.extensions));
}
