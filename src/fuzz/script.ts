/**
 * A conversation as a list of named steps. Scripts are values: each edit gives a new one, so that the right
 * handshake is written once and a test says only where it goes wrong:
 *
 *   serverHandshake().without('CertificateVerify')
 *   serverHandshake().change('ServerHello', (hello) => ({ ...hello, legacyCompressionMethod: 1 }))
 *   serverHandshake().options('EncryptedExtensions', { split: 1, record: { padding: 7 } })
 *   clientHandshake().until('Finished').append(sendAlert('close_notify'))
 *
 * Naming a step that the script does not have is an error of the test, and throws.
 */
import type { ScriptedPeer } from './peer.ts';
import type { SendOptions } from './peer-output.ts';

export interface Step {
  /** E.g. `CertificateVerify` for sending one, `expect CertificateVerify` for receiving one. */
  readonly name: string;
  /** True when done; false when bytes are missing: it is run again when there are more. */
  run(peer: ScriptedPeer): boolean;
}

/** The conversation did not go as the script says: what it wanted, and what came instead. */
export class ScriptFailure extends Error {
  override readonly name: string = 'ScriptFailure';
}

export type Change<Fields> = (fields: Fields, peer: ScriptedPeer) => Fields;

/** A handshake message that is built, changed, encoded and sent. `Name` ties the step's name to its fields. */
export class SendStep<Name extends string, Fields> implements Step {
  readonly name: Name;
  readonly #definition: SendDefinition<Fields>;
  readonly #changes: readonly Change<Fields>[];
  readonly #options: SendOptions;

  constructor(
    name: Name,
    definition: SendDefinition<Fields>,
    changes: readonly Change<Fields>[] = [],
    options: SendOptions = {},
  ) {
    this.name = name;
    this.#definition = definition;
    this.#changes = changes;
    this.#options = options;
  }

  changed(change: Change<Fields>): SendStep<Name, Fields> {
    return new SendStep(this.name, this.#definition, [...this.#changes, change], this.#options);
  }

  /** The same message from other fields, none of the peer's choosing. */
  withBuild(build: (peer: ScriptedPeer) => Fields): SendStep<Name, Fields> {
    return new SendStep(this.name, { ...this.#definition, build }, this.#changes, this.#options);
  }

  withOptions(options: SendOptions): SendStep<Name, Fields> {
    return new SendStep(this.name, this.#definition, this.#changes, { ...this.#options, ...options });
  }

  run(peer: ScriptedPeer): boolean {
    const { build, encode, before, after } = this.#definition;
    let fields = build(peer);
    for (const change of this.#changes) fields = change(fields, peer);
    const raw = encode(fields);
    const sent = this.#options.bytes?.(raw, peer) ?? raw;
    before?.(peer, fields);
    peer.sendHandshake(sent, this.#options);
    after?.(peer, fields, sent);
    return true;
  }
}

export interface SendDefinition<Fields> {
  readonly build: (peer: ScriptedPeer) => Fields;
  readonly encode: (fields: Fields) => Uint8Array;
  /** What sending it means for the peer, before it enters the transcript. */
  readonly before?: (peer: ScriptedPeer, fields: Fields) => void;
  /** And once it has been sent: new keys, what was offered. */
  readonly after?: (peer: ScriptedPeer, fields: Fields, raw: Uint8Array) => void;
}

/** A step that always gets done at once. */
export function step(name: string, run: (peer: ScriptedPeer) => void): Step {
  return {
    name,
    run: (peer) => {
      run(peer);
      return true;
    },
  };
}

export class Script<Messages = Record<never, never>> {
  readonly steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.steps = steps;
  }

  #indexOf(name: string): number {
    const index = this.steps.findIndex((each) => each.name === name);
    if (index < 0) {
      const names = this.steps.map((each) => each.name).join(', ');
      throw new RangeError(`the script has no step '${name}': it has ${names}`);
    }
    return index;
  }

  #spliced(at: number, removed: number, ...added: readonly Step[]): Script<Messages> {
    return new Script([...this.steps.slice(0, at), ...added, ...this.steps.slice(at + removed)]);
  }

  /** Leaves out the steps of these names, each of which must exist. */
  without(...names: readonly string[]): Script<Messages> {
    for (const name of names) this.#indexOf(name);
    return new Script(this.steps.filter((each) => !names.includes(each.name)));
  }

  before(name: string, ...steps: readonly Step[]): Script<Messages> {
    return this.#spliced(this.#indexOf(name), 0, ...steps);
  }

  after(name: string, ...steps: readonly Step[]): Script<Messages> {
    return this.#spliced(this.#indexOf(name) + 1, 0, ...steps);
  }

  replace(name: string, ...steps: readonly Step[]): Script<Messages> {
    return this.#spliced(this.#indexOf(name), 1, ...steps);
  }

  /** Does a step twice. A message is built anew the second time. */
  repeat(name: string): Script<Messages> {
    const index = this.#indexOf(name);
    return this.#spliced(index, 0, ...this.steps.slice(index, index + 1));
  }

  swap(one: string, other: string): Script<Messages> {
    const [a, b] = [this.#indexOf(one), this.#indexOf(other)];
    const at = (index: number): number => (index === a ? b : index === b ? a : index);
    return new Script(this.steps.flatMap((_, index) => this.steps.slice(at(index), at(index) + 1)));
  }

  /** The steps before the one named. */
  until(name: string): Script<Messages> {
    return new Script(this.steps.slice(0, this.#indexOf(name)));
  }

  /** The steps up to the one named, and it. */
  through(name: string): Script<Messages> {
    return new Script(this.steps.slice(0, this.#indexOf(name) + 1));
  }

  append(...steps: readonly Step[]): Script<Messages> {
    return new Script([...this.steps, ...steps]);
  }

  /** Changes the fields of a message before it is encoded. Lengths follow the fields; for others see `options`. */
  change<Name extends keyof Messages & string>(name: Name, change: Change<Messages[Name]>): Script<Messages> {
    const index = this.#indexOf(name);
    const found = this.steps[index];
    if (!isSendStep<Name, Messages[Name]>(found, name)) throw new RangeError(`'${name}' sends no message`);
    return this.#spliced(index, 1, found.changed(change));
  }

  /** How a message is sent: raw bytes, keys, framing, whether it is hashed. */
  options(name: keyof Messages & string, options: SendOptions): Script<Messages> {
    const index = this.#indexOf(name);
    const found = this.steps[index];
    if (!(found instanceof SendStep)) throw new RangeError(`'${name}' sends no message`);
    return this.#spliced(index, 1, found.withOptions(options));
  }
}

function isSendStep<Name extends string, Fields>(
  candidate: Step | undefined,
  name: Name,
): candidate is SendStep<Name, Fields> {
  return candidate instanceof SendStep && candidate.name === name;
}
