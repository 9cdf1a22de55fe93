/**
 * Shares and parameters that are no keys.
 *
 * - Invalid curve, CVE-2015-7940: points off the curve gave the private key away piece by piece. Here each point is checked.
 * - CurveBall, CVE-2020-0601: a certificate brought the curve's parameters with it. Here curves have names.
 * - CVE-2022-0778: reading explicit parameters went on for ever. Here they are not read.
 * - X25519 shares of small order: the secret is zero for all. Here an all-zero secret is refused.
 * - ML-KEM keys that are not reduced modulo q (FIPS 203 7.2): here they are refused.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wasmProvider } from '../../src/crypto/wasm/provider.ts';
import {
  clientHandshake,
  clientHandshake12,
  serverHandshake,
  serverHandshake12,
  signKeyExchange,
} from '../../src/fuzz.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { derBitString, derElement, derOid, derSequence, derUnsigned } from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import { parseCertificate } from '../../src/x509.ts';
import { againstClient, againstServer, assertRefused } from '../handshake/kit.ts';
import { againstClient12, againstServer12 } from '../tls12/kit.ts';
import { hex, NOW, rawCertificate, root, schemes, verify } from '../x509/kit.ts';

const { x25519, secp256r1, X25519MLKEM768 } = NamedGroup;
const BAD = ['bad_key_share', 'illegal_parameter'] as const;

/** On the curve y^2 = x^3 + ax + b with another b: what an attacker sends to learn the key modulo a small order. */
const OFF_CURVE = Uint8Array.of(4, ...new Uint8Array(31), 1, ...new Uint8Array(31), 1);
const SHARES: Readonly<Record<string, readonly [group: typeof x25519, share: Uint8Array]>> = {
  'X25519: zero': [x25519, new Uint8Array(32)],
  'X25519: one': [x25519, Uint8Array.of(1, ...new Uint8Array(31))],
  'X25519: of order eight': [x25519, hex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800')],
  'P-256: off the curve (CVE-2015-7940)': [secp256r1, OFF_CURVE],
  'P-256: the point at infinity': [secp256r1, Uint8Array.of(0)],
  'P-256: infinity, as long as a point': [secp256r1, new Uint8Array(65)],
  'P-256: compressed': [secp256r1, Uint8Array.of(2, ...new Uint8Array(32).fill(5))],
  'P-256: hybrid form': [secp256r1, Uint8Array.of(6, ...new Uint8Array(64).fill(5))],
  'P-256: a coordinate beyond the prime': [secp256r1, Uint8Array.of(4, ...new Uint8Array(64).fill(0xff))],
  'P-256: no point': [secp256r1, Uint8Array.of(4, ...new Uint8Array(64))],
};

const ofGroup = (group: typeof x25519) => ({ options: { groups: [group] }, peer: { groups: [group] } });
const cheap = { groups: [x25519, secp256r1] };

for (const [what, [group, share]] of Object.entries(SHARES)) {
  test(`${what}: refused by each end of each version`, () => {
    const hello = clientHandshake().change('ClientHello', (fields) => ({
      ...fields,
      extensions: fields.extensions.map((one) =>
        one.type === ExtensionType.key_share
          ? keyShare.clientHello.encode([{ group, keyExchange: share }])
          : one,
      ),
    }));
    assertRefused(againstClient(hello, ofGroup(group)), ...BAD);
    const answer = serverHandshake().change('ServerHello', (fields) => ({
      ...fields,
      extensions: fields.extensions.map((one) =>
        one.type === ExtensionType.key_share
          ? keyShare.serverHello.encode({ group, keyExchange: share })
          : one,
      ),
    }));
    assertRefused(againstServer(answer, ofGroup(group)), ...BAD);
    const exchange12 = clientHandshake12().change('ClientKeyExchange', () => ({ publicKey: share }));
    assertRefused(againstClient12(exchange12, ofGroup(group)), ...BAD);
    const signed12 = serverHandshake12().change('ServerKeyExchange', (_, peer) =>
      signKeyExchange(peer, { namedCurve: group, publicKey: share }),
    );
    assertRefused(againstServer12(signed12, { options: cheap }), ...BAD);
  });
}

test('the kernels refuse the same', () => {
  const kernels = wasmProvider(platformRandom);
  for (const [what, [code, share]] of Object.entries(SHARES)) {
    const group = kernels.groups.find((one) => one.code === code);
    assert.ok(group);
    assert.equal(group.encapsulate(share, platformRandom), undefined, what);
    assert.equal(group.generate(platformRandom).agree(share), undefined, what);
  }
});

test('ML-KEM: an encapsulation key with a coefficient of q, refused by the server', () => {
  const script = clientHandshake().change('ClientHello', (fields) => ({
    ...fields,
    extensions: fields.extensions.map((one) => {
      if (one.type !== ExtensionType.key_share) return one;
      // The first two coefficients of 12 bits, of which the lower is q = 3329 = 0xd01.
      const keyExchange = one.data.slice(6);
      keyExchange[0] = 0x01;
      keyExchange[1] = 0x0d;
      return keyShare.clientHello.encode([{ group: X25519MLKEM768, keyExchange }]);
    }),
  }));
  assertRefused(againstClient(script, ofGroup(X25519MLKEM768)), ...BAD);
});

describe('curves have names', () => {
  const point = Uint8Array.of(4, ...new Uint8Array(64).fill(1));
  const explicit = derSequence(
    derUnsigned(1),
    derSequence(derOid('1.2.840.10045.1.1'), derUnsigned(new Uint8Array(32).fill(0xff))),
    derSequence(derElement(4, new Uint8Array(32)), derElement(4, new Uint8Array(32))),
    derElement(4, point),
    derUnsigned(new Uint8Array(32).fill(0xfe)),
  );
  const keyWith = (parameters: Uint8Array): Uint8Array =>
    derSequence(derSequence(derOid(OID.ecPublicKey), parameters), derBitString(point));

  test('a certificate with parameters of its own (CVE-2020-0601, CVE-2022-0778) is never trusted, and costs nothing', () => {
    const started = performance.now();
    const der = rawCertificate({ publicKey: keyWith(explicit) });
    try {
      const verdict = verify([parseCertificate(der)], { trust: root.trust, now: NOW });
      assert.equal(verdict.ok, false);
      assert.equal(parseCertificate(der).publicKey.kind, 'unknown');
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'MALFORMED');
    }
    assert.ok(performance.now() - started < 2000);
  });
  test('a certificate whose point lies off the curve verifies nothing', () => {
    const named = keyWith(derOid('1.2.840.10045.3.1.7'));
    const { publicKey } = parseCertificate(rawCertificate({ publicKey: named }));
    const one = derSequence(derUnsigned(1), derUnsigned(1));
    for (const scheme of schemes) assert.equal(scheme.verify(publicKey, point, one), false, scheme.name);
  });
});
