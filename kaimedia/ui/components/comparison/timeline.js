// @ts-check
// The common time line of several videos. All start together; a shorter one waits on its last frame.

/** @import { Step, Track } from './types.d.ts' */

/** A video this far from where it should be is moved; smaller differences are not visible and seeking is. */
export const MAX_DRIFT_S = 0.12
const BEFORE_END_S = 0.04 // at its very end a video may show nothing
const LAST_PART_S = 0.3 // here a browser may say that it has no further data

/**
 * The length of the longest video.
 * @param {Track[]} tracks
 */
export const lengthOf = tracks => Math.max(0, ...tracks.map(({ length }) => length))

/**
 * Where a video of that length is when the common time is `time`.
 * @param {number} time
 * @param {number} length
 */
export const placeOf = (time, length) => Math.max(0, Math.min(time, length - BEFORE_END_S))

/**
 * True while a video that has not ended lacks data: the others wait for it.
 * @param {Track[]} tracks
 * @param {number} time
 */
export const isWaiting = (tracks, time) =>
  tracks.some(({ isReady, length }) => !isReady && (!length || time < length - LAST_PART_S))

/**
 * What each video has to do.
 * @param {Track[]} tracks
 * @param {number} time
 * @param {boolean} isPlaying
 * @returns {Step[]}
 */
export function stepsOf(tracks, time, isPlaying) {
  const isHeld = isWaiting(tracks, time)
  return tracks.map(track => {
    const place = placeOf(time, track.length)
    const play = isPlaying && !isHeld && place === time
    const isOff = Math.abs(track.time - place) > (play ? MAX_DRIFT_S : BEFORE_END_S / 2)
    return { seek: track.length && isOff ? place : null, play }
  })
}

/**
 * "0:05"
 * @param {number} seconds
 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
