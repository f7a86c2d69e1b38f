/** The development tokens: those that were asked for, else the ones handed out before, else fresh ones. */
import { SCOPES, type Scope } from '#lib/auth/scopes'
import { createTokens, type Tokens } from '#lib/auth/service'
import { systemClock } from '#lib/clock'
import { type Ids, systemIds } from '#lib/ids'
import type { Table } from '#lib/store/table'
import { createTokenStore } from '#lib/store/tokens'
import type { StandInTokens } from './dev-file.ts'
import type { Part } from './part.ts'

export type DevTokens = Readonly<Record<Scope, string>>

export interface TokensPart extends Part {
  readonly tokens: DevTokens
}

export interface TokensOptions {
  readonly asked: ReadonlyMap<Scope, string>
  /** Handed out by an earlier run. */
  readonly earlier: Partial<DevTokens> | undefined
}

/** The stand-ins' own tokens: the ones handed out before, else fresh ones. */
export function standInTokens(earlier: StandInTokens | undefined, ids: Ids = systemIds): StandInTokens {
  const fresh = () => `standin_${ids.uuid().replaceAll('-', '')}`
  return { github: earlier?.github || fresh(), control: earlier?.control || fresh() }
}

/** A development token may act as any worker. */
const ANYONE = '*'

export async function startTokens(table: Table, { asked, earlier }: TokensOptions): Promise<TokensPart> {
  const service = createTokens({ store: createTokenStore(table), clock: systemClock, ids: systemIds })
  await adoptAll(service, asked)
  const texts: [Scope, string][] = []
  for (const scope of SCOPES) texts.push([scope, asked.get(scope) ?? (await kept(service, scope, earlier?.[scope]))])
  return { name: 'tokens', tokens: Object.fromEntries(texts) as DevTokens, stop: async () => undefined }
}

/** One text may stand for several scopes. */
async function adoptAll(service: Tokens, asked: ReadonlyMap<Scope, string>): Promise<void> {
  for (const token of new Set(asked.values())) {
    const scopes = SCOPES.filter((scope) => asked.get(scope) === token)
    await service.adopt(token, { scopes, owner: ANYONE })
  }
}

async function kept(service: Tokens, scope: Scope, earlier: string | undefined): Promise<string> {
  const verdict = earlier === undefined ? undefined : await service.authenticate(earlier)
  if (earlier !== undefined && verdict?.kind === 'known' && verdict.scopes.includes(scope)) return earlier
  return (await service.create({ scopes: [scope], owner: ANYONE })).token
}
