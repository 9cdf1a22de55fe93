/** What was negotiated, as the command shows it. */
import { openSslNameOf } from '../config/cipher-list.ts';
import type { ConnectionInfo } from '../engine/info.ts';
import type { PeerVerdict } from '../handshake/effect.ts';
import { visible } from '../study/visible.ts';
import { type CertificateReport, certificateLine, certificateReport } from './certificate-report.ts';
import type { Paint } from './terminal.ts';

export interface NegotiationReport {
  /** `example.com:443` */
  readonly peer: string;
  /** Where the name led. */
  readonly address?: string;
  readonly version: string | null;
  readonly cipherSuite: string | null;
  /** OpenSSL's name, where it has another than IANA: for the suites of TLS 1.2. */
  readonly cipherSuiteOpenSsl: string | null;
  readonly group: string | null;
  readonly signatureScheme: string | null;
  readonly alpnProtocol: string | null;
  readonly serverName: string | null;
  readonly helloRetryRequest: boolean;
  readonly resumed: boolean;
  /** Why a session that was given was not resumed, as far as one can tell. */
  readonly notResumed?: string;
  /** Of TLS 1.2; null in TLS 1.3, which needs none. */
  readonly extendedMasterSecret: boolean | null;
  readonly clientCertificateRequested: boolean;
  /** Subject of the certificate that we showed. */
  readonly localCertificate: string | null;
  readonly verified: boolean;
  readonly verifyError?: { readonly code: string; readonly message: string };
  /** As sent, leaf first. */
  readonly peerCertificates: readonly CertificateReport[];
  readonly provider: string;
}

function verdictPart(verdict: PeerVerdict | undefined): Pick<NegotiationReport, 'verified' | 'verifyError'> {
  if (verdict === undefined) return { verified: false };
  if (verdict.verified) return { verified: true };
  return {
    verified: false,
    verifyError: { code: verdict.error.code, message: visible(verdict.error.message) },
  };
}

export function negotiationReport(
  info: ConnectionInfo,
  peer: string,
  address: string | undefined,
  notResumed?: string,
): NegotiationReport {
  const local = info.localCredential?.chain[0];
  return {
    peer,
    ...(address === undefined ? {} : { address }),
    version: info.versionName ?? null,
    cipherSuite: info.cipherSuite?.name ?? null,
    cipherSuiteOpenSsl:
      info.cipherSuite === undefined ? null : (openSslNameOf(info.cipherSuite.code) ?? null),
    group: info.group?.name ?? null,
    signatureScheme: info.peerSignatureScheme?.name ?? null,
    alpnProtocol: info.alpnProtocol ?? null,
    serverName: info.serverName ?? null,
    helloRetryRequest: info.helloRetryRequest,
    resumed: info.resumed,
    ...(notResumed === undefined ? {} : { notResumed }),
    extendedMasterSecret: info.extendedMasterSecret ?? null,
    clientCertificateRequested: info.clientCertificateRequested,
    localCertificate: local === undefined ? null : visible(local.subject.toString()),
    ...verdictPart(info.peerVerdict),
    peerCertificates: info.peerCertificates.map(certificateReport),
    provider: info.provider,
  };
}

function verdictLine(report: NegotiationReport, paint: Paint): string {
  if (report.verified) return paint('green', 'certificate verified');
  if (report.peerCertificates.length === 0) return paint('yellow', 'no certificate');
  const why =
    report.verifyError === undefined ? '' : `: ${report.verifyError.message} [${report.verifyError.code}]`;
  return paint('red', `certificate NOT verified${why}`);
}

function suiteText({ cipherSuite, cipherSuiteOpenSsl }: NegotiationReport, paint: Paint): string | null {
  if (cipherSuite === null || cipherSuiteOpenSsl === null) return cipherSuite;
  return `${cipherSuite} ${paint('dim', `(${cipherSuiteOpenSsl})`)}`;
}

/** Some lines for a person, without the last line end. */
export function negotiationText(report: NegotiationReport, paint: Paint): string {
  const dot = paint('dim', '·');
  const facts = [report.version, suiteText(report, paint), report.group, report.signatureScheme].filter(
    (fact) => fact !== null,
  );
  const asides = [
    report.alpnProtocol === null ? undefined : `ALPN ${visible(report.alpnProtocol)}`,
    report.resumed ? 'session resumed' : undefined,
    report.notResumed === undefined ? undefined : `session not resumed: ${visible(report.notResumed)}`,
    report.extendedMasterSecret === null
      ? undefined
      : `${report.extendedMasterSecret ? '' : 'no '}extended master secret`,
    report.helloRetryRequest ? 'after a HelloRetryRequest' : undefined,
    clientAuthAside(report),
  ].filter((aside) => aside !== undefined);
  const where =
    report.address === undefined || report.peer.includes(report.address)
      ? ''
      : paint('dim', ` (${report.address})`);
  return [
    `${paint('bold', report.peer)}${where}`,
    `  ${facts.join(` ${dot} `)}`,
    ...(asides.length === 0 ? [] : [`  ${asides.join(` ${dot} `)}`]),
    `  ${verdictLine(report, paint)}`,
    ...report.peerCertificates.map((one, depth) => `    ${depth} ${certificateLine(one, paint)}`),
  ].join('\n');
}

function clientAuthAside(report: NegotiationReport): string | undefined {
  if (!report.clientCertificateRequested) return undefined;
  return report.localCertificate === null
    ? 'the server asked for a client certificate: none was sent'
    : `client certificate ${report.localCertificate}`;
}
