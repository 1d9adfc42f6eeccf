import { Component, github } from 'projen';

type Job = github.workflows.Job;
type JobStep = github.workflows.JobStep;

/** Timeout in minutes. A job that takes longer is stuck. */
const DEFAULT_TIMEOUT = 60;

/** Limits every job of every workflow: adds a timeout, and removes stored tokens and caches. */
export class HardenedWorkflows extends Component {
  public constructor(private readonly gitHub: github.GitHub) {
    super(gitHub.project);
  }

  public preSynthesize(): void {
    for (const workflow of this.gitHub.workflows) {
      for (const id of Object.keys(workflow.jobs)) harden(workflow.getJob(id) as Job);
    }
  }
}

function harden(job: Job): void {
  const { node, go, ...otherTools } = job.tools ?? {};
  // projen defines the steps of some jobs as a function.
  const steps: JobStep[] = typeof job.steps === 'function' ? (job.steps as () => JobStep[])() : job.steps;
  Object.assign(job, {
    timeoutMinutes: job.timeoutMinutes ?? DEFAULT_TIMEOUT,
    tools: otherTools,
    steps: [
      // projen's set-up steps enable caches, which another workflow's run may have filled.
      ...(node ? [setUpNode(node.version)] : []),
      ...(go ? [setUpGo(go.version)] : []),
      ...steps.map(hardenStep),
    ],
  });
}

function setUpNode(version: string): JobStep {
  return { name: 'Setup Node.js', uses: github.ActionRefs.ACTIONS_SETUP_NODE, with: { 'node-version': version, 'package-manager-cache': false } };
}

function setUpGo(version: string): JobStep {
  return { name: 'Setup Go', uses: github.ActionRefs.ACTIONS_SETUP_GO, with: { 'go-version': version, 'cache': false } };
}

function hardenStep(step: JobStep): JobStep {
  if (step.uses?.startsWith('actions/checkout@')) return { ...step, with: { ...step.with, 'persist-credentials': false } };
  if (step.uses?.startsWith('actions/setup-node@')) return { ...step, with: { ...step.with, 'package-manager-cache': false } };
  // projen sets publib's default explicitly.
  const { NPM_REGISTRY: _registry, ...env } = step.env ?? {};
  return step.env ? { ...step, env } : step;
}
