/** The services' memory in their own words. Every change is one commit of all the rows it concerns. */
import { type Clock, toTimestamp } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { dayOf, holidaysBetween } from './days.ts'
import type {
  AbsenceRecord,
  Day,
  MemberRecord,
  NoteKind,
  NoteRecord,
  ProjectRecord,
  Retrospective,
  SprintRecord,
  Tables,
  TaskRecord,
} from './model.ts'
import type { Put, Rows } from './rows.ts'

export interface Conflict {
  readonly type: 'holiday' | 'pto'
  readonly date: Day
  readonly name: string
  readonly details: string
}

export interface Store {
  today(): Day
  commit(puts: readonly Put<Tables>[]): void
  projects(): readonly ProjectRecord[]
  project(id: string): ProjectRecord | undefined
  members(projectId: string): readonly MemberRecord[]
  /** Holidays, then absences that touch `from` to `to`, both included; each by its first day. */
  conflicts(projectId: string, from: Day, to: Day): readonly Conflict[]
  tasks(projectId: string): readonly TaskRecord[]
  task(id: string): TaskRecord | undefined
  tasksOfSprint(sprintId: string): readonly TaskRecord[]
  /** Newest first. */
  sprints(projectId: string): readonly SprintRecord[]
  sprint(id: string): SprintRecord | undefined
  allSprints(): readonly SprintRecord[]
  notes(kind: NoteKind, projectId?: string): readonly NoteRecord[]
  /** Oldest first. */
  retrospectives(projectId: string): readonly Retrospective[]
  /** The row of a new note. */
  note(kind: NoteKind, content: Readonly<Record<string, unknown>>): NoteRecord
}

export function createStore(rows: Rows<Tables>, { clock, ids }: { readonly clock: Clock; readonly ids: Ids }): Store {
  const ofProject = <T extends { readonly project_id: string }>(all: readonly T[], id: string) =>
    all.filter((row) => row.project_id === id)
  const notes = (kind: NoteKind, projectId?: string) =>
    rows.all('notes').filter((note) => note.kind === kind && (projectId === undefined || note.project_id === projectId))

  return {
    today: () => dayOf(clock.now()),
    commit: rows.commit,
    projects: () => rows.all('projects'),
    project: (id) => rows.get('projects', id),
    members: (projectId) => ofProject(rows.all('members'), projectId),
    conflicts: (projectId, from, to) => conflictsOf(ofProject(rows.all('absences'), projectId), from, to),
    tasks: (projectId) => ofProject(rows.all('tasks'), projectId),
    task: (id) => rows.get('tasks', id),
    tasksOfSprint: (sprintId) => rows.all('tasks').filter((task) => task.sprint_id === sprintId),
    sprints: (projectId) => ofProject(rows.all('sprints'), projectId).toReversed(),
    sprint: (id) => rows.get('sprints', id),
    allSprints: () => rows.all('sprints'),
    notes,
    retrospectives: (projectId) =>
      notes('sprint_retrospective', projectId)
        .flatMap(({ content }) => (isRetrospective(content) ? [content] : []))
        .toSorted((a, b) => a.end_date.localeCompare(b.end_date)),
    note: (kind, content) => ({
      note_id: ids.uuid(),
      kind,
      project_id: String(content['project_id'] ?? ''),
      created_at: toTimestamp(clock.now()),
      content,
    }),
  }
}

function conflictsOf(absences: readonly AbsenceRecord[], from: Day, to: Day): readonly Conflict[] {
  const holidays = holidaysBetween(from, to).map(
    ({ date, name }): Conflict => ({ type: 'holiday', date, name, details: `US Holiday: ${name}` }),
  )
  const away = absences
    .filter(({ date, until }) => date <= to && until >= from)
    .map(({ date, until, member }): Conflict => {
      return { type: 'pto', date, name: member, details: `${member} on PTO from ${date} to ${until}` }
    })
  const byDay = (a: Conflict, b: Conflict) => a.date.localeCompare(b.date)
  return [...holidays.toSorted(byDay), ...away.toSorted(byDay)]
}

/** Retrospectives from outside may be anything; those without figures do not count. */
function isRetrospective(content: object): content is Retrospective {
  const { end_date, completed_tasks, total_tasks } = content as Partial<Retrospective>
  return typeof end_date === 'string' && typeof completed_tasks === 'number' && typeof total_tasks === 'number'
}

export const putTask = (v: TaskRecord): Put<Tables> => ({ t: 'tasks', k: v.task_id, v })
export const putSprint = (v: SprintRecord): Put<Tables> => ({ t: 'sprints', k: v.sprint_id, v })
export const putNote = (v: NoteRecord): Put<Tables> => ({ t: 'notes', k: v.note_id, v })
