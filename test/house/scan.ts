/**
 * A scanner for TypeScript source that tells code from comments, strings, templates and regular expressions, so that
 * the house rules can look at code alone. It keeps every offset and line: what is not code becomes spaces.
 */

export interface Comment {
  readonly text: string;
  readonly offset: number;
}

export interface Scanned {
  /** The source with comments and the insides of strings, templates and regular expressions blanked out. */
  readonly code: string;
  readonly comments: readonly Comment[];
}

export interface ImportReference {
  readonly specifier: string;
  readonly offset: number;
  /** `import type`, `export type`: erased, but still a dependency between layers. */
  readonly typeOnly: boolean;
  readonly reExport: boolean;
}

/** A slash after one of these divides; after anything else it opens a regular expression. */
const ENDS_VALUE = /[\w$)\]}'"`]$/;
const KEYWORD_BEFORE_REGEX =
  /\b(return|typeof|case|in|of|do|else|void|delete|throw|new|instanceof|yield|await)$/;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

class Scanner {
  readonly #source: string;
  #at = 0;
  #code = '';
  readonly comments: Comment[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  scan(): Scanned {
    this.#codeUntil(undefined);
    return { code: this.#code, comments: this.comments };
  }

  /** Takes code up to the end, or up to the brace that closes a template's `${`. */
  #codeUntil(closing: '}' | undefined): void {
    let depth = 0;
    while (this.#at < this.#source.length) {
      const char = this.#source.charAt(this.#at);
      const pair = this.#source.slice(this.#at, this.#at + 2);
      if (pair === '//') this.#comment(this.#find('\n', this.#at));
      else if (pair === '/*') this.#comment(this.#find('*/', this.#at + 2) + 2);
      else if (char === "'" || char === '"') this.#quoted(char);
      else if (char === '`') this.#template();
      else if (char === '/' && this.#opensRegex()) this.#regex();
      else {
        if (char === '{') depth += 1;
        if (char === '}') {
          if (depth === 0 && closing !== undefined) return;
          depth -= 1;
        }
        this.#code += char;
        this.#at += 1;
      }
    }
  }

  #find(text: string, from: number): number {
    const found = this.#source.indexOf(text, from);
    return found === -1 ? this.#source.length : found;
  }

  #comment(end: number): void {
    const text = this.#source.slice(this.#at, end);
    this.comments.push({ text, offset: this.#at });
    this.#code += blank(text);
    this.#at += text.length;
  }

  #quoted(quote: string): void {
    let end = this.#at + 1;
    while (
      end < this.#source.length &&
      this.#source.charAt(end) !== quote &&
      this.#source.charAt(end) !== '\n'
    ) {
      end += this.#source.charAt(end) === '\\' ? 2 : 1;
    }
    this.#code += quote + blank(this.#source.slice(this.#at + 1, end)) + quote;
    this.#at = end + 1;
  }

  #template(): void {
    this.#code += '`';
    this.#at += 1;
    while (this.#at < this.#source.length) {
      const char = this.#source.charAt(this.#at);
      if (char === '`') {
        this.#code += '`';
        this.#at += 1;
        return;
      }
      if (this.#source.startsWith('${', this.#at)) {
        this.#code += '${';
        this.#at += 2;
        this.#codeUntil('}');
        this.#code += '}';
        this.#at += 1;
        continue;
      }
      const length = char === '\\' ? 2 : 1;
      this.#code += blank(this.#source.slice(this.#at, this.#at + length));
      this.#at += length;
    }
  }

  #opensRegex(): boolean {
    const before = this.#code.trimEnd();
    return !ENDS_VALUE.test(before) || KEYWORD_BEFORE_REGEX.test(before);
  }

  #regex(): void {
    let end = this.#at + 1;
    let inClass = false;
    while (end < this.#source.length) {
      const char = this.#source.charAt(end);
      if (char === '\n' || (char === '/' && !inClass)) break;
      if (char === '[') inClass = true;
      if (char === ']') inClass = false;
      end += char === '\\' ? 2 : 1;
    }
    this.#code += `/${blank(this.#source.slice(this.#at + 1, end))}/`;
    this.#at = end + 1;
  }
}

export function scan(source: string): Scanned {
  return new Scanner(source).scan();
}

export function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

const IMPORT_FORMS: readonly RegExp[] = [
  /\b(?<head>import|export)\s+(?<type>type\s+)?(?:[\w$*{}\s,]+?\s+from\s*)(?<quote>['"])/g,
  /\b(?<head>import)\s*(?<quote>['"])/g,
  /\b(?<head>import|require)\s*\(\s*(?<quote>['"])/g,
  /\b(?<head>new\s+URL)\s*\(\s*(?<quote>['"])(?= *\.ts)/g,
];

/** Every module that a file names: static, dynamic, type-only, re-exported or required. */
export function importsOf(source: string, code: string): ImportReference[] {
  const found: ImportReference[] = [];
  for (const form of IMPORT_FORMS) {
    for (const match of code.matchAll(form)) {
      const start = match.index + match[0].length;
      const quote = match.groups?.['quote'] ?? "'";
      const specifier = source.slice(start, source.indexOf(quote, start));
      found.push({
        specifier,
        offset: match.index,
        typeOnly: match.groups?.['type'] !== undefined,
        reExport: match.groups?.['head'] === 'export',
      });
    }
  }
  return found;
}
