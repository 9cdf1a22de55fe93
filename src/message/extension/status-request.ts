/** status_request: OCSP stapling (RFC 6066 8, RFC 8446 4.4.2.1). */
import type { Reader } from '../../wire/reader.ts';
import { CertificateStatusType, ExtensionType } from '../../wire/registry.ts';
import type { Writer } from '../../wire/writer.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement, emptyCodec } from './codec.ts';

export type CertificateStatusRequest =
  | {
      readonly kind: 'ocsp';
      /** DER ResponderIDs. */
      readonly responderIds: readonly Uint8Array[];
      /** DER Extensions of OCSP, or empty. */
      readonly requestExtensions: Uint8Array;
    }
  | { readonly kind: 'other'; readonly statusType: CertificateStatusType; readonly request: Uint8Array };

function decodeRequest(r: Reader): CertificateStatusRequest {
  const statusType = r.code(CertificateStatusType, 1, 'status_type');
  if (statusType !== CertificateStatusType.ocsp) {
    return { kind: 'other', statusType, request: r.rest('request') };
  }
  const responderIds = r.list(2, 0, 0xffff, 'responder_id_list', (item) =>
    item.vector(2, 1, 0xffff, 'responder_id'),
  );
  const requestExtensions = r.vector(2, 0, 0xffff, 'request_extensions');
  return { kind: 'ocsp', responderIds, requestExtensions };
}

function writeRequest(w: Writer, value: CertificateStatusRequest): void {
  if (value.kind === 'other') {
    w.u8(value.statusType).bytes(value.request);
    return;
  }
  w.u8(CertificateStatusType.ocsp);
  w.vector(2, (list) => {
    for (const id of value.responderIds) list.vector(2, id);
  });
  w.vector(2, value.requestExtensions);
}

/** CertificateStatus; only OCSP may answer, since nothing else is ever asked for. */
function decodeStatus(r: Reader): Uint8Array {
  const statusType = r.code(CertificateStatusType, 1, 'status_type');
  if (statusType !== CertificateStatusType.ocsp) {
    r.fail('bad_value', 'status_type', `is ${statusType}, must be ocsp`, 'RFC 8446 4.4.2.1');
  }
  return r.vector(3, 1, 0xffffff, 'ocsp_response');
}

const type: ExtensionType = ExtensionType.status_request;

export const statusRequest: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<CertificateStatusRequest>;
  readonly certificateRequest: ExtensionCodec<true>;
  /** The DER OCSPResponse. */
  readonly certificate: ExtensionCodec<Uint8Array>;
  readonly serverHello12: ExtensionCodec<true>;
} = {
  type,
  allowedIn: ['CH', 'CR', 'CT', 'SH12'],
  clientHello: codec(type, decodeRequest, writeRequest),
  certificateRequest: emptyCodec(type),
  certificate: codec(type, decodeStatus, (w, response) =>
    w.u8(CertificateStatusType.ocsp).vector(3, response),
  ),
  serverHello12: emptyCodec(type),
};
