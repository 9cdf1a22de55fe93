/** Checks of compressed certificates left out (RFC 8879). */
import type { Mutation } from './mutation.ts';

const FILE = 'handshake/certificate-compression.ts';
const TESTS = ['test/handshake/certificate-compression'];

export const MUTATIONS_OF_COMPRESSION: readonly Mutation[] = [
  {
    name: 'compression: an algorithm that was not offered is used',
    edits: [
      {
        file: FILE,
        find: 'offered?.includes(algorithm) !== true',
        replace: 'offered?.includes(algorithm) === null',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'compression: the length announced is not limited (CVE-2025-66199)',
    edits: [
      { file: FILE, find: 'if (length > config.maxCertificateListLength) {', replace: 'if (length < 0) {' },
    ],
    tests: TESTS,
  },
  {
    name: 'compression: little may become much',
    edits: [
      {
        file: FILE,
        find: 'if (length > bytes.length * MAX_CERTIFICATE_COMPRESSION_RATIO) {',
        replace: 'if (length > bytes.length * MAX_CERTIFICATE_COMPRESSION_RATIO * 99) {',
      },
    ],
    tests: TESTS,
  },
  {
    name: 'compression: the length announced is not compared',
    edits: [{ file: FILE, find: 'if (body.length !== length) throw', replace: 'if (body.length < 0) throw' }],
    tests: TESTS,
  },
  {
    name: 'compression: the transcript takes what came out',
    edits: [
      {
        file: FILE,
        find: "return decodeCertificate(new Reader(body, 'Certificate'), message.raw);",
        replace: "return decodeCertificate(new Reader(body, 'Certificate'), body);",
      },
    ],
    tests: TESTS,
  },
];
