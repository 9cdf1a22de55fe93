/** P-384: kernel and reference agree on points, shared secrets and verdicts; a signature is the formula's. */
import { p384 } from '@noble/curves/nist.js';
import { p384Kernel } from '../../src/crypto/wasm/p384-kernel.ts';
import { nistTarget } from './kernel-nist.ts';

export const fuzz: (data: Buffer) => void = nistTarget(p384, p384Kernel, 48);
