/**
 * Scripts that are written in the target's own language, such as examples: minified or as they are, with their places' origins.
 * Must not know what they do.
 */
import { minify_sync } from 'terser';
import { BuildError, sourceText } from './program.js';
import { readMap, type Segment } from './source-map.js';

/** Code with its places' origins in the sources, in order. */
export interface Mapped {
  readonly code: string;
  readonly segments: readonly Segment[];
}

/** An ES5 script with its comments and its line ends gone. Global names stay: the host and other scripts use them. */
export function minifyScript(path: string): Mapped {
  const result = minify_sync({ [path]: sourceText(path) }, { ecma: 5, compress: { inline: false, reduce_funcs: false, ecma: 5 }, mangle: true, format: { ecma: 5, comments: false }, sourceMap: true });
  if (result.code === undefined) throw new BuildError(`${path} cannot be minified`);
  return { code: `${result.code}\n`, segments: readMap(result.map as string) };
}

export function unchangedScript(path: string): Mapped {
  const code = sourceText(path);
  const segments = code.split('\n').slice(0, -1).map((_text, line) => ({ line, column: 0, source: path, sourceLine: line, sourceColumn: 0 }));
  return { code, segments };
}
