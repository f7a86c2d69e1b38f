/** What the command is given and what it may answer, in words: the one table behind `--help` and docs/worker.md. */

export type Entry = readonly [name: string, meaning: string]

export const COMMAND_VARIABLES: readonly Entry[] = [
  [
    '`ISSUE_FILE`',
    'a JSON document outside the clone: repository, number, branch, attempt, labels, author, author_association, title, body, previous, untrusted (the names of the fields that strangers wrote)',
  ],
  ['`COXSWAIN_ISSUE_NUMBER`', 'the number of the issue'],
  ['`COXSWAIN_REPOSITORY`', '`owner/repo`'],
  ['`COXSWAIN_BRANCH`', 'the branch that is checked out and will be pushed'],
  ['`COXSWAIN_ATTEMPT`', '1 for the first attempt'],
  ['`COXSWAIN_PR_URL`', 'the pull request of an earlier attempt; empty when none is known'],
  ['`COXSWAIN_FEEDBACK_FILE`', 'what reviewers asked for, as text; empty when the job is no rework'],
  ['`COXSWAIN_USAGE_FILE`', 'where the command may write what it has spent'],
  ['`GIT_CEILING_DIRECTORIES`, `GIT_TERMINAL_PROMPT=0`', 'keep git in the clone, and from asking questions'],
  ['`GIT_COMMITTER_NAME`, `GIT_COMMITTER_EMAIL`', "the worker's: commits under this name may be rebased in a rework"],
  [
    '`PATH`, `HOME`, `LANG`, `TERM`',
    "the worker's own, where it has them; with WORKER_COMMAND_USER also `USER`, `LOGNAME`, and `HOME` is that user's",
  ],
  ['the variables of `WORKER_PASS_ENV`', 'as the worker has them; nothing else of its environment is passed on'],
  ['standard input', 'empty; for a program called `claude` the instructions, with the issue as a quoted JSON document'],
]

export const COMMAND_FILES: readonly Entry[] = [
  ['the clone', 'its changes and commits become the pull request; committing is not needed'],
  [
    '`$COXSWAIN_USAGE_FILE`',
    'a JSON object of at most 4 KB with any of `input_tokens`, `output_tokens` (whole numbers), `cost_usd`, `seconds`; it is read at each heartbeat and at the end, so write the sum so far',
  ],
  ['standard output and error', 'shown with `--plain`; the last lines are in the report of a failure, masked'],
]

export const OUTCOMES: readonly Entry[] = [
  ['exit 0, something changed', 'the result is committed and pushed, and a pull request is opened'],
  ['exit 0, nothing changed', 'a failure of the attempt; not for a continued branch whose work waits to be proposed'],
  ['exit 75', '"not now", e.g. because a vendor limits the agent: the job goes back, and no attempt is consumed'],
  ['any other exit code, a signal, the timeout', 'a failure of the attempt; the second one ends the issue as failed'],
  ['the program could not be started', 'the job goes back, and no attempt is consumed'],
]

export const EXITS: readonly Entry[] = [
  ['0', 'ended as asked: a signal, or WORKER_MAX_JOBS; a job in hand was given back'],
  ['1', 'broke down'],
  ['2', 'called or configured wrongly: a flag, a setting, a program that is not there, a user it cannot change to'],
  [
    '77',
    'the orchestrator or GitHub refuses a token that came as a variable and cannot change while the worker runs; a report that was on its way is kept',
  ],
  ['128 + n', 'the second signal n: ended at once'],
]
