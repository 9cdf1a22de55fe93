/**
 * What a provider must compute. Sources: FIPS 180-4 and RFC 4231 4.3 (hashes), RFC 5869 A.1, NIST CAVP (AES-GCM), RFC 8439
 * 2.8.2, RFC 7748 6.1, Wycheproof (NIST curves), RFC 8032 7.1, OpenSSL (RSA); the hybrid's answer is noble's, whose ML-KEM
 * agrees with Wycheproof. vectors/README.md says more.
 */
import { fromHex } from '../bytes/encoding.ts';
import type { Aead, EcCurveName, HashName, PublicKey } from './provider.ts';

export interface HashAnswer {
  readonly name: HashName;
  readonly abc: Uint8Array;
  readonly hmac: Uint8Array;
}

export interface AeadAnswer {
  readonly name: Aead['name'];
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly sealed: Uint8Array;
}

export interface GroupAnswer {
  readonly name: string;
  readonly privateKey: Uint8Array;
  readonly peerShare: Uint8Array;
  readonly secret: Uint8Array;
}

export interface SignatureAnswer {
  readonly name: string;
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** A key pair to sign with. */
  readonly pair:
    | {
        readonly kind: 'ec';
        readonly curve: EcCurveName;
        readonly secret: Uint8Array;
        readonly point: Uint8Array;
      }
    | { readonly kind: 'ed25519' | 'ed448'; readonly secret: Uint8Array; readonly point: Uint8Array };
}

export interface HkdfAnswer {
  readonly ikm: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly prk: Uint8Array;
  readonly okm: Uint8Array;
}

export interface HybridAnswer {
  readonly name: string;
  readonly clientShareSha256: Uint8Array;
  readonly serverShareSha256: Uint8Array;
  readonly secret: Uint8Array;
}

