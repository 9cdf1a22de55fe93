/** Certificate (RFC 8446 4.4.2). */
import { MAX_CERTIFICATES } from '../wire/limits.ts';
import type { Reader } from '../wire/reader.ts';
import { HandshakeType } from '../wire/registry.ts';
import { extensionBlock, writeExtensions } from './extension/block.ts';
import type { RawExtension } from './extension/codec.ts';
import { signedCertificateTimestamp } from './extension/signed-certificate-timestamp.ts';
import { statusRequest } from './extension/status-request.ts';
import { encodeMessage } from './framing.ts';

export interface CertificateEntryExtensions {
  /** The DER OCSPResponse. */
  readonly statusRequest?: Uint8Array;
  /** SerializedSCTs. */
  readonly signedCertificateTimestamp?: readonly Uint8Array[];
}

export interface CertificateEntryFields {
  /** The DER certificate, not looked into here. */
  readonly certData: Uint8Array;
  readonly extensions: readonly RawExtension[];
}

export interface CertificateEntry extends CertificateEntryFields {
  readonly known: CertificateEntryExtensions;
}

export interface CertificateFields {
  /** 0 to 255 bytes; empty in the main handshake. */
  readonly certificateRequestContext: Uint8Array;
  /** The sender's own first; empty when a client has none. */
  readonly certificateList: readonly CertificateEntryFields[];
}

export interface Certificate extends CertificateFields {
  readonly kind: 'Certificate';
  readonly raw: Uint8Array;
  readonly certificateList: readonly CertificateEntry[];
}

const decodeExtensions = extensionBlock<CertificateEntryExtensions>(['CT'], {
  statusRequest: statusRequest.certificate,
  signedCertificateTimestamp: signedCertificateTimestamp.certificate,
});

function decodeEntry(r: Reader): CertificateEntry {
  const certData = r.vector(3, 1, 0xffffff, 'cert_data');
  return { certData, ...decodeExtensions(r, 0, 0xffff) };
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeCertificate(r: Reader, raw: Uint8Array): Certificate {
  const certificateRequestContext = r.vector(1, 0, 0xff, 'certificate_request_context');
  const certificateList = r.list(3, 0, 0xffffff, 'certificate_list', decodeEntry);
  if (certificateList.length > MAX_CERTIFICATES) {
    r.fail('too_many_items', 'certificate_list', `has ${certificateList.length} entries`);
  }
  r.end();
  return { kind: 'Certificate', raw, certificateRequestContext, certificateList };
}

export function encodeCertificate(fields: CertificateFields): Uint8Array {
  return encodeMessage(HandshakeType.certificate, (w) => {
    w.vector(1, fields.certificateRequestContext);
    w.vector(3, (list) => {
      for (const { certData, extensions } of fields.certificateList) {
        list.vector(3, certData);
        writeExtensions(list, extensions);
      }
    });
  });
}
