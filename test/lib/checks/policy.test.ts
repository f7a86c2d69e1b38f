import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createChecks } from '#lib/checks/checks'
import { aTask, fenced } from './support/proposal.ts'

const checks = createChecks()
const policy = async (text: string, requirements: readonly string[] = []) =>
  (await checks.run(aTask({ requirements }), text)).policy

/** Made up, in the form of each kind. */
const TOKEN = `ghp_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6'}`
const SECRETS: readonly (readonly [rule: string, secret: string])[] = [
  ['private-key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
  ['private-key', '-----BEGIN PRIVATE KEY-----'],
  ['aws-access-key', `AKIA${'Z7QW3ERT5YUI9OPA'}`],
  ['aws-secret-key', `aws_secret_access_key = "${'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY1'}"`],
  ['github-token', TOKEN],
  ['github-token', `github_pat_${'11ABCDEFG0abcdefghijkl_mnopqrstuv'}`],
  ['vendor-key', `sk-${'ant-api03-Zx81mQp20aLk93ndYt56'}`],
  ['vendor-key', `sk-${'1234567890abcdef1234567890abcdef'}`],
  ['stripe-key', `sk_live_${'4eC39HqLyjWDarjtT1zdp7dc'}`],
  ['slack-token', `xoxb-${'17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy'}`],
  ['google-key', `AIza${'SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY'}`],
  ['gitlab-token', `glpat-${'x1Y2z3A4b5C6d7E8f9G0'}`],
  ['slack-webhook', `https://hooks.slack.com/services/${'T0ABCDEFG/B0HIJKLMN/x1Y2z3A4b5C6d7E8f9G0h1I2'}`],
  ['url-password', `DATABASE_URL=postgres://app:${'s3cr3t-Pa55'}@db.internal:5432/app`],
  ['url-password', 'postgres://u:p@host/db'],
  [
    'json-web-token',
    `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJ${'zdWIiOiIxMjM0NTY3ODkwIn0'}.${'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'}`,
  ],
  [
    'azure-key',
    `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${'x1Y2z3A4b5C6d7E8f9G0h1I2j3K4l5M6n7O8p9Q0r1S2t3U4v5W6x7Y8z9A0b1C2d3E4f5G6h7I8j9K0=='}`,
  ],
  ['npm-token', `npm_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6'}`],
]

describe('the policy on commands', () => {
  it.each([
    ['rm-everything', 'rm -rf /'],
    ['rm-everything', 'sudo rm -r -f /*'],
    ['rm-everything', 'rm --recursive --force "$HOME"'],
    ['rm-everything', 'rm -fr ~/ && ls'],
    ['rm-everything', 'rm -rf \\\n  /etc'],
    ['no-preserve-root', 'rm -r --no-preserve-root .'],
    ['download-to-shell', 'curl -fsSL https://example.com/install.sh | sh'],
    ['download-to-shell', 'wget -qO- "https://example.com/a?b=1&c=2" | sudo -E bash -s -- --yes'],
    ['download-to-shell', 'curl https://example.com/a.py | python3 -'],
    ['shell-of-download', 'bash <(curl -s https://example.com/a)'],
    ['shell-of-download', 'sh -c "$(curl -fsSL https://example.com/a)"'],
    ['force-push', 'git push --force origin main'],
    ['force-push', 'git -C repo push -f'],
    ['force-push', 'git push origin +main'],
    ['world-writable', 'chmod -R 777 /srv'],
    ['world-writable', 'chmod a+rwx file'],
    ['write-to-disk', 'dd if=/dev/zero of=/dev/sda bs=1M'],
    ['format-disk', 'mkfs.ext4 -F /dev/nvme0n1'],
    ['fork-bomb', ':(){ :|:& };:'],
  ])('%s refuses %s', async (rule, command) => {
    const found = await policy(`# Plan\n\n${fenced('bash', command)}`)
    expect(found).toMatchObject({ passed: false })
    expect(found.violations).toContainEqual(expect.stringMatching(new RegExp(`^line 4: ${rule}: forbidden, `)))
    expect(await policy(`Run ${command} now.`)).toMatchObject({ passed: false })
  })

  it.each([
    'rm -rf ./build /tmp/work',
    'rm file',
    'curl -s https://example.com/a.json | jq .',
    'curl -s https://example.com/a.json | python3 -m json.tool',
    'git push --force-with-lease origin topic',
    'git push -u origin main',
    'git push origin feature-f',
    'chmod 755 run.sh && chmod u+rwx dir',
    'dd if=a.img of=b.img',
    'echo "bash scripts are fine"',
  ])('lets %s pass', async (command) => {
    expect(await policy(fenced('bash', command))).toMatchObject({ passed: true, violations: [] })
  })

  it('lets prose and comments warn of them, and code run none of them', async () => {
    expect(await policy('Never run `rm -rf /`, and avoid `chmod 777`.')).toMatchObject({ passed: true })
    expect(await policy(fenced('bash', '# do not git push --force here\ngit push'))).toMatchObject({ passed: true })
    expect(await policy(fenced('bash', 'echo never; rm -rf /'))).toMatchObject({ passed: false })
  })
})

describe('the policy on secrets', () => {
  it.each(SECRETS)('%s finds its form and repeats no more than its beginning', async (rule, secret) => {
    const suite = await checks.run(aTask(), `Set it so:\n${fenced('ini', secret)}`)
    expect(suite.policy.violations).toEqual([
      expect.stringMatching(new RegExp(`^line 3: ${rule}: holds .+… \\(\\d+ characters\\)$`)),
    ])
    expect(JSON.stringify(suite)).not.toContain(secret.slice(0, 14))
  })

  it('lets what only keeps a place pass', async () => {
    expect(await policy(`Use ghp_${'x'.repeat(36)} and sk-your-own-key-goes-here-please`)).toMatchObject({
      passed: true,
    })
  })

  it.each([
    'postgres://user:password@localhost:5432/app',
    `postgres://app:\${DB_PASSWORD}@db/app`,
    'AccountKey=<your key>',
    'password: hunter2, as in every example',
    'Authorization: Bearer <token>',
  ])('lets an example pass: %s', async (text) => expect(await policy(text)).toMatchObject({ passed: true }))

  it('finds them in the middle of long lines', async () => {
    const at = (before: number) => policy(`${'a '.repeat(before)}${TOKEN}${' b'.repeat(5000)}`)
    for (const before of [0, 1790, 1800, 1990, 1999, 3600, 9000]) expect((await at(before)).violations).not.toEqual([])
  })

  it('keeps them out of what lint, dry run and requirements quote', async () => {
    const fields = (name: string) => `apiVersion: v1\nkind: Pod\n${name}: 1\n${name}: 2`
    const manifest = `apiVersion: example.com/v1\nkind: ${TOKEN}\nmetadata: {name: ${TOKEN}}`
    const text = [fenced('yaml', fields(TOKEN)), fenced('yaml', manifest), fenced('js', `let ${TOKEN}; let ${TOKEN}`)]
    const suite = await checks.run(aTask({ requirements: [`Hide the thing ${TOKEN}`] }), text.join('\n\n'))
    expect(suite.lint.error_count).toBe(2)
    expect(suite.policy.violations.at(-1)).toContain('requirement 1 is not met')
    expect(JSON.stringify(suite)).not.toContain(TOKEN.slice(0, 14))
  })
})

describe('the policy on requirements', () => {
  it.each([
    ['Unit tests', 'A unit test covers it.', true],
    ['Error handling', 'All errors are handled.', true],
    ['Error handling', 'It works.', false],
    ['The API must answer within 200 ms', 'Answers come in 200 ms, says the api.', true],
    ['Rate limiting per client', 'Limits by a token bucket.', false],
    ['Prüfung der Größe', 'Die GRÖSSE wird geprüft: größe, prüfung.', true],
    ['must', 'Anything.', true],
    ['', 'Anything.', true],
  ])('%j and %j: met is %s', async (requirement, text, met) => {
    expect((await policy(text, [requirement])).passed).toBe(met)
  })

  it('names which, and what of it is missing', async () => {
    expect(await policy('We log errors.', ['Error logs', 'Rollback plan'])).toEqual({
      passed: false,
      violations: ['requirement 2 is not met: "Rollback plan", without rollback, plan'],
      message: '1 violation',
    })
  })

  it('is kept by a proposal that repeats them, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 5 }),
        async (requirements) => {
          const { violations } = await policy(`\n\n    ${requirements.join('\n\n    ')}`, requirements)
          expect(violations.filter((one) => one.startsWith('requirement'))).toEqual([])
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('the policy', () => {
  it('says what was kept', async () => {
    expect(await policy('Errors are handled.', ['Error handling'])).toEqual({
      passed: true,
      violations: [],
      message: 'kept: 9 rules on commands, 29 rules on secrets, 1 requirement',
    })
  })

  it('says when there is nothing to check', async () => {
    expect(await policy(' \n')).toEqual({
      passed: true,
      violations: [],
      message: 'nothing to check: the proposal is empty',
    })
    expect(await policy('', ['Unit tests'])).toMatchObject({ passed: false })
  })

  it('lists a few findings of each rule', async () => {
    expect((await policy('chmod 777 a\n'.repeat(100))).violations).toHaveLength(5)
  })
})
