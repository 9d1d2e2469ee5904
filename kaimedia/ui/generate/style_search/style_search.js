// Hides cards that do not match all search words. Cards keep their positions, which determine their colors.
const FIELDS = new WeakMap()
const CARDS = '.st-key-style_cards [role=radiogroup] [role=radio]'

const plain = text => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase()

function filter(field) {
  const words = plain(field.input.value).split(/\s+/).filter(Boolean)
  const fits = field.texts.map(text => words.every(word => text.includes(word)))
  document.querySelectorAll(CARDS).forEach((card, index) => {
    card.toggleAttribute('data-kai-unfound', fits[index] === false)
  })
  const said = fits.includes(true) || !words.length ? '' : 'No styles match.'
  if (field.said.textContent !== said) field.said.textContent = said
}

export default function ({ parentElement, data }) {
  let field = FIELDS.get(parentElement)
  if (!field) {
    field = { input: parentElement.querySelector('input'), said: parentElement.querySelector('[role=status]') }
    field.input.addEventListener('input', () => filter(field))
    FIELDS.set(parentElement, field)
  }
  field.texts = data[0].texts.map(plain)
  filter(field)
  setTimeout(() => filter(field)) // cards of the same rerun may arrive later
}
