/** Which kind of certificate each end shows (RFC 7250 4): pure functions of the two offers. */
import type { ClientConfig, ServerConfig } from '../config/config.ts';
import type { Credential } from '../config/options.ts';
import { typeOfCredential } from '../config/raw-public-key.ts';
import type { ClientHello } from '../message/client-hello.ts';
import { clientCertificateType, serverCertificateType } from '../message/extension/certificate-type.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import { TLSError } from '../wire/error.ts';
import { CertificateType, nameOf } from '../wire/registry.ts';

export interface CertificateTypes {
  readonly server: CertificateType;
  readonly client: CertificateType;
}

/** What the absence of the extensions means. */
export const X509_ALONE: CertificateTypes = Object.freeze({
  server: CertificateType.X509,
  client: CertificateType.X509,
});
const DEFAULT: readonly CertificateType[] = [CertificateType.X509];

/** The client's extensions. One who has nothing but X.509 leaves them out (RFC 7250 4.1). */
export function offeredTypes(config: ClientConfig): readonly RawExtension[] {
  const extensions: RawExtension[] = [];
  const says = (types: readonly CertificateType[]): boolean =>
    types.some((type) => type !== CertificateType.X509);
  const { clientCertificateTypes: own, peerCertificateTypes: taken } = config;
  if (says(own)) extensions.push(clientCertificateType.clientHello.encode(own));
  if (says(taken)) extensions.push(serverCertificateType.clientHello.encode(taken));
  return extensions;
}

/** The server's answer, as it stands in EncryptedExtensions or ServerHello. */
export interface TypesChosen {
  readonly clientCertificateType?: CertificateType;
  readonly serverCertificateType?: CertificateType;
}

/**
 * What the server's answer comes to. Throws TLSError `unoffered_certificate_type` (illegal_parameter) for a type that was
 * not offered, and `unsupported_certificate_type` where X.509 is what the silence means and raw keys alone are taken.
 */
export function agreedTypes(config: ClientConfig, hello: ClientHello, chosen: TypesChosen): CertificateTypes {
  const types = checkedTypes(hello, chosen);
  if (!config.peerCertificateTypes.includes(types.server)) {
    throw new TLSError(
      'unsupported_certificate_type',
      `the server shows ${nameOf(CertificateType, types.server)} certificates, which are not taken`,
      { rfc: 'RFC 7250 4.2' },
    );
  }
  return types;
}

/** The same for a handshake in which no certificate is shown. */
export function checkedTypes(hello: ClientHello, chosen: TypesChosen): CertificateTypes {
  const { known } = hello;
  return {
    server: choice(known.serverCertificateType, chosen.serverCertificateType, 'server_certificate_type'),
    client: choice(known.clientCertificateType, chosen.clientCertificateType, 'client_certificate_type'),
  };
}

function choice(
  offered: readonly CertificateType[] = DEFAULT,
  chosen: CertificateType | undefined,
  extension: string,
): CertificateType {
  if (chosen === undefined) return CertificateType.X509;
  if (offered.includes(chosen)) return chosen;
  throw new TLSError(
    'unoffered_certificate_type',
    `${extension} is ${nameOf(CertificateType, chosen)}, which was not offered`,
    { rfc: 'RFC 7250 4.2' },
  );
}

/** What a client takes from its server. */
export function takenByClient(hello: ClientHello): readonly CertificateType[] {
  return hello.known.serverCertificateType ?? DEFAULT;
}

/**
 * What a server asks its client for: the first of its own order that the client has. Throws TLSError
 * `unsupported_certificate_type` (unsupported_certificate).
 */
export function askedOfClient(config: ServerConfig, hello: ClientHello): CertificateType {
  if (config.clientAuth === 'none') return CertificateType.X509;
  const offered = hello.known.clientCertificateType ?? DEFAULT;
  const type = config.peerCertificateTypes.find((one) => offered.includes(one));
  if (type !== undefined) return type;
  const theirs = offered.map((one) => nameOf(CertificateType, one)).join(', ');
  throw new TLSError('unsupported_certificate_type', `the client has only ${theirs} to show`, {
    rfc: 'RFC 7250 4.2',
  });
}

/** Of a server that shows `credential`, and of one that asks for a certificate. */
export function typesFor(config: ServerConfig, hello: ClientHello, credential: Credential): CertificateTypes {
  return { server: typeOfCredential(credential), client: askedOfClient(config, hello) };
}

/**
 * Where a session or an external PSK stands for the certificate, the server's type is answered all the same, as that of the
 * credential it would have come to: a client that takes raw keys alone may read the silence as X.509, and give up.
 */
export function typeAnswerWithout(
  hello: ClientHello,
  credentials: readonly Credential[],
): readonly RawExtension[] {
  const { serverCertificateType: taken } = hello.known;
  const type = credentials.map(typeOfCredential).find((one) => taken?.includes(one));
  return type === undefined ? [] : [serverCertificateType.encryptedExtensions.encode(type)];
}

/**
 * The server's extensions: each answers one of the client's, and that on the client's certificate only where one is
 * asked for (RFC 7250 4.2).
 */
export function typeAnswers(
  config: ServerConfig,
  hello: ClientHello,
  types: CertificateTypes,
): readonly RawExtension[] {
  const extensions: RawExtension[] = [];
  const { clientCertificateType: theirs, serverCertificateType: taken } = hello.known;
  if (theirs !== undefined && config.clientAuth !== 'none')
    extensions.push(clientCertificateType.encryptedExtensions.encode(types.client));
  if (taken !== undefined) extensions.push(serverCertificateType.encryptedExtensions.encode(types.server));
  return extensions;
}
