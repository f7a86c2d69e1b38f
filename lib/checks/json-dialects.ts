/** JSON as files hold it that are no JSON: with comments and trailing commas, or one value per line. */

/** Strings, comments (to the end when they never close) and commas before a closing bracket. */
const JSONC = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/g
const TRAILING = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|,(?=\s*[}\]])/g
/** Members that files with comments have: TypeScript's, Deno's, VS Code's. */
const COMMENTED_FILES = /"(?:compilerOptions|tsconfig|references|typeAcquisition|editor\.\w+|files\.\w+|deno\.\w+)"\s*:/
const LEADING_COMMENT = /^\s*\/\/[^\n]*\n/

/** Each as long as before, so that lines and columns stay. */
export function withoutComments(code: string): string {
  const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ')
  const kept = (token: string) => (token.startsWith('"') ? token : blank(token))
  return code.replaceAll(JSONC, kept).replaceAll(TRAILING, kept)
}

/** True of a file that its program reads with comments, such as tsconfig.json. */
export function isCommentedFile(code: string): boolean {
  return COMMENTED_FILES.test(code)
}

/** The code without a first comment that names its file; as long as before. */
export function withoutCaption(code: string): string {
  return code.replace(LEADING_COMMENT, (line) => line.replaceAll(/[^\n]/g, ' '))
}

export interface JsonLine {
  /** From 0. */
  readonly index: number
  readonly value: unknown
}

/** The values of newline-delimited JSON; undefined when some line is none, or there is but one. */
export function jsonLines(code: string): readonly JsonLine[] | undefined {
  const found: JsonLine[] = []
  for (const [index, line] of code.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = parsed(line)
    if (typeof value !== 'object' || value === null) return undefined
    found.push({ index, value })
  }
  return found.length > 1 ? found : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
