/** oid_filters (RFC 8446 4.2.5). */
import { ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

/** DER, not looked into here. */
export interface OidFilter {
  readonly certificateExtensionOid: Uint8Array;
  readonly certificateExtensionValues: Uint8Array;
}

const type: ExtensionType = ExtensionType.oid_filters;

export const oidFilters: ExtensionPlacement & {
  readonly certificateRequest: ExtensionCodec<readonly OidFilter[]>;
} = {
  type,
  allowedIn: ['CR'],
  certificateRequest: codec(
    type,
    (r) =>
      r.list(2, 0, 0xffff, 'filters', (item) => ({
        certificateExtensionOid: item.vector(1, 1, 0xff, 'certificate_extension_oid'),
        certificateExtensionValues: item.vector(2, 0, 0xffff, 'certificate_extension_values'),
      })),
    (w, filters) =>
      w.vector(2, (inner) => {
        for (const filter of filters) {
          inner.vector(1, filter.certificateExtensionOid).vector(2, filter.certificateExtensionValues);
        }
      }),
  ),
};
