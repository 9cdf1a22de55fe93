/** The argument forms of net.connect: (options), (port, host), (port), (path), each with a callback at the end. */
import type { TcpSocketConnectOpts } from 'node:net';
import { invalidType } from './node-error.ts';
import { type OwnOptions, ownOptions } from './own-options.ts';

export interface ConnectArguments {
  readonly options: OwnOptions;
  readonly callback: (() => void) | undefined;
}

function isPortNumber(value: unknown): boolean {
  return (
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && Number(value) >= 0)
  );
}

/** `more`: whether an options object may follow the port, as in tls.connect(port, host, options). */
export function normalizeConnectArguments(args: readonly unknown[], more = false): ConnectArguments {
  const last = args[args.length - 1];
  const callback = typeof last === 'function' ? (last as () => void) : undefined;
  const [first, second, third] = args;
  const out: Record<string, unknown> = Object.create(null);
  if (typeof first === 'object' && first !== null) Object.assign(out, ownOptions(first));
  else if (isPortNumber(first)) {
    out['port'] = first;
    if (typeof second === 'string') out['host'] = second;
  } else if (typeof first === 'string') out['path'] = first;
  else if (first !== undefined && typeof first !== 'function') {
    throw invalidType('options', 'of type number, string or object', first);
  }
  if (more) {
    const extra = [second, third].find((value) => typeof value === 'object' && value !== null);
    if (extra !== undefined) Object.assign(out, ownOptions(extra));
  }
  return { options: out, callback };
}

/** The options for net, which checks them itself; still without a prototype. */
export function netOptions(options: OwnOptions): TcpSocketConnectOpts {
  const out: TcpSocketConnectOpts = Object.assign(Object.create(null), options);
  return out;
}
