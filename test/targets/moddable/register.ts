/** Makes Moddable's modules and globals known to this process; import it first, then import device modules with `import()`. */
import { register } from 'node:module';
import './stub/globals.js';

register('./loader.js', import.meta.url);
