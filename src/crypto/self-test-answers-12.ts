/**
 * What a provider must compute where it has the primitives that came with TLS 1.2. Sources: Wycheproof `aes_ccm_test` 51,
 * 207, 366 and 462, RFC 7748 6.2, RFC 8032 7.4 ("1 octet").
 */
import { fromHex } from '../bytes/encoding.ts';
import type { AeadAnswer, GroupAnswer, SignatureAnswer } from './self-test-answers.ts';

export const CCM_ANSWERS: readonly AeadAnswer[] = [
  {
    name: 'AES-128-CCM',
    key: fromHex('2c9b9ff47d742c4ab224e9ca1ed57c4c'),
    nonce: fromHex('917962caf3932441c259282f'),
    aad: fromHex('72175bdfdb4a23e97fdcbd263baf4316'),
    plaintext: fromHex('b542c2f3f81670ddf74f15184ab7de17e057cde9eef92babdb837500774c19'),
    sealed: fromHex(
      '320ae0c11e92d10d5bf5485c854b2d8f6318e33f16b520cffd35ada381c967a4866908e664ee140c6ae2b9d2ab8416',
    ),
  },
  {
    name: 'AES-256-CCM',
    key: fromHex('f59abcbf4218bd5c7601f080b5fbd3ae088733702c8fbef0c5296a406f563827'),
    nonce: fromHex('a5eb0e6fe669e68239ace550'),
    aad: fromHex('d603491fbf0950d36489abb40dd8d42b'),
    plaintext: fromHex('97dcbacd70a678cfaed13c942cf920e851ec3e6fb1f6c6eb95f1c965fb1a13'),
    sealed: fromHex(
      'c0b27edd6533cfba81323ac78d0aeb0371b1d7b89938e04c319148961513fb56aabbde47ab2c53db48703033f8ca68',
    ),
  },
  {
    name: 'AES-128-CCM-8',
    key: fromHex('c08339a6f80b84e201e3d6030cdb3f02'),
    nonce: fromHex('1cbf2ca31330abe749db588b'),
    aad: fromHex('b535a847dfc962012d913a4076f58f9f'),
    plaintext: fromHex('4f9fd6ad1656cce99af7469960073a241569ce32dad558111b50306053a0b6'),
    sealed: fromHex('c91d4c8bf7fdba49b87001fc3ec95f455ba32bc05ba336bc3d58f4ad08b5bc34d622fe4ba3cac5'),
  },
  {
    name: 'AES-256-CCM-8',
    key: fromHex('110480ea9c9f4c5e6b5be01a2aafc861d1370c243aff9faafd0a92a9d18e5845'),
    nonce: fromHex('0e5cf683e13204cf91a2d4b6'),
    aad: fromHex('c490a5fa19b97c3e3adf20bc4df51140'),
    plaintext: fromHex('c92ec3d6a2c2fa19c45be7107a48a9ea0fe46a92978b5dabb3f94b457b5fbd'),
    sealed: fromHex('bb5110dd12bd3d12144c8de55b3b2677fc7084d56afcc6a76a5228fff8dbd3e39b0d1174f7609b'),
  },
];

export const X448_ANSWER: GroupAnswer = {
  name: 'x448',
  privateKey: fromHex(
    '9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d' +
      '9ac2d8c0a598726b',
  ),
  peerShare: fromHex(
    '3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae' +
      '07bdc1c67bf33609',
  ),
  secret: fromHex(
    '07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a' +
      '449a5037514a879d',
  ),
};

const ED448_SEED: Uint8Array = fromHex(
  'c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949e' +
    'f8021e954e0a12274e',
);
const ED448_KEY: Uint8Array = fromHex(
  '43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c' +
    '235160627b4c3a9480',
);

export const ED448_ANSWER: SignatureAnswer = {
  name: 'ed448',
  key: { kind: 'ed448', key: ED448_KEY },
  message: fromHex('03'),
  signature: fromHex(
    '26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633' +
      'fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0f' +
      'f3348ab21aa4adafd1d234441cf807c03a00',
  ),
  pair: { kind: 'ed448', secret: ED448_SEED, point: ED448_KEY },
};
