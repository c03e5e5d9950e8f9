// What stands above a recipe or a test, and the command line that each is. The server sends their names with the file.

export const commands = {
  'souschef.runInSandbox': {
    name: 'Run in sandbox',
    arguments: (file) => ['run', file, '--sandbox'],
  },
  'souschef.dryRun': {
    name: 'Dry run',
    arguments: (file) => ['run', file, '--dry-run'],
  },
  'souschef.test': {
    name: 'Run these tests',
    arguments: (file) => ['test', file],
  },
}
