/** Several credentials on the wire: what is shown, what is answered, and how it ends when nothing fits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, Credential, ServerOptions } from '../../src/config/options.ts';
import type { Answer } from '../../src/handshake/effect.ts';
import type { ClientHelloFields } from '../../src/message/client-hello.ts';
import { certificateAuthorities } from '../../src/message/extension/certificate-authorities.ts';
import { signatureAlgorithmsCert } from '../../src/message/extension/signature-algorithms-cert.ts';
import { TLSError } from '../../src/wire/error.ts';
import type { Reason } from '../../src/wire/reason.ts';
import { AlertDescription, nameOf } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import { type End, Pair } from '../engine/pair.ts';
import { ticketKeys } from '../session/kit.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { credentials, issue, now, provider, SERVER_NAME, trust } from './credentials.ts';

const { ecdsa_secp256r1_sha256: P256, ed25519: ED25519 } = SignatureScheme;
const ed25519 = credentials.server();
const p256 = credentials.serverP256();
const p384 = credentials.serverP384();
const stranger = issue({ kind: 'ed25519', usage: 'serverAuth', trusted: false });
const OURS = ed25519.chain[0].issuer.raw;
const OTHERS = stranger.chain[0].issuer.raw;
const GROUPS = [NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];
/** Ed25519 signed the test's certificates: without it no chain is checked. */
const LAX = { dangerousAcceptUnverifiedPeer: true, groups: GROUPS } as const;

function asking(names: readonly Uint8Array[]): (fields: ClientHelloFields) => ClientHelloFields {
  return (fields) => ({
    ...fields,
    extensions: [...fields.extensions, certificateAuthorities.clientHello.encode(names)],
  });
}

function pair(client: Partial<ClientOptions>, server: Partial<ServerOptions>): Pair {
  return new Pair({ ...LAX, ...client }, { groups: GROUPS, ...server }).pump();
}

function assertShown(at: Pair, from: 'client' | 'server', expected: Credential | undefined): void {
  const [shower, viewer] = from === 'server' ? [at.server, at.client] : [at.client, at.server];
  for (const end of [shower, viewer]) if (end.error !== undefined) throw end.error;
  assert.equal(viewer.tested.connection.phase, 'open');
  assert.equal(shower.tested.connection.info.localCredential?.chain, expected?.chain);
  const seen = viewer.tested.connection.info.peerCertificates.map((one) => one.raw);
  assert.deepEqual(seen, expected?.chain.map((one) => one.raw) ?? []);
}

function assertFailed(end: End, other: End, reason: Reason, alert: keyof typeof AlertDescription): TLSError {
  const { error } = end;
  assert.ok(error instanceof TLSError, String(error));
  assert.equal(error.reason, reason, error.message);
  assert.ok(other.error instanceof TLSError, 'the other end learns of it');
  assert.equal(other.error.reason, 'alert_received');
  assert.equal(other.error.alert && nameOf(AlertDescription, other.error.alert), alert);
  return error;
}

