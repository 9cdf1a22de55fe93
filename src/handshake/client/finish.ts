/** The server's Finished and the client's own flight (RFC 8446 4.4). */
import type { ClientConfig } from '../../config/config.ts';
import type { Credential } from '../../config/options.ts';
import { verifyData } from '../../key-schedule/tls13.ts';
import { encodeEndOfEarlyData } from '../../message/end-of-early-data.ts';
import { encodeFinished, type Finished } from '../../message/finished.ts';
import type { Aligned } from '../../message/joiner.ts';
import { TLSError } from '../../wire/error.ts';
import { ProtocolVersion } from '../../wire/registry.ts';
import { certificateVerifyMessage, schemeFor, signedContent } from '../authenticate.ts';
import { compressed } from '../certificate-compression.ts';
import { type EarlyKeys, wipeEarly } from '../early-data.ts';
import type { Effect, Step } from '../effect.ts';
import { applicationSecretEffects, applicationSecrets, checkFinished, resumptionSecret } from '../keys13.ts';
import { showing } from '../shown.ts';
import { leafExtensions } from '../staple.ts';
import type {
  AwaitClientCredential,
  AwaitClientSignature,
  ClientFlight,
  ExpectFinished,
  HandshakeKeys,
} from '../state.ts';
import { checkType, needCredential } from './select-credential.ts';

export function onFinished(
  config: ClientConfig,
  state: ExpectFinished,
  message: Finished,
  aligned: Aligned,
): Step {
  const { progress, request, peer } = state;
  const { keys } = progress;
  checkFinished(message, keys.serverHandshakeTrafficSecret, keys.suite, keys.transcript);
  keys.transcript.add(message.raw);
  keys.serverHandshakeTrafficSecret.wipe();
  const secrets = applicationSecrets(keys);
  const flight: ClientFlight = { progress, peer, ...secrets, aligned };
  const effects: Effect[] = [...applicationSecretEffects(secrets)];
  if (request === undefined) {
    const last = finishFlight(flight);
    return { state: last.state, effects: [...effects, ...last.effects] };
  }
  return {
    state: { name: 'AwaitClientCredential', flight, request },
    effects: [
      ...effects,
      needCredential(config, {
        version: ProtocolVersion.TLS13,
        schemes: request.known.signatureAlgorithms ?? [],
        certificateSchemes: request.known.signatureAlgorithmsCert,
        certificateAuthorities: request.known.certificateAuthorities ?? [],
        takenTypes: [progress.types.client],
      }),
    ],
  };
}

/** Sends Certificate, an empty one when there is nothing to show (RFC 8446 4.4.2). */
export function onClientCredential(
  config: ClientConfig,
  state: AwaitClientCredential,
  credential: Credential | undefined,
): Step {
  const { flight, request } = state;
  const { transcript } = flight.progress.keys;
  checkType(credential, flight.progress.types.client);
  const scheme = credential && schemeFor(credential, request.known.signatureAlgorithms ?? [], config);
  if (credential !== undefined && scheme === undefined) {
    throw new TLSError(
      'no_common_signature_scheme',
      'the client certificate fits none of the schemes the server accepts',
      {
        rfc: 'RFC 8446 4.4.2.3',
      },
    );
  }
  const { statusRequest, signedCertificateTimestamp } = request.known;
  const staple = leafExtensions({
    ocspResponse: statusRequest === true ? credential?.ocspResponse : undefined,
    timestamps: signedCertificateTimestamp === true ? credential?.signedCertificateTimestamps : undefined,
  });
  const certificate = compressed(config, request.known.compressCertificate, showing(credential, staple));
  transcript.add(certificate);
  const sent: Effect = { kind: 'send', message: certificate };
  if (credential === undefined || scheme === undefined) {
    const last = finishFlight(flight);
    return { state: last.state, effects: [sent, ...last.effects] };
  }
  return {
    state: { name: 'AwaitClientSignature', flight, scheme },
    effects: [
      sent,
      { kind: 'facts', facts: { localCredential: credential, localSignatureScheme: scheme } },
      {
        kind: 'need',
        need: { kind: 'sign', credential, scheme, message: signedContent('client', transcript) },
      },
    ],
  };
}

export function onClientSignature(state: AwaitClientSignature, signature: Uint8Array): Step {
  const { flight, scheme } = state;
  const message = certificateVerifyMessage(scheme, signature);
  flight.progress.keys.transcript.add(message);
  const last = finishFlight(flight);
  return { state: last.state, effects: [{ kind: 'send', message }, ...last.effects] };
}

/** Finished, and the application keys of both directions. */
function finishFlight(flight: ClientFlight): Step {
  const { progress, main } = flight;
  const { keys, early } = progress;
  const { suite, transcript } = keys;
  const ended: Effect[] = early === undefined ? [] : endEarlyData(keys, early);
  const message = encodeFinished({
    verifyData: verifyData(suite.hash, keys.clientHandshakeTrafficSecret, transcript.digest()),
  });
  transcript.add(message);
  if (early === undefined) keys.clientHandshakeTrafficSecret.wipe();
  return {
    state: {
      name: 'ClientOpen',
      suite,
      readSecret: flight.serverApplicationTrafficSecret,
      writeSecret: flight.clientApplicationTrafficSecret,
      exporterMasterSecret: flight.exporterMasterSecret,
      resumptionMasterSecret: resumptionSecret(main, transcript),
      serverName: progress.offer.hello.known.serverName,
      alpnProtocol: progress.alpnProtocol,
      peer: flight.peer,
    },
    effects: [
      ...ended,
      { kind: 'send', message },
      {
        kind: 'install_read',
        suite,
        secret: flight.serverApplicationTrafficSecret,
        epoch: 'application',
        aligned: flight.aligned,
      },
      { kind: 'install_write', suite, secret: flight.clientApplicationTrafficSecret, epoch: 'application' },
      { kind: 'complete' },
    ],
  };
}

/** EndOfEarlyData, the last message under the early key (RFC 8446 4.5). With a PSK no certificate is asked for: Finished follows. */
function endEarlyData(keys: HandshakeKeys, early: EarlyKeys): Effect[] {
  const { suite, transcript, clientHandshakeTrafficSecret: secret } = keys;
  const message = encodeEndOfEarlyData();
  transcript.add(message);
  wipeEarly(early);
  return [
    { kind: 'end_early_data' },
    { kind: 'send', message },
    { kind: 'install_write', suite, secret, epoch: 'handshake' },
    // It has served for Finished too.
    { kind: 'wipe', secret },
  ];
}
