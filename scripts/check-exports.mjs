// One word, one meaning: no name is exported by two modules of src-*, and none is a word that says nothing (Manager, Service, Helper, Util).
// Run alone: node scripts/check-exports.mjs [FOLDER]; exits 1 with one line per finding.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { filesUnder, isMain, root } from './tasks.mjs';

const rooms = ['src-shared', 'src-main', 'src-renderer'];
const emptyWord = /(Manager|Service|Helper|Helpers|Util|Utils)$/;

/** The names a module declares and exports. Re-exports are the same thing under the same name, so they do not count. */
function exportedNames(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const names = new Set();
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) {
      if (statement.moduleSpecifier || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue;
      for (const element of statement.exportClause.elements) names.add(element.name.text);
      continue;
    }
    if (!statement.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) continue;
    if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations)
        if (ts.isIdentifier(declaration.name)) names.add(declaration.name.text);
    } else if (statement.name) names.add(statement.name.text);
  }
  return names;
}

/** Findings as lines of text; empty when all is well. */
export function findDuplicateExports(base = root) {
  const homes = new Map();
  for (const file of filesUnder(rooms, ['.ts', '.tsx'], base)) {
    if (/[.](test|d)[.]tsx?$/.test(file)) continue;
    for (const name of exportedNames(file, readFileSync(path.join(base, file), 'utf8')))
      homes.set(name, [...(homes.get(name) ?? []), file]);
  }
  const findings = [];
  for (const [name, files] of homes) {
    if (files.length > 1) findings.push(`duplicate export: ${name} in ${files.join(', ')}`);
    if (emptyWord.test(name)) findings.push(`empty word: ${name} in ${files[0]}`);
  }
  return { findings, names: homes.size };
}

if (isMain(import.meta.url)) {
  const { findings, names } = findDuplicateExports(process.argv[2] ? path.resolve(process.argv[2]) : root);
  for (const line of findings) console.log(line);
  if (names === 0) console.log('no exported name seen at all');
  process.exit(findings.length > 0 || names === 0 ? 1 : 0);
}
