/** Where extensions may stand, how often, in which order, and who may start them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MessageContext, RawExtension } from '../../src/message/extension/codec.ts';
import { checkSolicited, EXTENSION_RULES, mayStandIn } from '../../src/message/extension/table.ts';
import { decodeHandshake } from '../../src/message/handshake.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { TLSError } from '../../src/wire/error.ts';
import { MAX_EXTENSIONS } from '../../src/wire/limits.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { BUILD, EXTENSIONS } from './support.ts';

/** The table of RFC 8446 4.2, copied from the RFC and not from the source. */
const RFC_TABLE = `
server_name [RFC6066] CH, EE
max_fragment_length [RFC6066] CH, EE
status_request [RFC6066] CH, CR, CT
supported_groups [RFC7919] CH, EE
signature_algorithms [RFC8446] CH, CR
use_srtp [RFC5764] CH, EE
heartbeat [RFC6520] CH, EE
application_layer_protocol_negotiation [RFC7301] CH, EE
signed_certificate_timestamp [RFC6962] CH, CR, CT
client_certificate_type [RFC7250] CH, EE
server_certificate_type [RFC7250] CH, EE
padding [RFC7685] CH
key_share [RFC8446] CH, SH, HRR
pre_shared_key [RFC8446] CH, SH
psk_key_exchange_modes [RFC8446] CH
early_data [RFC8446] CH, EE, NST
cookie [RFC8446] CH, HRR
supported_versions [RFC8446] CH, SH, HRR
certificate_authorities [RFC8446] CH, CR
oid_filters [RFC8446] CR
post_handshake_auth [RFC8446] CH
signature_algorithms_cert [RFC8446] CH, CR`;

/** Later RFCs: 8449 4, 8879 3; and what only TLS 1.2 answers. */
const LATER_TABLE = `
record_size_limit [RFC8449] CH, EE
compress_certificate [RFC8879] CH, CR
extended_master_secret [RFC7627] CH
ec_point_formats [RFC8422] CH
session_ticket [RFC5077] CH
renegotiation_info [RFC5746] CH`;

const CONTEXTS = ['CH', 'SH', 'HRR', 'EE', 'CT', 'CR', 'NST'] as const;
const names = new Map(Object.entries<ExtensionType>(ExtensionType));

const table = `${RFC_TABLE}${LATER_TABLE}`
  .trim()
  .split('\n')
  .map((line) => {
    const [, name = '', places = ''] = /^(\w+) \[RFC\d+\] (.+)$/.exec(line) ?? [];
    const type = names.get(name);
    assert.ok(type !== undefined, line);
    return { name, type, places: new Set(places.split(', ')) };
  });

/** Well-formed data for the extension, taken from a message where it may stand. */
function sampleOf(type: ExtensionType, context: MessageContext): RawExtension {
  const order: MessageContext[] = [context, 'SH12', 'CH', 'SH', 'HRR', 'EE', 'CR', 'CT', 'NST'];
  for (const where of order) {
    const found = EXTENSIONS[where].find((extension) => extension.type === type);
    if (found !== undefined) return found;
  }
  return { type, data: new Uint8Array(0) };
}

function errorOf(context: MessageContext, extensions: readonly RawExtension[]): TLSError | undefined {
  try {
    decodeHandshake(BUILD[context](extensions), 'tls13');
  } catch (error) {
    assert.ok(error instanceof TLSError, String(error));
    return error;
  }
  return undefined;
}

/** A ServerHello is one of TLS 1.3 by its supported_versions, and a HelloRetryRequest has no shorter block. */
function blockWith(context: MessageContext, extension: RawExtension): readonly RawExtension[] {
  const first = EXTENSIONS.SH[0];
  const needed =
    (context === 'SH' || context === 'HRR') && first !== undefined && extension.type !== first.type;
  return needed ? [first, extension] : [extension];
}

describe('placement (RFC 8446 4.2)', () => {
  for (const { name, type, places } of table) {
    it(`${name} may stand in ${[...places].join(', ')} alone`, () => {
      for (const context of CONTEXTS) {
        const error = errorOf(context, blockWith(context, sampleOf(type, context)));
        if (places.has(context)) {
          assert.equal(error, undefined, `${context}: ${error?.message}`);
          assert.equal(mayStandIn(type, context), true);
        } else {
          assert.deepEqual([error?.reason, error?.alert], ['misplaced_extension', 47], context);
          assert.equal(mayStandIn(type, context), false);
        }
      }
      assert.equal(EXTENSION_RULES.get(type)?.name, name);
    });
  }

  it('keeps what TLS 1.3 alone has out of a ServerHello of TLS 1.2', () => {
    for (const type of [ExtensionType.key_share, ExtensionType.pre_shared_key]) {
      assert.equal(errorOf('SH12', [sampleOf(type, 'SH')])?.reason, 'misplaced_extension');
    }
    assert.equal(errorOf('SH12', EXTENSIONS.SH12), undefined);
  });

  it('keeps what TLS 1.2 alone has out of a ServerHello of TLS 1.3, on either side of supported_versions', () => {
    const [version] = EXTENSIONS.SH;
    assert.ok(version);
    for (const extension of EXTENSIONS.SH12) {
      for (const block of [
        [version, extension],
        [extension, version],
      ]) {
        assert.equal(errorOf('SH', block)?.reason, 'misplaced_extension');
      }
    }
  });

  it('carries unknown extensions raw, wherever they stand', () => {
    const unknown: RawExtension = { type: codePoint(0x1234), data: Uint8Array.of(1, 2, 3) };
    for (const context of CONTEXTS) {
      const message = decodeHandshake(BUILD[context](blockWith(context, unknown)), 'tls13');
      const blocks = message.kind === 'Certificate' ? message.certificateList : [message];
      const extensions = blocks.flatMap((block) => ('extensions' in block ? block.extensions : []));
      assert.deepEqual(
        extensions.find(({ type }) => type === 0x1234),
        unknown,
        context,
      );
    }
  });
});

