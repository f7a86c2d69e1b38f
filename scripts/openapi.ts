/** Writes docs/openapi.json from the schemas in the code. Run after a change of a route or of what it takes or answers. */
import { readFileSync, writeFileSync } from 'node:fs'
import { openApiText } from '#lib/docs/document'
import { readExamples } from './examples.ts'

const root = new URL('../', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { readonly version: string }
writeFileSync(new URL('docs/openapi.json', root), openApiText(version, readExamples()))
