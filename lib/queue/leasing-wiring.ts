/** Leasing and lists with the libraries that tell whether files overlap: a megabyte that other functions do not carry. */
import { createLists } from './lists.ts'
import { createOverlap } from './overlap.ts'
import { createQueue } from './queue.ts'
import { counts, ports, shared } from './wiring.ts'

const overlap = createOverlap()

export const leasing = createQueue({ ...ports, overlap })
export const jobLists = createLists({ ...shared, counts, overlap })
