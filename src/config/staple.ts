/** What a credential brings along for its leaf: whether it can be put on the wire at all. */
const MAX_OCSP_RESPONSE = 0xffffff;
const MAX_TIMESTAMPS = 0xffff;

interface Staple {
  readonly ocspResponse?: unknown;
  readonly signedCertificateTimestamps?: unknown;
}

function isTimestamps(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  let total = 0;
  for (const item of value as readonly unknown[]) {
    if (!(item instanceof Uint8Array) || item.length === 0) return false;
    total += 2 + item.length;
  }
  return total <= MAX_TIMESTAMPS;
}

/** An OCSPResponse of 1 to 2^24-1 bytes (RFC 8446 4.4.2.1), or none. */
export function isOcspResponse(value: unknown): boolean {
  if (value === undefined) return true;
  return value instanceof Uint8Array && value.length > 0 && value.length <= MAX_OCSP_RESPONSE;
}

/** Whether both fit their fields; a list of timestamps must not be empty (RFC 6962 3.3). */
export function isStaple({ ocspResponse, signedCertificateTimestamps }: Staple): boolean {
  const timestamps = signedCertificateTimestamps;
  return isOcspResponse(ocspResponse) && (timestamps === undefined || isTimestamps(timestamps));
}
