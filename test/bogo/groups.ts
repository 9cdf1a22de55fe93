/** Which group a case belongs to, by its name; the first that fits. */
const GROUPS: readonly (readonly [group: string, pattern: RegExp])[] = [
  ['compliance policies', /^Compliance/],
  ['handshake hints', /-Hints?(?:-|$)|^ServerOCSPCallback.*Hint/],
  ['encrypted client hello', /ECH/],
  ['early data', /EarlyData|EarlyWrite|0RTT|Early-?Exporter|EarlyKeyingMaterial/i],
  ['delegated credentials, trust anchors, PAKE', /Delegated|TrustAnchor|PAKE|SPAKE/i],
  ['raw public keys', /RPK|RawPublicKey|CertificateType|CertTypes?-/i],
  ['pre-shared keys', /PSK/],
  [
    'application settings, channel ID, NPN, SRTP',
    /ALPS|ChannelID|Channel-?Id|NPN|SRTP|TLS-?Unique-?ChannelID/i,
  ],
  ['certificate compression', /CertCompression|CompressCert|CertificateCompression/i],
  ['renegotiation', /Renegotia/],
  ['false start', /FalseStart/],
  ['cipher suites', /^TLS-TLS1|Cipher|CBC|3DES/],
  ['signature algorithms', /^(?:Client|Server)-(?:Sign|Verify|TLS1.*Sign)|Sign|SigAlg|PSS|Hash|VerifyPref/],
  ['version negotiation', /Version|Downgrade|Fallback|NoSSL3|TLS13-?Only|ConflictingVersion/],
  ['resumption and tickets', /Resum|Ticket|Session|Resume/],
  ['key exchange', /Curve|KeyShare|Group|ECDH|X25519|MLKEM|Kyber|P-?256|HelloRetryRequest|HRR|Point/],
  ['client authentication', /ClientAuth|ClientCert|ClientCA|RequireAnyClient|SendEmptyCertificate/],
  ['certificates, OCSP and SCT', /Cert|OCSP|SCT|SignedCertificateTimestamp|Verif|KeyUsage/],
  ['extended master secret', /ExtendedMasterSecret|EMS/],
  ['ALPN and server name', /ALPN|ServerName|SNI/],
  ['extensions', /Extension|GREASE|Permute|Padding/],
  ['exporters', /Export/],
  ['key update', /KeyUpdate/],
  ['alerts and shutdown', /Alert|Shutdown|Close/],
  ['records', /Record|Fragment|Plaintext|Ciphertext|Split|Pack|Packet|Empty/],
];

export function groupOf(name: string): string {
  return GROUPS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'handshake and state machine';
}
