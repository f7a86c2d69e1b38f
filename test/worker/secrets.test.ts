import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { aWorld, GITHUB_TOKEN, oneJob, SECRETS, watchGit } from '#test/helpers/worker/world'

const EDIT = 'echo "for issue $COXSWAIN_ISSUE_NUMBER" >> notes.txt'

describe('secrets', () => {
  it('are in no argument, no file of the clone, no log and not in the environment of the command', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    const { PATH, log } = await watchGit(world)
    const look = 'env > env.txt; cat .git/config ../origin.git/config > config.txt; git remote -v > remote.txt'

    const lines = await oneJob(world, look, { PATH, LOG_LEVEL: 'DEBUG' })

    const show = (file: string) => world.fromGit('show', `ai-feature/issue-${number}:${file}`)
    const seen = [
      lines,
      await readFile(log, 'utf8'),
      await show('env.txt'),
      await show('config.txt'),
      await show('remote.txt'),
    ].join('\n')
    expect(seen).toContain('push')
    for (const secret of SECRETS) {
      expect(seen).not.toContain(secret)
      expect(seen).not.toContain(btoa(`x-access-token:${secret}`))
    }
    expect(await show('env.txt')).not.toMatch(/^(ANTHROPIC|GITHUB|ORCHESTRATOR|GIT_CONFIG)/m)
  })

  it.each(['echo "x$ANTHROPIC_API_KEY"', 'printf %s "$ANTHROPIC_API_KEY" | base64'])(
    'that the command was given are not pushed (%s)',
    async (print) => {
      const world = await aWorld()
      const number = world.anIssue()

      await oneJob(world, `mkdir a; ${print} > a/leak.txt`, { WORKER_PASS_ENV: 'ANTHROPIC_API_KEY' })

      expect(world.orchestrator.of('failed')[0]?.body['error']).toContain('nothing was pushed')
      expect(await world.fromGit('branch')).not.toContain(`issue-${number}`)
    },
  )

  it('stay out of reach of configuration and hooks the command leaves in its clone', async () => {
    const world = await aWorld()
    world.anIssue()
    const spy = `${world.folder}/spy.sh`
    const traps = [
      EDIT,
      `printf '#!/bin/sh\\nenv >> "${world.folder}/spied"\\n' > '${spy}'; chmod +x '${spy}'`,
      `for hook in pre-commit pre-push post-commit reference-transaction; do cp '${spy}' .git/hooks/$hook; done`,
      `git config core.fsmonitor '${spy}'; git config core.hooksPath .git/hooks; git config credential.helper '${spy}'`,
      `git config filter.x.clean '${spy}; cat'; echo '* filter=x' > .gitattributes`,
      `git config uploadpack.packObjectsHook '${spy}'; git config core.sshCommand '${spy}'`,
      `git config http.proxy http://127.0.0.1:9; git config url.http://127.0.0.1:9/.insteadOf http://`,
    ]

    await oneJob(world, traps.join('\n'))

    const spied = await readFile(`${world.folder}/spied`, 'utf8').catch(() => '')
    expect(spied).not.toContain(btoa(`x-access-token:${GITHUB_TOKEN}`))
    expect(spied).not.toContain('extraHeader')
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })

  it('are masked in the names of files that a sentence or a note tells', async () => {
    const world = await aWorld()
    world.anIssue()
    const deep = 'd'.repeat(100)

    const lines = await oneJob(
      world,
      `mkdir -p ${deep}/${GITHUB_TOKEN}; echo 1 > ${deep}/${GITHUB_TOKEN}/.env; ${EDIT}`,
    )

    const [pull] = await world.pulls()
    expect(pull?.body).toContain(`"${deep}/***/.env"`)
    expect(lines).toContain('Left out')
    expect(`${lines}${pull?.body}`).not.toContain(GITHUB_TOKEN.slice(0, 10))
  })
})
