/** QuickJS as WebAssembly. Its exact gate: with a memory limit of 1 byte every allocation fails, so code that runs on allocates nothing. */
import { getQuickJS, type QuickJSContext, type QuickJSRuntime, shouldInterruptAfterDeadline } from 'quickjs-emscripten';
import { runTimeMaxMs, type Cost, type Engine, type Script } from './engine.js';

async function withContext<T>(lines: readonly string[], use: (context: QuickJSContext, runtime: QuickJSRuntime, output: string[]) => T): Promise<T> {
  const quickJs = await getQuickJS();
  const runtime = quickJs.newRuntime();
  runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + runTimeMaxMs));
  const context = runtime.newContext();
  const output: string[] = [];
  let next = 0;
  try {
    context.newFunction('print', (text) => { output.push(`${context.getString(text)}\n`); }).consume((f) => { context.setProp(context.global, 'print', f); });
    context.newFunction('readLine', () => {
      const line = lines[next++];
      return line === undefined ? context.null : context.newString(line);
    }).consume((f) => { context.setProp(context.global, 'readLine', f); });
    return use(context, runtime, output);
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

function evaluate(context: QuickJSContext, code: string): void {
  context.unwrapResult(context.evalCode(code, 'script.js')).dispose();
}

export const quickJsEngine: Engine = {
  name: 'QuickJS (WebAssembly)',
  language: 'es5',
  available: () => true,
  run: (script: Script, lines: readonly string[] = []) => withContext(lines, (context, _runtime, output) => {
    evaluate(context, script.es5);
    return output.join('');
  }),
  measure: (script: Script, hot: string, repetitions: number): Promise<Cost> => withContext([], (context, runtime) => {
    evaluate(context, script.es5);
    evaluate(context, `function midgeLoop(count) { for (var i = 0; i < count; i++) ${hot}(); }\nmidgeLoop(100);`);
    const loop = context.getProp(context.global, 'midgeLoop');
    const count = context.newNumber(repetitions);
    runtime.setMemoryLimit(1);
    const result = context.callFunction(loop, context.undefined, count);
    runtime.setMemoryLimit(-1);
    const refused = result.error === undefined ? 0 : 1;
    result.dispose();
    loop.dispose();
    count.dispose();
    return { amount: refused, unit: 'refused allocations' };
  }),
};
