import type { Outcome } from './run';

/** The totals of all sequences of a run. */
export class Totals {
  sequences = 0;
  violations = 0;
  private steps = 0;
  private requests = 0;
  private mostCalls = 0;
  private readonly faults: Record<string, number> = {};
  private readonly residuals: Record<string, number> = {};
  private readonly startedAt = Date.now();

  constructor(private readonly wanted: number) {}

  add({ faults, mostCalls, requests, residuals, steps }: Outcome): void {
    this.sequences += 1;
    this.steps += steps;
    this.requests += requests;
    this.mostCalls = Math.max(this.mostCalls, mostCalls);
    addTo(this.faults, faults);
    addTo(this.residuals, residuals);
  }

  get progress(): string {
    const left = Math.round(this.seconds / this.sequences * (this.wanted - this.sequences) / 60);
    return `${this.sequences} of ${this.wanted} sequences, ${this.violations} violations, ${this.seconds} s; about ${left} minutes to go`;
  }

  get summary(): string {
    return `${this.sequences} sequences, ${this.steps} steps, ${this.requests} requests, at most ${this.mostCalls} calls per run of a function, `
      + `faults ${figures(this.faults)}, documented residuals ${figures(this.residuals)}, ${this.violations} violations, ${this.seconds} s`;
  }

  private get seconds(): number {
    return Math.round((Date.now() - this.startedAt) / 1000);
  }
}

export function addTo(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [kind, number] of Object.entries(more)) sum[kind] = (sum[kind] ?? 0) + number;
}

/** Formats counts as text, the most frequent first. */
export function figures(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).sort(([, one], [, other]) => other - one).map(([kind, number]) => `${kind} ${number}`).join(', ') || 'none';
}
