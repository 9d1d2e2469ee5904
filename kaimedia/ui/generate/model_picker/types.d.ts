// Shapes of what Python sends (kaimedia/ui/generate/model_picker/) and what the picker's modules hand to each other.

export type Mode = 'image' | 'video'

/** One model: `entry` in entries.py. */
export interface Model {
  id: string
  label: string
  maker: string
  tagline?: string
  mode: Mode
  rank: 'featured' | 'standard' | 'legacy' | 'utility'
  /** Positions in `Data.abilities`. */
  does: number[]
  /** More words to search in. */
  words: string
  price: string
  time?: string
  /** How often it won in the user's comparisons. */
  record?: string
  isNew?: boolean
  /** What to say about a model that its provider no longer offers. */
  retired?: string
  /** What its provider's own list of models says about it, if that is not what is known here; in a word and in full. */
  badge?: string
  listing?: string
  /** It cannot be chosen. */
  isRefused?: boolean
}

export interface Ability {
  label: string
  mode: Mode
}

export interface Data {
  models: Model[]
  abilities: Ability[]
  chosen: string
  mode: Mode
  /** What was chosen as inputs, after "my": 'image', '3 images'; '' for nothing. */
  hand: string
  /** Ids of the models that take all of it. */
  fitting: string[]
  /** Ids, the newest first. */
  favorites: string[]
  recent: string[]
  note: string
  compare: Compare
}

/** Comparing the chosen model with others. */
export interface Compare {
  /** Ids of the other models; empty while nothing is compared. */
  others: string[]
  /** Ids of the models that can be compared with the chosen one. */
  possible: string[]
  /** How many there may be beside the chosen one. */
  most: number
  /** Why nothing can be compared now; '' if it can. */
  reason: string
  hasPast: boolean
}

export interface Filters {
  query: string
  mode: Mode
  /** A position in `Data.abilities`, -1 for any. */
  ability: number
  /** '' for any. */
  maker: string
  /** The ids that are allowed; null for all. */
  fitting: Set<string> | null
}

export interface Group {
  title: string
  models: Model[]
  /** Folded groups show only their number of models. */
  isFolded: boolean
}
