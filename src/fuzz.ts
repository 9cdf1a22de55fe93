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
export { RecordKeys } from './fuzz/record-keys.ts';
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
export { Transcript } from './fuzz/transcript.ts';
export { expectCertificate, expectCertificateVerify, expectFinished } from './fuzz/verify.ts';
