// @ts-check
// Hides cards that do not match all search words. Cards keep their positions, which determine their colors.

/** @typedef {{ input: HTMLInputElement, said: HTMLElement, texts: string[] }} Field the texts of the cards, in their order */

/** @type {WeakMap<HTMLElement, Field>} */
const FIELDS = new WeakMap()
const CARDS = '.st-key-style_cards [role=radiogroup] [role=radio]'

/** @param {string} text */
const plain = text => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase()

/** @param {Field} field */
function filter(field) {
  const words = plain(field.input.value).split(/\s+/).filter(Boolean)
  const fits = field.texts.map(text => words.every(word => text.includes(word)))
  document.querySelectorAll(CARDS).forEach((card, index) => {
    card.toggleAttribute('data-kai-unfound', fits[index] === false)
  })
  const said = fits.includes(true) || !words.length ? '' : 'No styles match.'
  if (field.said.textContent !== said) field.said.textContent = said
}

/** @param {HTMLElement} parentElement */
function start(parentElement) {
  const input = /** @type {HTMLInputElement} */ (parentElement.querySelector('input'))
  const said = /** @type {HTMLElement} */ (parentElement.querySelector('[role=status]'))
  /** @type {Field} */
  const field = { input, said, texts: [] }
  input.addEventListener('input', () => filter(field))
  FIELDS.set(parentElement, field)
  return field
}

/** @param {{ parentElement: any, data: [{ texts: string[] }] }} args */
export default function ({ parentElement, data }) {
  const field = FIELDS.get(parentElement) ?? start(parentElement)
  field.texts = data[0].texts.map(plain)
  filter(field)
  setTimeout(() => filter(field)) // cards of the same rerun may arrive later
}
