/** V8: scripts in a context of their own; allocation as the number of scavenges of a young generation of 1 MB, in a child process. */
import vm from 'node:vm';
import { runTimeMaxMs, type Cost, type Engine, type Script } from './engine.js';
import { runProcess } from './process.js';

export const v8Engine: Engine = {
  name: 'V8',
  language: 'es5',
  available: () => true,
  run(script: Script, lines: readonly string[] = []): Promise<string> {
    let output = '';
    let next = 0;
    const context = vm.createContext({
      print: (text: unknown) => { output += `${String(text)}\n`; },
      readLine: () => lines[next++] ?? null,
    });
    vm.runInContext(script.es5, context, { timeout: runTimeMaxMs });
    return Promise.resolve(output);
  },
  async measure(script: Script, hot: string, repetitions: number): Promise<Cost> {
    // The warm-up lets V8 compile and collect its feedback, which allocates once and is not the script's doing. The rest of it, which comes later on a busy
    // machine, must not fill up what the warm-up has left nearly full.
    const program = `${script.es5}
      var midgeProfiler = new (require('node:v8').GCProfiler)();
      function midgeLoop(count) { for (var i = 0; i < count; i++) ${hot}(); }
      midgeLoop(20000); midgeLoop(20000);
      gc();
      midgeProfiler.start();
      midgeLoop(${repetitions});
      var midgeFound = midgeProfiler.stop().statistics.filter(function (s) { return s.gcType === 'Scavenge'; });
      console.log(midgeFound.length);`;
    const output = await runProcess(process.execPath, ['--max-semi-space-size=1', '--expose-gc', '-'], program);
    return { amount: Number(output), unit: 'scavenges' };
  },
};
