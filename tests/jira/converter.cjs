// Wiki markup to Atlassian documents, by Atlassian's own converter: a JSON array of texts in, one of documents out.
// MARKUP_CONVERTER names a node_modules folder with @atlaskit/editor-wikimarkup-transformer and editor-json-transformer.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join, resolve } = require("node:path");

const load = createRequire(join(resolve(process.env.MARKUP_CONVERTER), "any.js"));
const { WikiMarkupTransformer } = load("@atlaskit/editor-wikimarkup-transformer");
const { JSONTransformer } = load("@atlaskit/editor-json-transformer");

const parser = new WikiMarkupTransformer();
const printer = new JSONTransformer();
const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map((text) => printer.encode(parser.parse(text)))));
