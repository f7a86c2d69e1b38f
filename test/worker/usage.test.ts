import { execFileSync } from 'node:child_process'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aFolder } from '#test/helpers/worker/values'
import { readUsage } from '#worker/usage'

describe('the usage a command states', () => {
  it.each([
    [
      '{"input_tokens":1,"output_tokens":2,"cost_usd":0.5}',
      { input_tokens: 1, output_tokens: 2, cost_usd: 0.5, seconds: 9 },
    ],
    ['{"seconds":3}', { seconds: 3 }],
    ['{"input_tokens":-1}', { seconds: 9 }],
    ['{"cost_usd":"much"}', { seconds: 9 }],
    ['{"cost_usd":0.25,"input_tokens":10,"output_tokens":null}', { cost_usd: 0.25, input_tokens: 10, seconds: 9 }],
    ['{"cost_usd":-1,"output_tokens":4,"seconds":"long"}', { output_tokens: 4, seconds: 9 }],
    ['[1]', { seconds: 9 }],
    ['not JSON', { seconds: 9 }],
    [`{"seconds":3,"pad":"${'x'.repeat(5000)}"}`, { seconds: 9 }],
  ])('%s counts as %j', async (text, usage) => {
    const file = join(await aFolder(), 'usage.json')
    await writeFile(file, text)

    expect(await readUsage(file, 9)).toEqual(usage)
  })

  it('is none when there is no plain file', async () => {
    const folder = await aFolder()
    await writeFile(join(folder, 'real'), '{"seconds":3}')
    await symlink(join(folder, 'real'), join(folder, 'link'))
    execFileSync('mkfifo', [join(folder, 'pipe')])

    for (const name of ['absent', 'link', 'pipe'])
      expect(await readUsage(join(folder, name), 9)).toEqual({ seconds: 9 })
  })
})
