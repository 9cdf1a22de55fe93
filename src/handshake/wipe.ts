/** What a connection that ends must forget. Credentials are not the connection's and are left alone. */

import type { ClientFlight, HandshakeKeys, HandshakeState, ServerFlight } from './state.ts';
import { wipeState12 } from './tls12/wipe.ts';

function wipeKeys(keys: HandshakeKeys): void {
  keys.schedule.wipe();
  keys.clientHandshakeTrafficSecret.wipe();
  keys.serverHandshakeTrafficSecret.wipe();
}

function wipeFlight(flight: ClientFlight | ServerFlight): void {
  wipeKeys(flight.progress.keys);
  flight.main.wipe();
  flight.clientApplicationTrafficSecret.wipe();
  flight.serverApplicationTrafficSecret.wipe();
  flight.exporterMasterSecret.wipe();
}

/** Wipes every secret that the state owns. */
export function wipeState(state: HandshakeState): void {
  switch (state.name) {
    case 'ExpectServerHello':
    case 'ExpectServerHelloAfterRetry':
      for (const share of state.offer.shares) share.secret.wipe();
      state.offer.session?.secret.wipe();
      for (const key of state.offer.externals) key.secret.wipe();
      return;
    case 'ExpectEncryptedExtensions':
      wipeKeys(state.keys);
      return;
    case 'ExpectCertificateOrRequest':
    case 'ExpectCertificate':
    case 'ExpectCertificateVerify':
    case 'AwaitServerVerdict':
    case 'ExpectFinished':
    case 'AwaitServerSignature':
      wipeKeys(state.progress.keys);
      return;
    case 'AwaitClientCredential':
    case 'AwaitClientSignature':
    case 'ExpectClientCertificate':
    case 'ExpectClientCertificateVerify':
    case 'AwaitClientVerdict':
    case 'ExpectClientFinished':
      wipeFlight(state.flight);
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
