/**
 * How much content goes into a record. A reader can use nothing of a record before its last byte is there. While a
 * connection is new or was idle, TCP sends a few segments and waits for word of them: a full record then takes a
 * round trip longer than its first bytes, and one lost segment delays all of it. So long writes begin with records that fit a segment
 * each, for about as much as TCP sends at first, and go on with full ones, which are cheaper to seal and to send.
 */

/** 1460 bytes of Ethernet's 1500 are TCP's over IPv4, 1440 over IPv6; 12 for timestamps, 22 for header, type and tag, and some for tunnels. */
const SEGMENT = 1369;
/** Ten segments (RFC 6928 2), and a few that the first acknowledgements let follow. */
const SLOW = 16384;
/** A write of so much leaves at once as it is: its record does not wait for another round trip, and is one record as in Node. */
const WHOLE = 4096;
/** Milliseconds after which TCP may have gone back to few segments (RFC 9293 has it after a retransmission timeout). */
const IDLE = 1000;

export class RecordSizes {
  /** Bytes of content per record; 0 for the engine's own measure. */
  limit = 0;
  readonly #dynamic: boolean;
  #sent = 0;
  #last = 0;

  /** `dynamic`: whether records begin small. */
  constructor(dynamic: boolean) {
    this.#dynamic = dynamic;
  }

  /** Of `left` bytes that are to be sent, as many as the engine is to be given now: it cuts them only where they exceed its own measure. */
  next(left: number, now: number): number {
    const size = this.#dynamic ? this.#size(left, now) : left;
    return this.limit === 0 ? size : Math.min(size, this.limit);
  }

  #size(left: number, now: number): number {
    // A clock that was set back says nothing.
    if (now - this.#last > IDLE || now < this.#last) this.#sent = 0;
    this.#last = now;
    const size = this.#sent < SLOW && left > WHOLE ? SEGMENT : left;
    this.#sent += size;
    return size;
  }
}
