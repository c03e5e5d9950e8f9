// The bundle, loaded as the editor loads it, with a stand-in for what the editor gives.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { commands } from '../src/commands.mjs'

const require = createRequire(import.meta.url)

/** Whatever is asked of it, it gives itself. */
function anything() {
  const stand = new Proxy(function () {}, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === 'prototype' ? Object.prototype : key === 'then' ? undefined : stand),
    apply: () => stand,
    construct: () => ({}),
  })
  return stand
}

test('the bundle loads, and registers every command', async () => {
  const Module = require('node:module')
  const load = Module._load
  const registered = []
  const parts = new Proxy({}, {
    get: (_, key) =>
      key === 'commands' ? { registerCommand: (id) => registered.push(id), executeCommand() {} } : anything(),
  })
  // The bundle looks through what the module inherits.
  const vscode = Object.create(parts)
  Module._load = (name, ...rest) => (name === 'vscode' ? vscode : load(name, ...rest))
  try {
    const extension = require('../dist/extension.js')
    assert.equal(typeof extension.deactivate, 'function')
    // The stand-in is no editor: the server can't be started in it.
    await extension.activate({ subscriptions: [] }).catch(() => {})
  } finally {
    Module._load = load
  }
  assert.deepEqual(registered.sort(), [...Object.keys(commands), 'souschef.restart'].sort())
})
