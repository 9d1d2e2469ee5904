// @ts-check
// Which models are listed, in which order and under which headings.

/** @import { Filters, Group, Mode, Model } from './types.d.ts' */

/** @type {Record<Mode, string>} */
export const MODE_NAMES = { image: 'Images', video: 'Videos' }
const RANKS = ['featured', 'standard', 'utility', 'legacy']

/** @param {string} text */
const plain = text => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase()
/** @param {string} text */
const joined = text => plain(text).replace(/[^\p{L}\p{N}]/gu, '')

/** The text that is searched, by model. @type {WeakMap<Model, string>} */
const TEXTS = new WeakMap()

/** @param {Model} model */
function textOf(model) {
  let text = TEXTS.get(model)
  if (text === undefined) {
    // The label without separators too, so that "flux2" and "nanobanana" find what they mean.
    text = plain(`${model.label} ${model.maker} ${model.tagline ?? ''} ${model.words} ${model.id}`)
    text += ` ${joined(model.label)}`
    TEXTS.set(model, text)
  }
  return text
}

/** @param {string} query */
export const wordsOf = query => plain(query).split(/\s+/).filter(Boolean)

/**
 * How well a model matches, the lowest first: its name is the query, begins with it, has it at a word's start, or
 * contains it; then everything found elsewhere.
 * @param {Model} model
 * @param {string[]} words
 */
function distance(model, words) {
  const label = plain(model.label)
  const query = words.join(' ')
  if (label === query) return 0
  if (label.startsWith(query) || joined(model.label).startsWith(joined(query))) return 1
  if (words.every(word => ` ${label}`.includes(` ${word}`))) return 2
  if (words.every(word => label.includes(word))) return 3
  return plain(model.maker).startsWith(query) ? 4 : 5
}

/**
 * @param {Model[]} models
 * @param {string[]} words
 */
function found(models, words) {
  return models
    .filter(model => words.every(word => textOf(model).includes(word)))
    .map(model => ({
      model,
      order: [Number(Boolean(model.retired)), distance(model, words), RANKS.indexOf(model.rank)],
    }))
    .sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1] || a.order[2] - b.order[2])
    .map(({ model }) => model)
}

/**
 * The models that fit the filters, in groups that are not empty; each model is in one of them.
 * @param {Model[]} models
 * @param {Filters} filters
 * @param {{ favorites: string[], recent: string[], chosen: string, isUnfolded: boolean }} own
 * @returns {Group[]}
 */
export function grouped(models, filters, own) {
  const allowed = models.filter(
    model =>
      (filters.ability < 0 || model.does.includes(filters.ability)) &&
      (!filters.maker || model.maker === filters.maker) &&
      (!filters.fitting || filters.fitting.has(model.id)),
  )
  const here = allowed.filter(model => model.mode === filters.mode)
  const words = wordsOf(filters.query)
  if (!words.length) return filled(shelved(here, filters, own))
  const other = filters.mode === 'image' ? 'video' : 'image'
  const elsewhere = allowed.filter(model => model.mode === other)
  return filled([
    { title: MODE_NAMES[filters.mode], models: found(here, words), isFolded: false },
    { title: MODE_NAMES[other], models: found(elsewhere, words), isFolded: false },
  ])
}

/**
 * @param {Model[]} models of one mode
 * @param {Filters} filters
 * @param {{ favorites: string[], recent: string[], chosen: string, isUnfolded: boolean }} own
 * @returns {Group[]}
 */
function shelved(models, filters, own) {
  const left = new Map(models.map(model => [model.id, model]))
  /** @param {string[]} ids */
  const take = ids => {
    const taken = ids.flatMap(id => left.get(id) ?? [])
    for (const { id } of taken) left.delete(id)
    return taken
  }
  /** @param {(model: Model) => boolean} fits */
  const pick = fits => take([...left.values()].filter(fits).map(({ id }) => id))
  const favorites = take(own.favorites)
  const recent = take(own.recent)
  const retired = pick(model => Boolean(model.retired))
  const legacy = pick(model => model.rank === 'legacy')
  const featured = pick(model => model.rank === 'featured')
  const older = [...legacy, ...retired]
  const isNarrow = filters.ability >= 0 || Boolean(filters.maker)
  const isFolded = !own.isUnfolded && !isNarrow && !older.some(({ id }) => id === own.chosen)
  return [
    { title: 'Favorites', models: favorites, isFolded: false },
    { title: 'Recent', models: recent, isFolded: false },
    { title: 'Featured', models: featured, isFolded: false },
    ...byMaker([...left.values()]),
    { title: 'Older', models: older, isFolded },
  ]
}

/**
 * @param {Model[]} models
 * @returns {Group[]}
 */
function byMaker(models) {
  return makersOf(models).map(maker => ({
    title: maker,
    models: models.filter(model => model.maker === maker),
    isFolded: false,
  }))
}

/** @param {Group[]} groups */
const filled = groups => groups.filter(({ models }) => models.length)

/** @param {Model[]} models */
export const makersOf = models => [...new Set(models.map(({ maker }) => maker))].sort((a, b) => a.localeCompare(b))
