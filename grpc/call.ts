/**
 * One call on its way: who asks, what is asked, until when, and what came of it. Every call gets its correlation id back,
 * one log line and one count.
 */
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  status,
} from '@grpc/grpc-js'
import type { Scope } from '#lib/auth/scopes'
import type { Clock } from '#lib/clock'
import type { Asking, Councils, Update } from '#lib/councils/service'
import { correlationIdOf } from '#lib/http/correlation'
import type { Log } from '#lib/http/log'
import type { Ids } from '#lib/ids'
import type { Method } from './methods.ts'
import type { Metrics } from './metrics.ts'
import { malformed, toStatus } from './status.ts'

/** Lets a caller in, or throws AppError `unauthenticated`, `forbidden` or `unavailable`. */
export type Admit = (authorization: string | undefined, scope: Scope) => Promise<void>

export interface CallPorts {
  readonly councils: Councils
  readonly admit: Admit
  readonly status: (includeStats: boolean) => Promise<object>
  readonly running: Running
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly metrics: Metrics
}

type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>
type Tell = (message: Update) => void

const CORRELATION = 'x-correlation-id'
/** Timers hold no more; a deadline further away is none. */
const TIMER_MAX_MS = 2 ** 31 - 1

export function unary(name: string, method: Method, ports: CallPorts): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const tell = () => undefined
    void serve(name, { call, method, tell }, ports).then((outcome) => {
      if ('failure' in outcome) callback(outcome.failure)
      else callback(null, outcome.answer)
    })
  }
}

export function streaming(name: string, method: Method, ports: CallPorts): handleServerStreamingCall<unknown, unknown> {
  return (call) => {
    const tell = (message: Update) => void (call.cancelled || call.write(message))
    void serve(name, { call, method, tell }, ports).then((outcome) => {
      if ('failure' in outcome) call.emit('error', outcome.failure)
      else call.end()
    })
  }
}

type Outcome = { readonly answer: object | undefined } | { readonly failure: StatusObject }

interface Work {
  readonly call: Call
  readonly method: Method
  readonly tell: Tell
}

/** Never rejects. */
async function serve(name: string, work: Work, ports: CallPorts): Promise<Outcome> {
  const { clock, ids, log, metrics, running } = ports
  const correlation_id = correlationIdOf(textOf(work.call.metadata, CORRELATION), ids)
  const began = clock.now()
  const done = running.enter()
  metrics.began()
  echo(work.call, correlation_id)

  const end = (outcome: Outcome, error?: unknown): Outcome => {
    // A caller who is gone hears nothing; what is counted is why.
    const code = 'failure' in outcome ? outcome.failure.code : work.call.cancelled ? status.CANCELLED : status.OK
    const facts = { method: name, code: status[code], ms: clock.now() - began, correlation_id }
    metrics.ended(name, facts.code, facts.ms)
    if (code === status.INTERNAL) log.error('call', { ...facts, error })
    else log.info('call', facts)
    done()
    return outcome
  }
  try {
    return end({ answer: await answer(work, correlation_id, ports) })
  } catch (error) {
    return end({ failure: toStatus(error) }, error)
  }
}

async function answer({ call, method, tell }: Work, correlation_id: string, ports: CallPorts) {
  const { councils, status: statusOf, admit, running, clock } = ports
  await admit(textOf(call.metadata, 'authorization'), method.scope)
  const request = method.input.safeParse(call.request)
  if (!request.success) throw malformed(request.error)
  const asking: Asking = { correlation_id, ...untilWhen(call, running, clock) }
  return method.handle(request.data, { councils, asking, status: statusOf }, tell)
}

/** The caller's deadline, and a signal that fires at it, or before when the caller goes away. */
function untilWhen(call: Call, running: Running, clock: Clock): Pick<Asking, 'deadline' | 'signal'> {
  const gone = new AbortController()
  // Calls that the server itself cuts off at its end are not given up: another process carries them on.
  const leave = () => void (running.isAbandoned() || gone.abort())
  if (call.cancelled) leave()
  call.once('cancelled', leave)
  const deadline = Number(call.getDeadline())
  if (!Number.isFinite(deadline)) return { signal: gone.signal }
  const left = Math.min(Math.max(0, Math.ceil(deadline - clock.now())), TIMER_MAX_MS)
  return { deadline, signal: AbortSignal.any([gone.signal, AbortSignal.timeout(left)]) }
}

/** At once, so that a refusal has it, too. */
function echo(call: Call, correlationId: string): void {
  const metadata = new Metadata()
  metadata.set(CORRELATION, correlationId)
  call.sendMetadata(metadata)
}

function textOf(metadata: Metadata, name: string): string | undefined {
  const [value] = metadata.get(name)
  return typeof value === 'string' ? value : undefined
}

/** The calls under way. */
export interface Running {
  /** Call the result when the call is over. */
  enter(): () => void
  /** Resolves when no call is under way. */
  idle(): Promise<void>
  /** From now on, a call that is cut off goes on without its caller. */
  abandon(): void
  isAbandoned(): boolean
}

export function createRunning(): Running {
  let count = 0
  let abandoned = false
  const waiting: (() => void)[] = []
  return {
    enter() {
      count += 1
      return () => {
        count -= 1
        if (count === 0) for (const resolve of waiting.splice(0)) resolve()
      }
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
    abandon() {
      abandoned = true
    },
    isAbandoned: () => abandoned,
  }
}
