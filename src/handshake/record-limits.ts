/** How long records may be, where the ends agree on it (RFC 6066 4, RFC 8449 4). */
import type { ServerConfig } from '../config/config.ts';
import type { ClientHello } from '../message/client-hello.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import { maxFragmentLength } from '../message/extension/max-fragment-length.ts';
import { recordSizeLimit } from '../message/extension/record-size-limit.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_PLAINTEXT } from '../wire/limits.ts';
import { type MaxFragmentLength, ProtocolVersion } from '../wire/registry.ts';
import type { Effect } from './effect.ts';

/** In TLS 1.3 record_size_limit counts the type byte and padding too. */
function beyondContent(version: ProtocolVersion): number {
  return version === ProtocolVersion.TLS13 ? 1 : 0;
}

/** 2^9 to 2^12 bytes. */
function fragmentLength(code: MaxFragmentLength): number {
  return 2 ** (8 + code);
}

/** Records in clear count where RFC 6066 says so, which TLS 1.3 leaves with nothing in clear but hellos. */
function fragments(code: MaxFragmentLength, version: ProtocolVersion): Effect {
  const length = fragmentLength(code);
  const inClear = version === ProtocolVersion.TLS12;
  return { kind: 'limit_records', send: length, receive: length, inClear };
}

export interface ServerLimits {
  readonly extensions: readonly RawExtension[];
  readonly effects: readonly Effect[];
}

/** What a server answers, and holds to. record_size_limit is the one that counts when both are there (RFC 8449 5). */
export function serverLimits(
  config: ServerConfig,
  hello: ClientHello,
  version: ProtocolVersion,
): ServerLimits {
  const { recordSizeLimit: theirs, maxFragmentLength: asked } = hello.known;
  if (theirs !== undefined) {
    const beyond = beyondContent(version);
    const most = MAX_PLAINTEXT + beyond;
    const ours = Math.min(config.recordSizeLimit ?? most, most);
    return {
      extensions: [recordSizeLimit.encryptedExtensions.encode(ours)],
      effects: [{ kind: 'limit_records', send: theirs - beyond, receive: ours - beyond, inClear: false }],
    };
  }
  if (asked === undefined) return { extensions: [], effects: [] };
  return {
    extensions: [maxFragmentLength.encryptedExtensions.encode(asked)],
    effects: [fragments(asked, version)],
  };
}

interface Answered {
  readonly recordSizeLimit?: number;
  readonly maxFragmentLength?: MaxFragmentLength;
}

/** What a client holds to. The server's extensions are known to answer the hello's. Throws TLSError `illegal_parameter`. */
export function clientLimits(
  hello: ClientHello,
  answer: Answered,
  version: ProtocolVersion,
): readonly Effect[] {
  const { recordSizeLimit: theirs, maxFragmentLength: granted } = answer;
  if (theirs !== undefined && granted !== undefined) {
    throw new TLSError(
      'illegal_parameter',
      'the server answers record_size_limit and max_fragment_length both',
      {
        rfc: 'RFC 8449 5',
      },
    );
  }
  if (theirs !== undefined) {
    const beyond = beyondContent(version);
    if (theirs > MAX_PLAINTEXT + beyond) {
      throw new TLSError(
        'illegal_parameter',
        `the server's record_size_limit of ${theirs} is above the maximum`,
        {
          rfc: 'RFC 8449 4',
        },
      );
    }
    const ours = hello.known.recordSizeLimit ?? MAX_PLAINTEXT + beyond;
    return [{ kind: 'limit_records', send: theirs - beyond, receive: ours - beyond, inClear: false }];
  }
  if (granted === undefined) return [];
  if (granted !== hello.known.maxFragmentLength) {
    throw new TLSError(
      'illegal_parameter',
      'the server grants another max_fragment_length than was asked for',
      {
        rfc: 'RFC 6066 4',
      },
    );
  }
  return [fragments(granted, version)];
}
