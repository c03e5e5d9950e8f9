// Puts the cases of cases.yaml, and every operation of the catalog, to the real YAML language server.
//
//   node run.mjs CATALOG.json [WORDS of a case's name]
//
// `cargo xtask editor` writes the catalog's file, installs the server and runs this. The last line is the count.

import { readFileSync } from 'node:fs'
import { join, dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { start } from './server.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const CURSOR = '▮'
const MODELINE = '# yaml-language-server: $schema=../schemas/'

const [catalogFile, ...words] = process.argv.slice(2)
const operations = JSON.parse(readFileSync(catalogFile, 'utf8'))
const cases = parse(readFileSync(join(here, 'cases.yaml'), 'utf8'))
const server = await start([join(here, 'node_modules/yaml-language-server/bin/yaml-language-server'), '--stdio'], {
  yaml: { completion: true, hover: true, validate: true, schemaStore: { enable: false } },
  http: {},
  editor: {},
  '[yaml]': {},
  files: {},
})

const heard = new Map()
server.hear('textDocument/publishDiagnostics', ({ uri, diagnostics }) => {
  heard.get(uri)?.(diagnostics)
  heard.delete(uri)
})

let documents = 0

/** Opens a text with the modeline above it; gives its address, the cursor's place and what is underlined. */
function open(text, schema = 'recipe') {
  const uri = pathToFileURL(join(root, 'recipes', `case-${++documents}.yaml`)).href
  const full = `${MODELINE}${schema}.schema.json\n${text}`
  const before = full.slice(0, Math.max(full.indexOf(CURSOR), 0)).split('\n')
  const clean = full.replace(CURSOR, '')
  const underlined = new Promise((resolve) => heard.set(uri, resolve))
  server.tell('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text: clean } })
  return { uri, lines: clean.split('\n'), underlined, position: { line: before.length - 1, character: before.at(-1).length } }
}

const close = ({ uri }) => server.tell('textDocument/didClose', { textDocument: { uri } })

async function offered(document) {
  const { uri, position } = document
  const answer = await server.ask('textDocument/completion', { textDocument: { uri }, position })
  return (answer?.items ?? answer ?? []).map(({ label, documentation, kind }) => ({
    label,
    // Several lines at once, to be filled in.
    snippet: kind === 7 || kind === 15,
    help: typeof documentation === 'string' ? documentation : (documentation?.value ?? ''),
  }))
}

async function hovered({ uri, position }) {
  const answer = await server.ask('textDocument/hover', { textDocument: { uri }, position })
  const contents = answer?.contents ?? ''
  return typeof contents === 'string' ? contents : contents.value
}

/** What is underlined, as the cases write it: the text, its line in the case, and what is said of it. */
async function underlined(document) {
  const diagnostics = await document.underlined
  return diagnostics.map(({ range, message }) => {
    const { start, end } = range
    const line = document.lines[start.line]
    const under = start.line === end.line ? line.slice(start.character, end.character) : line.slice(start.character)
    return { line: start.line, under, says: message }
  })
}

const sorted = (items) => [...new Set(items)].sort()
const same = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
const apart = (wanted, found) => {
  const missing = wanted.filter((one) => !found.includes(one))
  const more = found.filter((one) => !wanted.includes(one))
  return `missing: ${missing.join(', ') || 'none'}; too many: ${more.join(', ') || 'none'}`
}

/** What is wrong with what the server does in this case. */
async function faults(one) {
  const wrong = []
  const document = open(one.recipe, one.schema)
  if (one.offers || one.also_offers || one.never_offers || one.help) {
    const items = await offered(document)
    const labels = items.filter(({ snippet }) => !snippet).map(({ label }) => label)
    if (one.offers && !same(one.offers, labels)) wrong.push(apart(one.offers, labels))
    for (const label of one.also_offers ?? []) {
      if (!items.some((item) => item.label === label)) wrong.push(`${label} is not among ${items.map((item) => item.label).join(', ')}`)
    }
    for (const label of one.never_offers ?? []) {
      if (items.some((item) => item.label === label)) wrong.push(`${label} is offered`)
    }
    for (const [label, help] of Object.entries(one.help ?? {})) {
      const item = items.find((item) => item.label === label)
      if (!item?.help.includes(help)) wrong.push(`the help of ${label} is ${JSON.stringify(item?.help)}`)
    }
  }
  if (one.hover) {
    const text = await hovered(document)
    if (!text.includes(one.hover)) wrong.push(`hovering shows ${JSON.stringify(text)}`)
  }
  if (one.underlines) {
    const found = await underlined(document)
    const lines = (list) => list.map(({ line, under, says }) => `line ${line}, ${JSON.stringify(under)}: ${says}`)
    if (!same(lines(one.underlines), lines(found))) wrong.push(`underlined is\n      ${lines(found).join('\n      ') || 'nothing'}`)
  }
  close(document)
  return wrong
}

/** Cases that the catalog's data make: one for each operation and each read. */
function* generated() {
  // What should not be used any more is not offered; once written, it is helped with all the same.
  const fit = operations.filter(({ deprecated }) => !deprecated)
  const ids = (list) => list.map(({ id }) => id)
  const reads = operations.filter(({ polled }) => polled)
  const fitReads = reads.filter(({ deprecated }) => !deprecated)
  const helps = (list) => Object.fromEntries(list.map(({ id, help }) => [id, help]))
  yield {
    name: 'every operation is offered after action, with its help',
    recipe: `trigger: { manual: true }\nactions:\n  - action: ${CURSOR}\n`,
    offers: ids(fit),
    help: helps(fit),
  }
  yield {
    name: 'every read is offered after poll, with its help',
    recipe: `trigger:\n  poll: ${CURSOR}\nactions:\n  - stop: true\n`,
    offers: ids(fitReads),
    help: helps(fitReads),
  }
  for (const { id, inputs } of operations) {
    yield {
      name: `inputs of ${id}`,
      recipe: `trigger: { manual: true }\nactions:\n  - action: ${id}\n    with:\n      ${CURSOR}\n`,
      offers: inputs,
    }
    yield {
      name: `an input that ${id} does not have`,
      recipe: `trigger: { manual: true }\nactions:\n  - action: ${id}\n    with:\n      noSuchInput: 1\n`,
      wrong_key: 'noSuchInput',
    }
  }
  for (const { id, inputs } of reads) {
    yield {
      name: `inputs of the poll ${id}`,
      recipe: `trigger:\n  poll: ${id}\n  with:\n    ${CURSOR}\nactions:\n  - stop: true\n`,
      offers: inputs,
    }
  }
}

/** A key that is not allowed is underlined, itself and nothing else, whatever inputs are missing besides. */
async function wrongKey({ recipe, wrong_key: key }) {
  const document = open(recipe)
  const found = await underlined(document)
  close(document)
  const told = found.filter(({ under, says }) => under === key && says.includes('not allowed'))
  return told.length === 1 ? [] : [`underlined is ${JSON.stringify(found)}`]
}

/** Runs one case; gives whether it passed. */
async function tried(one) {
  const wrong = await (one.wrong_key ? wrongKey(one) : faults(one)).catch((why) => [why.message])
  if (wrong.length) console.log(`FAILED ${one.name}\n    ${wrong.join('\n    ')}`)
  return wrong.length === 0
}

const chosen = [...generated(), ...cases].filter(({ name }) => words.every((word) => name.includes(word)))
let [passed, failed] = [0, 0]
// The server waits a moment before it underlines, so that several are asked at a time.
while (chosen.length) {
  for (const one of await Promise.all(chosen.splice(0, 16).map(tried))) one ? (passed += 1) : (failed += 1)
}
await server.stop()
console.log(`editor: ${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
