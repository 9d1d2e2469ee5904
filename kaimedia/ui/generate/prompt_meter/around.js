// A prompt with its style, built as on the server: the style's punctuation replaces the user's at the end.
const around = (text, { before = '', after = '' }) => {
  let own = text.trim()
  if (!own) return null
  if (/^[.,;:]/.test(after)) own = own.replace(/[ \t\n.,;:]+$/, '')
  return own ? { before, own, after } : null
}
