/** The allocation gates themselves: each must pass code that allocates nothing and catch a single planted allocation. */
import test from 'ava';
import type { Script } from './engine.js';
import { presentEngines } from './engines.js';

const clean: Script = {
  es5: 'var state = { count: 0, bytes: new Uint8Array(8) };\nfunction add(s, n) { s.count = (s.count + n) & 255; s.bytes[s.count & 7] = s.count; return s.count; }\nfunction hot() { add(state, 3); }\n',
  luaJit: 'local state = { count = 0, bytes = { [0] = 0, 0, 0, 0, 0, 0, 0, 0 } }\nlocal function add(s, n) s.count = bit.band(s.count + n, 255); s.bytes[bit.band(s.count, 7)] = s.count; return s.count end\nfunction hot() add(state, 3) end\n',
  lua53: 'local state = { count = 0, bytes = { [0] = 0, 0, 0, 0, 0, 0, 0, 0 } }\nlocal function add(s, n) s.count = (s.count + n) & 255; s.bytes[s.count & 7] = s.count; return s.count end\nfunction hot() add(state, 3) end\n',
};

/** The same, but one object is made per call and kept until the next: what a gate must see. */
const planted: Script = {
  es5: 'var kept;\nfunction hot() { kept = { count: 1 }; }\n',
  luaJit: 'local kept\nfunction hot() kept = { count = 1 } end\n',
  lua53: 'local kept\nfunction hot() kept = { count = 1 } end\n',
};

for (const engine of presentEngines()) {
  // V8 shows an allocation only when its young generation is full, so it needs more of them.
  const repetitions = engine.name === 'V8' ? 1_000_000 : 1_000;

  test(`the allocation gate of ${engine.name} lets code through that allocates nothing`, async (t) => {
    const cost = await engine.measure(clean, 'hot', repetitions);
    t.is(cost.amount, 0, `${cost.amount} ${cost.unit}`);
  });

  test(`the allocation gate of ${engine.name} catches a planted allocation`, async (t) => {
    const cost = await engine.measure(planted, 'hot', repetitions);
    t.true(cost.amount > 0, `${cost.amount} ${cost.unit}`);
  });

  test(`${engine.name} gives a script its lines and returns what it prints`, async (t) => {
    const echo: Script = {
      es5: 'var line = readLine();\nwhile (line !== null) { print("<" + line + ">"); line = readLine(); }\nprint("end");\n',
      luaJit: 'local line = readLine()\nwhile line ~= nil do print("<" .. line .. ">"); line = readLine() end\nprint("end")\n',
      lua53: 'local line = readLine()\nwhile line ~= nil do print("<" .. line .. ">"); line = readLine() end\nprint("end")\n',
    };
    t.is(await engine.run(echo, ['a b', '', 'c']), '<a b>\n<>\n<c>\nend\n');
    t.is(await engine.run(echo), 'end\n');
  });

  test(`${engine.name} reports an error in a script`, async (t) => {
    await t.throwsAsync(async () => engine.run({ es5: 'nothingOfThatName();', luaJit: 'nothingOfThatName()', lua53: 'nothingOfThatName()' }), { message: /nothingOfThatName/ });
  });
}
