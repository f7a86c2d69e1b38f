/** Which installation this is, asked for once: two that share a namespace know their own CronJobs by it. */

export interface Installation {
  /** Undefined until there is one. */
  known(): Promise<string | undefined>
  /** Makes one when there is none. */
  own(): Promise<string>
}

export interface Identity {
  /** For looking: null while there is none, and for an installation without one. */
  known(): Promise<string | null>
  /** For writing: null for an installation without one. */
  own(): Promise<string | null>
}

/** The same answers, remembered. */
export function createIdentity(installation: Installation | undefined): Identity {
  let id: string | undefined
  return {
    async known() {
      id ??= await installation?.known()
      return id ?? null
    },
    async own() {
      id ??= await installation?.own()
      return id ?? null
    },
  }
}
