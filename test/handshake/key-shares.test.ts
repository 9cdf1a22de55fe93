/** Key shares that must not be agreed with, for each group and at both ends (RFC 8446 4.2.8, 7.4). */
import { test } from 'node:test';
import type { KeyExchangeGroup } from '../../src/crypto/provider.ts';
import { clientHandshake, replaceExtension, serverHandshake, type Tamper } from '../../src/fuzz.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { Reader } from '../../src/wire/reader.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { provider } from './credentials.ts';
import { againstClient, againstServer, assertRefused, assertSecure } from './kit.ts';

const ML_KEM_KEY = 1184;

function at(offset: number, ...values: readonly number[]): Tamper {
  return (share) => {
    const out = Uint8Array.from(share);
    out.set(values, offset);
    return out;
  };
}

const COMMON: Readonly<Record<string, Tamper>> = {
  'all zeros': (share) => new Uint8Array(share.length),
  'one byte short': (share) => share.slice(0, -1),
  'one byte long': (share) => Uint8Array.of(...share, 0),
  'one byte in all': () => Uint8Array.of(4),
};

/** Points of order 1, 2, 4 and 8 lead to the all-zero secret (RFC 7748 6.1). */
const LOW_ORDER: Readonly<Record<string, Tamper>> = {
  'the point of order one': (share) => at(0, 1)(new Uint8Array(share.length)),
  'p, the same as zero': (share) => {
    const point = new Uint8Array(share.length).fill(0xff);
    point[0] = 0xed;
    point[31] = 0x7f;
    return point;
  },
  'a point of order eight': () =>
    Uint8Array.from(Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex')),
};

/** Curve448 has cofactor 4: its low orders lead to zero, also where they are written beyond the field's prime. */
const LOW_ORDER_448: Readonly<Record<string, Tamper>> = {
  'one, of order four': (share) => at(0, 1)(new Uint8Array(share.length)),
  'p, the same as zero': (share) => prime448(share, 0xff),
  'p - 1': (share) => prime448(share, 0xfe),
  'p + 1, the same as one': (share) => new Uint8Array(share.length).fill(0xff, 28),
};

/** 2^448 - 2^224 - 1, little-endian, with its lowest byte replaced. */
function prime448(share: Uint8Array, lowest: number): Uint8Array {
  const out = new Uint8Array(share.length).fill(0xff);
  out[0] = lowest;
  out[28] = 0xfe;
  return out;
}

const NIST: Readonly<Record<string, Tamper>> = {
  'off the curve': (share) => {
    const out = Uint8Array.from(share);
    out[share.length - 1] = (out[share.length - 1] ?? 0) ^ 1;
    return out;
  },
  'compressed form': (share) => at(0, 2)(share.slice(0, 1 + (share.length - 1) / 2)),
  'compressed form in full length': at(0, 2),
  'hybrid form': at(0, 6),
  'the point at infinity': () => Uint8Array.of(0),
  'coordinates above the field': (share) => at(0, 4)(new Uint8Array(share.length).fill(0xff)),
};

/** The classical half comes last in a hybrid. */
const HYBRID: Readonly<Record<string, Tamper>> = {
  'zeros for the classical half': (share) => at(share.length - 32, ...new Uint8Array(32))(share),
  'the classical half alone': (share) => share.slice(-32),
};

const UNREDUCED_KEM_KEY: Readonly<Record<string, Tamper>> = {
  'an encapsulation key with coefficients that are not reduced': at(
    0,
    ...new Uint8Array(ML_KEM_KEY - 32).fill(0xff),
  ),
};

function badShares(group: KeyExchangeGroup): Readonly<Record<string, Tamper>> {
  if (group.code === NamedGroup.x25519) return { ...COMMON, ...LOW_ORDER };
  if (group.code === NamedGroup.x448) return { ...COMMON, ...LOW_ORDER_448 };
  if (group.postQuantum) return { ...COMMON, ...HYBRID };
  return { ...COMMON, ...NIST };
}

for (const group of provider.groups) {
  const options = { groups: [group.code] };

  test(`${group.name}: the group itself works at both ends`, () => {
    assertSecure(againstServer(serverHandshake(), { options, peer: options }));
    assertSecure(againstClient(clientHandshake(), { options, peer: options }));
  });

  for (const [name, change] of Object.entries(badShares(group))) {
    test(`${group.name}: client refuses a server's share: ${name}`, () => {
      const script = serverHandshake().change('ServerHello', (hello) => ({
        ...hello,
        extensions: hello.extensions.map((extension) => {
          if (extension.type !== ExtensionType.key_share) return extension;
          const { keyExchange } = keyShare.serverHello.decode(new Reader(extension.data, 'share'));
          return keyShare.serverHello.encode({ group: group.code, keyExchange: change(keyExchange) });
        }),
      }));
      assertRefused(againstServer(script, { options, peer: options }), 'bad_key_share', 'illegal_parameter');
    });
  }

  const forServer = group.postQuantum ? { ...badShares(group), ...UNREDUCED_KEM_KEY } : badShares(group);
  for (const [name, change] of Object.entries(forServer)) {
    test(`${group.name}: server refuses a client's share: ${name}`, () => {
      const script = clientHandshake().change('ClientHello', (hello, peer) => {
        const real = peer.keyShares.get(group.code)?.share ?? new Uint8Array(0);
        const { data } = keyShare.clientHello.encode([{ group: group.code, keyExchange: change(real) }]);
        return { ...hello, extensions: replaceExtension(hello.extensions, ExtensionType.key_share, data) };
      });
      assertRefused(againstClient(script, { options, peer: options }), 'bad_key_share', 'illegal_parameter');
    });
  }
}

test('X25519MLKEM768: a wrong ciphertext is not seen in the share, but no key comes of it', () => {
  const options = { groups: [NamedGroup.X25519MLKEM768] };
  const script = serverHandshake().change('ServerHello', (hello) => ({
    ...hello,
    extensions: hello.extensions.map((extension) => {
      if (extension.type !== ExtensionType.key_share) return extension;
      const { group, keyExchange } = keyShare.serverHello.decode(new Reader(extension.data, 'share'));
      return keyShare.serverHello.encode({
        group,
        keyExchange: at(10, (keyExchange[10] ?? 0) ^ 1)(keyExchange),
      });
    }),
  }));
  assertRefused(againstServer(script, { options, peer: options }), 'bad_record_mac', 'unreadable');
});
