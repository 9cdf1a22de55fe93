/** `puretls/fuzz`: a scripted TLS peer for testers and fuzzers. It may change in minor versions. */
export {
  type ClientHandshakeOptions,
  type ClientMessages,
  clientHandshake,
  clientHello,
  expectHelloRetryRequest,
  expectServerHello,
  generateShare,
  secondClientHello,
} from './fuzz/client.ts';
export { type ConverseOptions, converse, inPieces, type Outcome, type Target } from './fuzz/converse.ts';
export {
  clientEarlyData,
  type EarlyPsk,
  earlyRecordKeys,
  endOfEarlyData,
  offeringEarlyData,
  sendEarlyData,
  serverEarlyData,
} from './fuzz/early-data.ts';
export { type ExpectOptions, expectAlert, expectData, expectItem, expectMessage } from './fuzz/expect.ts';
export {
  certificate,
  certificateVerify,
  finished,
  keyUpdate,
  keyUpdateRequest,
  newSessionTicket,
  type SigningOptions,
  signTranscript,
} from './fuzz/messages.ts';
export { type PeerCredential, type PeerOptions, ScriptedPeer } from './fuzz/peer.ts';
export type { PeerInput } from './fuzz/peer-input.ts';
export type { PeerOutput, SendOptions } from './fuzz/peer-output.ts';
export {
  binderOf,
  clientResumption,
  type OfferedPsk,
  type OfferOptions,
  offerPsks,
  serverResumption,
} from './fuzz/psk.ts';
export { insecureSeededRandom, pickBelow } from './fuzz/random.ts';
export { describeReceived, type Received, type ReceivedAlert } from './fuzz/received.ts';
export {
  craftRecord,
  type RawRecord,
  type RecordOptions,
  RecordReader,
  rawRecord,
  type Split,
  splitContent,
  splitRecords,
} from './fuzz/record.ts';
export { type OpenedRecord, type PeerKeys, RecordKeys } from './fuzz/record-keys.ts';
export {
  type Change,
  Script,
  ScriptFailure,
  type SendDefinition,
  SendStep,
  type Step,
  step,
} from './fuzz/script.ts';
export {
  type ApplicationSecrets,
  certificateVerifyInput,
  type HandshakeSecrets,
  PeerSecrets,
  type Role,
} from './fuzz/secrets.ts';
export {
  certificateRequest,
  encryptedExtensions,
  expectClientHello,
  expectSecondClientHello,
  helloRetryRequest,
  type ServerHandshakeOptions,
  type ServerMessages,
  serverHandshake,
  serverHello,
} from './fuzz/server.ts';
export {
  resend,
  sendAlert,
  sendBody,
  sendBytes,
  sendChangeCipherSpec,
  sendCloseNotify,
  sendData,
  sendMessage,
  sendRecord,
} from './fuzz/steps.ts';
export * from './fuzz/tamper.ts';
export { Agreement12, type PeerSession12 } from './fuzz/tls12/agreement.ts';
export {
  type ClientHandshake12Options,
  type ClientMessages12,
  clientHandshake12,
  clientHello12,
  clientKeyExchange,
  clientResumption12,
  expectCertificateRequest12,
  expectNewSessionTicket12,
  expectServerHello12,
  expectServerHelloDone,
  expectServerKeyExchange,
} from './fuzz/tls12/client.ts';
export {
  certificate12,
  certificateVerify12,
  changeCipherSpec12,
  finished12,
  type SigningOptions12,
  sign12,
  writeKeys12,
} from './fuzz/tls12/messages.ts';
export { RecordKeys12 } from './fuzz/tls12/record-keys.ts';
export {
  certificateRequest12,
  certificateStatus,
  expectClientHello12,
  expectClientKeyExchange,
  helloRequest,
  type KeyExchangeOptions,
  newSessionTicket12,
  type ServerHandshake12Options,
  type ServerMessages12,
  serverHandshake12,
  serverHello12,
  serverHelloDone,
  serverKeyExchange,
  serverResumption12,
  serverShare12,
  signKeyExchange,
} from './fuzz/tls12/server.ts';
export {
  expectCertificate12,
  expectCertificateVerify12,
  expectChangeCipherSpec12,
  expectFinished12,
} from './fuzz/tls12/verify.ts';
export { Transcript } from './fuzz/transcript.ts';
export { expectCertificate, expectCertificateVerify, expectFinished } from './fuzz/verify.ts';
