// @ts-check
/**
 * Icons: our own drawings, 24 by 24.
 * @param {string} path
 */
export const line = path =>
  `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`
/** @param {string} path */
const solid = path => `<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">${path}</svg>`
const HEART =
  '<path d="M12 20.3S3.5 15.4 3.5 9.2A4.7 4.7 0 0 1 12 6.5a4.7 4.7 0 0 1 8.5 2.7c0 6.2-8.5 11.1-8.5 11.1z"/>'
/** SVG by name. @type {Record<string, string>} */
export const ICONS = {
  play: solid('<path d="M7 4.8v14.4a1 1 0 0 0 1.5.9l11.3-7.2a1 1 0 0 0 0-1.7L8.5 4a1 1 0 0 0-1.5.8z"/>'),
  heart: line(HEART),
  heartFull: solid(HEART),
  download: line('<path d="M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 19.5h14"/>'),
  close: line('<path d="m6 6 12 12M18 6 6 18"/>'),
  search: line('<circle cx="10.8" cy="10.8" r="6.3"/><path d="m15.6 15.6 4.4 4.4"/>'),
  left: line('<path d="m14.5 6-6 6 6 6"/>'),
  right: line('<path d="m9.5 6 6 6-6 6"/>'),
  trash: line(
    '<path d="M5 7h14M10 7V4.8h4V7m-7.5 0 .8 12a1.2 1.2 0 0 0 1.2 1.2h7a1.2 1.2 0 0 0 1.2-1.2l.8-12M10 11v5.5M14 11v5.5"/>',
  ),
  copy: line(
    '<rect x="8.5" y="8.5" width="11" height="11" rx="2.5"/><path d="M15.5 8.5V7A2.5 2.5 0 0 0 13 4.5H7A2.5 2.5 0 0 0 4.5 7v6A2.5 2.5 0 0 0 7 15.5h1.5"/>',
  ),
  again: line(
    '<path d="M4.5 12a7.5 7.5 0 0 1 13-5.1L20 9.5M20 4.5v5h-5M19.5 12a7.5 7.5 0 0 1-13 5.1L4 14.5m0 5v-5h5"/>',
  ),
  image: line(
    '<rect x="3.5" y="4.5" width="17" height="15" rx="3"/><circle cx="9" cy="10" r="1.6"/><path d="m4.5 17.5 4.7-4.2 3.3 2.9 3.2-3.2 4.3 4"/>',
  ),
  video: line('<rect x="3" y="5.5" width="13" height="13" rx="3"/><path d="m16 10.5 5-3v9l-5-3z"/>'),
  sound: line('<path d="M9 18V6l10-2v12"/><circle cx="6.5" cy="18" r="2.5"/><circle cx="16.5" cy="16" r="2.5"/>'),
  reference: line(
    '<path d="M20.5 11.5v5a3 3 0 0 1-3 3h-11a3 3 0 0 1-3-3v-9a3 3 0 0 1 3-3h6M18.5 3v6m-3-3h6"/><path d="m4.5 17 4.7-4 3.3 2.8 3-3 4.5 4"/>',
  ),
  check: line('<path d="m5 12.5 4.5 4.5L19 7.5"/>'),
  tag: line(
    '<path d="M12.6 3.8H5.3a1.5 1.5 0 0 0-1.5 1.5v7.3c0 .4.2.8.4 1l6.6 6.6c.6.6 1.5.6 2.1 0l7.3-7.3c.6-.6.6-1.5 0-2.1l-6.6-6.6a1.5 1.5 0 0 0-1-.4z"/><path d="M8.4 8.4h.1"/>',
  ),
  collect: line(
    '<path d="M3.8 7.2v10.1a2 2 0 0 0 2 2h12.4a2 2 0 0 0 2-2V9.2a2 2 0 0 0-2-2h-6L10 4.7H5.8a2 2 0 0 0-2 2zM12 10.8v5m-2.5-2.5h5"/>',
  ),
  restore: line('<path d="M8.5 5 4.5 9l4 4M4.5 9h9a5.5 5.5 0 0 1 0 11H9"/>'),
  warn: line(
    '<path d="M12 8.5v4.5m0 3.2v.1M10.3 4.4 2.9 17.2A2 2 0 0 0 4.6 20.2h14.8a2 2 0 0 0 1.7-3L13.7 4.4a2 2 0 0 0-3.4 0z"/>',
  ),
  waiting: line('<circle cx="12" cy="12" r="8.2"/><path d="M12 7.5V12l3 2"/>'),
  plus: line('<path d="M12 5.5v13M5.5 12h13"/>'),
  minus: line('<path d="M5.5 12h13"/>'),
  fit: line(
    '<path d="M4.5 9V6.5a2 2 0 0 1 2-2H9m6 0h2.5a2 2 0 0 1 2 2V9m0 6v2.5a2 2 0 0 1-2 2H15m-6 0H6.5a2 2 0 0 1-2-2V15"/>',
  ),
  facts: line('<circle cx="12" cy="12" r="8.5"/><path d="M12 11.2v5M12 7.9v.1"/>'),
  chain: line(
    '<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1"/>',
  ),
  label: line(
    '<path d="M4.5 5.5v6l8.2 8.2a1.5 1.5 0 0 0 2.1 0l5-5a1.5 1.5 0 0 0 0-2.1l-8.2-8.1h-6a1 1 0 0 0-1.1 1z"/><path d="M8.6 8.6v.1"/>',
  ),
  compare: line(
    '<path d="M12 3.5v17M9 6H5.5a1.5 1.5 0 0 0-1.5 1.5v9A1.5 1.5 0 0 0 5.5 18H9M15 6h3.5A1.5 1.5 0 0 1 20 7.5v9a1.5 1.5 0 0 1-1.5 1.5H15"/>',
  ),
  folder: line(
    '<path d="M3.5 8V6.5a2 2 0 0 1 2-2h3.3l2.2 2.5h7.5a2 2 0 0 1 2 2v8.5a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z"/>',
  ),
  back: line('<path d="M4.5 9.5h9a5 5 0 0 1 0 10H8M8.5 5l-4.5 4.5L8.5 14"/>'),
  next: line('<path d="M4.5 12h14m-5.5-5.5L18.5 12 13 17.5"/>'),
  down: line('<path d="m6.5 9.5 5.5 5.5 5.5-5.5"/>'),
  done: line('<path d="m5 12.5 4.5 4.5L19 7.5"/>'),
  clockface: line('<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>'),
  alarm: line('<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5M12 16.3v.1"/>'),
}
