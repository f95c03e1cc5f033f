/*
 * The files of the page, read once: its own, which lie beside the sources, and uPlot's from its package. Only what is in
 * this list can be asked for, so no path of a request ever reaches the disk.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', svg: 'image/svg+xml',
};

/** From dist/src/dashboard; a package has the sources too. */
const pageFolder = new URL('../../../src/dashboard/page/', import.meta.url);

/** By path of the request. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(pageFolder)) {
    const type = types[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) continue;
    const bytes = readFileSync(new URL(name, pageFolder));
    files.set(name === 'index.html' ? '/' : `/${name}`, { type, bytes });
  }
  const { resolve } = createRequire(import.meta.url);
  files.set('/uplot.js', { type: types.js, bytes: readFileSync(resolve('uplot/dist/uPlot.iife.min.js')) });
  files.set('/uplot.css', { type: types.css, bytes: readFileSync(resolve('uplot/dist/uPlot.min.css')) });
  return files;
}
