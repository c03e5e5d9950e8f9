// Starts `souschef lsp` and carries out what stands above a recipe. All that is known of recipes is in the server.

import * as vscode from 'vscode'
import { LanguageClient, TransportKind } from 'vscode-languageclient/node'
import { commands } from './commands.mjs'

let client

/** Starts the server, and registers the commands. */
export async function activate(context) {
  for (const [id, command] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(id, (file) => carryOut(command, file)))
  }
  context.subscriptions.push(
    vscode.commands.registerCommand('souschef.restart', restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('souschef.path')) restart()
    }),
  )
  await start()
}

/** Ends the server. */
export async function deactivate() {
  await client?.stop()
}

const path = () => vscode.workspace.getConfiguration('souschef').get('path') || 'souschef'

async function start() {
  const command = { command: path(), args: ['lsp'], transport: TransportKind.stdio }
  client = new LanguageClient('souschef', 'souschef', command, {
    documentSelector: [{ language: 'yaml', scheme: 'file' }, { language: 'yaml', scheme: 'untitled' }],
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.{yaml,yml}') },
  })
  try {
    await client.start()
  } catch (why) {
    client = undefined
    const chosen = await vscode.window.showErrorMessage(
      `souschef can't be started as "${path()}": ${why.message ?? why}. Install it, or say in the settings where it is.`,
      'Settings',
    )
    if (chosen) vscode.commands.executeCommand('workbench.action.openSettings', 'souschef.path')
  }
}

async function restart() {
  await client?.stop()
  await start()
}

/** Runs souschef with a file in a terminal, once the file is saved. */
async function carryOut(command, file) {
  const document = vscode.window.activeTextEditor?.document
  const wanted = file ?? document?.uri.fsPath
  if (!wanted) return
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === wanted)
  if (open?.isDirty && !(await open.save())) return
  const uri = vscode.Uri.file(wanted)
  const folder = vscode.workspace.getWorkspaceFolder(uri)
  const run = new vscode.ShellExecution(path(), command.arguments(wanted), {
    cwd: folder?.uri.fsPath ?? vscode.Uri.joinPath(uri, '..').fsPath,
  })
  const task = new vscode.Task({ type: 'souschef' }, folder ?? vscode.TaskScope.Workspace, command.name, 'souschef', run, [])
  task.presentationOptions = { clear: true, reveal: vscode.TaskRevealKind.Always }
  await vscode.tasks.executeTask(task)
}
