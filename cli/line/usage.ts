/** Thrown when a command line cannot be understood: answered with how the command is used, and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** The command or the first word of some whose usage is shown, e.g. `token create`, `token`; undefined shows all. */
  command: string | undefined

  constructor(message: string, command?: string) {
    super(message)
    this.command = command
  }
}
