/** Text from outside, such as an issue's title, as a terminal may show it: nothing in it moves the cursor or hides. */

/** Control characters, line breaks of every kind, and what reorders or hides the text beside it. */
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu

/** The text on one line, with what cannot be shown written as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNSHOWABLE, escaped)
}

/** A text of several lines as one: line breaks, and the blanks around them, are a space. */
export function oneLine(text: string): string {
  return text
    .split(/[\r\n]/u)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
}

/** JSON over several lines that is safe to show: the same characters are escaped, as JSON allows. */
export function jsonLines(value: unknown): readonly string[] {
  return JSON.stringify(value, null, 2).split('\n').map(printable)
}

/** The text, cut to `length` characters. */
export function cut(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : `${characters.slice(0, Math.max(0, length - 1)).join('')}…`
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join('')
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`
}
