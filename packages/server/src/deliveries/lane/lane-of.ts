// A lane is a share of the webhooks; the number of lanes is fixed by the schema.
export const LANES = 64;
export const laneOf = (webhookNo: number): number => webhookNo % LANES;