for (const [version, only] of [
  ['TLS 1.3', ONLY13],
  ['TLS 1.2', ONLY12],
] as const) {
  describe(`a server of ${version}`, () => {
    test('shows the first that fits, whatever the order of suites', () => {
      const server = { ...only, credentials: [p384, p256, ed25519] };
      assertShown(pair(only, server), 'server', p384);
      assertShown(pair(only, { ...server, preferServerOrder: false }), 'server', p384);
    });

    test('passes over what the client cannot verify', () => {
      const client = { ...only, signatureSchemes: [ED25519] };
      assertShown(pair(client, { ...only, credentials: [p256, ed25519] }), 'server', ed25519);
    });

    test('ends with handshake_failure where nothing fits, and says why', () => {
      const at = pair(
        { ...only, signatureSchemes: [ED25519] },
        { ...only, credentials: [credentials.serverRsa()] },
      );
      const error = assertFailed(at.server, at.client, 'no_common_signature_scheme', 'handshake_failure');
      assert.match(error.message, /RSA 2048 bits certificate fits no signature scheme/);
    });

    test("signs as the credential's own schemes say", () => {
      const { rsa_pss_rsae_sha512: PSS512, rsa_pss_rsae_sha256: PSS256 } = SignatureScheme;
      const rsa = credentials.serverRsa();
      const own = (...signatureSchemes: readonly SignatureScheme[]): Credential => ({
        ...rsa,
        signatureSchemes,
      });
      const at = pair(only, { ...only, credentials: [own(PSS512, PSS256)] });
      assert.equal(at.client.tested.connection.info.peerSignatureScheme?.code, PSS512);
      const client = { ...only, signatureSchemes: [PSS256] };
      const narrow = pair(client, { ...only, credentials: [own(PSS512), own(PSS256)] });
      assert.equal(narrow.client.tested.connection.info.peerSignatureScheme?.code, PSS256);
      const none = pair(client, { ...only, credentials: [own(PSS512)] });
      assertFailed(none.server, none.client, 'no_common_signature_scheme', 'handshake_failure');
    });

    test('shows what is bound to an issuer only to a client that names it', () => {
      const server = { ...only, credentials: [{ ...ed25519, mustMatchIssuer: true }, p256] };
      const naming = (names: readonly Uint8Array[]): Pair =>
        pair({ ...only, shapeClientHello: asking(names) }, server);
      assertShown(naming([OTHERS, OURS]), 'server', ed25519);
      assertShown(naming([OTHERS]), 'server', p256);
      assertShown(pair(only, server), 'server', p256);
    });

    test('ends with handshake_failure where all are bound to others', () => {
      const server = { ...only, credentials: [{ ...ed25519, mustMatchIssuer: true }] };
      const at = pair({ ...only, shapeClientHello: asking([OTHERS]) }, server);
      assertFailed(at.server, at.client, 'no_matching_issuer', 'handshake_failure');
    });

    test('prefers a chain signed as signature_algorithms_cert has it', () => {
      const selfSigned = issue({ kind: 'ecdsa-p256', usage: 'serverAuth', selfSigned: true });
      const server = { ...only, credentials: [p256, selfSigned] };
      const shapeClientHello = (fields: ClientHelloFields): ClientHelloFields => ({
        ...fields,
        extensions: [...fields.extensions, signatureAlgorithmsCert.clientHello.encode([P256])],
      });
      assertShown(pair({ ...only, shapeClientHello }, server), 'server', selfSigned);
      assertShown(pair(only, server), 'server', p256);
    });

    describe('with certificates for the name', () => {
      const other = issue({ kind: 'ed25519', usage: 'serverAuth', names: ['other.test'] });
      const options = (...named: readonly Credential[]): Partial<ServerOptions> => ({
        ...only,
        credentials: [p256],
        namedCredentials: [
          { name: 'other.test', credentials: [other] },
          { name: SERVER_NAME, credentials: named },
        ],
      });

      test('shows the first of them', () => {
        assertShown(pair(only, options(p384, ed25519)), 'server', p384);
        assertShown(pair({ ...only, serverName: 'other.test' }, options(p384)), 'server', other);
      });

      test('shows a default one where none of them fits', () => {
        const client = { ...only, signatureSchemes: [P256, SignatureScheme.rsa_pss_rsae_sha256] };
        assertShown(pair(client, options(ed25519)), 'server', p256);
      });

      test('shows a default one for other names, and without a name', () => {
        assertShown(pair({ ...only, serverName: 'third.test' }, options(ed25519)), 'server', p256);
        assertShown(pair({ ...only, sendServerName: false }, options(ed25519)), 'server', p256);
      });

      test('shows the exact name before the wildcard', () => {
        const wildcard = { name: '*.test', credentials: [p384] };
        const server = options(ed25519);
        const named = [wildcard, ...(server.namedCredentials ?? [])];
        assertShown(pair(only, { ...server, namedCredentials: named }), 'server', ed25519);
        const third = { ...only, serverName: 'third.test' };
        assertShown(pair(third, { ...server, namedCredentials: named }), 'server', p384);
      });
    });

    test('takes those of a config that the application chose', () => {
      const server = new Pair({ ...LAX, ...only }, { ...only, groups: GROUPS, delegate: ['select_config'] });
      const chosen = createServerConfig({
        provider,
        now,
        ...only,
        groups: GROUPS,
        credentials: [{ ...ed25519, mustMatchIssuer: true }, p384, p256],
      });
      server.server.tested.react = (event, connection) => {
        if (event.kind === 'need') connection.answer(event.id, { kind: 'select_config', config: chosen });
      };
      assertShown(server.pump(), 'server', p384);
    });
  });

  describe(`a client of ${version}`, () => {
    const mine = credentials.client();
    const mineP256 = credentials.clientP256();
    const asked: Partial<ServerOptions> = { ...only, clientAuth: 'request' };

    test('shows the first that fits', () => {
      assertShown(pair({ ...only, credentials: [mineP256, mine] }, asked), 'client', mineP256);
      const server = { ...asked, signatureSchemes: [ED25519], credentials: [ed25519] };
      assertShown(pair({ ...only, credentials: [mineP256, mine] }, server), 'client', mine);
    });

    test('shows what is bound to an issuer only to a server that names it', () => {
      const client = { ...only, credentials: [{ ...mine, mustMatchIssuer: true }, mineP256] };
      assertShown(pair(client, asked), 'client', mine);
      const nameless = {
        ...asked,
        trust: TrustStore.fromCertificates([]),
        dangerousAcceptUnverifiedPeer: true,
      };
      assertShown(pair(client, nameless), 'client', mineP256);
    });

    const unfit: Partial<ServerOptions> = { ...asked, signatureSchemes: [ED25519], credentials: [ed25519] };

    test('goes on without one where none fits (RFC 8446 4.4.2)', () => {
      assertShown(pair({ ...only, credentials: [mineP256] }, unfit), 'client', undefined);
      assertShown(
        pair({ ...only, credentials: [mineP256], anonymousFallback: true }, unfit),
        'client',
        undefined,
      );
    });

    test('fails instead, where it is told to', () => {
      const at = pair({ ...only, credentials: [mineP256], anonymousFallback: false }, unfit);
      assertFailed(at.client, at.server, 'no_common_signature_scheme', 'handshake_failure');
    });

    test('goes on without one all the same where it has none', () => {
      assertShown(pair({ ...only, anonymousFallback: false }, unfit), 'client', undefined);
    });

    describe('whose application chooses', () => {
      const deciding = (answer: (builtin: () => Credential | undefined) => Credential | undefined): Pair => {
        const at = new Pair(
          { ...LAX, ...only, credentials: [mineP256, mine], delegate: ['select_client_credential'] },
          { groups: GROUPS, trust: trust(), ...unfit },
        );
        at.client.tested.react = (event, connection) => {
          if (event.kind !== 'need' || event.need.kind !== 'select_client_credential') return;
          const { builtin } = event.need;
          const reply: Answer = { kind: 'select_client_credential', credential: answer(builtin) };
          connection.answer(event.id, reply);
        };
        return at.pump();
      };

      test("takes the library's choice", () => {
        assertShown(
          deciding((builtin) => builtin()),
          'client',
          mine,
        );
      });

      test('may show none', () => {
        assertShown(
          deciding(() => undefined),
          'client',
          undefined,
        );
      });

      test('cannot show what the server does not take', () => {
        const at = deciding(() => mineP256);
        assertFailed(at.client, at.server, 'no_common_signature_scheme', 'handshake_failure');
      });
    });
  });
}

