import { Question } from './judge';
import { isAbout, withoutIds } from './recorder';
import type { Decision, Statement } from '../../simulator';

/** A decision that might be another one without the element, with the question whether it is. */
export interface Candidate {
  readonly decision: Decision;
  readonly question: Question;
}

/** An action, a resource, or one of several values of a condition. */
export interface Element {
  /** The statement, and what of it. */
  readonly description: string;
  readonly candidates: Candidate[];
}

/** Everything that the statements of the decisions consist of, once for all statements that are the same but for ids. */
export function elementsOf(decisions: readonly Decision[]): Element[] {
  const elements = new Map<string, Element>();
  for (const decision of decisions) {
    const { request, statements } = decision;
    for (const statement of statements) {
      for (const { part, rest } of parts(statement)) {
        const description = `${withoutIds(statement)}: ${withoutIds(part)}`;
        const element = elements.get(description) ?? { description, candidates: [] };
        elements.set(description, element);
        if (!isAbout(statement, request.action)) continue;
        element.candidates.push({ decision, question: { request, statements: [...statements.filter((one) => one !== statement), ...rest] } });
      }
    }
  }
  return [...elements.values()];
}

/** Something of a statement, and what is left of the statement without it. */
interface Part {
  readonly part: string;
  readonly rest: readonly Statement[];
}

function parts(statement: Statement): Part[] {
  const { Action, Condition = {}, Resource } = statement;
  const ofConditions = Object.entries(Condition).flatMap(([operator, operands]) => Object.entries(operands).flatMap(([key, values]) => {
    // What a negated operator excludes, nobody does.
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
