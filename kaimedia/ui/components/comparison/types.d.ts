import type { Item } from '../media_grid/types.d.ts'

// Shapes of what Python sends (kaimedia/ui/generate/comparison_data.py) and what the comparison's modules hand to each
// other. Times of videos are seconds.

/** One model's result. Texts are '' where there is nothing to say. */
export interface Entry {
  task: string
  /** 'A', 'B', … */
  letter: string
  /** The model's label; '' while it is hidden. */
  model: string
  state: 'waiting' | 'running' | 'done' | 'failed' | 'trashed'
  /** What is happening, or how it ended. */
  status: string
  /** The provider's progress, 0–1; null when it reports none. */
  share: number | null
  reason: string
  next: string
  time: string
  cost: string
  record: string
  items: Item[]
}

export interface Data {
  id: number
  prompt: string
  video: boolean
  isBlind: boolean
  /** Names may be shown. */
  isRevealed: boolean
  /** A task's id; '' before the choice. */
  winner: string
  summary: string
  canKeep: boolean
  /** The label of the button that runs the winner again in better quality; '' without one. */
  better: string
  /** How many comparisons were opened: a new number scrolls to this one. */
  opened: number
  entries: Entry[]
}

/** What is sent to Python: `handle` in kaimedia/ui/generate/comparison_view.py. */
export interface Event {
  do: 'vote' | 'keep' | 'again' | 'open' | 'close'
  /** For a vote; null withdraws it. */
  task?: string | null
  item?: number
}

export type Send = (event: Event) => void

/** Which entries are shown side by side: task ids, '' for none. */
export type Pair = [string, string]

/** A video on the common time line. */
export interface Track {
  /** Its own length; 0 while it is not known. */
  length: number
  time: number
  isPlaying: boolean
  /** It has the data to go on. */
  isReady: boolean
}

/** What a video has to do to be where the others are. */
export interface Step {
  seek: number | null
  play: boolean
}
