#!/usr/bin/env node
/**
 * The command `midge`, as the shell starts it. Must not know the commands.
 */
import { run } from './run.js';

// A reader that has gone (`midge sub … | head -1`) is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
process.exitCode = await run(process.argv.slice(2), (line) => { process.stderr.write(line); });
