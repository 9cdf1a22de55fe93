import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePoint, isGrease } from '../../src/wire/code-point.ts';
import { TLSError } from '../../src/wire/error.ts';
import { maxHandshakeLength } from '../../src/wire/limits.ts';
import { REASONS, type Reason } from '../../src/wire/reason.ts';
import * as protocol from '../../src/wire/registry.ts';
import * as crypto from '../../src/wire/registry-crypto.ts';

const { AlertDescription, defineRegistry, ExtensionType, HandshakeType, isRegistered, nameOf } = protocol;

const registries: [string, object][] = [...Object.entries(protocol), ...Object.entries(crypto)].flatMap(
  ([name, value]): [string, object][] => (typeof value === 'object' ? [[name, value]] : []),
);

describe('registries', () => {
  it('are all found', () => assert.ok(registries.length >= 16, String(registries.length)));

  for (const [name, registry] of registries) {
    it(`${name} is frozen, has no value twice and names each`, () => {
      assert.ok(Object.isFrozen(registry));
      const values = Object.values<number>(registry as Record<string, number>);
      assert.equal(new Set(values).size, values.length);
      for (const [key, value] of Object.entries<number>(registry as Record<string, number>)) {
        assert.equal(nameOf(registry, value), key);
        assert.equal(isRegistered(registry, value), true);
      }
    });
  }

  it('name what they do not know by number, and GREASE as such', () => {
    assert.equal(nameOf(ExtensionType, 51), 'key_share');
    assert.equal(nameOf(ExtensionType, 0x1234), 'unknown(0x1234)');
    assert.equal(nameOf(ExtensionType, 0xfafa), 'GREASE(0xfafa)');
    assert.equal(nameOf(HandshakeType, 0x0a), 'unknown(0x0a)', 'GREASE has 16 bits');
    assert.equal(nameOf({}, 7), 'unknown(0x07)', 'total even without a registry');
    assert.equal(isRegistered(ExtensionType, 0xfafa), false);
    assert.equal(isRegistered(ExtensionType, 40), false, 'reserved by the registry');
  });

  it('agree with the values that the RFCs print', () => {
    assert.deepEqual(
      [
        ExtensionType.server_name,
        ExtensionType.pre_shared_key,
        ExtensionType.key_share,
        ExtensionType.renegotiation_info,
      ],
      [0, 41, 51, 0xff01],
    );
    assert.deepEqual(
      [HandshakeType.finished, HandshakeType.key_update, HandshakeType.message_hash],
      [20, 24, 254],
    );
    assert.deepEqual([AlertDescription.missing_extension, AlertDescription.certificate_required], [109, 116]);
    const { CipherSuite, NamedGroup, SignatureScheme } = crypto;
    assert.deepEqual(
      [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_CHACHA20_POLY1305_SHA256],
      [0x1301, 0x1303],
    );
    assert.deepEqual([NamedGroup.secp256r1, NamedGroup.x25519, NamedGroup.X25519MLKEM768], [23, 29, 0x11ec]);
    assert.deepEqual([SignatureScheme.ed25519, SignatureScheme.rsa_pss_rsae_sha256], [0x0807, 0x0804]);
  });

  it('are made with their own width', () => {
    const registry = defineRegistry<'T', 'a'>(2, { a: 1 });
    assert.equal(nameOf(registry, 2), 'unknown(0x0002)');
  });
});

describe('GREASE', () => {
  it('is sixteen values, no more (RFC 8701 2)', () => {
    const found = Array.from({ length: 0x10000 }, (_, i) => i).filter(isGrease);
    assert.deepEqual(
      found,
      Array.from({ length: 16 }, (_, i) => (i * 0x10 + 0x0a) * 0x0101),
    );
  });
});

describe('reasons', () => {
  it('carry the alert and the code of their row', () => {
    for (const reason of Object.keys(REASONS) as Reason[]) {
      const error = new TLSError(reason, 'm');
      const { alert, family } = REASONS[reason];
      assert.equal(error.alert, alert === undefined ? undefined : AlertDescription[alert]);
      assert.equal(error.alertOrigin, alert === undefined ? undefined : 'local');
      assert.deepEqual(
        [error.family, error.code, error.name],
        [family, `TLS_${reason.toUpperCase()}`, 'TLSError'],
      );
    }
  });

  it('let a received alert and a verdict speak for themselves', () => {
    const cause = new Error('inner');
    const error = new TLSError('alert_received', 'm', {
      alert: AlertDescription.unknown_ca,
      alertOrigin: 'remote',
      code: 'OTHER',
      cause,
      rfc: 'RFC 8446 6',
    });
    assert.deepEqual(
      [error.alert, error.alertOrigin, error.code, error.cause, error.rfc],
      [48, 'remote', 'OTHER', cause, 'RFC 8446 6'],
    );
  });
});

describe('limits', () => {
  it('bound every message type, the empty ones to nothing', () => {
    for (let type = 0; type < 256; type++) {
      const limit = maxHandshakeLength(codePoint<'HandshakeType'>(type));
      assert.ok(limit >= 0 && limit <= 102400);
    }
    assert.equal(maxHandshakeLength(HandshakeType.end_of_early_data), 0);
    assert.equal(maxHandshakeLength(HandshakeType.key_update), 1);
    assert.equal(maxHandshakeLength(HandshakeType.certificate), 102400);
  });
});
