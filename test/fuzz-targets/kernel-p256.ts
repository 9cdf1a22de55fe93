/** P-256: kernel and reference agree on points, shared secrets and verdicts; a signature is the formula's. */
import { p256 } from '@noble/curves/nist.js';
import { p256Kernel } from '../../src/crypto/wasm/p256-kernel.ts';
import { nistTarget } from './kernel-nist.ts';

export const fuzz: (data: Buffer) => void = nistTarget(p256, p256Kernel, 32);
