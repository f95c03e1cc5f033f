/*
 * A process that reads a whole database and ends: with code 0 if it is sound, else with the reason on its error output.
 * A damaged file can kill whoever maps it into memory; it is this process that dies then, and not the broker.
 */
import { Database } from './database.js';

try {
  const database = new Database(process.argv[2]);
  database.readAll(() => undefined);
  await database.close();
} catch (thrown) {
  process.stderr.write(thrown instanceof Error ? thrown.message : String(thrown));
  process.exitCode = 1;
}
