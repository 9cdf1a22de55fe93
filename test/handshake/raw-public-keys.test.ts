/** Raw public keys between two ends of ours: negotiated, compared, refused (RFC 7250 4; CVE-2024-12797). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientOptions, Credential, ServerOptions } from '../../src/config/options.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import { TLSError } from '../../src/wire/error.ts';
import type { Reason } from '../../src/wire/reason.ts';
import { AlertDescription, CertificateType, ExtensionType, nameOf } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import { type End, Pair } from '../engine/pair.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { credentials } from './credentials.ts';
import { rawKey, spki } from './raw-keys.ts';

const { X509, RawPublicKey } = CertificateType;
const server = rawKey('server');
const client = rawKey('client');
const TRUSTS = { trustedPublicKeys: [spki('server')] } as const;

function end(error: unknown, reason: Reason): TLSError {
  assert.ok(error instanceof TLSError, `accepted: ${String(error)}`);
  assert.equal(error.reason, reason, error.message);
  return error;
}

/** One end refuses, and the other learns of it by this alert and no other way. */
function assertFailed(by: End, other: End, reason: Reason, alert: keyof typeof AlertDescription): TLSError {
  const error = end(by.error, reason);
  assert.equal(nameOf(AlertDescription, end(other.error, 'alert_received').alert ?? -1), alert);
  for (const { tested } of [by, other]) {
    assert.equal(tested.connection.phase, 'failed');
    assert.ok(!tested.kinds.includes('secure'), 'it never said that it was secure');
  }
  return error;
}

function assertOpen({ client: one, server: two }: Pair): void {
  for (const { error, tested } of [one, two]) {
    if (error !== undefined) throw error;
    assert.equal(tested.connection.phase, 'open');
  }
}

function assertKey(at: End, expected: Credential): void {
  const { info } = at.tested.connection;
  assert.deepEqual(info.peerRawPublicKey?.raw, expected.rawPublicKey?.raw);
  assert.deepEqual(info.peerCertificates, []);
  assert.equal(info.peerVerdict?.verified, true);
}

