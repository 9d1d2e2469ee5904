// @ts-check
// Which models are compared with the chosen one.

/**
 * The ids with one more, or without one that was there; as they are when there is no room for more.
 * @param {string[]} ids
 * @param {string} id
 * @param {number} most
 */
export function toggled(ids, id, most) {
  if (ids.includes(id)) return ids.filter(each => each !== id)
  return ids.length < most ? [...ids, id] : ids
}

/**
 * Whether a card is chosen, and whether it must stay as it is: the model of the page, or with no room for more.
 * @param {string} id
 * @param {string} chosen
 * @param {string[] | null} others null while only one is chosen
 * @param {number} most
 */
export function stateOf(id, chosen, others, most) {
  const isOther = Boolean(others?.includes(id))
  const isFull = others !== null && others.length >= most
  return { isChosen: id === chosen || isOther, isFixed: others !== null && (id === chosen || (isFull && !isOther)) }
}
