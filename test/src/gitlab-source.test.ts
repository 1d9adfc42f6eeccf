import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import { GitLabSource, GitLabSourceProps } from 'cdk-codebuild-source-credentials';

const URL = 'https://gitlab.example.com/group/project.git';

function properties(source: codebuild.ISource) {
  const stack = new Stack(new App(), 'Stack');
  new codebuild.Project(stack, 'Project', { source, badge: true });
  const [project] = Object.values(Template.fromStack(stack).findResources('AWS::CodeBuild::Project'));
  return project.Properties;
}

test.each([
  ['GITLAB', GitLabSource.gitLab],
  ['GITLAB_SELF_MANAGED', GitLabSource.selfManaged],
] as const)('%s', (type, create) => {
  const { Source, Triggers, SourceVersion } = properties(create({ httpsCloneUrl: URL }));

  expect(Source).toEqual({ Type: type, Location: URL, ReportBuildStatus: true });
  expect([Triggers, SourceVersion]).toEqual([undefined, undefined]);
});

test('every option', () => {
  const props: Required<GitLabSourceProps> = {
    httpsCloneUrl: URL,
    identifier: 'source',
    branchOrRef: 'main',
    cloneDepth: 1,
    fetchSubmodules: true,
    reportBuildStatus: false,
    webhook: true,
    webhookFilters: [codebuild.FilterGroup.inEventOf(codebuild.EventAction.PUSH).andBranchIs('main')],
  };
  const { Source, Triggers, SourceVersion } = properties(GitLabSource.gitLab(props));

  expect(Source).toEqual({
    Type: 'GITLAB', Location: URL, SourceIdentifier: 'source', GitCloneDepth: 1, GitSubmodulesConfig: { FetchSubmodules: true }, ReportBuildStatus: false,
  });
  expect(Triggers).toEqual({
    Webhook: true, FilterGroups: [[{ Type: 'EVENT', Pattern: 'PUSH' }, { Type: 'HEAD_REF', Pattern: 'refs/heads/main' }]],
  });
  expect(SourceVersion).toBe('main');
});

test('a secondary source', () => {
  const stack = new Stack(new App(), 'Stack');
  new codebuild.Project(stack, 'Project', {
    source: GitLabSource.gitLab({ httpsCloneUrl: URL }), secondarySources: [GitLabSource.gitLab({ httpsCloneUrl: URL, identifier: 'other' })],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::CodeBuild::Project', { SecondarySources: [{ Type: 'GITLAB', SourceIdentifier: 'other' }] });
});
