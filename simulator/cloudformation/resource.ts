/** The location of a stack. */
export interface StackLocation {
  readonly stackName: string;
  readonly stackId: string;
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** A resource as declared in its template, with all expressions resolved. */
export interface Declaration {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Record<string, any>;
  readonly stack: StackLocation;
  /** The folder of the template's cloud assembly. */
  readonly assets: string;
}

/** The result of creating or updating a resource. */
export interface Instance {
  readonly physicalId: string;
  readonly attributes: Record<string, unknown>;
}

/** A resource that exists. */
export type Resource = Declaration & Instance;

/** A request to a custom resource and its answer. */
export interface Exchange {
  readonly request: Record<string, any>;
  /** The answer that CloudFormation accepted. Undefined if none arrived in time. */
  readonly answer?: Record<string, any>;
  readonly milliseconds: number;
}

export type Outcome = Instance & { readonly exchange?: Exchange };

/** Creates, updates and deletes the resources of some types. */
export interface ResourceProvider {
  /** `cancelled` aborts when another resource fails: CloudFormation then stops waiting for this one. */
  create(wanted: Declaration, cancelled?: AbortSignal): Promise<Outcome>;
  /** If the outcome has another physical id, it is a replacement, and `current` is deleted later. */
  update(wanted: Declaration, current: Resource, cancelled?: AbortSignal): Promise<Outcome>;
  delete(current: Resource): Promise<Exchange | undefined>;
}

/** A resource could not be created, updated or deleted. CloudFormation shows the reason and rolls back. */
export class ResourceFailure extends Error {
  /** `physicalId` is set if the rollback must delete the resource. */
  constructor(readonly reason: string, readonly physicalId?: string, readonly exchange?: Exchange) {
    super(reason);
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Returns random characters, as CloudFormation appends them to generated names. */
export function randomSuffix(length = 12): string {
  return Array.from({ length }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join('');
}
