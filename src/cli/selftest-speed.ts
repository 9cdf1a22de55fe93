/** Quick measurements, some tenths of a second in all: an order of magnitude, no benchmark. */
import type { Aead, CryptoProvider, KeyExchangeGroup } from '../crypto/provider.ts';
import { generateKey } from '../x509/issue.ts';
import { publicKeyOf } from '../x509/public-key.ts';

export interface Speed {
  readonly name: string;
  readonly value: number;
  readonly unit: 'MB/s' | 'ms';
}

const BUDGET_MS = 40;
const RECORD = 16_384;

/** Mean milliseconds of a call, after a first one that warms up. */
function timed(call: () => void): number {
  call();
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < BUDGET_MS) {
    call();
    calls++;
    elapsed = performance.now() - start;
  }
  return elapsed / calls;
}

function sealSpeed(aead: Aead): Speed {
  const key = aead.create(new Uint8Array(aead.keyLength).fill(7));
  const nonce = new Uint8Array(aead.nonceLength);
  const buffer = new Uint8Array(RECORD + aead.tagLength);
  const aad = new Uint8Array(5);
  let count = 0;
  const ms = timed(() => {
    // A nonce is not used twice under one key, not even here.
    new DataView(nonce.buffer).setUint32(nonce.length - 4, ++count);
    key.seal(nonce, aad, buffer, 0, RECORD);
  });
  key.wipe();
  return { name: `${aead.name}, records of 16 KiB`, value: RECORD / 1000 / ms, unit: 'MB/s' };
}

function exchangeSpeed(group: KeyExchangeGroup, provider: CryptoProvider): Speed {
  const ms = timed(() => {
    const mine = group.generate(provider.random);
    const answer = group.encapsulate(mine.share, provider.random);
    if (answer === undefined) throw new Error(`${group.name} refused its own share`);
    mine.agree(answer.share)?.wipe();
    answer.secret.wipe();
    mine.wipe();
  });
  return { name: `${group.name}, both ends of a key exchange`, value: ms, unit: 'ms' };
}

const SIGNERS = [
  ['ecdsa_secp256r1_sha256', 'ecdsa-p256'],
  ['ed25519', 'ed25519'],
] as const;

function signatureSpeeds(provider: CryptoProvider): Speed[] {
  return SIGNERS.flatMap(([name, kind]): Speed[] => {
    const scheme = provider.signatureAlgorithms.find((one) => one.name === name);
    if (scheme === undefined) return [];
    const key = generateKey(kind, provider.random);
    const publicKey = publicKeyOf(key);
    const message = new Uint8Array(130);
    const signature = scheme.sign(key, message, provider.random);
    return [
      { name: `${name}, sign`, value: timed(() => scheme.sign(key, message, provider.random)), unit: 'ms' },
      {
        name: `${name}, verify`,
        value: timed(() => scheme.verify(publicKey, message, signature)),
        unit: 'ms',
      },
    ];
  });
}

export function measureSpeed(provider: CryptoProvider): Speed[] {
  const aeads = new Map(provider.cipherSuites13.map((suite) => [suite.aead.name, suite.aead]));
  return [
    ...[...aeads.values()].map(sealSpeed),
    ...provider.groups.map((group) => exchangeSpeed(group, provider)),
    ...signatureSpeeds(provider),
  ];
}
