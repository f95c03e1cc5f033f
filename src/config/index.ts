/*
 * Configuration files: what the programs of this package use, in reading order. How to declare settings: README.md.
 */
export type {
  BooleanSetting, ChoiceSetting, FileSetting, IntegerSetting, ListSetting, NamedTablesSetting, PlainSetting, RuleBreach, Setting,
  TableSetting, TablesSetting, TextForm, TextSetting, ValuesOf,
} from './settings.js';
export { programName } from './settings.js';
export { hostForm, mqttTextForm, urlForm } from './forms.js';
export { type Given, optionPlace, type Place } from './place.js';
export { type Loaded, type LoadedFile, loadSettings } from './load.js';
export { ConfigFault, fileFault } from './read.js';
export { type Change, changesBetween } from './changes.js';
export { type JsonSchema, jsonSchema } from './json-schema.js';
export { exampleFile } from './example-file.js';
export { nearest } from './nearest.js';
export { allowedText } from './words.js';
