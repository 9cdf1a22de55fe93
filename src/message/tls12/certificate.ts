/** Certificate of TLS 1.2 (RFC 5246 7.4.2, 7.4.6): no context and no extensions. */
import { MAX_CERTIFICATES } from '../../wire/limits.ts';
import type { Reader } from '../../wire/reader.ts';
import { HandshakeType } from '../../wire/registry.ts';
import { encodeMessage } from '../framing.ts';

export interface Certificate12Fields {
  /** DER certificates, not looked into here; the sender's own first; empty when a client has none. */
  readonly certificateList: readonly Uint8Array[];
}

export interface Certificate12 extends Certificate12Fields {
  readonly kind: 'Certificate12';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeCertificate12(r: Reader, raw: Uint8Array): Certificate12 {
  const certificateList = r.list(3, 0, 0xffffff, 'certificate_list', (item) =>
    item.vector(3, 1, 0xffffff, 'certificate'),
  );
  if (certificateList.length > MAX_CERTIFICATES) {
    r.fail('too_many_items', 'certificate_list', `has ${certificateList.length} entries`);
  }
  r.end();
  return { kind: 'Certificate12', raw, certificateList };
}

export function encodeCertificate12(fields: Certificate12Fields): Uint8Array {
  return encodeMessage(HandshakeType.certificate, (w) => {
    w.vector(3, (list) => {
      for (const certificate of fields.certificateList) list.vector(3, certificate);
    });
  });
}
