// A flow: which connectors belong together, the script between them, and who runs its jobs.
import type { EtlScript, FlowAnswer, FlowLimits } from '@bowline/contract/integration/flow-routes';
import { wireTime } from '../lib/wire-time.ts';

export type Flow = {
  envId: string;
  flowId: string;
  name: string;
  description: string | null;
  version: 1 | 2;
  taps: string[];
  targets: string[];
  connectors: string[];
  runner: 'bowline' | 'external';
  etl: EtlScript | null;
  limits: FlowLimits;
  createdAt: string;
  updatedAt: string;
};

export const flowAnswer = (flow: Flow): FlowAnswer => ({
  flow_id: flow.flowId,
  env_id: flow.envId,
  name: flow.name,
  description: flow.description,
  version: flow.version,
  taps: flow.taps,
  targets: flow.targets,
  connectors: flow.connectors,
  runner: flow.runner,
  etl: flow.etl,
  limits: flow.limits,
  created_at: wireTime(flow.createdAt),
  updated_at: wireTime(flow.updatedAt),
});
