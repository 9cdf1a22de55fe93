import type { Keys12, State12 } from './state.ts';

function wipeKeys(keys: Keys12): void {
  keys.master.wipe();
  keys.readKey.wipe();
  keys.writeKey.wipe();
}

/** Wipes every secret that the state owns. */
export function wipeState12(state: State12): void {
  switch (state.name) {
    case 'ExpectCertificate12':
    case 'ExpectStatusOrKeyExchange':
    case 'ExpectServerKeyExchange':
    case 'ExpectRequestOrDone':
    case 'ExpectDone':
    case 'ExpectPskServerKeyExchange':
    case 'ExpectPskDone':
    case 'AwaitServerVerdict12':
    case 'AwaitClientCredential12':
    case 'AwaitSession12':
    case 'AwaitStaple12':
      return;
    case 'AwaitServerSignature12':
      state.share.wipe();
      return;
    case 'ExpectClientCertificate12':
    case 'ExpectClientKeyExchange':
    case 'ExpectPskClientKeyExchange':
      state.flight.share.wipe();
      return;
    case 'AwaitClientSignature12':
    case 'ExpectClientCertificateVerify12':
    case 'AwaitClientVerdict12':
      wipeKeys(state.keys);
      return;
    case 'AwaitResumedVerdict12':
    case 'ExpectNewSessionTicket12':
    case 'ExpectServerChangeCipherSpec':
    case 'ExpectServerFinished12':
    case 'ExpectClientChangeCipherSpec':
    case 'ExpectClientFinished12':
      wipeKeys(state.closing.keys);
      return;
    case 'ClientOpen12':
    case 'ServerOpen12':
      state.master.wipe();
      return;
    default:
      state satisfies never;
  }
}
