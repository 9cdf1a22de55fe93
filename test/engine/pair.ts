/** Our client and our server in one process, joined by a wire that can be cut anywhere. */
import { concatBytes } from '../../src/bytes/bytes.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { type Tested, testedClient, testedServer } from '../handshake/kit.ts';

export type Cut = (bytes: Uint8Array) => readonly Uint8Array[];

/** One end: what it is, what it threw, what it put on the wire. */
export interface End {
  readonly tested: Tested;
  error: unknown;
  sent: Uint8Array;
}

export class Pair {
  readonly client: End;
  readonly server: End;
  readonly #cut: Cut;

  constructor(
    client: Partial<ClientOptions> = {},
    server: Partial<ServerOptions> = {},
    cut: Cut = (x) => [x],
  ) {
    this.client = { tested: testedClient(client), error: undefined, sent: new Uint8Array(0) };
    this.server = { tested: testedServer(server), error: undefined, sent: new Uint8Array(0) };
    this.#cut = cut;
  }

  /** Carries bytes both ways until neither end has more to say. */
  pump(): this {
    for (let busy = true; busy; ) {
      const forth = this.#carry(this.client, this.server);
      const back = this.#carry(this.server, this.client);
      busy = forth || back;
    }
    return this;
  }

  #carry(from: End, to: End): boolean {
    const bytes = from.tested.takeOutput();
    if (bytes === undefined) return false;
    from.sent = concatBytes(from.sent, bytes);
    for (const piece of this.#cut(bytes)) {
      if (to.error !== undefined) return true;
      try {
        to.tested.receive(piece);
      } catch (error) {
        to.error = error;
      }
    }
    return true;
  }

  /** Ends the transport in both directions. */
  hangUp(): void {
    for (const end of [this.client, this.server]) {
      if (end.error !== undefined) continue;
      try {
        end.tested.connection.receiveEnd();
      } catch (error) {
        end.error = error;
      }
    }
  }
}
