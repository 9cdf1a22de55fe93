/** Ed25519: kernel and reference make the same signatures, and take the same ones. */
import { concatBytes } from '../../src/bytes/bytes.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { sha512 } from '../../src/crypto/noble/hash.ts';
import { ed25519PublicKey } from '../../src/crypto/noble/keys.ts';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import { ed25519OverKernel } from '../../src/crypto/wasm/ed25519.ts';
import { ed25519Kernel } from '../../src/crypto/wasm/ed25519-kernel.ts';
import { agree, running } from './kernel-input.ts';

const LENGTH = 32;

function piece(data: Uint8Array, from: number): Uint8Array {
  const out = new Uint8Array(LENGTH);
  out.set(data.subarray(from, from + LENGTH));
  return out;
}

/** The reference blinds; with what does not matter for the result. */
const random = (out: Uint8Array): void => void out.fill(0x5a);

/** A byte that chooses what the point is laid over: nothing, R, S or the key; a seed, a point, a message. */
export function fuzz(data: Buffer): void {
  running(ed25519Kernel.get());
  const reference = signatureAlgorithms().find((each) => each.keyKind === 'ed25519');
  if (reference === undefined) throw new Error('there is no Ed25519');
  const kernel = ed25519OverKernel(reference, sha512);
  const [choice = 0] = data;
  const [seed, point, message] = [piece(data, 1), piece(data, 33), new Uint8Array(data.subarray(65))];
  let key = ed25519PublicKey(seed, random);
  const pair = { kind: 'ed25519', seed: new Secret(seed), publicKey: key } as const;
  let signature = kernel.sign(pair, message, random);
  agree(signature, reference.sign(pair, message, random), 'signature');
  if ((choice & 3) === 1) signature = concatBytes(point, signature.subarray(LENGTH));
  if ((choice & 3) === 2) signature = concatBytes(signature.subarray(0, LENGTH), point);
  if ((choice & 3) === 3) key = point;
  const [ours, theirs] = [kernel, reference].map((each) =>
    each.verify({ kind: 'ed25519', key }, message, signature),
  );
  if (ours !== theirs) throw new Error(`the verdicts differ: ${ours}, ${theirs}`);
  if ((choice & 3) === 0 && ours !== true) throw new Error('a signature of our own is refused');
}
