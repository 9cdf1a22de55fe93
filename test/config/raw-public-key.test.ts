/** What options for raw public keys are refused, and which name is to blame. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, Credential } from '../../src/config/options.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { TLSError } from '../../src/wire/error.ts';
import { CertificateType } from '../../src/wire/registry.ts';
import { credentials, now, provider } from '../handshake/credentials.ts';
import { rawKey, spki } from '../handshake/raw-keys.ts';

const { X509, RawPublicKey, OpenPGP } = CertificateType;
const client = (options: Partial<ClientOptions>): ReturnType<typeof createClientConfig> =>
  createClientConfig({ provider, now, ...options });
const named = { serverName: 'a.test' };

test('no raw key is taken by default, and raw keys alone where some are trusted', () => {
  assert.deepEqual(client(named).peerCertificateTypes, [X509]);
  assert.deepEqual(client({ trustedPublicKeys: [spki('a')] }).peerCertificateTypes, [RawPublicKey]);
  const both = client({
    ...named,
    trustedPublicKeys: [spki('a')],
    peerCertificateTypes: [X509, RawPublicKey],
  });
  assert.deepEqual(both.peerCertificateTypes, [X509, RawPublicKey]);
  assert.equal(both.trustedPublicKeys[0]?.length, 32);
});

test('what a client announces is what its credentials are of, unless it says otherwise', () => {
  assert.deepEqual(client(named).clientCertificateTypes, []);
  const both = [rawKey('a'), credentials.client(), rawKey('b')];
  assert.deepEqual(client({ ...named, credentials: both }).clientCertificateTypes, [RawPublicKey, X509]);
  const said = client({ ...named, credentials: both, clientCertificateTypes: [X509] });
  assert.deepEqual(said.clientCertificateTypes, [X509]);
});

const staple = new Uint8Array(3).fill(1);
const CASES: Readonly<Record<string, readonly [Partial<ClientOptions>, RegExp]>> = {
  'raw keys without any that is trusted': [{ peerCertificateTypes: [RawPublicKey] }, /none is trusted/],
  'and not even where everything is accepted': [
    { peerCertificateTypes: [RawPublicKey], dangerousAcceptUnverifiedPeer: true },
    /none is trusted/,
  ],
  'keys that are of no use': [
    { ...named, trustedPublicKeys: [spki('a')], peerCertificateTypes: [X509] },
    /of no use/,
  ],
  'no kind at all': [{ ...named, peerCertificateTypes: [] }, /peerCertificateTypes is empty/],
  'a kind that nobody uses': [
    { ...named, peerCertificateTypes: [OpenPGP, X509] },
    /peerCertificateTypes takes/,
  ],
  'a kind that nobody knows': [
    { ...named, peerCertificateTypes: [codePoint(9)] },
    /peerCertificateTypes takes/,
  ],
  'a kind twice': [{ ...named, peerCertificateTypes: [X509, X509] }, /each once/],
  'a kind to announce that nobody uses': [
    { ...named, clientCertificateTypes: [OpenPGP] },
    /clientCertificateTypes takes/,
  ],
  'a key that is none': [{ trustedPublicKeys: [spki('a'), staple] }, /trustedPublicKeys\[1\]/],
  'a digest that is too short': [{ trustedPublicKeys: [{ sha256: new Uint8Array(20) }] }, /32 bytes/],
  'certificates to be checked without a name': [
    { trustedPublicKeys: [spki('a')], peerCertificateTypes: [X509, RawPublicKey] },
    /serverName is missing/,
  ],
  'a credential with certificates and a raw key': [
    { ...named, credentials: [{ ...credentials.client(), rawPublicKey: rawKey('a').rawPublicKey }] },
    /make it two credentials/,
  ],
  'a raw key with a staple': [
    { ...named, credentials: [{ ...rawKey('a'), ocspResponse: staple }] },
    /has a staple/,
  ],
  "a raw key with another's private key": [
    { ...named, credentials: [{ ...rawKey('a'), privateKey: rawKey('b').privateKey }] },
    /does not belong to its raw public key/,
  ],
  'a raw key that no one signs with': [
    { ...named, credentials: [{ ...rawKey('a'), privateKey: undefined } satisfies Credential] },
    /signing is not delegated/,
  ],
};

for (const [name, [options, message]] of Object.entries(CASES)) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => client(options),
      (error) =>
        error instanceof TLSError && error.reason === 'invalid_option' && message.test(error.message),
    );
  });
}

test('a server is held to the same', () => {
  const server = { provider, now, credentials: [rawKey('a')] };
  assert.equal(createServerConfig(server).credentials.length, 1);
  assert.throws(
    () => createServerConfig({ ...server, peerCertificateTypes: [RawPublicKey] }),
    /none is trusted/,
  );
  assert.throws(() => createServerConfig({ ...server, credentials: [{ chain: [], privateKey: undefined }] }));
});

test('an application that judges may take any', () => {
  assert.ok(client({ peerCertificateTypes: [RawPublicKey], delegate: ['verify_peer'] }));
});