for (const [version, only] of [
  ['TLS 1.3', ONLY13],
  ['TLS 1.2', ONLY12],
] as const) {
  const pair = (one: Partial<ClientOptions>, two: Partial<ServerOptions>): Pair =>
    new Pair({ ...only, ...one }, { ...only, ...two }).pump();
  const raw = (one: Partial<ClientOptions> = {}): Pair =>
    pair({ ...TRUSTS, ...one }, { credentials: [server] });
  const mutual = (one: Partial<ClientOptions>, two: Partial<ServerOptions>): Pair =>
    pair({ ...TRUSTS, ...one }, { credentials: [server], clientAuth: 'require', ...two });

  describe(`${version}: a server's raw key`, () => {
    test('is taken where it is trusted, and told', () => {
      const at = raw();
      assertOpen(at);
      assertKey(at.client, server);
      assert.equal(at.server.tested.connection.info.localCredential?.rawPublicKey, server.rawPublicKey);
    });

    test('may be trusted by its digest, and be one of several', () => {
      const sha = { sha256: sha256.digest(spki('server')) };
      assertOpen(raw({ trustedPublicKeys: [spki('other'), sha] }));
    });

    test('needs no name and no anchor', () => {
      assertOpen(raw({ serverName: undefined, trust: TrustStore.fromCertificates([]) }));
    });

    for (const kind of ['ecdsa-p256', 'rsa-2048'] as const) {
      test(`may be ${kind}`, () => {
        const credential = rawKey(kind, kind);
        const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
        const at = pair(
          { trustedPublicKeys: [credential.rawPublicKey.raw], groups },
          { credentials: [credential], groups },
        );
        assertOpen(at);
        assertKey(at.client, credential);
      });
    }

    for (const [name, options] of [
      ['another key is trusted', {}],
      ['whatever else is accepted', { dangerousAcceptUnverifiedPeer: true }],
      ['certificates are taken too', { peerCertificateTypes: [X509, RawPublicKey] }],
    ] as const) {
      test(`ends the handshake where ${name}`, () => {
        const at = pair({ trustedPublicKeys: [spki('other')], ...options }, { credentials: [server] });
        assertFailed(at.client, at.server, 'untrusted_public_key', 'certificate_unknown');
      });
    }

    test('a digest that is one bit off is another key', () => {
      const digest = sha256.digest(spki('server'));
      digest[31] = (digest[31] ?? 0) ^ 1;
      const at = raw({ trustedPublicKeys: [{ sha256: digest }] });
      assertFailed(at.client, at.server, 'untrusted_public_key', 'certificate_unknown');
    });

    test('is never shown to a client that does not ask for one', () => {
      const at = pair({}, { credentials: [server] });
      assertFailed(at.server, at.client, 'no_common_certificate_type', 'handshake_failure');
      const both = pair({}, { credentials: [server, credentials.server()] });
      assertOpen(both);
      assert.equal(both.client.tested.connection.info.peerRawPublicKey, undefined);
      assert.equal(both.client.tested.connection.info.peerCertificates.length, 1);
    });

    test('the first of its credentials that the client takes is shown', () => {
      const types = [X509, RawPublicKey] as const;
      const shown = (
        list: readonly Credential[],
        peerCertificateTypes: readonly CertificateType[],
      ): unknown => {
        const at = pair({ ...TRUSTS, peerCertificateTypes }, { credentials: list });
        assertOpen(at);
        return at.client.tested.connection.info.peerRawPublicKey !== undefined;
      };
      assert.equal(shown([server, credentials.server()], types), true);
      assert.equal(shown([credentials.server(), server], types), false);
      assert.equal(shown([credentials.server(), server], [RawPublicKey]), true);
    });

    test('a client that takes raw keys alone gets no certificate', () => {
      const at = pair(TRUSTS, { credentials: [credentials.server()] });
      assertFailed(at.server, at.client, 'unsupported_certificate_type', 'unsupported_certificate');
    });

    test('a server that knows nothing of raw keys is refused: its silence means X.509', () => {
      const at = pair(
        {
          ...TRUSTS,
          shapeClientHello: (fields) => ({
            ...fields,
            extensions: fields.extensions.filter(
              ({ type }) => type !== ExtensionType.server_certificate_type,
            ),
          }),
        },
        { credentials: [credentials.server()] },
      );
      assertFailed(at.client, at.server, 'unsupported_certificate_type', 'unsupported_certificate');
    });

    test('an OCSP response is neither asked for nor sent beside it', () => {
      const at = pair({ ...TRUSTS, requestOcsp: true }, { credentials: [server], delegate: ['staple'] });
      assertOpen(at);
      assert.ok(!at.server.tested.kinds.includes('need'));
    });
  });

  describe(`${version}: a client's raw key`, () => {
    test('is taken where it is trusted, and told', () => {
      const at = mutual({ credentials: [client] }, { trustedPublicKeys: [spki('client')] });
      assertOpen(at);
      assertKey(at.server, client);
      assertKey(at.client, server);
    });

    for (const [name, options] of [
      ['one is required', {}],
      ['one is only asked for', { clientAuth: 'request' }],
      ['whatever else is accepted', { dangerousAcceptUnverifiedPeer: true }],
    ] as const) {
      test(`ends the handshake where it is not trusted: ${name}`, () => {
        const at = mutual({ credentials: [client] }, { trustedPublicKeys: [spki('other')], ...options });
        end(at.server.error, 'untrusted_public_key');
        const alert = end(at.client.error, 'alert_received').alert ?? -1;
        assert.equal(nameOf(AlertDescription, alert), 'certificate_unknown');
        assert.ok(!at.server.tested.kinds.includes('secure'));
      });
    }

    test('the kind that is asked for is shown, in the order of the server', () => {
      const list = [client, credentials.client()];
      const shown = (peerCertificateTypes: readonly CertificateType[]): boolean => {
        const at = mutual(
          { credentials: list },
          { trustedPublicKeys: [spki('client')], peerCertificateTypes },
        );
        assertOpen(at);
        return at.server.tested.connection.info.peerRawPublicKey !== undefined;
      };
      assert.equal(shown([RawPublicKey, X509]), true);
      assert.equal(shown([X509, RawPublicKey]), false);
    });

    test('a client with nothing else is refused by a server that takes certificates', () => {
      const at = mutual({ credentials: [client] }, {});
      assertFailed(at.server, at.client, 'unsupported_certificate_type', 'unsupported_certificate');
    });

    test('and so is one with certificates alone by a server that takes raw keys', () => {
      const at = mutual({ credentials: [credentials.client()] }, { trustedPublicKeys: [spki('client')] });
      assertFailed(at.server, at.client, 'unsupported_certificate_type', 'unsupported_certificate');
    });

    test('one that is announced and not there goes on without, unless it is required', () => {
      const announces = { clientCertificateTypes: [RawPublicKey] };
      const trusts = { trustedPublicKeys: [spki('client')] };
      const asked = mutual(announces, { ...trusts, clientAuth: 'request' });
      assertOpen(asked);
      assert.equal(asked.server.tested.connection.info.peerVerdict, undefined);
      const required = mutual(announces, trusts);
      const reason = only === ONLY13 ? 'certificate_required' : 'no_client_certificate';
      end(required.server.error, reason);
    });

    test('is announced only where there is one, and never answered by a server that asks for none', () => {
      const seen: number[] = [];
      const shapeClientHello: ClientOptions['shapeClientHello'] = (fields) => {
        seen.push(...fields.extensions.map(({ type }) => type));
        return fields;
      };
      assertOpen(pair({ shapeClientHello, credentials: [credentials.client()] }, {}));
      const { client_certificate_type, server_certificate_type } = ExtensionType;
      assert.ok(!seen.includes(client_certificate_type) && !seen.includes(server_certificate_type));
      assertOpen(pair({ shapeClientHello, credentials: [client] }, { clientAuth: 'none' }));
      assert.ok(seen.includes(client_certificate_type));
    });

    test('a delegated choice of another kind than was agreed on is refused', () => {
      const at = new Pair(
        { ...only, ...TRUSTS, credentials: [client], delegate: ['select_client_credential'] },
        { ...only, credentials: [server], clientAuth: 'request', trustedPublicKeys: [spki('client')] },
      );
      at.client.tested.react = (event, connection) => {
        if (event.kind !== 'need' || event.need.kind !== 'select_client_credential') return;
        assert.equal(event.need.certificateType, RawPublicKey);
        assert.equal(event.need.builtin(), client);
        const credential = credentials.client();
        connection.answer(event.id, { kind: 'select_client_credential', credential });
      };
      at.pump();
      assertFailed(at.client, at.server, 'no_common_certificate_type', 'handshake_failure');
    });
  });

  describe(`${version}: an application that judges raw keys`, () => {
    const judged = (verified: boolean, accept: boolean): Pair => {
      const at = new Pair(
        { ...only, peerCertificateTypes: [RawPublicKey], delegate: ['verify_peer'] },
        { ...only, credentials: [server] },
      );
      at.client.tested.react = (event, connection) => {
        if (event.kind !== 'need' || event.need.kind !== 'verify_peer') return;
        assert.deepEqual(event.need.rawPublicKey?.raw, spki('server'));
        assert.deepEqual(event.need.chain, []);
        assert.equal(event.need.builtin().verified, false, 'we know of no key to trust');
        const error = new TLSError('certificate_refused', 'no friend of mine');
        const verdict = verified
          ? ({ verified: true, path: [] } as const)
          : ({ verified: false, path: [], error } as const);
        connection.answer(event.id, { kind: 'verify_peer', verdict, accept });
      };
      return at.pump();
    };

    test('lets one in that it knows', () => assertOpen(judged(true, true)));
    test('keeps one out', () => {
      const at = judged(false, false);
      assertFailed(at.client, at.server, 'certificate_refused', 'bad_certificate');
    });
    test('cannot let one in that it has not verified', () => {
      const at = judged(false, true);
      assertFailed(at.client, at.server, 'certificate_refused', 'bad_certificate');
    });
  });
}

test('TLS 1.2: a raw key must go with the suite and lie on a curve that is offered', () => {
  const p256 = rawKey('ecdsa-p256', 'ecdsa-p256');
  const trusts = { ...ONLY12, trustedPublicKeys: [p256.rawPublicKey.raw] };
  const offered = new Pair(trusts, { ...ONLY12, credentials: [p256] }).pump();
  end(offered.server.error, 'no_common_signature_scheme');
  const suites = [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
  const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
  const suited = new Pair(
    { ...trusts, groups, cipherSuites: suites },
    { ...ONLY12, groups, credentials: [p256] },
  ).pump();
  end(suited.server.error, 'no_common_signature_scheme');
});
