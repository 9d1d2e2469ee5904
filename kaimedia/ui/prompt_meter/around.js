// A prompt with a style around it, as the server puts it together: the person's own last sign gives way to the style's.
const around = (text, { before = '', after = '' }) => {
  let own = text.trim()
  if (!own) return null
  if (/^[.,;:]/.test(after)) own = own.replace(/[ \t\n.,;:]+$/, '')
  return own ? { before, own, after } : null
}
