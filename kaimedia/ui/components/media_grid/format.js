// @ts-check

/** @import { Item, Month } from './types.d.ts' */

/**
 * Numbers, times and months as text. Pure functions.
 * @param {number} seconds
 */
export const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`
/** @param {Item} item */
export const described = item => (item.video ? `Video, ${Math.round(item.seconds)} seconds: ` : '') + item.prompt
/** @param {number} number */
export const counted = number => number.toLocaleString() + (number === 1 ? ' item' : ' items')

/** @param {number} unixSeconds */
export function ago(unixSeconds) {
  const seconds = Date.now() / 1000 - unixSeconds
  if (seconds < 60) return 'just now'
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`
  if (seconds < 2592000) return `${Math.floor(seconds / 86400)} d ago`
  return new Date(unixSeconds * 1000).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
}

/**
 * Time until an item in the trash is permanently deleted.
 * @param {number} unixSeconds
 */
export function daysLeft(unixSeconds) {
  const days = Math.ceil((unixSeconds - Date.now() / 1000) / 86400)
  return days > 1 ? `${days} days left` : days === 1 ? '1 day left' : 'last day'
}

/**
 * The months of these items, in the id index's format: ["2026-11", index of its first item], in UTC.
 * @param {Item[]} items
 * @returns {Month[]}
 */
export function monthsOf(items) {
  const names = items.map(item => new Date(item.at * 1000).toISOString().slice(0, 7))
  return names.flatMap((name, at) => (name === names[at - 1] ? [] : [[name, at]]))
}

/**
 * @param {string} month '2026-11'
 * @param {'long' | 'short'} style
 */
export function monthName(month, style = 'long') {
  const [year, number] = month.split('-').map(Number)
  return new Date(year, number - 1, 15).toLocaleDateString(undefined, { month: style, year: 'numeric' })
}
