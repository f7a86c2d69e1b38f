import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aFolder } from '#test/helpers/worker/values'
import { createJournal, type Entry } from '#worker/journal'

const lease = { repository: 'acme/widgets', number: 7, token: 3 }

describe('the journal', () => {
  it('remembers the newest entry, and nothing after it was cleared', async () => {
    const folder = await aFolder()
    const entry: Entry = { stage: 'pushed', lease, base: 'main', seconds: 2 }
    await createJournal(folder, 'w1').write({ stage: 'leased', lease })
    await createJournal(folder, 'w1').write(entry)

    expect(await createJournal(folder, 'w1').read()).toEqual(entry)
    await createJournal(folder, 'w1').clear()
    expect(await createJournal(folder, 'w1').read()).toBeNull()
  })

  it('is one private file per worker', async () => {
    const folder = await aFolder()
    await createJournal(folder, 'w1').write({ stage: 'leased', lease })

    expect(await createJournal(folder, 'w2').read()).toBeNull()
    expect(await readdir(join(folder, '.coxswain'))).toEqual(['w1.json'])
    expect((await stat(join(folder, '.coxswain', 'w1.json'))).mode & 0o077).toBe(0)
  })

  it('takes a file it cannot understand for no entry', async () => {
    const folder = await aFolder()
    const journal = createJournal(folder, 'w1')
    await journal.write({ stage: 'leased', lease })

    const content = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constant('{"stage":"leased","lease":{"repository":"../x","number":1,"token":1}}'),
    )
    await fc.assert(
      fc.asyncProperty(content, async (text) => {
        await writeFile(join(folder, '.coxswain', 'w1.json'), text)
        expect(await journal.read()).toBeNull()
      }),
    )
  })
})
