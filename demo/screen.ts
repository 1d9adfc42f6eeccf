import type { StackEvent } from '../simulator';

const WIDTH = 80;
// https://no-color.org, https://force-color.org
const COLORED = !process.env.NO_COLOR && (process.stdout.isTTY || Boolean(process.env.FORCE_COLOR));

const paint = (code: number) => (text: string) => COLORED ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = paint(1);
const red = paint(31);
const green = paint(32);
const grey = paint(90);

/** The text already printed on the current line while its step runs. */
let begun = '';

export function line(text = ''): void {
  if (begun) console.log();
  begun = '';
  console.log(text);
}

export function title(text: string): void {
  line(bold(text));
}

/** Prints a text in lines of at most 80 columns. */
export function paragraph(text: string, indent = '', print: (text: string) => string = String, hanging = indent): void {
  // Don't break a line within an object literal.
  const [first, ...words] = text.match(/\{[^}]{1,60}\}\S*|\S+/g) ?? [''];
  let row = indent + first;
  for (const word of words) {
    if (row.length + 1 + word.length > WIDTH) {
      line(print(row));
      row = hanging + word;
    } else {
      row += ` ${word}`;
    }
  }
  line(print(row));
}

/** Prints a line of code. Continuation lines are indented further. */
export function programLine(text: string): void {
  const indent = ' '.repeat(2 + text.search(/\S/));
  paragraph(text.trim(), indent, grey, `${indent}    `);
}

export interface Outcome {
  /** How the deployment changed the stack's resources. */
  readonly resources: string;
  readonly time?: string;
  readonly imported: string;
}

const RESOURCES_END = 45;
const TIME_END = 52;

const row = (first: string, { resources, time = '', imported }: Outcome) =>
  `${first}${resources.padStart(RESOURCES_END - first.length)}${time.padStart(TIME_END - RESOURCES_END)}  ${imported}`.trimEnd();

export function stepHeadings(): void {
  line(bold(row('   Step', { resources: 'resources: + new ~ changed - deleted', time: 'time', imported: 'imported to CodeBuild' })));
}

/** Prints the start of a step's line. `outcome` completes it. */
export function step(index: number, text: string): void {
  begun = `${String(index + 1).padStart(2)} ${text}`;
  process.stdout.write(begun);
}

export function outcome(result: Outcome): void {
  const text = row(begun || '  ', result);
  console.log(text.slice(begun.length));
  begun = '';
}

/** Prints a remark about a step. */
export function note(text: string): void {
  paragraph(text, '   ', grey);
}

export function edit(removed: readonly string[], added: readonly string[]): void {
  for (const text of removed) paragraph(`- ${text.trim()}`, '   ', red, '     ');
  for (const text of added) paragraph(`+ ${text.trim()}`, '   ', green, '     ');
}

/** Prints an event of CloudFormation, and for a custom resource its answer and duration. */
export function event({ status, logicalId, type, request, answer, milliseconds }: StackEvent): void {
  const paintStatus = status.endsWith('FAILED') ? red : green;
  if (!request) {
    line(grey(`   ${status.padEnd(16)} ${type} ${logicalId}`.slice(0, WIDTH)));
    return;
  }
  const took = `${milliseconds} ms`;
  const text = `   ${status.padEnd(16)} ${request.RequestType} ${logicalId}`.slice(0, WIDTH - took.length - 2);
  line(paintStatus(text.padEnd(WIDTH - took.length)) + took);
  if (!answer) {
    line(red('     no answer'));
    return;
  }
  line(grey(`     ${answer.Status} ${answer.PhysicalResourceId}`.slice(0, WIDTH)));
  if (answer.Reason) paragraph(answer.Reason, '     ', red);
}

/** Prints rows below their headings. Each column is as wide as its widest cell. */
export function table(headings: readonly string[], rows: ReadonlyArray<{ readonly cells: readonly string[]; readonly isRight: boolean }>): void {
  const widths = headings.map((heading, column) => Math.max(...[heading, ...rows.map(({ cells }) => cells[column])].map((cell) => cell.length)));
  const lineOf = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd();
  line(bold(lineOf(headings)));
  for (const { cells, isRight } of rows) {
    line(isRight ? lineOf(cells) : red(`${lineOf(cells)}  WRONG`));
  }
}

export function verdict(isRight: boolean, text: string): void {
  paragraph(`${isRight ? 'OK' : 'WRONG'}: ${text}`, '', isRight ? green : red);
}
