/** Steps that check what authenticates the other end: its certificate's signature and its Finished. */
import { equalBytes } from '../bytes/bytes.ts';
import { nameOf } from '../wire/registry.ts';
import { SignatureScheme } from '../wire/registry-crypto.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { expectMessage } from './expect.ts';
import { ScriptFailure, type Step } from './script.ts';
import { certificateVerifyInput } from './secrets.ts';

/** Keeps the certificate; its chain is not judged. */
export const expectCertificate: Step = expectMessage(
  'Certificate',
  (message, peer) => {
    peer.peerCertificate = message;
  },
  { protection: 'handshake' },
);

/** Checks the signature with the key of the certificate that came before. */
export const expectCertificateVerify: Step = expectMessage(
  'CertificateVerify',
  (message, peer) => {
    const [leaf] = peer.peerCertificate?.certificateList ?? [];
    if (leaf === undefined) throw new ScriptFailure('CertificateVerify without a certificate');
    const scheme = peer.provider.signatureAlgorithms.find((each) => each.code === message.algorithm);
    const { suite } = peer.handshakeSecrets();
    const content = certificateVerifyInput(peer.otherRole, peer.transcript.digest(suite.hash));
    const { publicKey } = parseCertificate(leaf.certData);
    if (scheme?.verify(publicKey, content, message.signature) !== true) {
      const name = nameOf(SignatureScheme, message.algorithm);
      throw new ScriptFailure(`the ${peer.otherRole}'s CertificateVerify (${name}) is wrong`);
    }
  },
  { protection: 'handshake' },
);

/** Checks verify_data; for a client, the application secrets come from the transcript up to here. */
export const expectFinished: Step = {
  name: 'expect Finished',
  run: (peer) => {
    const done = finishedOfTheOther.run(peer);
    if (done && peer.role === 'client') peer.applicationSecrets();
    return done;
  },
};

const finishedOfTheOther = expectMessage(
  'Finished',
  (message, peer) => {
    if (equalBytes(message.verifyData, peer.finishedData(peer.otherRole))) return;
    throw new ScriptFailure(`the ${peer.otherRole}'s Finished is wrong`);
  },
  { protection: 'handshake' },
);
