// @ts-check
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { familyTitle } from '../../kaimedia/ui/components/media_grid/panel_parts.js'

test('a family has a count and, where it is known, a cost', () => {
  assert.equal(familyTitle(4, 138), 'Related: 4 results, 138 credits')
  assert.equal(familyTitle(3, 14.400000000000002), 'Related: 3 results, 14.4 credits')
  assert.equal(familyTitle(3, null), 'Related: 3 results')
})
