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
  /** The folder of the cloud assembly that the template came from. */
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
  /** The answer that counted; undefined if none arrived in time. */
  readonly answer?: Record<string, any>;
  readonly milliseconds: number;
}

export type Outcome = Instance & { readonly exchange?: Exchange };

/** Creates, updates and deletes the resources of some types. */
export interface ResourceProvider {
  /** `cancelled`: another resource failed, and CloudFormation no longer waits for this one. */
  create(wanted: Declaration, cancelled?: AbortSignal): Promise<Outcome>;
  /** An outcome with another physical id is a replacement: `current` is deleted later. */
  update(wanted: Declaration, current: Resource, cancelled?: AbortSignal): Promise<Outcome>;
  delete(current: Resource): Promise<Exchange | undefined>;
}

/** A resource could not be created, updated or deleted. CloudFormation shows the reason and rolls back. */
export class ResourceFailure extends Error {
  /** `physicalId` is set if something may be left that a rollback has to delete. */
  constructor(readonly reason: string, readonly physicalId?: string, readonly exchange?: Exchange) {
    super(reason);
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** The characters that CloudFormation appends to generated names. */
export function randomSuffix(length = 12): string {
  return Array.from({ length }, () => ALPHABET[Math.floor(Math.random() * ALPHABET.length)]).join('');
}
