/** ServerHello and HelloRetryRequest: one structure, told apart by its random (RFC 8446 4.1.3, RFC 8446 4.1.4). */
import { equalBytes } from '../bytes/bytes.ts';
import { fromHex } from '../bytes/encoding.ts';
import type { Reader } from '../wire/reader.ts';
import {
  type CertificateType,
  type ECPointFormat,
  HandshakeType,
  type MaxFragmentLength,
  ProtocolVersion,
} from '../wire/registry.ts';
import { CipherSuite, type NamedGroup } from '../wire/registry-crypto.ts';
import { alpn } from './extension/alpn.ts';
import { type ExtensionBlock, extensionBlock, writeExtensions } from './extension/block.ts';
import { clientCertificateType, serverCertificateType } from './extension/certificate-type.ts';
import type { RawExtension } from './extension/codec.ts';
import { cookie } from './extension/cookie.ts';
import { ecPointFormats } from './extension/ec-point-formats.ts';
import { extendedMasterSecret } from './extension/extended-master-secret.ts';
import { type KeyShareEntry, keyShare } from './extension/key-share.ts';
import { maxFragmentLength } from './extension/max-fragment-length.ts';
import { preSharedKey } from './extension/pre-shared-key.ts';
import { recordSizeLimit } from './extension/record-size-limit.ts';
import { renegotiationInfo } from './extension/renegotiation-info.ts';
import { serverName } from './extension/server-name.ts';
import { sessionTicket } from './extension/session-ticket.ts';
import { signedCertificateTimestamp } from './extension/signed-certificate-timestamp.ts';
import { statusRequest } from './extension/status-request.ts';
import { supportedVersions } from './extension/supported-versions.ts';
import { checkPlaced } from './extension/table.ts';
import { encodeMessage } from './framing.ts';

const RANDOM_LENGTH = 32;
const MAX_SESSION_ID = 32;

/** SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). Not to be changed by its users. */
export const HELLO_RETRY_REQUEST_RANDOM: Uint8Array = fromHex(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
);
/** Last 8 bytes of the random of a server that could TLS 1.3 but negotiates TLS 1.2: "DOWNGRD", 1 (RFC 8446 4.1.3). */
export const DOWNGRADE_TLS12: Uint8Array = fromHex('444f574e47524401');
/** The same for TLS 1.1 or older: "DOWNGRD", 0. */
export const DOWNGRADE_TLS11: Uint8Array = fromHex('444f574e47524400');

export interface ServerHelloExtensions {
  readonly supportedVersion?: ProtocolVersion;
  readonly keyShare?: KeyShareEntry;
  /** selected_identity. */
  readonly preSharedKey?: number;
  // Those below stand in the ServerHello of TLS 1.2 only.
  readonly serverName?: true;
  readonly maxFragmentLength?: MaxFragmentLength;
  readonly statusRequest?: true;
  readonly ecPointFormats?: readonly ECPointFormat[];
  readonly alpn?: Uint8Array;
  readonly signedCertificateTimestamp?: readonly Uint8Array[];
  readonly clientCertificateType?: CertificateType;
  readonly serverCertificateType?: CertificateType;
  readonly extendedMasterSecret?: true;
  readonly recordSizeLimit?: number;
  readonly sessionTicket?: true;
  readonly renegotiationInfo?: Uint8Array;
}

export interface HelloRetryRequestExtensions {
  readonly supportedVersion?: ProtocolVersion;
  readonly selectedGroup?: NamedGroup;
  readonly cookie?: Uint8Array;
}

interface ServerHelloCore {
  readonly legacySessionIdEcho: Uint8Array;
  readonly cipherSuite: CipherSuite;
  readonly extensions: readonly RawExtension[];
}

interface ServerHelloBody extends ServerHelloCore {
  readonly raw: Uint8Array;
  readonly legacyVersion: ProtocolVersion;
  readonly random: Uint8Array;
  readonly legacyCompressionMethod: number;
  /** False where the message ends after the compression method, as TLS 1.2 allows. */
  readonly extensionsPresent: boolean;
}

export interface ServerHello extends ServerHelloBody {
  readonly kind: 'ServerHello';
  readonly known: ServerHelloExtensions;
}

