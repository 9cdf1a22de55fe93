/** The rules by which one of several credentials is picked, each alone: no handshake, two offers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createServerConfig, type ServerConfig } from '../../src/config/config.ts';
import type { Credential } from '../../src/config/options.ts';
import {
  noCredentialFits,
  type PeerAccepts,
  selectCredential,
} from '../../src/handshake/select-credential.ts';
import { CertificateType, ClientCertificateType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { credentials, issue, now, provider, trust } from './credentials.ts';

const { TLS12, TLS13 } = ProtocolVersion;
const { ecdsa_secp256r1_sha256: P256, ecdsa_secp384r1_sha384: P384, ed25519: ED25519 } = SignatureScheme;
const { rsa_pss_rsae_sha256: PSS256, rsa_pss_rsae_sha384: PSS384, rsa_pkcs1_sha256: PKCS1 } = SignatureScheme;

const config: ServerConfig = createServerConfig({
  provider,
  now,
  trust: trust(),
  credentials: [credentials.server()],
});
const suites = (...codes: readonly CipherSuite[]): ServerConfig['cipherSuites12'] =>
  config.cipherSuites12.filter((suite) => codes.includes(suite.code));
const ECDSA_SUITE = suites(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
const RSA_SUITE = suites(CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);

const ed25519 = credentials.server();
const p256 = credentials.serverP256();
const p384 = credentials.serverP384();
const rsa = credentials.serverRsa();
const stranger = issue({ kind: 'ed25519', usage: 'serverAuth', trusted: false });
const OURS = ed25519.chain[0].issuer.raw;
const OTHERS = stranger.chain[0].issuer.raw;
const bound = (credential: Credential): Credential => ({ ...credential, mustMatchIssuer: true });

const ALL = [P256, P384, ED25519, PSS256, PSS384, PKCS1];
const peer = (accepts: Partial<PeerAccepts>): PeerAccepts => ({
  version: TLS13,
  schemes: ALL,
  certificateSchemes: undefined,
  certificateAuthorities: [],
  takenTypes: [CertificateType.X509],
  ...accepts,
});

interface Rule {
  readonly of: readonly Credential[];
  readonly peer?: Partial<PeerAccepts>;
  /** Which of them; undefined for none. */
  readonly picks: number | undefined;
  readonly scheme?: SignatureScheme;
}