describe('a server of TLS 1.2', () => {
  const suites = [
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
  ];

  test('holds the order of credentials above that of suites, and suites decide what fits', () => {
    const server = { ...ONLY12, cipherSuites: suites, credentials: [p256, credentials.serverRsa()] };
    assertShown(pair(ONLY12, server), 'server', p256);
    const client = { ...ONLY12, cipherSuites: suites.slice(0, 1) };
    assertShown(pair(client, server), 'server', credentials.serverRsa());
  });

  test('passes over a curve that the client does not offer', () => {
    const client = { ...ONLY12, groups: [NamedGroup.x25519, NamedGroup.secp256r1] };
    assertShown(pair(client, { ...ONLY12, credentials: [p384, p256] }), 'server', p256);
  });

  test('answers no server_name where it resumes (RFC 6066 3)', () => {
    const server = {
      ...ONLY12,
      ticketKeys: ticketKeys(),
      namedCredentials: [{ name: SERVER_NAME, credentials: [ed25519] }],
    };
    const first = pair(ONLY12, server);
    const ticket = first.client.tested.events.find((event) => event.kind === 'ticket');
    assert.ok(ticket?.kind === 'ticket');
    const second = pair({ ...ONLY12, session: ticket.ticket }, server);
    assert.equal(second.client.tested.connection.info.resumed, true);
    const answered = (end: End): boolean => extensionTypes(end.sent).includes(0);
    assert.deepEqual([answered(first.server), answered(second.server)], [true, false]);
  });
});

test('a server of TLS 1.3 does not hold a curve against the groups that are offered', () => {
  const client = { ...ONLY13, groups: [NamedGroup.x25519] };
  assertShown(pair(client, { ...ONLY13, credentials: [p384, p256] }), 'server', p384);
});

/** Of the ServerHello that opens `flight`: 5 + 4 bytes of headers, version, random, ID, suite, compression. */
function extensionTypes(flight: Uint8Array): number[] {
  const view = new DataView(flight.buffer, flight.byteOffset);
  const types: number[] = [];
  let at = 43 + 1 + view.getUint8(43) + 3;
  const end = at + 2 + view.getUint16(at);
  for (at += 2; at < end; at += 4 + view.getUint16(at + 2)) types.push(view.getUint16(at));
  return types;
}
