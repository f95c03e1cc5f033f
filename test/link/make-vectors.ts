/** Writes test/vectors/link.json from the words in `vector-list.ts`: `node dist/test/link/make-vectors.js`. */
import { writeFileSync } from 'node:fs';
import { vectorPath, vectorText } from './vector-list.js';

writeFileSync(vectorPath, vectorText());
