/** The parts of a service's published model that the simulator uses. */
export interface ServiceModel {
  readonly metadata: {
    readonly endpointPrefix: string;
    readonly jsonVersion: string;
    readonly signingName?: string;
    readonly targetPrefix: string;
  };
  readonly operations: Record<string, { readonly input: ShapeReference; readonly output: ShapeReference }>;
  readonly shapes: Record<string, Shape>;
}

export interface ShapeReference {
  readonly shape: string;
}

export interface Shape {
  readonly type: string;
  readonly members?: Record<string, ShapeReference>;
  readonly required?: string[];
  readonly member?: ShapeReference;
  readonly enum?: string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly sensitive?: boolean;
}

/** Returns the service name in the signature of requests. */
export function signingName(model: ServiceModel): string {
  return model.metadata.signingName ?? model.metadata.endpointPrefix;
}

export function contentType(model: ServiceModel): string {
  return `application/x-amz-json-${model.metadata.jsonVersion}`;
}
