// @ts-check
// A prompt with its style, built as on the server: the style's punctuation replaces the user's at the end.

/**
 * The parts of what is sent; null if nothing was written.
 * @param {string} text
 * @param {{ before?: string, after?: string }} style
 */
export const styledPrompt = (text, { before = '', after = '' }) => {
  let own = text.trim()
  if (!own) return null
  if (/^[.,;:]/.test(after)) own = own.replace(/[ \t\n.,;:]+$/, '')
  return own ? { before, own, after } : null
}
