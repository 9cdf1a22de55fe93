/**
 * Lets jazzer.js's prebuilt fuzzer load where the C library is older than the one it was linked with (Debian 12 has
 * glibc 2.36; it wants 2.38, for two functions that differ from their elders only in reading "0b" numbers, and
 * libstdc++ 3.4.32, for a name that is never called). Changes the file given: the two functions become strtol and strtoul,
 * the never-called name and the unmet versions become weak. Does nothing to a file that needs none of it.
 *
 *   node .ci/jazzer-on-older-glibc.mjs FILE.node
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OLDER = { __isoc23_strtol: 'strtol', __isoc23_strtoul: 'strtoul' };
const NEVER_CALLED = '_ZSt21ios_base_library_initv';
const UNMET = new Set(['GLIBC_2.38', 'GLIBCXX_3.4.32']);
const BASE_VERSION = 'GLIBC_2.2.5';
const [SHT_DYNSYM, SHT_VERNEED, SHT_VERSYM] = [11, 0x6ffffffe, 0x6fffffff];
const VER_FLG_WEAK = 2;
const STB_WEAK = 2;

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: jazzer-on-older-glibc.mjs FILE.node');
const file = readFileSync(path);
if (file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01')
  throw new Error(`${path} is no 64-bit little-endian ELF file`);

const sections = Array.from({ length: file.readUInt16LE(60) }, (_, i) => {
  const at = Number(file.readBigUInt64LE(40)) + i * file.readUInt16LE(58);
  return {
    type: file.readUInt32LE(at + 4),
    offset: Number(file.readBigUInt64LE(at + 24)),
    size: Number(file.readBigUInt64LE(at + 32)),
    link: file.readUInt32LE(at + 40),
  };
});
const only = (type) => {
  const section = sections.find((each) => each.type === type);
  if (section === undefined) throw new Error(`${path} has no section of type ${type}`);
  return section;
};
const symbols = only(SHT_DYNSYM);
const versions = only(SHT_VERSYM);
const needs = only(SHT_VERNEED);
const strings = sections[symbols.link].offset;
const text = (offset) => file.toString('latin1', strings + offset, file.indexOf(0, strings + offset));

/** The index that symbols carry for the oldest version, whose functions take the place of the newer ones. */
let base;
for (let need = needs.offset, more = true; more; ) {
  for (let aux = need + file.readUInt32LE(need + 8), next = 1; next !== 0; aux += next) {
    const name = text(file.readUInt32LE(aux + 8));
    if (name === BASE_VERSION && text(file.readUInt32LE(need + 4)) === 'libc.so.6')
      base = file.readUInt16LE(aux + 6);
    if (UNMET.has(name)) file.writeUInt16LE(file.readUInt16LE(aux + 4) | VER_FLG_WEAK, aux + 4);
    next = file.readUInt32LE(aux + 12);
  }
  const step = file.readUInt32LE(need + 12);
  more = step !== 0;
  need += step;
}
if (base === undefined) throw new Error(`${path} needs no ${BASE_VERSION}`);

const ENTRY = 24;
for (let i = 0; i < symbols.size / ENTRY; i += 1) {
  const at = symbols.offset + i * ENTRY;
  const name = text(file.readUInt32LE(at));
  const older = OLDER[name];
  if (older !== undefined) {
    // The older name is the end of the newer one.
    file.writeUInt32LE(file.readUInt32LE(at) + name.length - older.length, at);
    file.writeUInt16LE(base, versions.offset + 2 * i);
  }
  if (name === NEVER_CALLED) {
    file[at + 4] = (STB_WEAK << 4) | (file[at + 4] & 15);
    file.writeUInt16LE(1, versions.offset + 2 * i);
  }
}
writeFileSync(path, file);