export interface HelloRetryRequest extends ServerHelloBody {
  readonly kind: 'HelloRetryRequest';
  readonly known: HelloRetryRequestExtensions;
}

export interface HelloRetryRequestFields extends ServerHelloCore {
  /** Default 0x0303. */
  readonly legacyVersion?: number;
  /** Default 0. */
  readonly legacyCompressionMethod?: number;
  /** Default true; false leaves the block out, and `extensions` with it. */
  readonly extensionsPresent?: boolean;
}

export interface ServerHelloFields extends HelloRetryRequestFields {
  /** 32 bytes. */
  readonly random: Uint8Array;
}

const decodeServerExtensions = extensionBlock<ServerHelloExtensions>(['SH', 'SH12'], {
  supportedVersion: supportedVersions.serverHello,
  keyShare: keyShare.serverHello,
  preSharedKey: preSharedKey.serverHello,
  serverName: serverName.serverHello12,
  maxFragmentLength: maxFragmentLength.serverHello12,
  statusRequest: statusRequest.serverHello12,
  ecPointFormats: ecPointFormats.serverHello12,
  alpn: alpn.serverHello12,
  signedCertificateTimestamp: signedCertificateTimestamp.serverHello12,
  clientCertificateType: clientCertificateType.serverHello12,
  serverCertificateType: serverCertificateType.serverHello12,
  extendedMasterSecret: extendedMasterSecret.serverHello12,
  recordSizeLimit: recordSizeLimit.serverHello12,
  sessionTicket: sessionTicket.serverHello12,
  renegotiationInfo: renegotiationInfo.serverHello12,
});

const decodeRetryExtensions = extensionBlock<HelloRetryRequestExtensions>(['HRR'], {
  supportedVersion: supportedVersions.helloRetryRequest,
  selectedGroup: keyShare.helloRetryRequest,
  cookie: cookie.helloRetryRequest,
});

/** A ServerHello with supported_versions is one of TLS 1.3, whatever version it then names (RFC 8446 4.2.1). */
function decodeServerBlock(r: Reader): ExtensionBlock<ServerHelloExtensions> {
  const block = decodeServerExtensions(r, 0, 0xffff);
  checkPlaced(block.extensions, block.known.supportedVersion === undefined ? 'SH12' : 'SH');
  return block;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeServerHello(r: Reader, raw: Uint8Array): ServerHello | HelloRetryRequest {
  const legacyVersion = r.code(ProtocolVersion, 2, 'legacy_version');
  const random = r.bytes(RANDOM_LENGTH, 'random');
  const legacySessionIdEcho = r.vector(1, 0, MAX_SESSION_ID, 'legacy_session_id_echo');
  const cipherSuite = r.code(CipherSuite, 2, 'cipher_suite');
  const legacyCompressionMethod = r.u8('legacy_compression_method');
  const extensionsPresent = r.remaining > 0;
  const body = {
    raw,
    legacyVersion,
    random,
    legacySessionIdEcho,
    cipherSuite,
    legacyCompressionMethod,
    extensionsPresent,
  };
  const empty = { extensions: [], known: {} };
  if (equalBytes(random, HELLO_RETRY_REQUEST_RANDOM)) {
    const block = extensionsPresent ? decodeRetryExtensions(r, 6, 0xffff) : empty;
    r.end();
    return { kind: 'HelloRetryRequest', ...body, ...block };
  }
  // RFC 8446 asks for at least 6 bytes, which supported_versions takes by itself; TLS 1.2 asks for none.
  const block = extensionsPresent ? decodeServerBlock(r) : empty;
  r.end();
  return { kind: 'ServerHello', ...body, ...block };
}

export function encodeServerHello(fields: ServerHelloFields): Uint8Array {
  return encodeMessage(HandshakeType.server_hello, (w) => {
    w.u16(fields.legacyVersion ?? ProtocolVersion.TLS12).bytes(fields.random);
    w.vector(1, fields.legacySessionIdEcho)
      .u16(fields.cipherSuite)
      .u8(fields.legacyCompressionMethod ?? 0);
    if (fields.extensionsPresent !== false) writeExtensions(w, fields.extensions);
  });
}

export function encodeHelloRetryRequest(fields: HelloRetryRequestFields): Uint8Array {
  return encodeServerHello({ ...fields, random: HELLO_RETRY_REQUEST_RANDOM });
}
