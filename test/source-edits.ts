import * as ts from 'typescript';

/*
 * Edits of source code that identify a function by its name, and a part of it by the text or name in it. They
 * still apply after other parts of the source have changed.
 */

/** An edit of the function or method with this name, or of the constructor. */
export type SourceEdit = { readonly symbol: string } & (
  /** Replaces the body. */
  | { readonly body: string }
  /** Inserts code at the start of the body. */
  | { readonly prepend: string }
  /** Removes the n-th statement (default: the first, 0) that contains this text. */
  | { readonly drop: string; readonly nth?: number }
  /** Inserts code after the first statement that contains this text. */
  | { readonly after: string; readonly insert: string }
  /** Replaces the value of each variable or property with this name. */
  | { readonly named: string; readonly value: string });

type Body = ts.Block;

/** Applies an edit to source code. Throws if the source has no matching part. */
export function editSource(source: string, edit: SourceEdit): string {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const body = bodyOf(file, edit.symbol);
  if (!body) throw new Error(`there is no function ${edit.symbol}`);
  const replace = (node: ts.Node, text: string, from = source) => from.slice(0, node.getStart()) + text + from.slice(node.end);
  const inside = (text: string) => source.slice(0, body.getStart() + 1) + text + source.slice(body.getStart() + 1);
  if ('body' in edit) return replace(body, `{ ${edit.body} }`);
  if ('prepend' in edit) return inside(` ${edit.prepend} `);
  if ('named' in edit) {
    const values = valuesOf(body, edit.named);
    if (values.length === 0) throw new Error(`no variable or property in ${edit.symbol} is named ${edit.named}`);
    return values.reverse().reduce((text, node) => ts.isShorthandPropertyAssignment(node)
      ? replace(node, `${edit.named}: ${edit.value}`, text)
      : replace(node, edit.value, text), source);
  }
  const wanted = 'drop' in edit ? edit.drop : edit.after;
  const statement = statementsWith(body, wanted)['drop' in edit ? edit.nth ?? 0 : 0];
  if (!statement) throw new Error(`no statement in ${edit.symbol} contains ${wanted}`);
  return replace(statement, 'drop' in edit ? ';' : `${statement.getText()} ${edit.insert}`);
}

/** Returns the body of the function with this name, or else of the first such method or constructor. */
function bodyOf(file: ts.SourceFile, symbol: string): Body | undefined {
  let method: Body | undefined;
  const visit = (node: ts.Node): void => {
    const isNamed = ts.isMethodDeclaration(node) && node.name.getText() === symbol;
    if (isNamed || (ts.isConstructorDeclaration(node) && symbol === 'constructor')) method ??= node.body;
    ts.forEachChild(node, visit);
  };
  visit(file);
  const functions = file.statements.filter(ts.isFunctionDeclaration);
  return functions.find(({ name }) => name?.text === symbol)?.body ?? method;
}

function valuesOf(body: Body, name: string): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    const isValue = ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node);
    if (isValue && node.name.getText() === name && node.initializer) return void found.push(node.initializer);
    if (ts.isShorthandPropertyAssignment(node) && node.name.text === name) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

/** Returns the innermost statements that contain this text, in source order. */
function statementsWith(body: Body, text: string): ts.Statement[] {
  const found: ts.Statement[] = [];
  const visit = (node: ts.Node): void => {
    const before = found.length;
    ts.forEachChild(node, visit);
    if (found.length === before && ts.isStatement(node) && !ts.isBlock(node) && node.getText().includes(text)) found.push(node);
  };
  visit(body);
  return found;
}
