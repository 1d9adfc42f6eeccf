interface Line {
  readonly title: string;
  readonly isRight: boolean;
  readonly seconds: number;
}

/** Records and prints the steps with their results and durations. */
export class Report {
  private readonly started = Date.now();
  private readonly lines: Line[] = [];

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const started = Date.now();
    const end = (isRight: boolean) => {
      const line = { title, isRight, seconds: (Date.now() - started) / 1_000 };
      this.lines.push(line);
      console.log(format(line));
    };
    try {
      const result = await work();
      end(true);
      return result;
    } catch (error) {
      end(false);
      throw error;
    }
  }

  print(): void {
    const right = this.lines.filter(({ isRight }) => isRight).length;
    console.log(`\n${right} of ${this.lines.length} steps passed in ${Math.round((Date.now() - this.started) / 1_000)} s`);
    this.lines.filter(({ isRight }) => !isRight).forEach((line) => console.log(format(line)));
  }
}

function format({ title, isRight, seconds }: Line): string {
  return `${isRight ? 'passed' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s  ${title}`;
}
