/** Counts and times of calls per method, in the text format of Prometheus. */

/** Upper ends of the histogram's buckets, seconds: from an answer out of memory to a long deliberation. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const

export interface Metrics {
  began(): void
  ended(method: string, code: string, ms: number): void
  /** The figures, as a scrape answers them. */
  text(): string
}

interface Times {
  readonly buckets: number[]
  sum: number
  count: number
}

export function createMetrics(): Metrics {
  const calls = new Map<string, Map<string, number>>()
  const times = new Map<string, Times>()
  let running = 0

  const timesOf = (method: string): Times => {
    const found = times.get(method) ?? { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 }
    times.set(method, found)
    return found
  }

  return {
    began() {
      running += 1
    },
    ended(method, code, ms) {
      running -= 1
      const byCode = calls.get(method) ?? new Map<string, number>()
      calls.set(method, byCode.set(code, (byCode.get(code) ?? 0) + 1))
      const seconds = ms / 1000
      const found = timesOf(method)
      found.sum += seconds
      found.count += 1
      BUCKETS.forEach((end, at) => {
        if (seconds <= end) found.buckets[at] = (found.buckets[at] ?? 0) + 1
      })
    },
    text: () =>
      [
        '# TYPE coxswain_grpc_calls_total counter',
        ...[...calls].flatMap(([method, byCode]) =>
          [...byCode].map(([code, n]) => `coxswain_grpc_calls_total{method="${method}",code="${code}"} ${n}`),
        ),
        '# TYPE coxswain_grpc_call_seconds histogram',
        ...[...times].flatMap(([method, one]) => histogram(method, one)),
        '# TYPE coxswain_grpc_calls_running gauge',
        `coxswain_grpc_calls_running ${running}`,
        '',
      ].join('\n'),
  }
}

function histogram(method: string, { buckets, sum, count }: Times): readonly string[] {
  const name = 'coxswain_grpc_call_seconds'
  return [
    ...BUCKETS.map((end, at) => `${name}_bucket{method="${method}",le="${end}"} ${buckets[at]}`),
    `${name}_bucket{method="${method}",le="+Inf"} ${count}`,
    `${name}_sum{method="${method}"} ${sum}`,
    `${name}_count{method="${method}"} ${count}`,
  ]
}
