export interface Size {
  width: number
  height: number
}

export interface Rectangle extends Size {
  x: number
  y: number
}

/** One change of the mask. `erase` removes paint; `size` is the diameter of the brush in pixels of the image. */
export type Step =
  | { kind: 'stroke'; points: [number, number][]; size: number; erase: boolean }
  | ({ kind: 'rectangle'; erase: boolean } & Rectangle)
  | { kind: 'clear' }
  | { kind: 'invert' }

export type Tool = 'brush' | 'eraser' | 'rectangle'

/** What Python gives the component with each run. */
export interface Data {
  /** Changes when another image is to be painted on. */
  id: string
  /** Data URLs; `mask` is '' without one. */
  image: string
  mask: string
  width: number
  height: number
  /** The color of what changes. */
  changes: 'white' | 'black'
  /** Why the last mask was not taken, or ''. */
  note: string
  /** Counts the masks that arrived. */
  received: number
}
