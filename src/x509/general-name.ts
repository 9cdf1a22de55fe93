/** GeneralName (RFC 5280 4.2.1.6) as subject alternative names, name constraints and access methods carry it. */
import { asciiDecode } from '../bytes/encoding.ts';
import { contextConstructed, contextTag, type DerReader } from './der.ts';
import { MAX_GENERAL_NAMES } from './limits.ts';
import { type Name, readName } from './name.ts';

/** Text is ASCII as it stood; addresses are bytes. Nothing here has been checked to be a sensible name. */
export type GeneralName =
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'email'; readonly value: string }
  | { readonly kind: 'uri'; readonly value: string }
  | { readonly kind: 'ip'; readonly bytes: Uint8Array }
  | { readonly kind: 'directory'; readonly name: Name }
  | { readonly kind: 'registeredId'; readonly oid: string }
  | { readonly kind: 'other'; readonly typeId: string; readonly value: Uint8Array }
  | { readonly kind: 'x400' | 'ediParty'; readonly raw: Uint8Array };

const OTHER = contextConstructed(0);
const EMAIL = contextTag(1);
const DNS = contextTag(2);
const X400 = contextConstructed(3);
const DIRECTORY = contextConstructed(4);
const EDI_PARTY = contextConstructed(5);
const URI = contextTag(6);
const IP = contextTag(7);
const REGISTERED_ID = contextTag(8);

/** `ipLengths`: 4 and 16 for an address, 8 and 32 for an address with mask (RFC 5280 4.2.1.10). */
export function readGeneralName(reader: DerReader, field: string, ipLengths: readonly number[]): GeneralName {
  switch (reader.peek()) {
    case DNS:
      return { kind: 'dns', value: ia5(reader, DNS, field) };
    case IP: {
      const bytes = reader.primitive(IP, field);
      if (!ipLengths.includes(bytes.length)) reader.fail(`an IP address of ${bytes.length} bytes`, field);
      return { kind: 'ip', bytes };
    }
    case EMAIL:
      return { kind: 'email', value: ia5(reader, EMAIL, field) };
    case URI:
      return { kind: 'uri', value: ia5(reader, URI, field) };
    case DIRECTORY: {
      // Name is a CHOICE, so the tag is explicit (X.680 31.2.7).
      const inner = reader.enter(DIRECTORY, field);
      const name = readName(inner, 'directoryName');
      inner.finish();
      return { kind: 'directory', name };
    }
    case OTHER: {
      const inner = reader.enter(OTHER, field);
      const typeId = inner.oid('type-id');
      const holder = inner.enter(contextConstructed(0), 'value');
      inner.finish();
      const value = holder.raw('value');
      holder.finish();
      return { kind: 'other', typeId, value };
    }
    case REGISTERED_ID:
      return { kind: 'registeredId', oid: reader.oid(field, REGISTERED_ID) };
    case X400:
      return { kind: 'x400', raw: reader.raw(field) };
    case EDI_PARTY:
      return { kind: 'ediParty', raw: reader.raw(field) };
    default:
      return reader.fail('no GeneralName has this tag', field);
  }
}

export const ADDRESS_LENGTHS: readonly number[] = [4, 16];
export const MASKED_ADDRESS_LENGTHS: readonly number[] = [8, 32];

/** GeneralNames: SEQUENCE SIZE (1..MAX). `sequence` is already entered. */
export function readGeneralNames(sequence: DerReader): GeneralName[] {
  if (sequence.empty) sequence.fail('must not be empty');
  const names: GeneralName[] = [];
  while (!sequence.empty) {
    if (names.length === MAX_GENERAL_NAMES) sequence.fail(`more than ${MAX_GENERAL_NAMES} names`);
    names.push(readGeneralName(sequence, 'name', ADDRESS_LENGTHS));
  }
  return names;
}

function ia5(reader: DerReader, tag: number, field: string): string {
  const text = asciiDecode(reader.primitive(tag, field));
  return text ?? reader.fail('IA5String with a byte above 7F', field);
}
