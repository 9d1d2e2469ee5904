import type { GallerySource } from './gallery_source.js'

// Shapes of what Python sends and what the grid's modules hand to each other. Times are whole seconds since 1970,
// lengths CSS pixels unless the name says otherwise.

export type Status = 'pending' | 'processing' | 'completed' | 'failed'
export type Condition = 'ok' | 'missing' | 'damaged' | 'unshowable'
export type Place = 'gallery' | 'trash' | 'results'

/** One item of the gallery: `item` in kaimedia/web/gallery/items.py. */
export interface Item {
  id: number
  video: boolean
  /** The model's label. */
  model: string
  modelId: string
  prompt: string
  /** Pixels of the file, or a shape of the right aspect ratio; never 0. */
  w: number
  h: number
  /** A video's duration, 0 for images. */
  seconds: number
  /** Two colors without separator, six hexadecimal digits each. */
  colors: string
  fav: boolean
  at: number
  /** URLs relative to the page; '' without such a file. */
  thumb: string
  large: string
  file: string
  /** The name for downloads. */
  name: string
  condition?: Condition
  sandbox: boolean
  ratio: string
  status?: Status
  /** Why it failed, '' otherwise. */
  error: string
  /** When it will be deleted permanently; 0 outside the trash. */
  gone: number
  task: string
  /** For the viewer only, not in the grid. */
  viewer_only?: boolean
  /** Too large to be sent with a page, on a host without our routes. */
  tooLarge?: boolean
}

export interface LinkedItem {
  /** null for an image that is not in the gallery. */
  id: number | null
  thumb: string | null
  prompt?: string
  is_deleted?: boolean
}

/** An image, video or sound file that an item was made from. */
export interface Input extends LinkedItem {
  kind: 'image' | 'video' | 'audio'
  /** Type and length of a video or sound file, as far as known: 'MP3, 12.0 s'. */
  about: string
  role: string
  /** What it was for: the model's word for the role. */
  label: string
}

export interface Collection {
  /** null until the server has created it. */
  id: number | null
  name: string
}

/** Everything about one item: `document` in kaimedia/web/gallery/details.py. */
export interface Details {
  id: number
  task_id?: string | null
  provider_task_id?: string | null
  provider?: string
  /** Its name at the start of a sentence: 'kie.ai', 'The sandbox'. */
  provider_label?: string
  /** 'at kie.ai', 'in the sandbox' */
  provider_location?: string
  model?: string
  aspect_ratio?: string
  /** Labels and values of the model's parameters. */
  params?: [string, unknown][]
  enhance?: boolean
  variants?: number
  variant?: number | null
  /** Of the whole task. */
  credits?: { value: number; is_estimate: boolean } | null
  size_bytes?: number | null
  mime?: string | null
  condition?: Condition
  fetch_until?: number | null
  w?: number | null
  h?: number | null
  seconds?: number
  asked_at?: number | null
  done_at?: number | null
  tags?: string[]
  collections?: Collection[]
  /** What it was made from. */
  inputs?: Input[]
  used_in?: LinkedItem[]
  /** The item, what it was made from, and what was made from those; empty if `inputs` and `used_in` show them all. */
  family?: LinkedItem[]
  family_credits?: number | null
  /** The id of the comparison it was made in. */
  comparison?: number | null
  /** How often its model won, of how many comparisons of the user. */
  record?: [number, number] | null
  prompt?: string
  error?: { title: string; next_step: string } | null
  /** What this item alone can be continued with: step, label, hint. */
  steps?: [string, string, string][]
}

/** A month as '2026-11', and the index of its first item. */
export type Month = [string, number]

/** [id, label, 'image' or 'video'; '' or absent: either] */
export type Model = [string, string, string?]
/** What can be done with a result: name, label, hint, and the type of result it starts from. */
export type Step = [string, string, string, 'image' | 'video']

/** What Python gives the component with each run: `media_grid` in __init__.py. */
export interface GridData {
  mode: 'list' | 'gallery'
  items: Item[]
  total: number
  fit?: number | null
  stage?: number
  more: boolean
  empty?: { title?: string; body?: string; action?: string }
  selectable?: boolean
  place?: Place
  opened?: number | null
  byTime?: boolean
  /** The outbox's session and the number of its last event that Python has handled; empty before the first. */
  acknowledged: [string, number] | []
  /** The number of errors so far, and the newest one. */
  failure?: [number, string]
  details: Details | null
  models?: Model[]
  steps?: Step[]
  /** With mode 'gallery': the filter, the change counter and the signed key of the gallery API. */
  query: string
  rev: string
  key: string
}

/** The first items in the page's HTML, and what they were read with: see `GridData`. */
export interface FirstWindow {
  query: string
  rev: string
  key: string
  items: Item[]
  more: boolean
  /** From the gallery's page, which another page has asked for. */
  isCopied: boolean
}

/** What Streamlit calls a component with. */
export interface ComponentArgs {
  parentElement: ShadowRoot
  data: [GridData]
  setTriggerValue: Trigger
}

export type Trigger = (name: string, value: unknown) => void

/** An event for Python: `handle` in kaimedia/ui/components/media_events.py. */
export interface GridEvent {
  do: string
  ids: number[]
  [more: string]: unknown
}

/** Where an index is in the grid when it is removed here and not yet by the server. */
export interface Dropped {
  index: number
  /** Width divided by height. */
  ratio: number
  /** Milliseconds since 1970. */
  at?: number
}

/** The item at the top of the view, and how far below the covered area it begins. */
export interface Mark {
  id: number
  index: number
  ids: number[]
  offset: number
}

/** The visible part in the grid's coordinates: see `Viewport.read`. */
export interface View {
  top: number
  covered: number
  height: number
}

/** What a gallery source reports to. */
export interface SourceOwner {
  onIdIndex(source: GallerySource): void
  onItems(source: GallerySource): void
  onError(source: GallerySource, error: unknown): void
  renew(key: string): void
  whenShown(longestMs: number): Promise<void>
}

/** A fact of the viewer's panel: label, value, and the full text where it can be copied. */
export type Fact = [string, string, { copy: string }?]

/** A card's DOM node, with the card that made it. */
export type CardNode = HTMLElement & { card: import('./cards.js').Card }
