import type { StackEvent } from '../simulator';

const WIDTH = 80;
const COLOURED = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

const paint = (code: number) => (text: string) => COLOURED ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = paint(1);
const red = paint(31);
const green = paint(32);
const grey = paint(90);

export function line(text = ''): void {
  console.log(text);
}

export function title(text: string): void {
  line(bold(text));
}

/** Text of any length, in lines of at most 80 columns. */
export function paragraph(text: string, indent = '', print: (text: string) => string = String, hanging = indent): void {
  const [first, ...words] = text.split(' ');
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

/** A line of a program; what does not fit goes on further in. */
export function programLine(text: string): void {
  const indent = ' '.repeat(4 + text.search(/\S/));
  paragraph(text.trim(), indent, grey, `${indent}    `);
}

export function step(index: number, text: string): void {
  line(bold(`${String(index + 1).padStart(2)} ${text}`));
}

/** What came of a step. */
export function outcome(text: string): void {
  paragraph(text, '   ');
}

export function edit({ before, after }: { before: string; after: string }): void {
  paragraph(`- ${before}`, '   ', red, '     ');
  paragraph(`+ ${after}`, '   ', green, '     ');
}

/** One event of CloudFormation; of a custom resource with the answer and the time that it took. */
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

/** Rows of cells below their headings, as wide as the widest of each column. */
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
