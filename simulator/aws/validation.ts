import { ServiceError } from './service-error';
import { ServiceModel, Shape } from './service-model';

/** A violation of a shape. */
export interface Violation {
  readonly kind: 'type' | 'unknown' | 'missing' | 'constraint';
  /** The member's name as in AWS's error texts, with a lower-case first letter. */
  readonly member: string;
  readonly text: string;
}

/** Returns all violations of a shape of the model. */
export function violations(model: ServiceModel, shapeName: string, value: unknown, member = ''): Violation[] {
  const shape = model.shapes[shapeName];
  if (!hasTypeOf(shape, value)) {
    // AWS's services share a parser, which returns these texts (C: observed at several services).
    const text = typeof value === 'object' && value !== null
      ? 'Start of structure or map found where not expected.'
      : `${tokenName(value)} can not be converted to a ${shape.type[0].toUpperCase()}${shape.type.slice(1)}`;
    return [{ kind: 'type', member, text }];
  }
  switch (shape.type) {
    case 'structure':
      return violationsOfStructure(model, shape, value as Record<string, unknown>, member);
    case 'list':
      return violationsOfList(model, shape, value as unknown[], member);
    case 'string':
    case 'blob':
      return violationsOfText(shape, value as string | Buffer, member);
    case 'integer':
    case 'long':
      return violationsOfNumber(shape, value as number, member);
    default:
      return [];
  }
}

/** Returns the error of most services for an input that violates the model. */
export function validationException(found: Violation[]): ServiceError {
  return new ServiceError('ValidationException', validationErrors(found));
}

/** Returns the text that AWS's services share (C: observed at CodeStar Connections and others). */
export function validationErrors(found: Violation[]): string {
  const count = found.length === 1 ? '1 validation error' : `${found.length} validation errors`;
  return `${count} detected: ${found.map(({ text }) => text).join('; ')}`;
}

function violationsOfStructure(model: ServiceModel, shape: Shape, value: Record<string, unknown>, path: string): Violation[] {
  const found: Violation[] = [];
  for (const [name, { shape: memberShape }] of Object.entries(shape.members!)) {
    const member = path + (path && '.') + name[0].toLowerCase() + name.slice(1);
    // JSON 1.1 reads null as absent (C).
    if (value[name] !== undefined && value[name] !== null) {
      found.push(...violations(model, memberShape, value[name], member));
    } else if (shape.required?.includes(name)) {
      found.push({ kind: 'missing', member, text: failed(model.shapes[memberShape], null, member, 'Member must not be null') });
    }
  }
  for (const name of Object.keys(value).filter((key) => !Object.hasOwn(shape.members!, key))) {
    // AWS may ignore it (I). The simulator refuses it, so that a misspelled name is noticed.
    found.push({ kind: 'unknown', member: name, text: `Unknown member '${name}'` });
  }
  return found;
}

function violationsOfList(model: ServiceModel, shape: Shape, items: unknown[], member: string): Violation[] {
  // AWS's text includes the items (C). This one omits them.
  const ofLength = lengthErrors(shape, items).map((constraint): Violation =>
    ({ kind: 'constraint', member, text: `Value at '${member}' failed to satisfy constraint: ${constraint}` }));
  return [...ofLength, ...items.flatMap((item, index) => violations(model, shape.member!.shape, item, `${member}.${index + 1}.member`))];
}

function lengthErrors({ max, min }: Shape, { length }: { readonly length: number }): string[] {
  return [
    ...min !== undefined && length < min ? [`Member must have length greater than or equal to ${min}`] : [],
    ...max !== undefined && length > max ? [`Member must have length less than or equal to ${max}`] : [],
  ];
}

function violationsOfText(shape: Shape, value: string | Buffer, member: string): Violation[] {
  const constraints = lengthErrors(shape, value);
  if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(String(value))) {
    constraints.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
  }
  if (shape.enum !== undefined && !shape.enum.includes(String(value))) {
    constraints.push(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
  }
  return constraints.map((constraint) => ({ kind: 'constraint', member, text: failed(shape, value, member, constraint) }));
}

function violationsOfNumber(shape: Shape, value: number, member: string): Violation[] {
  const { min = value, max = value } = shape;
  if (value >= min && value <= max) return [];
  const constraint = value < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
  return [{ kind: 'constraint', member, text: failed(shape, String(value), member, `Member must have value ${constraint}`) }];
}

/** Returns the text of a violated constraint. It omits sensitive values (C). */
function failed(shape: Shape, value: string | Buffer | null, member: string, constraint: string): string {
  const shown = shape.sensitive ? '' : value === null ? ' null' : ` '${value}'`;
  return `Value${shown} at '${member}' failed to satisfy constraint: ${constraint}`;
}

function hasTypeOf(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case 'structure':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'list':
      return Array.isArray(value);
    case 'blob':
      return Buffer.isBuffer(value);
    case 'timestamp':
      return value instanceof Date;
    case 'integer':
    case 'long':
      return Number.isInteger(value);
    default:
      return typeof value === shape.type;
  }
}

function tokenName(value: unknown): string {
  return value === true || value === false ? `${String(value).toUpperCase()}_VALUE` : `${typeof value}_value`.toUpperCase();
}
