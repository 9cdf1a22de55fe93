/** What a connection that ends must forget. Credentials are not the connection's and are left alone. */

import { wipeEarly } from './early-data.ts';
import type { AcceptedPsk, ClientFlight, HandshakeKeys, HandshakeState, ServerFlight } from './state.ts';
import { wipeState12 } from './tls12/wipe.ts';

function wipeKeys(keys: HandshakeKeys): void {
  keys.schedule.wipe();
  keys.clientHandshakeTrafficSecret.wipe();
  keys.serverHandshakeTrafficSecret.wipe();
}

function wipeFlight(flight: ClientFlight | ServerFlight): void {
  wipeKeys(flight.progress.keys);
  wipeEarly(flight.progress.early);
  flight.main.wipe();
  flight.clientApplicationTrafficSecret.wipe();
  flight.serverApplicationTrafficSecret.wipe();
  flight.exporterMasterSecret.wipe();
}

/** Of a PSK that was going to be taken up. */
export function wipePsk(accepted: AcceptedPsk): void {
  if (accepted.kind === 'external') accepted.key.secret.wipe();
  else accepted.session.secret.wipe();
}

/** Wipes every secret that the state owns. */
export function wipeState(state: HandshakeState): void {
  switch (state.name) {
    case 'ExpectServerHello':
    case 'ExpectServerHelloAfterRetry':
      for (const share of state.offer.shares) share.secret.wipe();
      state.offer.session?.secret.wipe();
      for (const key of state.offer.externals) key.secret.wipe();
      wipeEarly(state.offer.early);
      return;
    case 'ExpectEncryptedExtensions':
      wipeKeys(state.keys);
      wipeEarly(state.early);
      return;
    case 'ExpectCertificateOrRequest':
    case 'ExpectCertificate':
    case 'ExpectCertificateVerify':
    case 'AwaitServerVerdict':
    case 'ExpectFinished':
    case 'AwaitServerSignature':
      wipeKeys(state.progress.keys);
      wipeEarly(state.progress.early);
      return;
    case 'AwaitClientCredential':
    case 'AwaitClientSignature':
    case 'ExpectClientCertificate':
    case 'ExpectClientCertificateVerify':
    case 'AwaitClientVerdict':
    case 'ExpectEndOfEarlyData':
    case 'ExpectClientFinished':
      wipeFlight(state.flight);
      return;
    case 'AwaitEarlyData':
      wipePsk(state.accepted);
      return;
    case 'ClientOpen':
    case 'ServerOpen':
      state.readSecret.wipe();
      state.writeSecret.wipe();
      state.exporterMasterSecret.wipe();
      state.resumptionMasterSecret.wipe();
      return;
    case 'ClientIdle':
    case 'ExpectClientHello':
    case 'AwaitServerConfig':
    case 'AwaitSession':
    case 'AwaitStaple':
    case 'ExpectSecondClientHello':
      return;
    default:
      wipeState12(state);
  }
}
