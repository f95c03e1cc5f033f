#!/usr/bin/env node
/**
 * The command `midge`, as the shell starts it. Must not know the commands.
 */
import { Exit, wordsOf } from './fault.js';
import { run } from './run.js';

// A reader that has gone (`midge sub … | head -1`) is no error of ours. Any other fault (a full disk) is told where it can be.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`midge: cannot write to standard output: ${wordsOf(error)}\n`);
  process.exit(Exit.Failed);
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exit(Exit.Failed);
});
process.exitCode = await run(process.argv.slice(2), (line) => { process.stderr.write(line); });
