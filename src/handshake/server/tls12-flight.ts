/** The server's first flight of TLS 1.2 where it shows a certificate (RFC 5246 7.4.2 to 7.4.5, RFC 6066 8). */
import { EMPTY } from '../../bytes/bytes.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import { encodeCertificateRequest12 } from '../../message/tls12/certificate-request.ts';
import { encodeCertificateStatus } from '../../message/tls12/certificate-status.ts';
import { encodeServerHelloDone } from '../../message/tls12/server-hello-done.ts';
import { encodeServerEcdhParams, encodeServerKeyExchange } from '../../message/tls12/server-key-exchange.ts';
import { ClientCertificateType } from '../../wire/registry.ts';
import type { Effect, Step } from '../effect.ts';
import { authorityNames } from '../negotiate.ts';
import { showing12 } from '../shown.ts';
import { asksForStatus } from '../staple.ts';
import { signedKeyExchange } from '../tls12/authenticate.ts';
import type { AwaitServerSignature12, AwaitStaple12 } from '../tls12/state.ts';
import { sayHello } from './tls12-hello.ts';

const SESSION_ID_LENGTH = 32;

/** Asks what there is to staple, where the client wants it. */
export function startFlight12(state: AwaitStaple12): Step {
  const { credential } = state.choice;
  if (!asksForStatus(state.hello) || credential.rawPublicKey !== undefined)
    return onStaple12(state, undefined);
  return { state, effects: [{ kind: 'need', need: { kind: 'staple', credential } }] };
}

/** ServerHello, Certificate and perhaps CertificateStatus; then the signature. */
export function onStaple12(state: AwaitStaple12, ocspResponse: Uint8Array | undefined): Step {
  const { config, hello, suite, group, named, types } = state;
  const { credential, scheme } = state.choice;
  const timestamps =
    hello.known.signedCertificateTimestamp === true ? credential.signedCertificateTimestamps : undefined;
  const sessionId = newSessionId(config, hello);
  const staple = { ocspResponse, timestamps };
  const { agreed, effects } = sayHello({ config, hello, suite, sessionId, named, staple, types });
  const send = (message: Uint8Array): void => {
    agreed.log.add(message);
    effects.push({ kind: 'send', message });
  };
  send(showing12(credential));
  if (ocspResponse !== undefined) send(encodeCertificateStatus({ ocspResponse }));
  const share = group.generate(config.provider.random);
  const params = encodeServerEcdhParams({ namedCurve: group.code, publicKey: share.share });
  return {
    state: {
      name: 'AwaitServerSignature12',
      server: { config, agreed },
      group,
      share,
      scheme,
      credential,
    },
    effects: [
      ...effects,
      { kind: 'facts', facts: { group, localCredential: credential, localSignatureScheme: scheme } },
      {
        kind: 'need',
        need: { kind: 'sign', credential, scheme, message: signedKeyExchange(agreed, params) },
      },
    ],
  };
}

/** An ID only where the session will be kept under it, and the client cannot take a ticket. */
function newSessionId(config: ServerConfig, hello: ClientHello): Uint8Array {
  const keeps = config.sessionCache !== undefined || config.delegate.has('lookup_session');
  const ticket = hello.known.sessionTicket !== undefined && config.ticketKeys !== undefined;
  if (!keeps || ticket || hello.known.extendedMasterSecret !== true) return EMPTY;
  const id = new Uint8Array(SESSION_ID_LENGTH);
  config.provider.random(id);
  return id;
}

/** ServerKeyExchange, perhaps CertificateRequest, ServerHelloDone. */
export function onServerSignature12(state: AwaitServerSignature12, signature: Uint8Array): Step {
  const { server, group, share, scheme } = state;
  const { config, agreed } = server;
  const effects: Effect[] = [];
  const send = (message: Uint8Array): void => {
    agreed.log.add(message);
    effects.push({ kind: 'send', message });
  };
  send(
    encodeServerKeyExchange({
      namedCurve: group.code,
      publicKey: share.share,
      algorithm: scheme.code,
      signature,
    }),
  );
  const asks = config.clientAuth !== 'none';
  if (asks) {
    effects.push({ kind: 'facts', facts: { clientCertificateRequested: true } });
    send(
      encodeCertificateRequest12({
        certificateTypes: [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign],
        signatureAlgorithms: config.signatureAlgorithms.map((one) => one.code),
        certificateAuthorities: authorityNames(config),
      }),
    );
  }
  send(encodeServerHelloDone());
  const flight = { ...server, group, share };
  return asks
    ? { state: { name: 'ExpectClientCertificate12', flight }, effects }
    : { state: { name: 'ExpectClientKeyExchange', flight, shown: undefined }, effects };
}