describe('extension blocks', () => {
  it('refuse any extension that stands twice, known or not', () => {
    const unknown: RawExtension = { type: codePoint(0x1234), data: new Uint8Array(0) };
    for (const context of CONTEXTS) {
      for (const extension of [...EXTENSIONS[context], unknown]) {
        if (extension.type === ExtensionType.pre_shared_key && context === 'CH') continue;
        for (const between of [[], [{ ...unknown, type: codePoint<'ExtensionType'>(0x1235) }]]) {
          const error = errorOf(context, [extension, ...between, extension]);
          assert.deepEqual(
            [error?.reason, error?.alert],
            ['duplicate_extension', 50],
            `${context} ${extension.type}`,
          );
        }
      }
    }
  });

  it('refuse pre_shared_key anywhere but last in a ClientHello, also when it stands twice', () => {
    const last = EXTENSIONS.CH.at(-1);
    assert.equal(last?.type, ExtensionType.pre_shared_key);
    assert.ok(last);
    for (const block of [
      [last, ...EXTENSIONS.CH.slice(0, -1)],
      [last, last],
      [last, { type: codePoint<'ExtensionType'>(0xaaaa), data: new Uint8Array(0) }],
    ]) {
      const error = errorOf('CH', block);
      assert.deepEqual([error?.reason, error?.alert], ['psk_not_last', 47]);
    }
    assert.equal(errorOf('SH', [...EXTENSIONS.SH].reverse()), undefined, 'a ServerHello has no such order');
  });

  it('take as many extensions as the limit and no more', () => {
    const many = (count: number): RawExtension[] =>
      Array.from({ length: count }, (_, i) => ({ type: codePoint(0x2000 + i), data: new Uint8Array(0) }));
    for (const context of CONTEXTS) {
      const base = context === 'SH' ? EXTENSIONS.SH.slice(0, 1) : [];
      assert.equal(errorOf(context, [...base, ...many(MAX_EXTENSIONS - base.length)]), undefined);
      const error = errorOf(context, [...base, ...many(MAX_EXTENSIONS + 1 - base.length)]);
      assert.deepEqual([error?.reason, error?.alert], ['too_many_items', 50]);
    }
  });

  it('refuse one byte more in each known extension', () => {
    for (const context of [...CONTEXTS, 'SH12'] as const) {
      for (const extension of EXTENSIONS[context]) {
        // These are opaque to us, or are all of their extension_data.
        const free = [
          ExtensionType.padding,
          ExtensionType.session_ticket,
          0x2a2a,
          ExtensionType.supported_groups,
        ];
        if (
          free.includes(extension.type) &&
          !(context === 'CH' && extension.type === ExtensionType.supported_groups)
        )
          continue;
        const data = new Uint8Array(extension.data.length + 1);
        data.set(extension.data);
        const block =
          context === 'SH' ? blockWith(context, { ...extension, data }) : [{ ...extension, data }];
        const error = errorOf(context, block);
        assert.equal(error?.reason, 'trailing_bytes', `${context} ${extension.type}`);
        assert.match(error.message, /extensions\[\d+\]\.\w+ has 1 bytes left over/);
      }
    }
  });

  it('refuse one byte less in each known extension that is not empty', () => {
    for (const context of [...CONTEXTS, 'SH12'] as const) {
      for (const extension of EXTENSIONS[context]) {
        const opaque = [ExtensionType.padding, ExtensionType.session_ticket, 0x2a2a].includes(extension.type);
        const undecoded = context === 'SH12' && extension.type === ExtensionType.supported_groups;
        if (opaque || undecoded || extension.data.length === 0) continue;
        const block = [{ ...extension, data: extension.data.subarray(0, -1) }];
        const reason = errorOf(context, block)?.reason;
        assert.ok(
          reason === 'truncated' || reason === 'length_out_of_range',
          `${context} ${extension.type} ${reason}`,
        );
      }
    }
  });
});

describe('checkSolicited', () => {
  const offered = new Set<number>(EXTENSIONS.CH.map(({ type }) => type));

  it('lets answers pass', () => {
    for (const context of ['SH', 'HRR', 'EE', 'CT'] as const) {
      checkSolicited(EXTENSIONS[context], offered, context);
      checkSolicited([], new Set(), context);
    }
  });

  it('refuses each answer to what was not offered, with unsupported_extension', () => {
    for (const context of ['SH', 'HRR', 'EE', 'CT', 'SH12'] as const) {
      for (const extension of EXTENSIONS[context]) {
        if (context === 'HRR' && extension.type === ExtensionType.cookie) continue;
        const others = new Set(offered);
        others.delete(extension.type);
        assert.throws(
          () => checkSolicited([extension], others, context),
          (error) =>
            error instanceof TLSError && error.reason === 'unsolicited_extension' && error.alert === 110,
        );
      }
    }
  });

  it('refuses unknown extensions and GREASE that was not offered', () => {
    for (const type of [0x1234, 0x0a0a]) {
      const extension = { type: codePoint<'ExtensionType'>(type), data: new Uint8Array(0) };
      assert.throws(() => checkSolicited([extension], offered, 'EE'), TLSError);
    }
  });

  it('lets a HelloRetryRequest, and it alone, bring a cookie of its own accord', () => {
    const cookie = EXTENSIONS.HRR.filter(({ type }) => type === ExtensionType.cookie);
    assert.equal(cookie.length, 1);
    checkSolicited(cookie, new Set(), 'HRR');
    assert.throws(() => checkSolicited(cookie, new Set(), 'SH'), TLSError);
  });
});
