/** The ClientHellos, as a server reads them, and HelloRetryRequest (RFC 8446 4.1.1, 4.1.2, 4.1.4). */

import { copyBytes, EMPTY, equalBytes } from '../../bytes/bytes.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { CipherSuite13, KeyExchangeGroup } from '../../crypto/provider.ts';
import { TranscriptHash } from '../../crypto/transcript.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { cookie as cookieExtension } from '../../message/extension/cookie.ts';
import { keyShare } from '../../message/extension/key-share.ts';
import { supportedVersions } from '../../message/extension/supported-versions.ts';
import { decodeHandshake } from '../../message/handshake.ts';
import type { Aligned } from '../../message/joiner.ts';
import { encodeHelloRetryRequest } from '../../message/server-hello.ts';
import { TLSError } from '../../wire/error.ts';
import { ExtensionType, nameOf, ProtocolVersion } from '../../wire/registry.ts';
import type { Effect, Step } from '../effect.ts';
import { checkPsksKept } from '../external-psk.ts';
import { negotiateCipherSuite, negotiateGroup, negotiateVersion, offeredProtocols } from '../negotiate.ts';
import type { AwaitServerConfig, ExpectSecondClientHello } from '../state.ts';
import { skipEffect } from './early-data.ts';
import { fixedExtensions, openCookie, sealCookie } from './retry-cookie.ts';
import { decideSession } from './session.ts';
import { startServer12 } from './tls12.ts';

export function onClientHello(hello: ClientHello, aligned: Aligned): Step {
  const serverName = hello.known.serverName;
  return {
    state: { name: 'AwaitServerConfig', hello, aligned },
    effects: [
      { kind: 'open_compatibility_window' },
      {
        kind: 'facts',
        // Copied: a view would hold on to the whole hello, 64 KiB at most, for as long as the connection lives.
        facts: {
          clientRandom: copyBytes(hello.random),
          ...(serverName === undefined ? {} : { serverName }),
        },
      },
      {
        kind: 'need',
        need: {
          kind: 'select_config',
          clientHello: hello,
          serverName,
          alpnProtocols: offeredProtocols(hello) ?? [],
        },
      },
    ],
  };
}

/** What must hold of a TLS 1.3 ClientHello whatever we choose from it. */
function checkClientHello(hello: ClientHello): void {
  if (hello.legacyCompressionMethods.length !== 1 || hello.legacyCompressionMethods[0] !== 0) {
    throw new TLSError('bad_compression_method', 'ClientHello must offer the null compression method alone', {
      rfc: 'RFC 8446 4.1.2',
    });
  }
  if (hello.known.preSharedKey !== undefined && hello.known.pskKeyExchangeModes === undefined) {
    throw new TLSError('missing_extension', 'pre_shared_key without psk_key_exchange_modes', {
      rfc: 'RFC 8446 4.2.9',
    });
  }
}

/** The config is chosen: negotiate, and go on or ask for another share. */
export function onServerConfig(state: AwaitServerConfig, config: ServerConfig): Step {
  const { hello, aligned } = state;
  if (negotiateVersion(config, hello) === ProtocolVersion.TLS12) return older(config, hello, aligned);
  checkClientHello(hello);
  const { cookie: given } = hello.known;
  if (given !== undefined && config.retryCookieKeys !== undefined)
    return onCookie(config, hello, given, aligned);
  const suite = negotiateCipherSuite(config, hello);
  const choice = negotiateGroup(config, hello);
  const transcript = new TranscriptHash();
  transcript.commit(suite.hash);
  const earlyOffered = hello.known.earlyData !== undefined;
  if (choice.kind === 'share') {
    const { group, keyExchange } = choice;
    const input = { config, hello, suite, group, keyExchange, transcript, aligned, earlyOffered };
    return decideSession({ ...input, retried: false }, 0);
  }

  transcript.add(hello.raw);
  const firstHash = transcript.digest();
  transcript.replaceWithMessageHash();
  const cookie = sealCookie(config, hello, { suite, group: choice.group, firstHash });
  const message = retryMessage(config, hello, suite, choice.group, cookie);
  transcript.add(message);
  const effects: Effect[] = [
    { kind: 'facts', facts: { helloRetryRequest: true } },
    ...(earlyOffered ? [skipEffect(config)] : []),
    { kind: 'send', message },
  ];
  if (hello.legacySessionId.length > 0) effects.push({ kind: 'send_change_cipher_spec' });
  return {
    state: {
      name: 'ExpectSecondClientHello',
      config,
      firstHello: hello,
      cookie: cookieOf(message),
      suite,
      group: choice.group,
      transcript,
      earlyOffered,
    },
    effects,
  };
}

function older(config: ServerConfig, hello: ClientHello, aligned: Aligned): Step {
  const { state, effects } = startServer12(config, hello, aligned);
  if (config.earlyData === undefined) return { state, effects };
  const earlyData = { status: 'not_offered', reason: 'protocol_version' } as const;
  return { state, effects: [{ kind: 'facts', facts: { earlyData } }, ...effects] };
}