const RULES: Readonly<Record<string, Rule>> = {
  'the first, where all fit': { of: [p384, p256, ed25519], picks: 0, scheme: P384 },
  'the first, in the other order': { of: [ed25519, p256, p384], picks: 0, scheme: ED25519 },
  'none of none': { of: [], picks: undefined },

  'TLS 1.3: the one that a scheme fits': {
    of: [ed25519, p256],
    peer: { schemes: [P256, ED25519] },
    picks: 0,
  },
  'TLS 1.3: not the one that no scheme fits': { of: [ed25519, p256], peer: { schemes: [P256] }, picks: 1 },
  'TLS 1.3: a scheme of ECDSA names its curve': { of: [p384, p256], peer: { schemes: [P256] }, picks: 1 },
  'TLS 1.3: no curve fits': { of: [p384], peer: { schemes: [P256] }, picks: undefined },
  'TLS 1.3: PKCS#1 v1.5 signs no handshake': { of: [rsa, p256], peer: { schemes: [PKCS1, P256] }, picks: 1 },
  'TLS 1.3: nothing but PKCS#1 v1.5': { of: [rsa], peer: { schemes: [PKCS1] }, picks: undefined },

  'TLS 1.2: PKCS#1 v1.5 does': {
    of: [rsa],
    peer: { version: TLS12, schemes: [PKCS1], suites: RSA_SUITE },
    picks: 0,
    scheme: PKCS1,
  },
  'TLS 1.2: a scheme of ECDSA fits any curve': {
    of: [p384],
    peer: { version: TLS12, schemes: [P256], suites: ECDSA_SUITE },
    picks: 0,
    scheme: P256,
  },
  'TLS 1.2: the curve must be among the groups': {
    of: [p384, p256],
    peer: { version: TLS12, suites: ECDSA_SUITE, groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
    picks: 1,
  },
  'TLS 1.2: no curve is among the groups': {
    of: [p384, p256],
    peer: { version: TLS12, suites: ECDSA_SUITE, groups: [NamedGroup.x25519] },
    picks: undefined,
  },
  'TLS 1.2: Ed25519 has no curve in that sense': {
    of: [ed25519],
    peer: { version: TLS12, suites: ECDSA_SUITE, groups: [NamedGroup.secp256r1] },
    picks: 0,
  },
  'TLS 1.2: suites of ECDSA pass RSA over': {
    of: [rsa, p256],
    peer: { version: TLS12, suites: ECDSA_SUITE },
    picks: 1,
  },
  'TLS 1.2: suites of RSA pass ECDSA and Ed25519 over': {
    of: [p256, ed25519, rsa],
    peer: { version: TLS12, suites: RSA_SUITE },
    picks: 2,
  },
  'TLS 1.2: no suite goes with the key': {
    of: [rsa],
    peer: { version: TLS12, suites: ECDSA_SUITE },
    picks: undefined,
  },
  'TLS 1.2: no signature_algorithms': { of: [p256], peer: { version: TLS12, schemes: [] }, picks: undefined },
  'TLS 1.2: certificate_types without ecdsa_sign': {
    of: [p256, ed25519, rsa],
    peer: { version: TLS12, certificateTypes: [ClientCertificateType.rsa_sign] },
    picks: 2,
  },
  'TLS 1.2: certificate_types without rsa_sign': {
    of: [rsa, ed25519],
    peer: { version: TLS12, certificateTypes: [ClientCertificateType.ecdsa_sign] },
    picks: 1,
  },

  "a credential's own schemes: the first of them that the peer takes": {
    of: [{ ...rsa, signatureSchemes: [PSS384, PSS256] }],
    picks: 0,
    scheme: PSS384,
  },
  "a credential's own schemes: one that the peer does not take": {
    of: [
      { ...rsa, signatureSchemes: [PSS384] },
      { ...rsa, signatureSchemes: [PSS256] },
    ],
    peer: { schemes: [PSS256] },
    picks: 1,
    scheme: PSS256,
  },
  "a credential's own schemes: none that the peer takes": {
    of: [{ ...rsa, signatureSchemes: [PSS384] }],
    peer: { schemes: [PSS256] },
    picks: undefined,
  },
  "TLS 1.2: a credential's own schemes": {
    of: [
      { ...rsa, signatureSchemes: [PSS384] },
      { ...rsa, signatureSchemes: [PKCS1, PSS256] },
    ],
    peer: { version: TLS12, schemes: [PSS256, PKCS1] },
    picks: 1,
    scheme: PKCS1,
  },

  'signature_algorithms_cert: a chain signed with it is better': {
    of: [p256, selfSigned()],
    peer: { certificateSchemes: [P256] },
    picks: 1,
  },
  'signature_algorithms_cert: a chain signed otherwise is better than none (RFC 8446 4.4.2.2)': {
    of: [p256, p384],
    peer: { certificateSchemes: [P256] },
    picks: 0,
  },
  'signature_algorithms_cert: the handshake is not signed with it': {
    of: [p256],
    peer: { schemes: [ED25519], certificateSchemes: [P256, ED25519] },
    picks: undefined,
  },
  'without signature_algorithms_cert the other list is for chains too': {
    of: [p256, selfSigned()],
    peer: { schemes: [P256] },
    picks: 1,
  },

  'an issuer that the peer names is better': {
    of: [stranger, ed25519],
    peer: { certificateAuthorities: [OURS] },
    picks: 1,
  },
  'an issuer that the peer does not name is better than none': {
    of: [ed25519],
    peer: { certificateAuthorities: [OTHERS] },
    picks: 0,
  },
  'bound to its issuer, which is named': {
    of: [bound(stranger), bound(ed25519)],
    peer: { certificateAuthorities: [OURS] },
    picks: 1,
  },
  'bound to its issuer, named second': {
    of: [bound(ed25519)],
    peer: { certificateAuthorities: [OTHERS, OURS] },
    picks: 0,
  },
  'bound to its issuer, which is not named': {
    of: [bound(stranger), bound(stranger)],
    peer: { certificateAuthorities: [OURS] },
    picks: undefined,
  },
  'bound to its issuer, and no one is named': { of: [bound(ed25519), p256], picks: 1 },
  'bound to its issuer, and the fallback is of another': {
    of: [bound(ed25519), stranger],
    peer: { certificateAuthorities: [Uint8Array.of(0x30, 0)] },
    picks: 1,
  },
  'a name that only begins like the issuer': {
    of: [bound(ed25519)],
    peer: { certificateAuthorities: [OURS.subarray(0, OURS.length - 1)] },
    picks: undefined,
  },
  'an issuer further up the chain': {
    of: [bound({ chain: [...ed25519.chain, ...stranger.chain], privateKey: ed25519.privateKey })],
    peer: { certificateAuthorities: [OTHERS] },
    picks: 0,
  },
};

/** What no peer judges the signature of. */
function selfSigned(): Credential {
  return issue({ kind: 'ecdsa-p256', usage: 'serverAuth', selfSigned: true });
}

for (const [name, rule] of Object.entries(RULES)) {
  test(name, () => {
    const choice = selectCredential(rule.of, peer(rule.peer ?? {}), config);
    const picked = choice && rule.of.indexOf(choice.credential);
    assert.equal(picked, rule.picks);
    if (rule.scheme !== undefined) assert.equal(choice?.scheme.code, rule.scheme);
  });
}

describe('the error when none fits', () => {
  const error = (of: readonly Credential[], accepts: Partial<PeerAccepts>): [string, string] => {
    assert.equal(selectCredential(of, peer(accepts), config), undefined);
    const { reason, message } = noCredentialFits(of, peer(accepts), config, 'RFC 8446 4.4.2.2');
    return [reason, message];
  };

  test('says of each why it does not', () => {
    const [reason, message] = error([p384, bound(ed25519)], { schemes: [P256, ED25519] });
    assert.equal(reason, 'no_common_signature_scheme');
    assert.match(message, /EC P-384 certificate fits no signature scheme/);
    assert.match(message, /Ed25519 certificate is of no authority that is named/);
  });

  test('is about issuers where nothing else is wrong', () => {
    const [reason] = error([bound(p256), bound(ed25519)], { certificateAuthorities: [OTHERS] });
    assert.equal(reason, 'no_matching_issuer');
  });

  test('is about types where nothing else is wrong', () => {
    const [reason] = error([p256], {
      version: TLS12,
      certificateTypes: [ClientCertificateType.rsa_sign],
    });
    assert.equal(reason, 'no_common_certificate_type');
  });

  test('tells of suites and curves', () => {
    const [reason, message] = error([rsa, p384], {
      version: TLS12,
      suites: ECDSA_SUITE,
      groups: [NamedGroup.secp256r1],
    });
    assert.equal(reason, 'no_common_signature_scheme');
    assert.match(message, /RSA 2048 bits certificate goes with no common suite/);
    assert.match(message, /EC P-384 certificate lies on a curve that is not offered/);
  });
});
