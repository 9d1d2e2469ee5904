// @ts-check
// The viewer's keyboard shortcuts.
import { targetIn } from './dom.js'
import { ZOOM_STEP } from './zoom.js'

/** @import { Viewer } from './viewer.js' */

const PAN_PX = 80

/**
 * @param {Viewer} viewer
 * @param {KeyboardEvent} event
 */
export function onViewerKey(viewer, event) {
  event.stopPropagation()
  if (event.metaKey || event.ctrlKey || event.altKey) return
  const { zoom } = viewer.media
  const isVideo = event.target instanceof HTMLVideoElement // its own keys: space, arrows, Home, End
  const isButton = targetIn(event, 'button, a')
  /** @param {number} by */
  const sideways = by => (event.shiftKey && zoom.isZoomed ? zoom.pan(-by * PAN_PX, 0, true) : viewer.step(by))
  /** @param {number} by */
  const upward = by => zoom.isZoomed && event.shiftKey && zoom.pan(0, by * PAN_PX, true)
  /** @type {Record<string, () => unknown>} */
  const keys = {
    ArrowRight: () => !isVideo && sideways(1),
    ArrowLeft: () => !isVideo && sideways(-1),
    ArrowUp: () => !isVideo && upward(1),
    ArrowDown: () => !isVideo && upward(-1),
    ' ': () => !isVideo && !isButton && viewer.media.togglePlayback(),
    k: () => viewer.media.togglePlayback(),
    '+': () => zoom.by(ZOOM_STEP),
    '=': () => zoom.by(ZOOM_STEP),
    '-': () => zoom.by(1 / ZOOM_STEP),
    0: () => zoom.fit(),
    1: () => zoom.canZoom && zoom.to(zoom.pixelScale),
    f: () => !viewer.isTrash && viewer.item && viewer.grid.actions.toggleFavorite(viewer.item),
    i: () => viewer.togglePanel(),
    Delete: () => viewer.actions.run(viewer.isTrash ? 'purge' : 'delete'),
  }
  if (viewer.item && keys[event.key]?.() !== false && event.key in keys) event.preventDefault()
}
