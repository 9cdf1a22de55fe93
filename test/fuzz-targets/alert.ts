/** Alerts. */
import { equalBytes } from '../../src/bytes/bytes.ts';
import { decodeAlert, encodeAlert } from '../../src/wire/alert.ts';
import { refusedOr } from '../message/fidelity.ts';

export function fuzz(data: Buffer): void {
  const bytes = new Uint8Array(data);
  const alert = refusedOr(() => decodeAlert(bytes));
  if (alert !== undefined && !equalBytes(encodeAlert(alert), bytes)) throw new Error('an alert changed');
}
