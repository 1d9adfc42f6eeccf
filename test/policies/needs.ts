import { Question } from './judge';
import { hasAction, withoutIds } from './recorder';
import type { Decision, Statement } from '../../simulator';

/** A decision that may change without the element, and the question that tells whether it does. */
export interface Candidate {
  readonly decision: Decision;
  readonly question: Question;
}

/** An action, a resource, or one of several values of a condition. */
export interface Element {
  /** The statement and the part of it. */
  readonly description: string;
  readonly candidates: Candidate[];
}

/** Lists the elements of all statements in the decisions. Statements that differ only in ids count once. */
export function elementsOf(decisions: readonly Decision[]): Element[] {
  const elements = new Map<string, Element>();
  for (const decision of decisions) {
    const { request, statements } = decision;
    for (const statement of statements) {
      for (const { part, rest } of parts(statement)) {
        const description = `${withoutIds(statement)}: ${withoutIds(part)}`;
        const element = elements.get(description) ?? { description, candidates: [] };
        elements.set(description, element);
        if (!hasAction(statement, request.action)) continue;
        element.candidates.push({ decision, question: { request, statements: [...statements.filter((other) => other !== statement), ...rest] } });
      }
    }
  }
  return [...elements.values()];
}

/** A part of a statement, and the rest of the statement without it. */
interface Part {
  readonly part: string;
  readonly rest: readonly Statement[];
}

function parts(statement: Statement): Part[] {
  const { Action, Condition = {}, Resource } = statement;
  const ofConditions = Object.entries(Condition).flatMap(([operator, operands]) => Object.entries(operands).flatMap(([key, values]) => {
    // No request uses a value that a negated operator excludes, so every such value would seem unneeded.
    if (!Array.isArray(values) || values.length === 1 || operator.includes('Not')) return [];
    return without(values, (left) => ({ ...statement, Condition: { ...Condition, [operator]: { ...operands, [key]: left } } }));
  }));
  return [
    ...without([Action].flat(), (left) => ({ ...statement, Action: left })),
    ...without([Resource].flat(), (left) => ({ ...statement, Resource: left })),
    ...ofConditions,
  ];
}

function without(values: readonly string[], rest: (left: string[]) => Statement): Part[] {
  return values.map((part) => ({ part, rest: values.length > 1 ? [rest(values.filter((value) => value !== part))] : [] }));
}
