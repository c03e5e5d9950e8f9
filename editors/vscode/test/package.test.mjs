// What the package says and what its code does must be the same.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { commands } from '../src/commands.mjs'

const read = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
const { contributes } = read('package.json')

test('every command that the server sends is in the package, and says what it runs', () => {
  const told = contributes.commands.map(({ command }) => command)
  for (const id of Object.keys(commands)) assert.ok(told.includes(id), `${id} is not in package.json`)
  assert.deepEqual(commands['souschef.runInSandbox'].arguments('a b.yaml'), ['run', 'a b.yaml', '--sandbox'])
  assert.deepEqual(commands['souschef.dryRun'].arguments('a.yaml'), ['run', 'a.yaml', '--dry-run'])
  assert.deepEqual(commands['souschef.test'].arguments('a.test.yaml'), ['test', 'a.test.yaml'])
})

test('the expressions of a recipe are seen in any text of YAML', () => {
  const grammar = read('syntaxes/expression.json')
  assert.equal(contributes.grammars[0].scopeName, grammar.scopeName)
  const { begin, end, patterns } = grammar.repository.expression
  assert.match('Hello {{ trigger.firstName }}', new RegExp(begin))
  assert.match('}}', new RegExp(end))
  const named = (text) => patterns.filter(({ match }) => new RegExp(match).test(text)).map(({ name }) => name)
  assert.ok(named('{{ upper trigger.name').includes('support.function.souschef'))
  assert.ok(!named('{{ trigger.name }}').includes('support.function.souschef'))
  assert.ok(named("'text'").includes('string.quoted.souschef'))
})

test('no copy of a schema is in the package', () => {
  const kept = readFileSync(new URL('../.vscodeignore', import.meta.url), 'utf8')
  assert.ok(kept.startsWith('**\n'))
  assert.ok(!kept.includes('schema'))
})
