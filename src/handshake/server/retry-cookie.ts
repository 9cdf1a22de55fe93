/**
 * The cookie of a HelloRetryRequest, sealed so that any server with the keys can go on from it and none has to remember the
 * first ClientHello (RFC 8446 4.2.2, 4.4.1).
 */
import { equalBytes } from '../../bytes/bytes.ts';
import { asciiEncode } from '../../bytes/encoding.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { CipherSuite13, KeyExchangeGroup } from '../../crypto/provider.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { TLSError } from '../../wire/error.ts';
import { Reader } from '../../wire/reader.ts';
import { ExtensionType } from '../../wire/registry.ts';
import { Writer } from '../../wire/writer.ts';

/** Tells it from a session, should both be sealed under the same keys. */
const FORM = asciiEncode('retry cookie 1');
/** Milliseconds. Our own choice: as long as a handshake may take by default. */
const COOKIE_LIFETIME = 60_000;
const MAX_HASH = 64;

/** Extensions that a second ClientHello may change, add or leave out (RFC 8446 4.1.2). */
const CHANGEABLE: ReadonlySet<number> = new Set<number>([
  ExtensionType.key_share,
  ExtensionType.early_data,
  ExtensionType.cookie,
  ExtensionType.pre_shared_key,
  ExtensionType.padding,
]);

/** Those that must be the same in both hellos. */
export function fixedExtensions(hello: ClientHello): readonly RawExtension[] {
  return hello.extensions.filter(({ type }) => !CHANGEABLE.has(type));
}

/** All that must be the same in both hellos, in one piece. */
function fixedParts(hello: ClientHello): Uint8Array {
  const w = new Writer();
  w.u16(hello.legacyVersion).bytes(hello.random).vector(1, hello.legacySessionId);
  w.vector(2, (list) => {
    for (const suite of hello.cipherSuites) list.u16(suite);
  });
  for (const { type, data } of fixedExtensions(hello)) w.u16(type).vector(2, data);
  return w.finish();
}

/** What the retry chose, and what it was an answer to. */
export interface Retried {
  readonly suite: CipherSuite13;
  readonly group: KeyExchangeGroup;
  /** Transcript-Hash of the first ClientHello. */
  readonly firstHash: Uint8Array;
}

/** Undefined where the server has no keys for cookies. */
export function sealCookie(
  config: ServerConfig,
  hello: ClientHello,
  retried: Retried,
): Uint8Array | undefined {
  const { suite, group, firstHash } = retried;
  const w = new Writer();
  w.bytes(FORM)
    .u64(BigInt(Math.floor(config.now())))
    .u16(suite.code)
    .u16(group.code);
  w.vector(1, firstHash).vector(1, suite.hash.digest(fixedParts(hello)));
  return config.retryCookieKeys?.seal(w.finish());
}

function refused(why: string): TLSError {
  return new TLSError('bad_cookie', `the cookie in ClientHello ${why}`, { rfc: 'RFC 8446 4.2.2' });
}

/**
 * What a cookie of ours says, when this hello may follow the one that it was made for. Throws TLSError `bad_cookie`
 * (illegal_parameter) when the cookie is not ours or too old, or `changed_after_hello_retry_request`.
 */
export function openCookie(config: ServerConfig, hello: ClientHello, cookie: Uint8Array): Retried {
  const plain = config.retryCookieKeys?.open(cookie);
  if (plain === undefined || !equalBytes(plain.subarray(0, FORM.length), FORM)) throw refused('is not ours');
  const r = new Reader(plain, 'cookie');
  r.bytes(FORM.length, 'form');
  const age = config.now() - Number(r.u64('created_at'));
  const suiteCode = r.u16('cipher_suite');
  const groupCode = r.u16('group');
  const firstHash = r.vector(1, 1, MAX_HASH, 'first_hash');
  const fixedHash = r.vector(1, 1, MAX_HASH, 'fixed_hash');
  r.end();
  if (!(age >= 0 && age <= COOKIE_LIFETIME)) throw refused('is too old');
  const suite = config.cipherSuites.find(({ code }) => code === suiteCode);
  const group = config.groups.find(({ code }) => code === groupCode);
  if (suite === undefined || group === undefined) throw refused('is for what we no longer take');
  if (!equalBytes(suite.hash.digest(fixedParts(hello)), fixedHash)) {
    throw new TLSError(
      'changed_after_hello_retry_request',
      'the ClientHello differs from the one that the cookie was made for',
      { rfc: 'RFC 8446 4.1.2' },
    );
  }
  return { suite, group, firstHash };
}
