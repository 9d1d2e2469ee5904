// @ts-check
// Draws the gallery's first items before Streamlit's scripts have run.
import { drawFirstItems } from './first_cards.js'
import { drawnItems, firstWindow } from './first_items.js'

const holder = drawnItems()?.querySelector('div')
const first = firstWindow()
if (holder && first) drawFirstItems(holder, first)
