// The rules that forbid a piece of syntax outright, as a table: selector of the syntax, what it would cost, what to write.
// Knows no types; a rule that needs them has a file of its own under rules/. Change together with README.md, which gives each
// row's reason at length. Adding a rule of this kind is adding a row.

export interface ForbiddenSyntax {
  readonly name: string;
  readonly description: string;
  readonly message: string;
  /** ESLint selectors; https://eslint.org/docs/latest/extend/selectors */
  readonly selectors: readonly string[];
}

export const syntaxTable: readonly ForbiddenSyntax[] = [
  {
    name: 'no-classes',
    description: 'Data are plain structs and behaviour is free functions.',
    message: 'A class takes more than three times the Lua code of a struct, does not exist on ES5 engines, and keeps every method when only one is used.'
      + ' Write an interface, a create… function that returns it, and functions that take it first.',
    selectors: ['ClassDeclaration', 'ClassExpression'],
  },
  {
    name: 'no-namespaces',
    description: 'A file is the only unit of code.',
    message: 'A namespace becomes a function called at start-up and a table in RAM (ES5, Lua). Write a file with exported functions.',
    selectors: ['TSModuleDeclaration'],
  },
  {
    name: 'no-exceptions',
    description: 'Failure is a status code.',
    message: 'Exceptions need pcall and a closure in Lua, setjmp in C, and an Error object on every engine. Return a status code.',
    selectors: ['TryStatement', 'ThrowStatement'],
  },
  {
    name: 'no-spread',
    description: 'No spread and no rest: both copy.',
    message: 'Spread and rest allocate a copy on every engine; Espruino and ES5 engines do not parse them. Name the values one by one.',
    selectors: ['SpreadElement', 'RestElement'],
  },
  {
    name: 'plain-parameters',
    description: 'Every parameter is given at every call.',
    message: 'Default and optional parameters do not exist in C, MicroQuickJS and Espruino, and become a test per call elsewhere. Pass the value at each call.',
    selectors: [
      'AssignmentPattern',
      ':matches(FunctionDeclaration, TSDeclareFunction, FunctionExpression, ArrowFunctionExpression) > Identifier.params[optional=true]',
    ],
  },
  {
    name: 'no-destructuring',
    description: 'Fields are read by name, one at a time.',
    message: 'Destructuring is not parsed by Espruino and ES5 engines, and takes temporary tables or iterators elsewhere. Read the fields one by one.',
    selectors: ['ObjectPattern', 'ArrayPattern'],
  },
  {
    name: 'no-regexp',
    description: 'No regular expressions.',
    message: 'A regular expression does not exist in Lua and C, and allocates its matches. Compare bytes with a primitive of bytes.ts.',
    selectors: ['Literal[regex]'],
  },
  {
    name: 'no-generators',
    description: 'No generators.',
    message: 'A generator keeps a stack on the heap (a coroutine in Lua) and is missing on Espruino, Duktape and MicroQuickJS. Keep the position in a field of the struct.',
    selectors: [':function[generator=true]', 'YieldExpression'],
  },
  {
    name: 'no-async',
    description: 'No promises.',
    message: 'async and await allocate promises and closures for each call and are missing on Espruino, Lua and C. Return, and let the port call again when there is more.',
    selectors: [':function[async=true]', 'AwaitExpression', 'ForOfStatement[await=true]'],
  },
  {
    name: 'no-accessors',
    description: 'A field is read, a function is called, and the reader sees which.',
    message: 'A getter or setter hides a call (6 to 11 µs on Espruino) and needs metatables in Lua. Write a function that takes the struct.',
    selectors: ['Property[kind="get"]', 'Property[kind="set"]', 'MethodDefinition[kind="get"]', 'MethodDefinition[kind="set"]',
      'TSMethodSignature[kind="get"]', 'TSMethodSignature[kind="set"]'],
  },
  {
    name: 'no-any',
    description: 'Every type is known.',
    message: 'any switches off the typed rules of the subset (masked stores, boolean conditions, recursion) and has no C type. Name the type.',
    selectors: ['TSAnyKeyword'],
  },
  {
    name: 'no-for-each',
    description: 'Loops count integers.',
    message: 'for…of makes an iterator (missing on Duktape, up to 8 KB of library in Lua), for…in a list of names in no fixed order. Count with an integer.',
    selectors: ['ForInStatement', 'ForOfStatement'],
  },
  {
    name: 'no-optional-chaining',
    description: 'Every field is there.',
    message: 'Espruino and ES5 engines do not parse ?. and a struct of the subset never lacks a field. Test a boolean or a state instead.',
    selectors: ['ChainExpression'],
  },
  {
    name: 'no-nullish',
    description: 'No ?? and no assignment by ||=, &&= or ??=.',
    message: 'ES5 engines do not parse ??, ||=, &&= and ??=, and Lua takes false for missing. Use if with a boolean.',
    selectors: ['LogicalExpression[operator="??"]', 'AssignmentExpression[operator=/^(\\?\\?|&&|\\|\\|)=$/]'],
  },
  {
    name: 'no-jumps',
    description: 'No continue and no labels.',
    message: 'continue becomes goto, which Lua 5.1 does not have, and Espruino does not parse labels. Put the rest of the body into an if or a function.',
    selectors: ['ContinueStatement', 'LabeledStatement', 'BreakStatement[label]'],
  },
  {
    name: 'default-last',
    description: 'default is the last case of a switch.',
    message: 'Espruino does not run a case that stands after default. Put default last.',
    selectors: ['SwitchCase[test=null]:not(:last-child)'],
  },
  {
    name: 'no-comma',
    description: 'One expression per statement.',
    message: 'The comma operator hides a store inside an expression; Lua has no such store and must split the line around temporary locals. Write two statements.',
    selectors: ['SequenceExpression'],
  },
  {
    name: 'no-deep-updates',
    description: 'What is changed in place is a field of a variable.',
    message: 'Lua looks the field up by its name as text here (the struct is reached by more than a variable, and must not be reached twice), and the minifier renames fields but no text:'
      + ' the build fails or changes the wrong field once minified. Keep the struct in a const, and change its field.',
    selectors: [
      'AssignmentExpression[operator!="="] > MemberExpression.left[computed=false]:not([object.type="Identifier"])',
      'UpdateExpression > MemberExpression.argument[computed=false]:not([object.type="Identifier"])',
    ],
  },
  {
    name: 'no-reflection',
    description: 'No delete, in, instanceof, typeof or void.',
    message: 'delete changes the shape of a struct, and in, instanceof, typeof and void pull library code into Lua; C has none of them. Keep the kind in a const enum field.',
    selectors: ['UnaryExpression[operator=/^(delete|typeof|void)$/]', 'BinaryExpression[operator=/^(in|instanceof)$/]'],
  },
  {
    name: 'no-this',
    description: 'The struct is the first parameter.',
    message: 'this and arguments do not exist in C, arguments allocates on every engine, and this differs between calls. Pass the struct as the first parameter.',
    selectors: ['ThisExpression', 'Super', 'MetaProperty', ':not(MemberExpression, TSPropertySignature, Property) > Identifier[name="arguments"]',
      'MemberExpression > Identifier.object[name="arguments"]'],
  },
  {
    name: 'const-enums',
    description: 'Every enum is a const enum of integers.',
    message: 'A plain enum is an object in RAM with two properties per member (2 to 4 JsVars each on Espruino) and a look-up per use; text members are text on the device. '
      + 'Write const enum with integer members.',
    selectors: ['TSEnumDeclaration[const=false]', 'TSEnumMember > Literal.initializer[raw=/^["\']/]', 'TSEnumMember > TemplateLiteral.initializer'],
  },
  {
    name: 'no-loose-equality',
    description: 'Only === and !==.',
    message: '== and != convert their operands in JavaScript and do not in Lua and C, so engines disagree. Write === or !==.',
    selectors: ['BinaryExpression[operator="=="]', 'BinaryExpression[operator="!="]'],
  },
  {
    name: 'no-computed-keys',
    description: 'Field names are written out.',
    message: 'Computed keys are not parsed by Espruino and cannot be a C struct. Write the field name.',
    selectors: ['Property[computed=true]', 'MemberExpression[computed=true] > Literal.property[raw=/^["\']/]'],
  },
  {
    name: 'no-default-export',
    description: 'Exports have one name, everywhere.',
    message: 'A default export has another name in each importer, in Lua and in C. Export the function by its name.',
    selectors: ['ExportDefaultDeclaration', 'TSExportAssignment', 'ExportSpecifier > Identifier.exported[name="default"]'],
  },
  {
    name: 'no-math',
    description: 'No Math and no Number.',
    message: 'Math and Number work on floating point (boxed on MicroQuickJS, missing in integer Lua) and Math.imul and clz32 are missing on Espruino. Use integer operators and comparisons.',
    selectors: ['MemberExpression > Identifier.object[name=/^(Math|Number)$/]', 'CallExpression > Identifier.callee[name=/^(Number|BigInt|parseInt|parseFloat)$/]'],
  },
];
