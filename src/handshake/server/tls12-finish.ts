/** The client's flight of TLS 1.2 and the end of the handshake, on the server (RFC 5246 7.4.6 to 7.4.9). */
import { EMPTY } from '../../bytes/bytes.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { CertificateVerify } from '../../message/certificate-verify.ts';
import type { Aligned } from '../../message/joiner.ts';
import type { Certificate12 } from '../../message/tls12/certificate.ts';
import type { ClientKeyExchange } from '../../message/tls12/client-key-exchange.ts';
import type { Finished12 } from '../../message/tls12/finished.ts';
import { TLSError } from '../../wire/error.ts';
import type { Effect, Step } from '../effect.ts';
import { needVerdict, readShown, shownFacts, shownKey } from '../shown.ts';
import { anonymousPeer, type PeerIdentity } from '../state.ts';
import { checkSignature12 } from '../tls12/authenticate.ts';
import { checkFinished12, closeWriting, freshKeys, masterSecretEffect, openReading } from '../tls12/keys.ts';
import type {
  ExpectClientCertificate12,
  ExpectClientCertificateVerify12,
  ExpectClientChangeCipherSpec,
  ExpectClientFinished12,
  ExpectClientKeyExchange,
  Keys12,
  ServerAgreed12,
} from '../tls12/state.ts';
import { newTicket12, storeEffects } from './tls12-session.ts';

export function onClientCertificate12(state: ExpectClientCertificate12, message: Certificate12): Step {
  const { flight } = state;
  const { config, agreed } = flight;
  const shown = readShown(config, agreed.types.client, message.certificateList, 'tls12');
  agreed.log.add(message.raw);
  if (shown === undefined && config.clientAuth === 'require' && !config.acceptUnverifiedPeer) {
    // certificate_required is TLS 1.3's; here it is handshake_failure (RFC 5246 7.4.6).
    throw new TLSError('no_client_certificate', 'the client sent no certificate', { rfc: 'RFC 5246 7.4.6' });
  }
  return {
    state: { name: 'ExpectClientKeyExchange', flight, shown },
    effects: shown === undefined ? [] : [{ kind: 'facts', facts: shownFacts(shown) }],
  };
}

export function onClientKeyExchange(state: ExpectClientKeyExchange, message: ClientKeyExchange): Step {
  const { flight, shown } = state;
  const { config, agreed, group, share } = flight;
  const premaster = share.agree(message.publicKey);
  share.wipe();
  if (premaster === undefined) {
    throw new TLSError('bad_key_share', `the client's ${group.name} share is not valid`, {
      rfc: 'RFC 8422 5.7',
    });
  }
  agreed.log.add(message.raw);
  const keys = freshKeys(agreed, premaster, 'server');
  const effects: readonly Effect[] = [masterSecretEffect(keys)];
  const server: ServerAgreed12 = { config, agreed };
  if (shown !== undefined) {
    return { state: { name: 'ExpectClientCertificateVerify12', server, keys, shown }, effects };
  }
  return awaitFinish(server, keys, anonymousPeer(config), effects);
}

export function onClientCertificateVerify12(
  state: ExpectClientCertificateVerify12,
  message: CertificateVerify,
): Step {
  const { server, keys, shown } = state;
  const { config, agreed } = server;
  const content = agreed.log.bytes();
  const scheme = checkSignature12(
    config,
    shownKey(shown),
    message.algorithm,
    content,
    message.signature,
    'CertificateVerify',
  );
  agreed.log.add(message.raw);
  return {
    state: { name: 'AwaitClientVerdict12', server, keys, shown },
    effects: [{ kind: 'facts', facts: { peerSignatureScheme: scheme } }, needVerdict(config, shown)],
  };
}

export function awaitFinish(
  server: ServerAgreed12,
  keys: Keys12,
  peer: PeerIdentity,
  effects: readonly Effect[],
): Step {
  server.agreed.log.stopKeeping();
  return {
    state: {
      name: 'ExpectClientChangeCipherSpec',
      config: server.config,
      closing: {
        agreed: server.agreed,
        keys,
        peer,
        firstFinished: EMPTY,
        resumed: false,
        ticket: EMPTY,
        ticketLifetime: 0,
      },
    },
    effects,
  };
}

export function onClientChangeCipherSpec(state: ExpectClientChangeCipherSpec, aligned: Aligned): Step {
  const { config, closing } = state;
  return {
    state: { name: 'ExpectClientFinished12', config, closing },
    effects: openReading(closing, aligned),
  };
}

/** In a full handshake the client's Finished comes first, and ours follows with the ticket before it. */
export function onClientFinished12(state: ExpectClientFinished12, message: Finished12): Step {
  const { config, closing } = state;
  const { agreed, keys } = closing;
  checkFinished12(message, closing, 'client');
  const effects: Effect[] = [];
  if (!closing.resumed) effects.push(...closingFlight(config, state));
  effects.push(...storeEffects(config, closing), { kind: 'complete' });
  return {
    state: {
      name: 'ServerOpen12',
      suite: agreed.suite,
      master: keys.master,
      clientRandom: agreed.clientRandom,
      serverRandom: agreed.serverRandom,
      extendedMasterSecret: agreed.extendedMasterSecret,
      firstFinished: closing.resumed ? closing.firstFinished : message.verifyData,
    },
    effects,
  };
}

function closingFlight(config: ServerConfig, state: ExpectClientFinished12): readonly Effect[] {
  const { agreed, keys, peer } = state.closing;
  const effects: Effect[] = [];
  if (agreed.ticketPromised) {
    const ticket = newTicket12(config, agreed, keys, peer, config.now());
    agreed.log.add(ticket);
    effects.push({ kind: 'send', message: ticket });
  }
  effects.push(...closeWriting(agreed, keys, 'server').effects);
  return effects;
}
