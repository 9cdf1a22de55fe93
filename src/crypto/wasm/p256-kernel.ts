/** The kernel of P-256. */
import { P256_MODULE } from './binary/p256.ts';
import { LazyKernel } from './lazy.ts';
import { computes, type KnownAnswer, NistKernel } from './nist-kernel.ts';

/** RFC 6979 A.2.5 with SHA-256 and the message "sample": key, public key, digest, nonce and signature. */
const KNOWN: KnownAnswer = {
  privateKey: 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
  point:
    '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
    '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
  digest: 'af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf',
  nonce: 'a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60',
  signature:
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
    'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
};

export const p256Kernel: LazyKernel<NistKernel> = /* @__PURE__ */ new LazyKernel(
  'P-256',
  () => new NistKernel(P256_MODULE, 32),
  (kernel) => computes(kernel, KNOWN),
);
