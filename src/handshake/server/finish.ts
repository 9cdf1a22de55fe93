/** The client's certificate and Finished (RFC 8446 4.4). */
import type { ServerConfig } from '../../config/config.ts';
import type { Certificate as CertificateMessage } from '../../message/certificate.ts';
import type { CertificateVerify } from '../../message/certificate-verify.ts';
import { checkSolicited } from '../../message/extension/table.ts';
import type { Finished } from '../../message/finished.ts';
import type { Aligned } from '../../message/joiner.ts';
import { TLSError } from '../../wire/error.ts';
import { checkCertificateVerify } from '../authenticate.ts';
import { wipeEarly } from '../early-data.ts';
import type { Step } from '../effect.ts';
import { checkFinished, resumptionSecret } from '../keys13.ts';
import { needVerdict, readShown, shownFacts, shownKey } from '../shown.ts';
import { stapledFacts, stapleRequests } from '../staple.ts';
import {
  anonymousPeer,
  type ExpectClientCertificate,
  type ExpectClientCertificateVerify,
  type ExpectClientFinished,
  type ServerOpen,
} from '../state.ts';
import { ticketEffects } from './session.ts';

export function onClientCertificate(state: ExpectClientCertificate, message: CertificateMessage): Step {
  const { flight } = state;
  const { config, keys, clientType } = flight.progress;
  if (message.certificateRequestContext.length > 0) {
    throw new TLSError('bad_request_context', 'certificate_request_context is not that of the request', {
      rfc: 'RFC 8446 4.4.2',
    });
  }
  const asked = new Set<number>(stapleRequests(config).map(({ type }) => type));
  for (const entry of message.certificateList) checkSolicited(entry.extensions, asked, 'CT');
  const entries = message.certificateList.map(({ certData }) => certData);
  const shown = readShown(config, clientType, entries, 'tls13');
  keys.transcript.add(message.raw);
  if (shown === undefined) {
    refuseAnonymous(config);
    return { state: { name: 'ExpectClientFinished', flight, peer: anonymousPeer(config) }, effects: [] };
  }
  return {
    state: { name: 'ExpectClientCertificateVerify', flight, shown },
    effects: [
      { kind: 'facts', facts: { ...shownFacts(shown), ...stapledFacts(message.certificateList[0]) } },
    ],
  };
}

function refuseAnonymous(config: ServerConfig): void {
  if (config.clientAuth !== 'require' || config.acceptUnverifiedPeer) return;
  throw new TLSError('certificate_required', 'the client sent no certificate', { rfc: 'RFC 8446 4.4.2.4' });
}

export function onClientCertificateVerify(
  state: ExpectClientCertificateVerify,
  message: CertificateVerify,
): Step {
  const { flight, shown } = state;
  const { config, keys } = flight.progress;
  const scheme = checkCertificateVerify(message, 'client', shownKey(shown), keys.transcript, config);
  keys.transcript.add(message.raw);
  return {
    state: { name: 'AwaitClientVerdict', flight, shown },
    effects: [{ kind: 'facts', facts: { peerSignatureScheme: scheme } }, needVerdict(config, shown)],
  };
}

export function onClientFinished(state: ExpectClientFinished, message: Finished, aligned: Aligned): Step {
  const { flight, peer } = state;
  const { keys } = flight.progress;
  const { suite, transcript } = keys;
  checkFinished(message, keys.clientHandshakeTrafficSecret, suite, transcript);
  transcript.add(message.raw);
  keys.clientHandshakeTrafficSecret.wipe();
  wipeEarly(flight.progress.early);
  const open: ServerOpen = {
    name: 'ServerOpen',
    suite,
    readSecret: flight.clientApplicationTrafficSecret,
    writeSecret: flight.serverApplicationTrafficSecret,
    exporterMasterSecret: flight.exporterMasterSecret,
    resumptionMasterSecret: resumptionSecret(flight.main, transcript),
  };
  return {
    state: open,
    effects: [
      {
        kind: 'install_read',
        suite,
        secret: flight.clientApplicationTrafficSecret,
        epoch: 'application',
        aligned,
      },
      ...ticketEffects(flight.progress, peer, open.resumptionMasterSecret),
      // All tickets are out: nothing that the connection holds leads to their secrets any more.
      { kind: 'wipe', secret: open.resumptionMasterSecret },
      { kind: 'complete' },
    ],
  };
}
