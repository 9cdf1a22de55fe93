/** ServerHello of TLS 1.2 (RFC 5246 7.4.1.3). */
import { copyBytes, EMPTY } from '../../bytes/bytes.ts';
import { asciiEncode } from '../../bytes/encoding.ts';
import { credentialsFor, type ServerConfig } from '../../config/config.ts';
import type { CipherSuite12 } from '../../crypto/provider.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import { alpn } from '../../message/extension/alpn.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { ecPointFormats } from '../../message/extension/ec-point-formats.ts';
import { extendedMasterSecret } from '../../message/extension/extended-master-secret.ts';
import { renegotiationInfo } from '../../message/extension/renegotiation-info.ts';
import { serverName } from '../../message/extension/server-name.ts';
import { sessionTicket } from '../../message/extension/session-ticket.ts';
import { signedCertificateTimestamp } from '../../message/extension/signed-certificate-timestamp.ts';
import { statusRequest } from '../../message/extension/status-request.ts';
import { DOWNGRADE_TLS12, encodeServerHello } from '../../message/server-hello.ts';
import { ECPointFormat, ProtocolVersion } from '../../wire/registry.ts';
import { CipherSuite } from '../../wire/registry-crypto.ts';
import { type CertificateTypes, typeAnswers, typeAnswerWithout, X509_ALONE } from '../certificate-types.ts';
import type { Effect } from '../effect.ts';
import { negotiateAlpn, offeredProtocols } from '../negotiate.ts';
import { serverLimits } from '../record-limits.ts';
import type { Staple } from '../staple.ts';
import { MessageLog } from '../tls12/message-log.ts';
import type { Agreed12 } from '../tls12/state.ts';

const RANDOM_LENGTH = 32;

interface HelloInput {
  readonly config: ServerConfig;
  readonly hello: ClientHello;
  readonly suite: CipherSuite12;
  readonly sessionId: Uint8Array;
  readonly named: boolean;
  /** Undefined where no certificate is shown. */
  readonly staple: Staple | undefined;
  /** Undefined where no certificate is shown, nor is it a session that stands for one. */
  readonly types: CertificateTypes | 'resumed' | undefined;
}

/** ServerHello, and what both ends know by it. */
export function sayHello(input: HelloInput): { readonly agreed: Agreed12; readonly effects: Effect[] } {
  const { config, hello, suite, sessionId } = input;
  const alpnProtocol = negotiateAlpn(config.alpnProtocols, offeredProtocols(hello));
  const random = new Uint8Array(RANDOM_LENGTH);
  config.provider.random(random);
  // RFC 8446 4.1.3: a client that could TLS 1.3 learns that it was held back.
  if (config.versions.includes(ProtocolVersion.TLS13))
    random.set(DOWNGRADE_TLS12, RANDOM_LENGTH - DOWNGRADE_TLS12.length);
  const extended = hello.known.extendedMasterSecret === true;
  const ticketPromised =
    extended &&
    suite.authentication !== 'psk' &&
    hello.known.sessionTicket !== undefined &&
    config.ticketKeys !== undefined;
  const limits = serverLimits(config, hello, ProtocolVersion.TLS12);
  const extensions = [...helloExtensions(input, alpnProtocol, ticketPromised), ...limits.extensions];
  const message = encodeServerHello({
    random,
    legacySessionIdEcho: sessionId,
    cipherSuite: suite.code,
    extensions,
    extensionsPresent: extensions.length > 0,
  });
  const log = new MessageLog(suite.hash);
  log.add(hello.raw);
  log.add(message);
  const agreed: Agreed12 = {
    suite,
    clientRandom: copyBytes(hello.random),
    serverRandom: random,
    extendedMasterSecret: extended,
    log,
    serverName: hello.known.serverName,
    alpnProtocol,
    sessionId,
    ticketPromised,
    types: typeof input.types === 'object' ? input.types : X509_ALONE,
  };
  const facts = {
    version: ProtocolVersion.TLS12,
    cipherSuite: suite,
    extendedMasterSecret: extended,
    ...(alpnProtocol === undefined ? {} : { alpnProtocol }),
  };
  return {
    agreed,
    effects: [
      { kind: 'speak_tls12' },
      ...limits.effects,
      { kind: 'facts', facts },
      { kind: 'send', message },
    ],
  };
}

function answersTo({ config, hello, types }: HelloInput): readonly RawExtension[] {
  if (types === undefined) return [];
  if (types !== 'resumed') return typeAnswers(config, hello, types);
  return typeAnswerWithout(hello, credentialsFor(config, hello.known.serverName).credentials);
}

function helloExtensions(
  input: HelloInput,
  alpnProtocol: string | undefined,
  ticketPromised: boolean,
): readonly RawExtension[] {
  const { hello, named, staple } = input;
  const { known } = hello;
  const extensions: RawExtension[] = [];
  if (
    known.renegotiationInfo !== undefined ||
    hello.cipherSuites.includes(CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
  ) {
    extensions.push(renegotiationInfo.serverHello12.encode(EMPTY));
  }
  if (named && known.serverName !== undefined) extensions.push(serverName.serverHello12.encode(true));
  if (known.extendedMasterSecret === true) extensions.push(extendedMasterSecret.serverHello12.encode(true));
  if (known.ecPointFormats !== undefined) {
    extensions.push(ecPointFormats.serverHello12.encode([ECPointFormat.uncompressed]));
  }
  if (ticketPromised) extensions.push(sessionTicket.serverHello12.encode(true));
  if (staple?.ocspResponse !== undefined) extensions.push(statusRequest.serverHello12.encode(true));
  if (staple?.timestamps !== undefined) {
    extensions.push(signedCertificateTimestamp.serverHello12.encode(staple.timestamps));
  }
  extensions.push(...answersTo(input));
  if (alpnProtocol !== undefined) extensions.push(alpn.serverHello12.encode(asciiEncode(alpnProtocol)));
  return extensions;
}