function retryMessage(
  config: ServerConfig,
  hello: ClientHello,
  suite: CipherSuite13,
  group: KeyExchangeGroup,
  cookie: Uint8Array | undefined,
): Uint8Array {
  const extensions: RawExtension[] = [
    supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
    keyShare.helloRetryRequest.encode(group.code),
  ];
  if (cookie !== undefined) extensions.push(cookieExtension.helloRetryRequest.encode(cookie));
  return encodeHelloRetryRequest({
    legacySessionIdEcho: hello.legacySessionId,
    cipherSuite: suite.code,
    extensions: config.shapeHelloRetryRequest?.(extensions) ?? extensions,
  });
}

/** A hello that answers a HelloRetryRequest sent on another connection: the transcript is made anew from its cookie. */
function onCookie(config: ServerConfig, hello: ClientHello, cookie: Uint8Array, aligned: Aligned): Step {
  const { suite, group, firstHash } = openCookie(config, hello, cookie);
  if (hello.known.earlyData !== undefined) throw changed('early_data: it must be left out');
  const transcript = new TranscriptHash();
  transcript.commit(suite.hash);
  transcript.addMessageHash(firstHash);
  transcript.add(retryMessage(config, hello, suite, group, cookie));
  const keyExchange = retriedShare(group, hello);
  const step = decideSession(
    {
      config,
      hello,
      suite,
      group,
      keyExchange,
      transcript,
      aligned,
      retried: true,
      // With the hello that was seen elsewhere, if at all.
      earlyOffered: false,
    },
    0,
  );
  return {
    state: step.state,
    effects: [{ kind: 'facts', facts: { helloRetryRequest: true } }, ...step.effects],
  };
}

/** Read back from the message itself, which a shaping hook may have changed. */
function cookieOf(message: Uint8Array): Uint8Array | undefined {
  const retry = decodeHandshake(message, 'tls13');
  return retry.kind === 'HelloRetryRequest' ? retry.known.cookie : undefined;
}

export function onSecondClientHello(
  state: ExpectSecondClientHello,
  hello: ClientHello,
  aligned: Aligned,
): Step {
  if (negotiateVersion(state.config, hello) !== ProtocolVersion.TLS13) throw changed('version');
  checkClientHello(hello);
  checkUnchanged(state.firstHello, hello, state.cookie);
  checkPsksKept(state.config, state.firstHello, hello, state.suite.hash);
  const keyExchange = retriedShare(state.group, hello);
  const { config, suite, group, transcript, earlyOffered } = state;
  const input = { config, hello, suite, group, keyExchange, transcript, aligned, earlyOffered };
  return decideSession({ ...input, retried: true }, 0);
}

function changed(what: string): TLSError {
  return new TLSError('changed_after_hello_retry_request', `the second ClientHello has another ${what}`, {
    rfc: 'RFC 8446 4.1.2',
  });
}

/** RFC 8446 4.2.8: exactly the share that was asked for. */
function retriedShare(group: KeyExchangeGroup, hello: ClientHello): Uint8Array {
  const shares = hello.known.keyShare;
  if (shares === undefined) {
    throw new TLSError('missing_extension', 'the second ClientHello has no key_share', {
      rfc: 'RFC 8446 9.2',
    });
  }
  const [share] = shares;
  if (share === undefined || shares.length !== 1 || share.group !== group.code) {
    throw new TLSError(
      'changed_after_hello_retry_request',
      `the second ClientHello must hold one share, for ${group.name}`,
      { rfc: 'RFC 8446 4.2.8' },
    );
  }
  return share.keyExchange;
}

function checkUnchanged(first: ClientHello, second: ClientHello, cookie: Uint8Array | undefined): void {
  if (first.legacyVersion !== second.legacyVersion) throw changed('legacy_version');
  if (!equalBytes(first.random, second.random)) throw changed('random');
  if (!equalBytes(first.legacySessionId, second.legacySessionId)) throw changed('legacy_session_id');
  const suites = first.cipherSuites;
  if (
    suites.length !== second.cipherSuites.length ||
    !suites.every((code, i) => code === second.cipherSuites[i])
  ) {
    throw changed('list of cipher suites');
  }
  if (second.known.earlyData !== undefined) throw changed('early_data: it must be left out');
  if (!equalBytes(second.known.cookie ?? EMPTY, cookie ?? EMPTY)) throw changed('cookie than was given');
  const before = fixedExtensions(first);
  const after = fixedExtensions(second);
  if (before.length !== after.length) throw changed('set of extensions');
  before.forEach((extension, i) => {
    const other = after[i];
    if (other === undefined || other.type !== extension.type || !equalBytes(other.data, extension.data)) {
      throw changed(`${nameOf(ExtensionType, extension.type)} extension`);
    }
  });
}