export interface SignedMessage {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export interface RsaAnswer {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
  readonly prime1: Uint8Array;
  readonly prime2: Uint8Array;
  /** Both with SHA-256. */
  readonly pkcs1: SignedMessage;
  readonly pss: SignedMessage;
}

function hex(...parts: readonly string[]): Uint8Array {
  return fromHex(parts.join(''));
}

export const HASH_ANSWERS: readonly HashAnswer[] = [
  {
    name: 'SHA-256',
    abc: hex('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
    hmac: hex('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
  },
  {
    name: 'SHA-384',
    abc: hex(
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    ),
    hmac: hex(
      'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    ),
  },
  {
    name: 'SHA-512',
    abc: hex(
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd',
      '454d4423643ce80e2a9ac94fa54ca49f',
    ),
    hmac: hex(
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd',
      'caeab1a34d4a6b4b636e070a38bce737',
    ),
  },
];
export const HKDF_ANSWER: HkdfAnswer = {
  ikm: hex('0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b'),
  salt: hex('000102030405060708090a0b0c'),
  info: hex('f0f1f2f3f4f5f6f7f8f9'),
  prk: hex('077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5'),
  okm: hex('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'),
};
export const AEAD_ANSWERS: readonly AeadAnswer[] = [
  {
    name: 'AES-128-GCM',
    key: hex('298efa1ccf29cf62ae6824bfc19557fc'),
    nonce: hex('6f58a93fe1d207fae4ed2f6d'),
    aad: hex('021fafd238463973ffe80256e5b1c6b1'),
    plaintext: hex('cc38bccd6bc536ad919b1395f5d63801f99f8068d65ca5ac63872daf16b93901'),
    sealed: hex(
      'dfce4e9cd291103d7fe4e63351d9e79d3dfd391e3267104658212da96521b7db542465ef599316f73a7a560509a2d9f2',
    ),
  },
  {
    name: 'AES-256-GCM',
    key: hex('37ccdba1d929d6436c16bba5b5ff34deec88ed7df3d15d0f4ddf80c0c731ee1f'),
    nonce: hex('5c1b21c8998ed6299006d3f9'),
    aad: hex('22ed235946235a85a45bc5fad7140bfa'),
    plaintext: hex('ad4260e3cdc76bcc10c7b2c06b80b3be948258e5ef20c508a81f51e96a518388'),
    sealed: hex(
      '3b335f8b08d33ccdcad228a74700f1007542a4d1e7fc1ebe3f447fe71af298161fbf49cc46f458bf6e88f6370975e6d4',
    ),
  },
  {
    name: 'ChaCha20-Poly1305',
    key: hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
    nonce: hex('070000004041424344454647'),
    aad: hex('50515253c0c1c2c3c4c5c6c7'),
    plaintext: hex(
      '4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a20496620492063',
      '6f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73',
      '637265656e20776f756c642062652069742e',
    ),
    sealed: hex(
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b',
      '1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc',
      '3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
    ),
  },
];
export const GROUP_ANSWERS: readonly GroupAnswer[] = [
  {
    name: 'x25519',
    privateKey: hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
    peerShare: hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'),
    secret: hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'),
  },
  {
    name: 'secp256r1',
    privateKey: hex('0612465c89a023ab17855b0a6bcebfd3febb53aef84138647b5352e02c10c346'),
    peerShare: hex(
      '0462d5bd3372af75fe85a040715d0f502428e07046868b0bfdfa61d731afe44f26ac333a93a9e70a81cd5a95b5bf8d13',
      '990eb741c8c38872b4a07d275a014e30cf',
    ),
    secret: hex('53020d908b0219328b658b525f26780e3ae12bcd952bb25a93bc0895e1714285'),
  },
  {
    name: 'secp384r1',
    privateKey: hex(
      '766e61425b2da9f846c09fc3564b93a6f8603b7392c785165bf20da948c49fd1fb1dee4edd64356b9f21c588b75dfd81',
    ),
    peerShare: hex(
      '04790a6e059ef9a5940163183d4a7809135d29791643fc43a2f17ee8bf677ab84f791b64a6be15969ffa012dd9185d87',
      '96d9b954baa8a75e82df711b3b56eadff6b0f668c3b26b4b1aeb308a1fcc1c680d329a6705025f1c98a0b5e5bfcb163c',
      'aa',
    ),
    secret: hex(
      '6461defb95d996b24296f5a1832b34db05ed031114fbe7d98d098f93859866e4de1e229da71fef0c77fe49b249190135',
    ),
  },
  {
    name: 'secp521r1',
    privateKey: hex(
      '01939982b529596ce77a94bc6efd03e92c21a849eb4f87b8f619d506efc9bb22e7c61640c90d598f795b64566dc6df43',
      '992ae34a1341d458574440a7371f611c7dcd',
    ),
    peerShare: hex(
      '040064da3e94733db536a74a0d8a5cb2265a31c54a1da6529a198377fbd38575d9d79769ca2bdf2d4c972642926d4448',
      '91a652e7f492337251adf1613cf3077999b5ce00e04ad19cf9fd4722b0c824c069f70c3c0e7ebc5288940dfa92422152',
      'ae4a4f79183ced375afb54db1409ddf338b85bb6dbfc5950163346bb63a90a70c5aba098f7',
    ),
    secret: hex(
      '01f1e410f2c6262bce6879a3f46dfb7dd11d30eeee9ab49852102e1892201dd10f27266c2cf7cbccc7f6885099043dad',
      '80ff57f0df96acf283fb090de53df95f7d87',
    ),
  },
];
export const HYBRID_ANSWER: HybridAnswer = {
  name: 'X25519MLKEM768',
  clientShareSha256: hex('74920bfcb0267b46309d9ecbe2a0ef3e765413eb45ceb529b277bb2cc281a965'),
  serverShareSha256: hex('3a2f7aa0c80f60f7e7fd2d7d42b2eb449bdb8df25d004946582789f77f39fff6'),
  secret: hex(
    '1ad1b8c2efa7a136347a31389499ee9e239c3147c862f732dfa859bc695c67973ef6da4dff0fce3520aec220acf63ec0',
    '601a06f5db303cb846bd181e5cdce07d',
  ),
};
export const SIGNATURE_ANSWERS: readonly SignatureAnswer[] = [
  {
    name: 'ecdsa_secp256r1_sha256',
    key: {
      kind: 'ec',
      curve: 'P-256',
      point: hex(
        '0404aaec73635726f213fb8a9e64da3b8632e41495a944d0045b522eba7240fad587d9315798aaa3a5ba01775787ced0',
        '5eaaf7b4e09fc81d6d1aa546e8365d525d',
      ),
    },
    message: hex('4d7367'),
    signature: hex(
      '30450220530bd6b0c9af2d69ba897f6b5fb59695cfbf33afe66dbadcf5b8d2a2a6538e23022100d85e489cb7a161fd55',
      'ededcedbf4cc0c0987e3e3f0f242cae934c72caa3f43e9',
    ),
    pair: {
      kind: 'ec',
      curve: 'P-256',
      secret: hex('0612465c89a023ab17855b0a6bcebfd3febb53aef84138647b5352e02c10c346'),
      point: hex(
        '04b59cc7671dd6a6b836e2cd9396ef5618b2ff3e8192dd7c9d36c27cb56ff916614826d9dbd5ae64cdd8575068bbc9e6',
        '3f231ea57ed03248844c09331b95392053',
      ),
    },
  },
  {
    name: 'ecdsa_secp384r1_sha384',
    key: {
      kind: 'ec',
      curve: 'P-384',
      point: hex(
        '0429bdb76d5fa741bfd70233cb3a66cc7d44beb3b0663d92a8136650478bcefb61ef182e155a54345a5e8e5e88f064e5',
        'bc9a525ab7f764dad3dae1468c2b419f3b62b9ba917d5e8c4fb1ec47404a3fc76474b2713081be9db4c00e043ada9fc4',
        'a3',
      ),
    },
    message: hex('4d7367'),
    signature: hex(
      '3066023100d7143a836608b25599a7f28dec6635494c2992ad1e2bbeecb7ef601a9c01746e710ce0d9c48accb38a79ed',
      'e5b9638f3402310080f9e165e8c61035bf8aa7b5533960e46dd0e211c904a064edb6de41f797c0eae4e327612ee3f816',
      'f4157272bb4fabc9',
    ),
    pair: {
      kind: 'ec',
      curve: 'P-384',
      secret: hex(
        '766e61425b2da9f846c09fc3564b93a6f8603b7392c785165bf20da948c49fd1fb1dee4edd64356b9f21c588b75dfd81',
      ),
      point: hex(
        '047a6ec8d311d5ca588baed41be3e98f30c9294844ecbb629995653635dbc22da2f083f29711e0f9c5963bc021bd8cb2',
        '109daf56a55f883a7200cea9c4de44488e6dc49fb9c394f51cb5a49fc69d7e8a034792963ae4eabc63483a2cf1a899e8',
        'c8',
      ),
    },
  },
  {
    name: 'ecdsa_secp521r1_sha512',
    key: {
      kind: 'ec',
      curve: 'P-521',
      point: hex(
        '04012a908bfc5b70e17bdfae74294994808bf2a42dab59af8b0523a026d640a2a3d6d344520b62177e2cfa339ca42fb0',
        '883ec425904fbda2833a3b5b0a9a00811365d8012333d532f8f8eb1a623c378a3694651192bbda833e3b8d7b8f90b2bf',
        'c9b045f8a55e1b6a5fe1512c400c4bc9c86fd7c699d642f5cee9bb827c8b0abc0da01cef1e',
      ),
    },
    message: hex('4d7367'),
    signature: hex(
      '30818602415adc833cbc1d6141ced457bab2b01b0814054d7a28fa8bb2925d1e7525b7cf7d5c938a17abfb33426dcc05',
      'ce8d44db02f53a75ea04017dca51e1fbb14ce3311b1402415f69b2a6de129147a8437b79c72315d35173d88c2d611908',
      '5c90dae8ec05c55e067e7dfa4f681035e3dccab099291c0ecf4428332a9cb0736d16e79111ac76d766',
    ),
    pair: {
      kind: 'ec',
      curve: 'P-521',
      secret: hex(
        '01939982b529596ce77a94bc6efd03e92c21a849eb4f87b8f619d506efc9bb22e7c61640c90d598f795b64566dc6df43',
        '992ae34a1341d458574440a7371f611c7dcd',
      ),
      point: hex(
        '0401fac84b38d732daccfcefaad9a178e3d04f2c30e19c4925d112e88235c10c088036d4d1ea2528f5e02003da703533',
        '170489c6576d6e1e4d0fc73eec126ca55acd84000904b6199d2f6e890a654be20c9e65a40ad120157043881822fc52df',
        '4120e4563a7cd5905c01678d65e845eae9c653e303f79c523910551d212fbd7c25e2d13449',
      ),
    },
  },
  {
    name: 'ed25519',
    key: { kind: 'ed25519', key: hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c') },
    message: hex('72'),
    signature: hex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c',
      '387b2eaeb4302aeeb00d291612bb0c00',
    ),
    pair: {
      kind: 'ed25519',
      secret: hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'),
      point: hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'),
    },
  },
];
export const RSA_ANSWER: RsaAnswer = {
  modulus: hex(
    'b1a8f5fa0df770a1c72683b12807c2aba11dc9b82e53eba3c9f1d8d1a9e53667b3e83b9d88a8b9b20fbc4c566edad3a0',
    '1f93b1c148770016bca3b41754daa21ffa7ba5422227ceb181df97a3480c6089654fcac64e703ae63b3121b719bab7a9',
    '9e31da08d51db59d72ff239662a17b819dd7d36335559cd9fac9f55f6e9946ea0c295c336e305653fa8d4412f4be1a3b',
    'a2d7f49f12330e0f565da7646b4d4742379ac5eea4d3b389cbecb06da24a5effb6a6022a2e9c83d2d903142ead1cd8ea',
    'ee45fb4e38280864972cce457bcae955a5f41fb66dac36deaf8c6150cb8651af6897d0be95fa5c09cb67b4854a1b5701',
    'eae7f8938646c4511c9e88fca0ea6cb3',
  ),
  exponent: hex('010001'),
  prime1: hex(
    'da1b8131b2c6b9e7c4ade8a61c3de537c237f5d865449b7174ed4b3f3a499dc97e63690b176dcb9dee124251cf6ce9b1',
    'd703addbea7794ddd0fc42a26206d7ac7a81e151a42aa1f010a138a741145b913d89a4bcb3ae4e3f53f46d090f1db546',
    'a65db7fc71c43f2427780c39c73be18936308b98eee48f6c39ae47a6a7d27215',
  ),
  prime2: hex(
    'd086868565dbf87011e326c2e7642600af9937b8e99b11c27e64884252aeacb2e59e3da59ac7de78efa5064581d3a1ee',
    'ca0498488c1c032ecd953b1005ce800b3f5e82b3df8ebd81d146d5778315526c714f9603b6b76c405f114551f07daf4b',
    '003b08864feb7a1eecdd2462eb5405988f4cc400e000a60852e5b9d16f673da7',
  ),
  pkcs1: {
    message: hex(
      '3da65370ac2a255ac7cc66d28ca8b2215e4e82ab383b287c981ef884db91ea96ca8b0d207b30cbb1e9858cc181a36e1b',
      '0a',
    ),
    signature: hex(
      '1e7bf2e98e287fc12a1eaa2a99509940ae6d267bbc3f39aa941054e5eed092d12f93c9c8fc53771d4d183ade10fdc2c2',
      'e1e6853eee5240b24ec5ec956e2096cf84be34fbed59c015e3a1dfab202deb9ad227c3b121efc7196c3214fcbb0da5ec',
      'ce99662f041dd841f21c0e20fd7635d9af63819acf27e04b00d7d3acfa8bbca6b1a82cfb3c95f4ff06a0a7695fa4b003',
      'fd134e243e87beb7cf01b4edb99382c3b8361f0f7128f2f9b786057b290d73cb91f2e3b7c464afccc9dd29f33aaaea0d',
      '399099eddf68af36f7af14b1f63134f28685924e46229ae7d8c2ed23bdb6a2e364c88320ba47c6df69732fc3f01c4744',
      'ef7593ef4d838f33315e74889c17032c',
    ),
  },
  pss: {
    message: hex(
      'b8478ebad58db49b86181c25542aa473e57afdc79fae5f9bce4084f7f4efe1c0231af5eaa9f6f88d647bef80758663ee',
      '03',
    ),
    signature: hex(
      'a28038587e4cd8c0c885d5f845a6536a42ab82e6107991155190f762c3ed36e4dff7b38d4b7c82ea71ac14a9c55d00d9',
      '96ccc950cf3b6d7021830a100a04ac9caa46c1c05c81aa0c2de24d0f06894dce59bc32bbc8cd84863694f2e29a1b6e56',
      '9be6c12f2468171039086770d993d370ae3f8bbf0c058ae7dfb3949ecdac4dedaa7c465a77fcebc6ba34e4b0541b6b73',
      '6588e5a42a0c6015c72ea46f2b8693f3891141ecfd44cfb45516ee7c11cb25316b3707f882be43ca80f60d74f800a80b',
      '633e268f95ad5602bc782d3ab601109be251dd322835d4feafff240c7292ddc3c370fb3ec60639481c84b01270ecf46f',
      '4dda5456b02ee15c6545f80a39089d39',
    ),
  },
};
