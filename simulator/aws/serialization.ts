import { ServiceModel } from './service-model';

/** Serializes a value of the model as AWS JSON. */
export function serialize(model: ServiceModel, shapeName: string, value: any): unknown {
  if (value === undefined) return undefined;
  const shape = model.shapes[shapeName];
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members!).map(([name, member]) => [name, serialize(model, member.shape, value[name])]),
      );
    case 'list':
      return value.map((item: unknown) => serialize(model, shape.member!.shape, item));
    case 'blob':
      return value.toString('base64');
    case 'timestamp':
      // Seconds since the epoch (C).
      return value.getTime() / 1000;
    default:
      return value;
  }
}
