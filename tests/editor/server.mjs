// The language server as an editor sees it: messages over stdin and stdout.

import { spawn } from 'node:child_process'

/** Starts the server and greets it. */
export async function start(command, settings) {
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map()
  const listeners = new Map()
  let number = 0
  let buffer = Buffer.alloc(0)

  const send = (message) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))
    child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`)
    child.stdin.write(body)
  }

  const take = (message) => {
    if (message.method && message.id !== undefined) {
      // The server asks for its settings, a list of sections at a time; all else it asks for is granted.
      const asked = message.params?.items
      send({ id: message.id, result: asked ? asked.map(({ section }) => settings[section] ?? null) : null })
    } else if (message.method) {
      listeners.get(message.method)?.(message.params)
    } else {
      const { resolve, reject } = waiting.get(message.id)
      waiting.delete(message.id)
      message.error ? reject(new Error(message.error.message)) : resolve(message.result)
    }
  }

  child.stdout.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end).toString())[1])
      if (buffer.length < end + 4 + length) return
      const body = buffer.subarray(end + 4, end + 4 + length)
      buffer = buffer.subarray(end + 4 + length)
      take(JSON.parse(body.toString()))
    }
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the language server ended with ${code}`))
  })

  const server = {
    ask: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++number
        waiting.set(id, { resolve, reject })
        send({ id, method, params })
      }),
    tell: (method, params) => send({ method, params }),
    hear: (method, listener) => listeners.set(method, listener),
    stop: async () => {
      await server.ask('shutdown', null)
      send({ method: 'exit' })
    },
  }
  await server.ask('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      textDocument: {
        completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown', 'plaintext'] } },
        hover: { contentFormat: ['markdown', 'plaintext'] },
        publishDiagnostics: { relatedInformation: true },
      },
      workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
    },
  })
  server.tell('initialized', {})
  server.tell('workspace/didChangeConfiguration', { settings })
  return server
}
